"""Which file and method a Ruby handler stands for, and in which words Lambda refuses it.

Source: aws_lambda_ric's ``lambda_handler.rb`` and ``aws_lambda_ric.rb``, 2.0 to 3.1, read 2026-11-23: the string
splits at its dots into two or three parts, and the first is given to `require` with the working directory in front.
Ruby binds methods in more ways than a scan can see, so a method is missing only where its name does not occur at all.
"""

import re

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.languages.nearest import nearest
from lambda_image_lint.function.languages.own import may_hold
from lambda_image_lint.function.languages.resolution import (
    BadFormat,
    FileMissing,
    FunctionMissing,
    OutsidePath,
    Resolution,
    Resolved,
)
from lambda_image_lint.function.languages.start import BASE_CLIENT, Start
from lambda_image_lint.function.model import File, Function, Kind

TASK_ROOT = "/var/task"
_SOURCE_LIMIT = 4 * 1024 * 1024
_DEFINITION = re.compile(r"^\s*def\s+(?:self\.)?([A-Za-z_]\w*[?!]?)", re.MULTILINE)
# Whatever uses one of these may define methods that no `def` shows.
_DYNAMIC = re.compile(
    rb"\b(?:define_method|define_singleton_method|method_missing|eval|instance_eval|class_eval|module_eval|alias|alias_method"
    rb"|attr_\w+|delegate|def_delegators?|include|extend|prepend|require|require_relative|load|autoload|send|public_send|__send__)\b"
)


def resolve(function: Function, start: Start, handler: str) -> Answer[Resolution]:
    """What becomes of the handler."""
    parts = re.sub(r"\.+$", "", handler).split(".")
    if len(parts) not in (2, 3):
        shown = "[" + ", ".join(f'"{part}"' for part in parts if handler) + "]"
        error = f"ArgumentError: Invalid handler {shown}, must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD"
        suggestion = ".".join((parts[0], *parts[2:])) if len(parts) > 2 and parts[1] == "rb" else None
        return BadFormat(handler, "it is not FILE.METHOD or FILE.CLASS.METHOD", error, suggestion)
    if len(parts) == 3 and parts[1] == "rb":
        # The second part is taken for a class, and no class is called so.
        why = "it names the file with its suffix"
        return BadFormat(handler, why, "NameError: wrong constant name rb", f"{parts[0]}.{parts[2]}")
    root = TASK_ROOT if start.client == BASE_CLIENT else function.working_dir
    if isinstance(root, Unknown):
        return root
    name = parts[0].removesuffix(".rb")
    stem = name if name.startswith("/") else f"{root.rstrip('/')}/{name.removeprefix('./')}"
    found = function.files.find(f"{stem}.rb")
    if isinstance(found, Unknown) and may_hold(found, name.rpartition("/")[2]):
        return found
    if isinstance(found, File) and found.kind is Kind.FILE:
        return _method(handler, found, parts)
    return _not_found(function, handler, name, root, parts)


def _not_found(function: Function, handler: str, name: str, root: str, parts: list[str]) -> Answer[Resolution]:
    library = function.environment.get("RUBYLIB")
    if library is not None:
        return (
            library
            if isinstance(library, Unknown)
            else Unknown("RUBYLIB is set", function.where("environment.RUBYLIB"))
        )
    everywhere = [
        file
        for file in function.files.known_under("/")
        if file.path.endswith(f"/{name.strip('./')}.rb") and file.kind is Kind.FILE
    ]
    if any("/lib/ruby/" in file.path or "/gems/" in file.path for file in everywhere):
        return Unknown(f"{name} may be loaded from a gem or from Ruby's own library", function.handler_place())
    error = f"LoadError: cannot load such file -- {name}"
    own = {
        file.path.removeprefix(f"{root.rstrip('/')}/").removesuffix(".rb"): file.path
        for file in function.files.known_under(root)
        if file.path.endswith(".rb") and "/gems/" not in file.path and "/vendor/" not in file.path
    }
    same = [each for each in own if each.rpartition("/")[2] == name.rpartition("/")[2]]
    near = tuple(dict.fromkeys([*same, *nearest(name, own)]))[:3]
    if near:
        suggestion = ".".join((near[0], *parts[1:]))
        return FileMissing(handler, name, error, (root,), tuple(own[each] for each in near), suggestion)
    if everywhere:
        return OutsidePath(handler, name, error, (root,), tuple(everywhere))
    return FileMissing(handler, name, error, (root,))


def _method(handler: str, file: File, parts: list[str]) -> Answer[Resolution]:
    method = parts[-1]
    content = file.read(_SOURCE_LIMIT)
    if isinstance(content, Unknown):
        return Resolved(handler, file, method, None, content)
    text = content.decode("utf-8", "replace")
    at = next((match for match in _DEFINITION.finditer(text) if match[1] == method), None)
    if at is not None and len(parts) == 2:
        return Resolved(handler, file, method, text.count("\n", 0, at.start(1)) + 1)
    if method.encode() in content or _DYNAMIC.search(content) or len(content) >= _SOURCE_LIMIT:
        doubt = Unknown(
            f"{file.path} may define {'.'.join(parts[1:])} in a way that its text does not show", file.place
        )
        return Resolved(handler, file, method, None, doubt)
    defined = tuple(dict.fromkeys(match[1] for match in _DEFINITION.finditer(text)))
    near = nearest(method, defined)
    suggestion = ".".join((*parts[:-1], near[0])) if near else None
    error = f"NoMethodError: undefined method '{method}'"
    return FunctionMissing(handler, file, method, error, defined, near, suggestion)
