"""The Lambda Web Adapter, as several rules ask for it."""

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.clients.adapter import web_adapter
from lambda_image_lint.function.model import Function, RuntimeClient
from lambda_image_lint.knowledge import web_adapter_default_port, web_adapter_port_variables


def adapter(function: Function) -> RuntimeClient | None:
    """The adapter where it certainly is among the extensions."""
    found = web_adapter(function)
    return found if isinstance(found, RuntimeClient) else None


def adapter_port(function: Function) -> tuple[str | None, Answer[int]]:
    """The variable that names the port on which the adapter expects the application, None where none does; and it."""
    for name in web_adapter_port_variables():
        value = function.environment.get(name)
        if value is None:
            if isinstance(function.environment_complete, Unknown):
                return None, function.environment_complete
            continue
        if isinstance(value, Unknown):
            return name, value
        return name, int(value) if value.strip().isdecimal() else Unknown(f"{name} is no number")
    return None, web_adapter_default_port()
