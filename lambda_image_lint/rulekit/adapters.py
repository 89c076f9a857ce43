"""The Lambda Web Adapter, as several rules ask for it."""

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.clients.adapter import web_adapter
from lambda_image_lint.function.languages.resolution import Resolved
from lambda_image_lint.function.model import Function, RuntimeClient
from lambda_image_lint.knowledge import web_adapter_default_port, web_adapter_port_variables
from lambda_image_lint.rulekit.handlers import resolution
from lambda_image_lint.rulekit.readiness import ASYNC, Setting, adapter_version, setting
from lambda_image_lint.rulekit.servers import makes_application
from lambda_image_lint.rulekit.starts import is_handler_word

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


def is_left_over(function: Function, client: RuntimeClient) -> bool:
    """Whether nothing is behind the adapter of an AWS base that keeps its own entrypoint: CMD is a handler.

    It registers and at once asks for its next event, in every version that is an extension, so that Lambda does not wait for
    it; for invocations it asks only once a server has answered. With ``AWS_LWA_ASYNC_INIT`` it does so after ten seconds,
    and takes events from the runtime. Source: ``register_default_extension`` and ``check_init_health`` in src/lib.rs of the
    tags v0.4.0 to v1.0.0-rc1, src/main.rs of v0.2.0 and v0.3.3.
    """
    words = function.command
    if not isinstance(words, tuple) or len(words) != 1:
        return False
    later = setting(function, ASYNC, adapter_version(client))
    if isinstance(later, Unknown) or (isinstance(later, Setting) and later.value == "true"):
        return False
    found = resolution(function)
    if not isinstance(found, Resolved):
        return is_handler_word(words[0])
    # An application in the place of the handler is meant for a server.
    return found.file is None or not makes_application(found.file, found.symbol)
