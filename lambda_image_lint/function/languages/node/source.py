"""What a JavaScript source exports and what it loads, read with tree-sitter's grammar.

Exports are collected from every form that Node, TypeScript, Babel and esbuild write; where a source hands ``exports``
to something that is not understood, it is `dynamic` and nothing is said to be missing from it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct, field

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.languages.node.syntax import line_of, text_of
from lambda_image_lint.function.languages.resolution import SyntaxFault
from lambda_image_lint.function.model import File

if TYPE_CHECKING:
    from tree_sitter import Node

SOURCE_LIMIT = 2 * 1024 * 1024
"""Bytes; a longer source is a bundle, whose exports are not looked for."""


class Load(Struct, frozen=True):
    """One module that the source asks for."""

    line: int
    specifier: str
    is_import: bool
    """An ``import`` or ``export … from`` statement; else a call of ``require``."""
    certain: bool
    """It runs whenever the module is loaded, and nothing around it catches a failure."""


class Export(Struct, frozen=True):
    """One exported name."""

    line: int
    parameters: int | None = None
    """The function's ``length``; None where it is not written out."""
    is_async: bool = False
    keys: frozenset[str] | None = None
    """Of an object literal; None for any other value."""


class Source(Struct):
    """A parsed module."""

    file: File
    exports: dict[str, Export] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    """Specifiers of modules whose exports it passes on."""
    loads: list[Load] = field(default_factory=list)
    dynamic: str | None = None
    """Why it may export more than `exports`."""
    module_syntax: tuple[int, str] | None = None
    """Line and keyword of the first ``import`` or ``export`` statement."""
    common_syntax: tuple[int, str] | None = None
    """Line and word of the first ``require``, ``module`` or ``exports`` that certainly runs, where none is declared."""
    shifts_lookup: str | None = None
    """Why modules may be found in other places than usual."""
    fault: SyntaxFault | None = None
    """Why no Node would take it."""


_LOOKUP_TRICKS = (
    b"module-alias",
    b"_resolveFilename",
    b"module.paths",
    b"_nodeModulePaths",
    b"_initPaths",
    b"register-hooks",
)


def parse(file: File) -> Source | Unknown:
    """Read one source. A part that does not parse makes it dynamic: grammars differ, Node's own is not at hand."""
    content = file.read(SOURCE_LIMIT + 1)
    if isinstance(content, Unknown):
        return content
    if len(content) > SOURCE_LIMIT:
        return Unknown(f"{file.path} is longer than {SOURCE_LIMIT} bytes", file.place)
    import tree_sitter_javascript
    from tree_sitter import Language, Parser

    root = Parser(Language(tree_sitter_javascript.language())).parse(content).root_node
    source = Source(file)
    if root.has_error:
        source.dynamic = "a part of it is not understood"
        source.fault = _unclosed(file, root, content)
    trick = next((word for word in _LOOKUP_TRICKS if word in content), None)
    if trick is not None:
        source.shifts_lookup = f"it uses {trick.decode()}"

    from lambda_image_lint.function.languages.node.exports import read_exports

    read_exports(root, content, source)
    _read_loads(root, source)
    return source


def _unclosed(file: File, root: "Node", content: bytes) -> SyntaxFault | None:
    """A brace that is open at the end: the one fault that no newer grammar could make good, where it is the only one."""
    pending, faults = [root], []
    while pending:
        node = pending.pop()
        if node.is_error or node.is_missing:
            faults.append(node)
        elif node.has_error:
            pending.extend(node.children)
    if len(faults) != 1 or faults[0].type != "}" or not faults[0].is_missing or content[faults[0].start_byte :].strip():
        return None
    message = "Unexpected end of input"
    return SyntaxFault(file, line_of(faults[0]), message, f"Runtime.UserCodeSyntaxError: SyntaxError: {message}")


def _read_loads(root: "Node", source: Source) -> None:
    declared = _declared(root)
    for statement in root.named_children:
        if statement.type in ("import_statement", "export_statement"):
            if source.module_syntax is None:
                source.module_syntax = (line_of(statement), statement.type.partition("_")[0])
            specifier = statement.child_by_field_name("source")
            if specifier is not None:
                source.loads.append(Load(line_of(statement), text_of(specifier)[1:-1], True, True))
        certain = statement.type in ("expression_statement", "lexical_declaration", "variable_declaration")
        for node in _evaluated(statement) if certain else ():
            _read_call(node, source, declared)


def _read_call(node: "Node", source: Source, declared: set[str]) -> None:
    """``require("x")`` where nothing else is called so; and words that ES modules do not have."""
    word = None
    if node.type == "call_expression":
        called = node.child_by_field_name("function")
        arguments = node.child_by_field_name("arguments")
        if (
            called is not None
            and called.type == "identifier"
            and text_of(called) == "require"
            and "require" not in declared
        ):
            word = "require"
            first = arguments.named_children[0] if arguments is not None and arguments.named_children else None
            if first is not None and first.type == "string":
                source.loads.append(Load(line_of(node), text_of(first)[1:-1], False, True))
    elif node.type == "assignment_expression":
        left = node.child_by_field_name("left")
        target = text_of(left).partition(".")[0].partition("[")[0] if left is not None else ""
        if (
            left is not None
            and left.type in ("member_expression", "subscript_expression")
            and target in ("module", "exports")
        ):
            word = target if target not in declared else None
    if word is not None and source.common_syntax is None:
        source.common_syntax = (line_of(node), word)


_LAZY = {
    "function_declaration", "function_expression", "arrow_function", "generator_function", "generator_function_declaration",
    "method_definition", "class", "class_declaration", "class_body", "ternary_expression",
}  # fmt: skip
"""Nodes whose parts may not run when the statement does."""


def _evaluated(statement: "Node") -> Iterator["Node"]:
    """Every expression that runs with the statement; what stands right of ``&&``, ``||`` and ``??`` may not."""
    pending = [statement]
    while pending:
        node = pending.pop()
        yield node
        children = list(node.named_children)
        if node.type in _LAZY:
            continue
        operator = node.child_by_field_name("operator")
        if node.type == "binary_expression" and operator is not None and text_of(operator) in ("&&", "||", "??"):
            children = children[:1]
        pending.extend(reversed(children))


def _declared(root: "Node") -> set[str]:
    """Those of Node's own words that the module declares itself: ``const require = createRequire(…)``."""
    names: set[str] = set()
    pending = [root]
    while pending:
        node = pending.pop()
        if node.type in (
            "variable_declarator",
            "function_declaration",
            "import_specifier",
            "import_clause",
            "namespace_import",
        ):
            for child in (
                node.child_by_field_name("name"),
                node.child_by_field_name("alias"),
                *node.named_children[:1],
            ):
                if child is not None and child.type == "identifier":
                    names.add(text_of(child))
        if node.type not in _LAZY or node.type == "program":
            pending.extend(node.named_children)
    return names & {"require", "module", "exports"}
