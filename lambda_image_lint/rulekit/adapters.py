"""The Lambda Web Adapter, as several rules ask for it."""

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.clients.adapter import web_adapter
from lambda_image_lint.function.model import Function, RuntimeClient
from lambda_image_lint.knowledge import web_adapter_default_port, web_adapter_port_variables

EXTENSION_PORT = 3000
"""Of the Lambda Insights extension; where that is not installed it is free.
Source: https://aws.github.io/aws-lambda-web-adapter/"""
FIRST_PORT = 1024
"""The lowest that a process without privileges can bind. Source: ip(7), ip_unprivileged_port_start."""


def adapter(function: Function) -> RuntimeClient | None:
    """The adapter where it certainly is among the extensions."""
    found = web_adapter(function)
    return found if isinstance(found, RuntimeClient) else None


def adapter_port(function: Function) -> tuple[str | None, Answer[int]]:
    """The variable that names the port on which the adapter expects the application, None where none does; and it."""
    for name in web_adapter_port_variables():
        value = function.environment.get(name)
        if value is None:
            continue
        if isinstance(value, Unknown):
            return name, value
        return name, int(value) if value.strip().isdecimal() else Unknown(f"{name} is no number")
    complete = function.environment_complete
    return None, complete if isinstance(complete, Unknown) else web_adapter_default_port()
