"""When the web adapter takes the application for ready: by which request, and by which answers."""

from collections.abc import Iterator

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.chain import Step, chain
from lambda_image_lint.function.model import Function, RuntimeClient
from lambda_image_lint.knowledge import web_adapter_ready_statuses, web_adapter_renamed, web_adapter_variables
from lambda_image_lint.patterns import lazy

Version = tuple[int, ...]

PATH = "AWS_LWA_READINESS_CHECK_PATH"
PORT = "AWS_LWA_READINESS_CHECK_PORT"
PROTOCOL = "AWS_LWA_READINESS_CHECK_PROTOCOL"
ASYNC = "AWS_LWA_ASYNC_INIT"
HEALTHY = "AWS_LWA_READINESS_CHECK_HEALTHY_STATUS"
MIN_UNHEALTHY = "AWS_LWA_READINESS_CHECK_MIN_UNHEALTHY_STATUS"
FIRST_STATUS = 100
"""Of HTTP: https://www.rfc-editor.org/rfc/rfc9110#section-15"""
LARGEST = (1 << 16) - 1
"""The adapter keeps a status in sixteen bits."""
_BAD_GATEWAY = 502
_STANDARD_UNHEALTHY = 500

_RELEASE = lazy(r"(\d+)\.(\d+)\.(\d+)(?:-(?:x86_64|aarch64|arm64|amd64))?")
_NO_ADDRESS = lazy(r"[A-Za-z][^@\s]*")
_PROXIES = frozenset({"envoy", "haproxy", "traefik"})
"""Programs that do nothing but pass requests on."""
_PASSES_ON = lazy(r"(?m)^[^#\n]*\b(?:proxy|fastcgi|uwsgi|scgi|grpc)_pass\s")
_LOCAL = lazy(r"(?m)^[^#\n]*(?:_pass|\bserver)\s+[^;\n]*(?:127\.0\.0\.1|localhost|\[::1\]|unix:)")
_CONFIGURATION_BYTES = 256 * 1024


class Setting(Struct, frozen=True):
    """A variable that the adapter reads, and its value."""

    name: str
    value: str


def adapter_version(client: RuntimeClient) -> Version | None:
    """By the tag of the image that it was copied from; None for one that is moving, before its release, or unknown."""
    match = _RELEASE.fullmatch(client.version or "")
    return tuple(map(int, match.groups())) if match else None


def is_read(name: str, version: Version | None) -> bool:
    """Whether a version reads a variable; one that is not known reads what any does."""
    known = web_adapter_variables().get(name)
    if known is None or version is None:
        return True
    return known.since <= version and (known.until is None or version < known.until)


def setting(function: Function, name: str, version: Version | None) -> Setting | Unknown | None:
    """What a variable of the adapter is set to, under its name or the one that it had before; None: not set."""
    for each in (name, *_former(name)):
        value = function.environment.get(each)
        if isinstance(value, Unknown):
            return value
        if value is not None and is_read(each, version):
            return Setting(each, value)
    return None


def unread(function: Function, version: Version) -> Iterator[tuple[str, Version]]:
    """The variables that are set for a later adapter than there is, with the version that they came with."""
    for name, known in web_adapter_variables().items():
        former = [one for one in _former(name) if one in function.environment and is_read(one, version)]
        if name in function.environment and version < known.since and not former:
            yield name, known.since


def _former(name: str) -> tuple[str, ...]:
    """The names without prefix; what was given another meaning is no former name."""
    return tuple(old for old, new in web_adapter_renamed().items() if new == name and old != MIN_UNHEALTHY)


def asked_path(function: Function, version: Version | None) -> str | None:
    """The path that the adapter asks; None where it is not known."""
    said = setting(function, PATH, version)
    if said is None:
        return None if isinstance(function.environment_complete, Unknown) else "/"
    return said.value if isinstance(said, Setting) else None


def makes_no_address(path: str) -> bool:
    """Whether a path cannot stand behind a port. What begins with a digit, or holds an ``@``, may make another address."""
    return _NO_ADDRESS.fullmatch(path) is not None


def asks_another_port(function: Function, version: Version | None) -> bool:
    """Whether it may ask a server of its own, on another port than requests go to."""
    return setting(function, PORT, version) is not None


def asks_by_http(function: Function, version: Version | None) -> bool:
    """Whether the adapter certainly asks by HTTP."""
    said = setting(function, PROTOCOL, version)
    complete = function.environment_complete
    return (
        not isinstance(complete, Unknown) if said is None else isinstance(said, Setting) and said.value.lower() != "tcp"
    )


def statuses(text: str) -> tuple[frozenset[int], tuple[str, ...]]:
    """The statuses of ``200-299,404`` as the adapter reads them, and the parts that it cannot read and leaves out."""
    found: set[int] = set()
    refused = []
    for part in (one.strip() for one in text.split(",")):
        first, dash, last = part.partition("-")
        if not all(_is_status(one) for one in ((first, last) if dash else (first,))):
            refused += [part] if part else []
        else:
            found.update(range(int(first), int(last or first) + 1))
    return frozenset(found), tuple(refused)


def _is_status(text: str) -> bool:
    return text.isascii() and text.isdecimal() and int(text) <= LARGEST


def ready_statuses(function: Function, version: Version | None) -> frozenset[int] | None:
    """The answers that count as readiness; None where that is not known."""
    if version is None or isinstance(function.environment_complete, Unknown):
        return None
    for name in (HEALTHY, MIN_UNHEALTHY):
        said = setting(function, name, version)
        if isinstance(said, Unknown):
            return None
        if said is not None:
            return statuses(said.value)[0] if name == HEALTHY else _below(said.value)
    return statuses(web_adapter_ready_statuses(version))[0]


def _below(text: str) -> frozenset[int]:
    return frozenset(range(FIRST_STATUS, int(text) if _is_status(text) else _STANDARD_UNHEALTHY))


def proxy_before(function: Function) -> Step | None:
    """A program that is started and passes requests on to another of the image, which it answers for until that is up."""
    steps = chain(function)
    for step in steps if not isinstance(steps, Unknown) else ():
        if step.guards:
            continue
        if step.program in _PROXIES or (step.program == "nginx" and _passes_on(function)):
            return step
    return None


def _passes_on(function: Function) -> bool:
    """Whether nginx is told to ask another program of the same image."""
    texts = [
        file.read(_CONFIGURATION_BYTES)
        for file in function.files.known_under("/")
        if "nginx" in file.path and file.path.endswith((".conf", ".template"))
    ]
    known = [text.decode("utf-8", "replace") for text in texts if isinstance(text, bytes)]
    return any(_PASSES_ON.search(text) for text in known) and any(_LOCAL.search(text) for text in known)


def takes_a_proxys_word(function: Function, version: Version | None) -> bool:
    """Whether the answer of a proxy whose application is not up, 502, counts as readiness."""
    ready = ready_statuses(function, version)
    return ready is not None and _BAD_GATEWAY in ready and asks_by_http(function, version)
