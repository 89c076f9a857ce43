from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Function, Severity, Unknown, rule
from lambda_image_lint.rulekit.adapters import adapter
from lambda_image_lint.rulekit.edits import before
from lambda_image_lint.rulekit.literal_answers import literal_answer
from lambda_image_lint.rulekit.readiness import (
    ASYNC,
    FIRST_STATUS,
    HEALTHY,
    MIN_UNHEALTHY,
    PATH,
    PROTOCOL,
    Setting,
    Version,
    adapter_version,
    asked_path,
    asks_another_port,
    asks_by_http,
    makes_no_address,
    proxy_before,
    ready_statuses,
    setting,
    statuses,
    takes_a_proxys_word,
    unread,
)
from lambda_image_lint.rulekit.stages import final_instructions

_YES = frozenset({"1", "yes", "y", "on", "true", "t"})
_NEVER = "the web adapter never takes the application for ready"


@rule(
    "LIL225",
    Severity.WARNING,
    sources=(
        "https://github.com/aws/aws-lambda-web-adapter/issues/141",
        "https://aws.github.io/aws-lambda-web-adapter/configuration/readiness-check.html",
        "own: the adapter's versions 0.5.1, 0.6.4, 0.7.0, 0.9.1 and 1.0.0, built and run in front of a server",
    ),
    help="Set what this version of the web adapter reads, to what the server answers once it is up.",
)
def web_adapter_readiness(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """The web adapter never takes the application for ready, or does so before it is."""
    client = adapter(function)
    if client is None:
        return
    version = adapter_version(client)
    for name, since in unread(function, version) if version is not None else ():
        yield Finding(
            f"web adapter {_text(version)} does not read {name}, which came with {_text(since)}",
            function.where(f"environment.{name}"),
            help="Take a later web adapter.",
        )
    yield from _path(function, version, dockerfile)
    yield from _words(function, version)
    if asks_by_http(function, version):
        yield from _statuses(function, version)
        yield from _answer(function, version)
    proxy = proxy_before(function) if takes_a_proxys_word(function, version) else None
    if proxy is not None:
        yield Finding(
            f"{proxy.program} answers before its application, and web adapter {_text(version)} takes any answer for ready",
            proxy.place,
            help="Take web adapter 0.7.0 or later: answers from 500 on are none.",
        )


def _path(function: Function, version: Version | None, dockerfile: Dockerfile | None) -> Iterator[Finding]:
    said = setting(function, PATH, version)
    if isinstance(said, Setting) and makes_no_address(said.value):
        yield Finding(
            f"{said.name} is {said.value}, without a slash: the web adapter makes no address of it and ends",
            function.where(f"environment.{said.name}"),
            severity=Severity.ERROR,
            fix=_slash(dockerfile, said),
        )


def _slash(dockerfile: Dockerfile | None, said: Setting) -> Fix | None:
    """Where the value stands as it is."""
    pairs = [
        pair
        for one in (final_instructions(dockerfile, "ENV") if dockerfile is not None else ())
        for pair in one.pairs
        if pair.name == said.name
    ]
    span = pairs[-1].value_span if pairs and pairs[-1].raw_value == said.value else None
    return Fix("Begin it with a slash", (before(span, "/"),), Applicability.SAFE) if span is not None else None


def _words(function: Function, version: Version | None) -> Iterator[Finding]:
    """Values that the adapter does not know and takes for another."""
    protocol = setting(function, PROTOCOL, version)
    if isinstance(protocol, Setting) and protocol.value.lower() not in ("http", "tcp"):
        yield Finding(
            f"{protocol.name} is neither http nor tcp: the web adapter asks by http",
            function.where(f"environment.{protocol.name}"),
        )
    later = setting(function, ASYNC, version)
    if isinstance(later, Setting) and later.value != "true" and later.value.lower() in _YES:
        yield Finding(
            f"{later.name} is {later.value}: the web adapter takes nothing but true for a yes",
            function.where(f"environment.{later.name}"),
        )


def _statuses(function: Function, version: Version | None) -> Iterator[Finding | Unknown]:
    said = setting(function, HEALTHY, version)
    if isinstance(said, Setting):
        place = function.where(f"environment.{said.name}")
        found, refused = statuses(said.value)
        if not found:
            severity = Severity.WARNING if version is None else Severity.ERROR
            yield Finding(f"{said.name} names no status: {_NEVER}", place, severity=severity)
            if version is None:
                yield Unknown(f"whether the web adapter is old enough not to read {said.name} is not known", place)
        elif refused:
            yield Finding(f"a part of {said.name} is no status, and left out", place)
    least = setting(function, MIN_UNHEALTHY, version) if version is not None else None
    if not isinstance(least, Setting) or not least.value:
        return
    place = function.where(f"environment.{least.name}")
    if not least.value.isdecimal():
        yield Finding(f"{least.name} is no status: the web adapter takes 500", place)
    elif int(least.value) <= FIRST_STATUS:
        yield Finding(f"{least.name} is {least.value}: {_NEVER}", place, severity=Severity.ERROR)


def _answer(function: Function, version: Version | None) -> Iterator[Finding]:
    """A server that certainly gives an answer that does not count."""
    ready, path = ready_statuses(function, version), asked_path(function, version)
    if ready is None or path is None or asks_another_port(function, version) or not path.startswith("/"):
        return
    answered = literal_answer(function, path)
    if answered is not None and answered.status not in ready:
        yield Finding(
            f"{answered.step.name} answers {path} with {answered.status}, which web adapter {_text(version)} does not take "
            "for ready",
            answered.step.place,
            help="Let AWS_LWA_READINESS_CHECK_PATH name a path that the server answers well.",
        )


def _text(version: Version | None) -> str:
    return ".".join(map(str, version or ()))
