"""The port that a server is told to listen on, by the words of its command line."""

from collections.abc import Mapping, Sequence

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.chain import Step
from lambda_image_lint.patterns import lazy

_PORT = {"--port", "-p"}
_BIND = {"--bind", "-b"}
_OPTIONS: Mapping[str, frozenset[str]] = {
    "uvicorn": frozenset({"--port"}),
    "gunicorn": frozenset(_BIND),
    "hypercorn": frozenset(_BIND),
    "daphne": frozenset(_PORT),
    "waitress-serve": frozenset({"--port", "--listen"}),
    "flask": frozenset(_PORT),
    "fastapi": frozenset({"--port"}),
    "streamlit": frozenset({"--server.port"}),
    "puma": frozenset(_PORT | _BIND),
    "next": frozenset(_PORT),
}
"""Server → the options that name its port or its address. Source: the help of each."""
PROXIES = frozenset({"nginx", "caddy", "envoy", "haproxy", "traefik", "httpd", "apache2", "apachectl", "supervisord"})
"""Programs that may stand in front of a server, on a port of their own."""
_ENDS_IN_PORT = lazy(r"(?:.*:)?(\d{1,5})")


def listening_port(step: Step) -> tuple[str, int] | None:
    """The server and the port that a step's words name; None where they name none, or several, or a variable does."""
    words: Sequence[str | Unknown] = step.arguments
    server = step.program if step.program in _OPTIONS else step.name
    if server not in _OPTIONS or any(isinstance(word, Unknown) for word in words):
        return None
    values = _values([word for word in words if isinstance(word, str)], _OPTIONS[server])
    ports = {match[1] for value in values if (match := _ENDS_IN_PORT.fullmatch(value))}
    return (server, int(ports.pop())) if len(ports) == 1 == len(values) else None


def _values(words: list[str], options: frozenset[str]) -> list[str]:
    found = []
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if name in options:
            found.append(value if equals else following)
        elif word[:2] in options and not word.startswith("--") and len(word) > 2:
            found.append(word[2:])
    return found
