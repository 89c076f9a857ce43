from collections.abc import Iterator

from lambda_image_lint import Answer, Context, Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.chain import Step, chain
from lambda_image_lint.knowledge import web_adapter_forbidden_ports, web_adapter_port_variables
from lambda_image_lint.rulekit.adapters import EXTENSION_PORT, FIRST_PORT, adapter, adapter_port
from lambda_image_lint.rulekit.literal_ports import Listens, literal_port
from lambda_image_lint.rulekit.ports import PROXIES, listening_port
from lambda_image_lint.rulekit.supplied import variable_supplier

_OF_SERVERS_TOO = "PORT"
"""The variable that servers read as the adapter does."""


@rule(
    "LIL218",
    Severity.WARNING,
    sources=(
        "https://aws.github.io/aws-lambda-web-adapter/",
        "own: a boot of a server that listens on another port than the adapter asks",
    ),
    help="Let the server listen on 8080, or set AWS_LWA_PORT to its port.",
)
def web_adapter_port(function: Function, context: Context | None) -> Iterator[Finding | Unknown]:
    """The web adapter asks another port than the server listens on, or one that cannot be used."""
    if adapter(function) is None:
        return
    name, port = adapter_port(function)
    if isinstance(port, Unknown):
        yield port
        return
    if name is not None and (port in web_adapter_forbidden_ports() - {EXTENSION_PORT} or port < FIRST_PORT):
        low = f"a process in Lambda cannot bind one below {FIRST_PORT}"
        why = low if port < FIRST_PORT else "Lambda needs it itself"
        yield Finding(f"{name} is {port}: {why}", function.where(f"environment.{name}"))
        return
    steps = chain(function)
    told = [(step, listens) for step in _certain(steps) if (listens := listening_port(step)) is not None]
    for step, listens in told:
        if listens[1] != port:
            asks = f"{name} says {port}" if name else f"the web adapter asks {port}"
            yield Finding(f"{listens[0]} listens on port {listens[1]}, and {asks}", step.place)
            return
    literal = [found for step in _certain(steps) if (found := literal_port(function, step)) is not None]
    other = next((found for found in literal if found.port != port), None)
    if other is not None and not told:
        names = {*web_adapter_port_variables(), other.unset or _OF_SERVERS_TOO}
        supplier = variable_supplier(context, *sorted(names)) if context is not None else None
        if supplier is not None:
            yield Unknown(f"{supplier} may set the port", other.step.place)
        elif not _another_answers(steps, literal, port):
            yield Finding(_message(name, port, other), other.step.place)
        return
    if (
        name not in (None, _OF_SERVERS_TOO)
        and not told
        and not literal
        and function.environment.get(_OF_SERVERS_TOO) != str(port)
    ):
        # The adapter alone reads this variable; the server may have another port in its code.
        yield Unknown(
            "which port the server listens on is told by the server alone", function.where(f"environment.{name}")
        )


def _message(name: str | None, port: int, found: Listens) -> str:
    asks = f"{name} says {port}" if name else f"the web adapter asks {port}"
    unset = f" where {found.unset} is not set" if found.unset else ""
    return f"{found.step.name} listens on port {found.port}{unset}, and {asks}"


def _another_answers(steps: Answer[tuple[Step, ...]], literal: list[Listens], port: int) -> bool:
    """Whether something else that is started may be what the adapter asks."""
    started = () if isinstance(steps, Unknown) else steps
    return any(found.port == port for found in literal) or any(step.program in PROXIES for step in started)


def _certain(steps: Answer[tuple[Step, ...]]) -> tuple[Step, ...]:
    return () if isinstance(steps, Unknown) else tuple(step for step in steps if step.is_certain)
