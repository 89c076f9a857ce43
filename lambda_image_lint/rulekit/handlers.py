"""The handler as the runtime will resolve it, asked once a function; and the edit that corrects it."""

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.model import Dockerfile, Form, Instruction
from lambda_image_lint.finding import Applicability, Edit, FilePlace, Fix, Place, Span, TextPlace
from lambda_image_lint.function.languages import broken_imports, resolve
from lambda_image_lint.function.languages.resolution import Broken, FileMissing, Resolution
from lambda_image_lint.function.languages.start import start_of
from lambda_image_lint.function.model import File, Function
from lambda_image_lint.rulekit.edits import before
from lambda_image_lint.rulekit.stages import final_instructions
from lambda_image_lint.rulekit.starts import is_shell_form

_resolutions: "WeakKeyDictionary[Function, Answer[Resolution | None]]" = WeakKeyDictionary()
_imports: "WeakKeyDictionary[Function, tuple[Broken | Unknown, ...]]" = WeakKeyDictionary()


_LANGUAGE_CLIENTS = frozenset(
    [
        "base image", "awslambdaric", "aws-lambda-ric", "aws_lambda_ric", "aws-lambda-java-runtime-interface-client",
        "Amazon.Lambda.RuntimeSupport",
    ]
)  # fmt: skip
"""Clients that find a handler by its name; a program with a client of its own, or behind the web adapter, has none."""


def has_handler(function: Function) -> bool:
    """Whether a client of a language starts, or may start, and looks for a handler."""
    start = start_of(function)
    if not isinstance(start, Unknown):
        return start is not None
    client = function.runtime_client
    return isinstance(client, Unknown) or (client is not None and client.name in _LANGUAGE_CLIENTS)


def resolution(function: Function) -> Answer[Resolution | None]:
    """`resolve`, remembered: several rules ask the same question. None where nothing looks for a handler.

    A command in shell form brings no handler at all: a fault of its own, and the handler in it is not judged.
    """
    if isinstance(function.command, tuple) and is_shell_form(function.command):
        return Unknown("CMD is in shell form", function.where("command"))
    if function not in _resolutions:
        _resolutions[function] = resolve(function) if has_handler(function) else None
    return _resolutions[function]


def imports(function: Function) -> Iterator[Broken | Unknown]:
    """`broken_imports`, remembered; nothing where nothing looks for a handler, and of a command in shell form."""
    if not has_handler(function) or (isinstance(function.command, tuple) and is_shell_form(function.command)):
        return
    if function not in _imports:
        _imports[function] = tuple(broken_imports(function))
    yield from _imports[function]


def source_place(file: File, line: int | None = None) -> Place:
    """A line of a source: in the build context where the file is a copy of one there, else what brought the file."""
    if file.source is None:
        return file.place
    return TextPlace(Span(line or 1, 1, line or 1, 1), file.source)


def fault_place(function: Function, file: File) -> Place:
    """Where a fault inside a source stands: of an image at the file, else at the instruction that starts the handler."""
    return file.place if isinstance(file.place, FilePlace) else function.handler_place()


def is_flattened(function: Function, missing: FileMissing) -> bool:
    """Whether a COPY of a folder has left out the folder that the handler names: the module lies one level higher."""
    written = missing.module.replace(".", "/").strip("/")
    found = function.files.find(missing.near[0]) if missing.near and "/" in written else None
    if not isinstance(found, File) or found.source is None:
        return False
    stem, inside = found.source.rpartition(".")[0].removesuffix("/__init__"), found.path.rpartition(".")[0]
    return f"/{stem}".endswith(f"/{written}") and not inside.endswith(f"/{written}")


def is_outside_task_root(function: Function) -> bool:
    """Whether Node's runtime client, of version 4 or later, looks in the task root, and the function works elsewhere."""
    start, client = start_of(function), function.runtime_client
    if isinstance(start, Unknown) or start is None or start.client != "aws-lambda-ric" or isinstance(client, Unknown):
        return False
    major = (client.version or "").partition(".")[0] if client is not None else ""
    return major.isdecimal() and int(major) >= 4


def is_typescript_alone(missing: FileMissing) -> bool:
    """Whether the handler's module is there, but not compiled."""
    stem = f"{missing.looked_in[0].rstrip('/')}/{missing.module.rpartition('/')[2]}"
    return any(path in (f"{stem}.ts", f"{stem}.mts", f"{stem}.cts") for path in missing.near)


def last_command(dockerfile: Dockerfile, *keywords: str) -> Instruction | None:
    """The CMD or ENTRYPOINT that counts: the last of the stages that become the image."""
    return next(reversed(list(final_instructions(dockerfile, *keywords))), None)


def program_word(dockerfile: Dockerfile) -> str | None:
    """What ENTRYPOINT, or CMD where there is none, names first; None in shell form."""
    start = last_command(dockerfile, "ENTRYPOINT") or last_command(dockerfile, "CMD")
    return start.words[0].text if start is not None and start.form is Form.EXEC and start.words else None


def variable_fix(dockerfile: Dockerfile | None, text: str, settings: str, applicability: Applicability) -> Fix | None:
    """``ENV settings`` in front of the ENTRYPOINT that counts, or of the CMD where there is none."""
    if dockerfile is None:
        return None
    instruction = last_command(dockerfile, "ENTRYPOINT") or last_command(dockerfile, "CMD")
    if instruction is None:
        return None
    return Fix(text, (before(instruction.span, f"ENV {settings}\n"),), applicability)


def handler_fix(dockerfile: Dockerfile | None, handler: str, right: str, applicability: Applicability) -> Fix | None:
    """Write another handler into the last CMD, or ENTRYPOINT, that holds this one as a JSON string."""
    if dockerfile is None:
        return None
    for keyword in ("CMD", "ENTRYPOINT"):
        instruction = last_command(dockerfile, keyword)
        if instruction is None or instruction.form is not Form.EXEC:
            continue
        for word in instruction.words:
            if word.text == handler and word.raw.strip('"') == handler and word.span.line == word.span.end_line:
                quotes = 1 if word.raw.startswith('"') else 0
                start, end = word.span.column + quotes, word.span.end_column - quotes
                edit = Edit(Span(word.span.line, start, word.span.line, end), right)
                return Fix(f"Write {right}", (edit,), applicability)
    return None
