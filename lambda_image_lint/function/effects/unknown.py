"""Commands that nobody here understands."""

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.effects.call import Argument, Call

_ASKS_ONLY = frozenset(["--version", "-version", "-V", "-v", "version", "--help", "-h", "help"])


def unknown(call: Call) -> None:
    """It may have written what it names and in its working directory; anywhere, where it names nothing."""
    if only_asks(call):
        return
    named = [argument for argument in call.arguments if _is_path(argument)]
    if not named and "/" not in call.name:
        call.blur("/")
        return
    for argument in named:
        call.blur(call.path(_value(argument)))
    call.blur(call.folder)


def works_in_its_folder(call: Call) -> None:
    """A build tool: it writes below its working directory, and where it is told to."""
    if only_asks(call):
        return
    for argument in call.arguments:
        if _is_path(argument):
            call.blur(call.path(_value(argument)))
    call.blur(call.folder)


def only_asks(call: Call) -> bool:
    """Whether it prints its version or help."""
    return len(call.arguments) == 1 and call.arguments[0].text in _ASKS_ONLY


def _is_path(argument: Argument) -> bool:
    text = argument.text
    if isinstance(text, Unknown):
        return True
    value = text.partition("=")[2] or text
    return ("/" in value and "://" not in value) or value in (".", "..")


def _value(argument: Argument) -> Argument:
    """Of ``--output=/opt`` the path."""
    text = argument.text
    if isinstance(text, str) and text.startswith("-") and "=" in text:
        return Argument(text.partition("=")[2], argument.raw, argument.glob)
    return argument
