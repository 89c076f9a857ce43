"""Asks a registry over HTTP. The one file here that knows oras, and requests beneath it.

oras carries the requests and the authentication; around it stand time-outs, retries that end, redirects that do not
take the Authorization header to other hosts, and bodies read in bounded pieces. Its own retry would sleep for two
minutes on a registry that is down, so that its request method is called without it.
"""

import functools
import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar
from urllib.parse import urljoin

import oras.client
import requests
import requests.adapters
import requests.exceptions
import urllib3.exceptions
from oras.auth.token import TokenAuth

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.reference import Reference
from lambda_image_lint.image.sources.challenge import check_target, origin
from lambda_image_lint.image.sources.limits import Limits
from lambda_image_lint.image.sources.registry_auth import Authorizer
from lambda_image_lint.image.sources.tls import context_for
from lambda_image_lint.image.sources.transfer import (
    UNREACHABLE_HELP,
    Body,
    ConnectionCut,
    Document,
    Overloaded,
    reason_of,
    within,
)

REDIRECTS_MAX = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OVERLOADED = frozenset({429, 500, 502, 503, 504})
T = TypeVar("T")


class NotFound(SourceError):  # noqa: N818 - says what is the case
    """The registry answers and does not have it."""


class _Authentication(TokenAuth):  # type: ignore[misc] # oras has no types
    """oras asks this what to send along, and what to do about a refusal."""

    def __init__(self, authorizer: Authorizer) -> None:
        super().__init__()
        self._authorizer = authorizer

    def get_auth_header(self) -> dict[str, str]:
        return self._authorizer.header()

    def authenticate_request(
        self, original: requests.Response, headers: dict[str, str], refresh: bool = False
    ) -> tuple[dict[str, str], bool]:
        sent = headers.pop("Authorization", None)
        header = self._authorizer.answer(original.headers.get("WWW-Authenticate", ""), sent)
        original.close()
        self.token = header.get("Authorization")  # from now on oras sends it without being asked
        return {**headers, **header}, True


class _ContextAdapter(requests.adapters.HTTPAdapter):
    """Carries our TLS settings into requests."""

    def __init__(self, **settings: Any) -> None:
        self._settings = settings
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **options, **self._settings)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        return super().proxy_manager_for(proxy, **options, **self._settings)


class RegistryClient:
    """One repository of one registry."""

    def __init__(self, reference: Reference, *, insecure_registries: Collection[str], limits: Limits) -> None:
        self._reference = reference
        self._limits = limits
        self._is_insecure = bool({reference.registry, reference.hostname} & set(insecure_registries))
        self._authorizer = Authorizer(reference, self._ask_for_token)
        self._lock = threading.Lock()
        self.transferred = 0
        """Bytes of bodies that came over the network."""

    def document(self, path: str, accept: Collection[str] = ()) -> Document:
        """A small document of the repository, such as ``manifests/latest``.

        Raises `NotFound`, or `SourceError` where the registry refuses, fails, or takes longer than the limit in all.
        """
        headers = {"Accept": ", ".join(accept)} if accept else {}
        return within(self._limits.answer_seconds, self._name, lambda: self._document(path, headers))

    def body(self, path: str, headers: Mapping[str, str]) -> Body:
        """A blob of the repository, of which nothing has been read yet. Raises as `document` does."""
        return within(self._limits.answer_seconds, self._name, lambda: self._body(path, headers))

    def close(self) -> None:
        """Close all connections."""
        if "_client" in self.__dict__:
            self._client.session.close()

    @property
    def _name(self) -> str:
        return f"registry {self._reference.registry}"

    @functools.cached_property
    def _client(self) -> Any:
        """oras' client, set up for this registry."""
        client = oras.client.OrasClient(hostname=self._reference.endpoint, tls_verify=not self._is_insecure)
        session = client.session
        settings = {"ssl_context": context_for(self._reference.registry, verify=not self._is_insecure)}
        session.mount("https://", _ContextAdapter(**settings))
        # Without this, requests would replace our Authorization header by what ~/.netrc has for the host.
        session.auth = lambda request: request
        session.headers["Accept-Encoding"] = "identity"  # digests are over what is stored
        session.headers["User-Agent"] = "lambda-image-lint"
        timeout = (self._limits.connect_seconds, self._limits.read_seconds)
        session.request = functools.partial(session.request, timeout=timeout, allow_redirects=False)
        client.auth = _Authentication(self._authorizer)
        return client

    @functools.cached_property
    def _scheme(self) -> str:
        """HTTPS; plain HTTP on this machine, or where the user allows it, if the registry does not speak TLS."""
        if not (self._reference.is_loopback or self._is_insecure):
            return "https"
        try:
            self._anonymous("GET", f"https://{self._reference.endpoint}/v2/").close()
        except requests.exceptions.SSLError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise self._unreachable(error) from error
            return "http"
        except requests.exceptions.ConnectionError as error:
            # Nobody listens on port 443, or hangs up on TLS; on the same port plain HTTP would be refused alike.
            if isinstance(error, requests.exceptions.ConnectTimeout):
                raise self._unreachable(error) from error
            return "http"
        except requests.exceptions.RequestException as error:
            raise self._unreachable(error) from error
        return "https"

    def _url(self, path: str) -> str:
        return f"{self._scheme}://{self._reference.endpoint}/v2/{self._reference.repository}/{path}"

    def _document(self, path: str, headers: Mapping[str, str]) -> Document:
        def ask() -> Document:
            body = self._answer(self._url(path), headers, path)
            return Document(body.whole(self._name), body.headers)

        return self._retried(ask)

    def _body(self, path: str, headers: Mapping[str, str]) -> Body:
        return self._retried(lambda: self._answer(self._url(path), headers, path))

    def _retried(self, ask: Callable[[], T]) -> T:
        """What `ask` returns, asked again where the registry is overloaded or hangs up, within the time for an answer."""
        started = time.monotonic()
        for attempt in range(1, self._limits.tries + 1):
            wait = self._limits.first_wait_seconds * 2 ** (attempt - 1)
            try:
                return ask()
            except Overloaded as error:
                wait = error.retry_after if error.retry_after is not None else wait
                failure = f"answers {error.status}"
                asked_to_wait = f", and asks to wait {error.retry_after:g} s" if error.retry_after else ""
            except ConnectionCut as error:
                failure, asked_to_wait = f"breaks off: {error}", ""
            left = self._limits.answer_seconds - (time.monotonic() - started)
            if attempt == self._limits.tries or wait >= left:
                break
            time.sleep(wait)
        tries = f"after {attempt} tries" if attempt > 1 else "at once"
        raise SourceError(f"{self._name} {failure}{asked_to_wait}; given up {tries}", "Try again later")

    def _answer(self, url: str, headers: Mapping[str, str], path: str) -> Body:
        """The good answer to a request, behind any redirects. Raises `SourceError` on any other."""
        response = self._send(url, headers)
        for _ in range(REDIRECTS_MAX):
            if response.status_code not in _REDIRECTS:
                break
            target = check_target(
                urljoin(response.url, response.headers.get("Location", "")),
                asked_by=self._name,
                plain_http=response.url.startswith("http:"),
            )
            response.close()
            response = self._send(target, headers)
        body = Body(response, self._add, self._limits.read_seconds)
        if body.status in (200, 206):
            return body
        body.close()
        raise self._failure(body, path)

    def _send(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        """One request; with credentials only to the registry itself."""
        is_registry = origin(url) == origin(f"{self._scheme}://{self._reference.endpoint}/")
        try:
            if is_registry:
                ask = oras.client.OrasClient.do_request.__wrapped__
                response: requests.Response = ask(self._client, url, headers=dict(headers), stream=True)
            else:
                response = self._anonymous("GET", url, headers=dict(headers))
        except requests.exceptions.RequestException as error:
            if _is_cut(error):
                raise ConnectionCut(reason_of(error)) from error
            raise self._unreachable(error) from error
        if response.status_code in _OVERLOADED:
            response.close()
            raise Overloaded(response.status_code, response.headers.get("Retry-After", ""))
        return response

    def _anonymous(self, method: str, url: str, **options: Any) -> requests.Response:
        """A request that carries no credentials but those in `options`."""
        verify = not self._is_insecure
        response: requests.Response = self._client.session.request(method, url, stream=True, verify=verify, **options)
        return response

    def _ask_for_token(self, method: str, url: str, **options: Any) -> Document | None:
        """The answer of a token server; None where it refuses. It may be another host: that is what realms are for."""
        check_target(url, asked_by=self._name, plain_http=self._scheme == "http")
        try:
            response = self._anonymous(method, url, **options)
        except requests.exceptions.RequestException as error:
            raise SourceError(
                f"the token server of {self._name} does not answer: {reason_of(error)}", UNREACHABLE_HELP
            ) from error
        if response.status_code in _OVERLOADED:
            response.close()
            raise Overloaded(response.status_code, response.headers.get("Retry-After", ""))
        body = Body(response, self._add, self._limits.read_seconds)
        raw = body.whole(self._name)
        return Document(raw, body.headers) if body.status == 200 else None

    def _failure(self, body: Body, path: str) -> SourceError:
        what = f"{self._reference.repository} {path}"
        if body.status == 404:
            return NotFound(
                f"{self._name} has no {what}", "Check name and tag; a private image may need a docker login"
            )
        if body.status in (401, 403):
            return self._authorizer.refusal()
        return SourceError(f"{self._name} answers {body.status} to a request for {what}")

    def _unreachable(self, error: requests.exceptions.RequestException) -> SourceError:
        if isinstance(error, requests.exceptions.SSLError):
            advice = f"Put its authority into /etc/docker/certs.d/{self._reference.registry}/ca.crt or SSL_CERT_FILE"
            return SourceError(f"{self._name} cannot be trusted: {reason_of(error)}", advice)
        if isinstance(error, requests.exceptions.Timeout):
            return SourceError(f"{self._name} does not answer in time", UNREACHABLE_HELP)
        return SourceError(f"{self._name} cannot be reached: {reason_of(error)}", UNREACHABLE_HELP)

    def _add(self, count: int) -> None:
        with self._lock:
            self.transferred += count


def _is_cut(error: requests.exceptions.RequestException) -> bool:
    """Whether a connection stood and then broke, so that another try may help."""
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return True
    wrapped = error.args[0] if error.args else None
    return type(error) is requests.exceptions.ConnectionError and isinstance(wrapped, urllib3.exceptions.ProtocolError)
