"""How requests to one registry are authorized: anonymously, with a password (Basic) or with a token (Bearer).

Source: https://distribution.github.io/distribution/spec/auth/token/ and …/oauth/.
"""

import base64
import json
import threading
from typing import Any, Protocol

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.reference import Reference
from lambda_image_lint.image.sources.challenge import Challenge, parse_challenges
from lambda_image_lint.image.sources.credentials import Credentials, Found, find_credentials

_CLIENT_ID = "lambda-image-lint"


class Refused(SourceError):  # noqa: N818 - says what is the case
    """The registry wants credentials, others or more than there are."""


class TokenAnswer(Protocol):
    """What a token server says."""

    @property
    def raw(self) -> bytes:
        """The body."""


class AskForToken(Protocol):
    """Sends a request to a token server; None where it refuses."""

    def __call__(self, method: str, url: str, **options: Any) -> TokenAnswer | None: ...


class Authorizer:
    """Keeps what authorizes requests, and gets it anew when the registry asks."""

    def __init__(self, reference: Reference, ask_for_token: AskForToken) -> None:
        self._reference = reference
        self._ask_for_token = ask_for_token
        self._header: dict[str, str] = {}
        self._found: Found | None = None
        self._lock = threading.Lock()

    def header(self) -> dict[str, str]:
        """The header that was accepted last; empty at first."""
        return dict(self._header)

    def answer(self, challenge: str, sent: str | None) -> dict[str, str]:
        """The header that answers a ``WWW-Authenticate``, after `sent` was refused. Raises `Refused` where none does."""
        with self._lock:
            current = self._header.get("Authorization")
            # Another thread may have got a new token meanwhile.
            if current is None or current == sent:
                self._header = {"Authorization": self._authorization(parse_challenges(challenge), sent)}
            return dict(self._header)

    def refusal(self) -> Refused:
        """Why nothing more can be tried."""
        found = self._found or Found(None)
        registry, repository = self._reference.registry, self._reference.repository
        if found.credentials is None:
            message = f"registry {registry} shows {repository} to nobody without credentials"
        else:
            message = f"registry {registry} refuses {repository} to the credentials that were found"
        complaints = "; ".join(found.complaints)
        login = f"Run docker login {registry}"
        return Refused(f"{message}{f' ({complaints})' if complaints else ''}", login)

    def _credentials(self) -> Credentials | None:
        if self._found is None:
            self._found = find_credentials(self._reference)
        return self._found.credentials

    def _authorization(self, challenges: list[Challenge], sent: str | None) -> str:
        credentials = self._credentials()
        for challenge in challenges:
            if challenge.scheme == "bearer" and (token := self._token(challenge, credentials, sent)):
                return f"Bearer {token}"
            if challenge.scheme == "basic" and credentials is not None and credentials.password:
                authorization = _basic(credentials)
                if authorization != sent:
                    return authorization
        raise self.refusal()

    def _token(self, challenge: Challenge, credentials: Credentials | None, sent: str | None) -> str | None:
        realm = challenge.parameters.get("realm")
        if not realm:
            return None
        if credentials is not None and credentials.registry_token:
            return credentials.registry_token if sent != f"Bearer {credentials.registry_token}" else None
        scope = challenge.parameters.get("scope") or f"repository:{self._reference.repository}:pull"
        question = {"scope": scope}
        if service := challenge.parameters.get("service"):
            question["service"] = service
        if credentials is not None and credentials.identity_token:
            form = {"grant_type": "refresh_token", "client_id": _CLIENT_ID, "refresh_token": credentials.identity_token}
            answer = self._ask_for_token("POST", realm, data={**question, **form})
        else:
            headers = {"Authorization": _basic(credentials)} if credentials is not None else {}
            answer = self._ask_for_token("GET", realm, params=question, headers=headers)
        return None if answer is None else self._token_in(answer.raw)

    def _token_in(self, raw: bytes) -> str:
        try:
            document = json.loads(raw)
            token = document.get("token") or document.get("access_token")
        except (ValueError, RecursionError, AttributeError) as error:
            raise SourceError(
                f"the token server of registry {self._reference.registry} sends no JSON object"
            ) from error
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise SourceError(f"the token server of registry {self._reference.registry} sends no token")
        return token


def _basic(credentials: Credentials) -> str:
    pair = f"{credentials.username}:{credentials.password}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"
