"""The port that a started script certainly listens on, by a number in its own text."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from lambda_image_lint.function.chain import Step, StepKind
from lambda_image_lint.function.model import File
from lambda_image_lint.patterns import lazy

if TYPE_CHECKING:
    from tree_sitter import Node

_SOURCE_LIMIT = 256 * 1024
"""Bytes; a longer script is a bundle, in which many things listen."""
_NODE_SERVERS = lazy(
    r"""(?:require\(\s*|from\s+|import\s+|import\(\s*)['"](?:node:)?(?:http|express|fastify|koa|restify|polka|connect|@hapi/hapi|@nestjs/core)['"]"""
)
"""A script that takes one of these speaks HTTP on what it listens on. Source: the manual of each."""
_DOUBTFUL = frozenset(
    ["if_statement", "else_clause", "ternary_expression", "switch_statement", "catch_clause", "binary_expression"]
)
"""Around a call, these may keep it from running."""


class Listens(Struct, frozen=True):
    """A script and its port."""

    step: Step
    port: int


def literal_port(step: Step) -> Listens | None:
    """None where the port comes from elsewhere, or more than one call listens, or it runs in some cases only."""
    if step.kind is not StepKind.SCRIPT or not isinstance(step.found, File):
        return None
    read = (
        _in_python if step.name.endswith(".py") else _in_node if step.name.endswith((".js", ".mjs", ".cjs")) else None
    )
    content = step.found.read(_SOURCE_LIMIT + 1) if read is not None else None
    if read is None or not isinstance(content, bytes) or len(content) > _SOURCE_LIMIT:
        return None
    port = read(content)
    return None if port is None else Listens(step, port)


def _in_python(content: bytes) -> int | None:
    """``uvicorn.run(app, port=8000)``, ``app.run(port=5000)``."""
    if b".run(" not in content:
        return None
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # what it does cannot be told
        return None
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("run", "serve")
    ]
    ports = [keyword.value for call in calls for keyword in call.keywords if keyword.arg == "port"]
    if len(calls) != 1 or len(ports) != 1 or not _runs_as_script(tree, calls[0]):
        return None
    value = ports[0].value if isinstance(ports[0], ast.Constant) else None
    return value if isinstance(value, int) else None


def _runs_as_script(tree: ast.Module, call: ast.Call) -> bool:
    """At the top of the module, or behind ``if __name__ == "__main__"``."""
    statements = list(tree.body)
    for statement in tree.body:
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "__name__ == '__main__'":
            statements.extend(statement.body)
    return any(isinstance(statement, ast.Expr) and statement.value is call for statement in statements)


def _in_node(content: bytes) -> int | None:
    """``app.listen(3000)``, and ``app.listen(port)`` of a constant that is a number."""
    text = content.decode("utf-8", "replace")
    if ".listen(" not in text or not _NODE_SERVERS.search(text):
        return None
    import tree_sitter_javascript
    from tree_sitter import Language, Parser

    root = Parser(Language(tree_sitter_javascript.language())).parse(content).root_node
    calls = [] if root.has_error else list(_listening(root))
    if len(calls) != 1 or any(node.type in _DOUBTFUL for node in _around(calls[0])):
        return None
    arguments = calls[0].child_by_field_name("arguments")
    first = arguments.named_children[0] if arguments is not None and arguments.named_children else None
    return None if first is None else _number(root, first)


def _listening(root: "Node") -> Iterator["Node"]:
    pending = [root]
    while pending:
        node = pending.pop()
        pending.extend(node.named_children)
        called = node.child_by_field_name("function") if node.type == "call_expression" else None
        name = called.child_by_field_name("property") if called is not None else None
        if name is not None and name.text == b"listen":
            yield node


def _around(node: "Node") -> Iterator["Node"]:
    above = node.parent
    while above is not None:
        yield above
        above = above.parent


def _number(root: "Node", value: "Node") -> int | None:
    if value.type == "object":
        pairs = [pair for pair in value.named_children if pair.type == "pair"]
        ports = [
            pair.child_by_field_name("value") for pair in pairs if _text(pair.child_by_field_name("key")) == "port"
        ]
        return _number(root, ports[0]) if len(ports) == 1 and ports[0] is not None else None
    if value.type == "identifier":
        found = [one for one in _constants(root) if _text(one.child_by_field_name("name")) == _text(value)]
        given = found[0].child_by_field_name("value") if len(found) == 1 else None
        is_number = given is not None and given.type == "number" and not _is_parameter(root, _text(value))
        return _number(root, given) if is_number and given is not None else None
    text = _text(value)
    return int(text) if value.type == "number" and text.isdecimal() and 0 < int(text) < 65536 else None


def _constants(root: "Node") -> Iterator["Node"]:
    """Every declaration of the file, so that a name of two meanings has two."""
    pending = [root]
    while pending:
        node = pending.pop()
        pending.extend(node.named_children)
        if node.type == "variable_declarator":
            # What is no constant may change.
            is_constant = (
                node.parent is not None and node.parent.text is not None and node.parent.text.startswith(b"const")
            )
            yield node
            if not is_constant:
                yield node


def _is_parameter(root: "Node", name: str) -> bool:
    """Whether a function has a parameter of that name, which would hide the constant."""
    pending = [root]
    while pending:
        node = pending.pop()
        pending.extend(node.named_children)
        if node.type == "formal_parameters" and name in _text(node):
            return True
        alone = node.child_by_field_name("parameter") if node.type == "arrow_function" else None
        if _text(alone) == name:
            return True
    return False


def _text(node: "Node | None") -> str:
    return node.text.decode("utf-8", "replace") if node is not None and node.text is not None else ""
