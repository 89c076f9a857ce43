"""Answers of a registry, and the ways in which they fail to come."""

import http.client
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

import requests
import urllib3.exceptions
from msgspec import Struct

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.sources.store import CHUNK, DOCUMENT_MAX

UNREACHABLE_HELP = (
    "Check the name, the network and any proxy (HTTPS_PROXY, NO_PROXY); for plain HTTP name it with --insecure-registry"
)

T = TypeVar("T")


class ConnectionCut(Exception):  # noqa: N818 - says what is the case
    """The connection broke in the middle of an answer."""


class Overloaded(Exception):  # noqa: N818
    """The registry asks to come again later."""

    def __init__(self, status: int, retry_after: str) -> None:
        super().__init__(status)
        self.status = status
        # The header may hold a date instead; the usual wait does for that.
        self.retry_after = float(retry_after) if retry_after.isdigit() else None


class Document(Struct, frozen=True):
    """A small answer, read to its end."""

    raw: bytes
    headers: Mapping[str, str]
    """Names in lower case."""


class Body:
    """The answer to a request for a blob, read piece by piece."""

    def __init__(self, response: requests.Response, count: Callable[[int], None], silence_seconds: float) -> None:
        self._response = response
        self._count = count
        self._silence_seconds = silence_seconds
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}

    def chunks(self) -> Iterator[bytes]:
        """The bytes as sent. Raises `ConnectionCut` where they end before the announced length, or stall."""
        try:
            while chunk := self._response.raw.read(CHUNK, decode_content=False):
                self._count(len(chunk))
                yield chunk
        except urllib3.exceptions.ReadTimeoutError as error:
            raise ConnectionCut(f"nothing came for {self._silence_seconds:g} s") from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ConnectionCut(reason_of(error)) from error
        finally:
            self.close()

    def whole(self, sender: str) -> bytes:
        """The bytes of a document. Raises as `chunks` does, and `SourceError` where it is longer than any can be."""
        raw = bytearray()
        for chunk in self.chunks():
            raw += chunk
            if len(raw) > DOCUMENT_MAX:
                self.close()
                raise SourceError(f"{sender} sends more than the {DOCUMENT_MAX} bytes that are read of a document")
        return bytes(raw)

    def close(self) -> None:
        """Let the connection go; what has not been read is not read any more."""
        self._response.close()


def reason_of(error: BaseException) -> str:
    """The innermost cause: what wraps it repeats URLs, which may hold secrets, and class names."""
    while (cause := error.__cause__ or error.__context__) is not None:
        # What is beneath it is about the length of a chunk that did not come.
        if isinstance(error, http.client.IncompleteRead):
            break
        error = cause
    if isinstance(error, http.client.IncompleteRead):
        return f"it ended {error.expected} bytes early" if error.expected else "it ended early"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error.args[-1] if error.args else error)[:200] or type(error).__name__


def within(seconds: float, name: str, work: Callable[[], T]) -> T:
    """What `work` returns, if it does so in time.

    Time-outs of sockets start anew with every byte, address and redirect; only a clock of its own bounds them all. The
    abandoned thread ends with its own time-outs, and does not keep the process alive.
    """
    outcome: list[T | BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise SourceError(f"{name} gave no whole answer within {seconds:g} s", UNREACHABLE_HELP)
    result = outcome[0]
    if isinstance(result, BaseException):
        raise result
    return result
