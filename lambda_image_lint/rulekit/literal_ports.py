"""The port that a started script certainly listens on, by a number in its own text, or by the variable that goes before it."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.chain import Step, StepKind
from lambda_image_lint.function.model import File, Function
from lambda_image_lint.patterns import lazy

if TYPE_CHECKING:
    from tree_sitter import Node

_SOURCE_LIMIT = 256 * 1024
"""Bytes; a longer script is a bundle, in which many things listen."""
_NODE_SERVERS = lazy(
    r"""(?:require\(\s*|from\s+|import\s+|import\(\s*)['"](?:node:)?(?:http|express|fastify|koa|restify|polka|connect|@hapi/hapi|@nestjs/core)['"]"""
)
"""A script that takes one of these speaks HTTP on what it listens on. Source: the manual of each."""
_NODE_READ = lazy(r"""process\.env(?:\.(\w+)|\[\s*['"](\w+)['"]\s*\])""")
_NODE_NUMBERS = ("Number", "parseInt", "Number.parseInt")
_PYTHON_READS = ("os.environ.get", "os.getenv", "environ.get", "getenv")
_ASSIGNED = lazy(
    r"""process\.env(?:\.\w+|\[[^\]\n]*\])\s*(?:\|\||\?\?)?=(?!=)|environ\[[^\]\n]*\]\s*=(?!=)|(?:environ\.setdefault|putenv)\([^)\n]*"""
)
_LARGEST = (1 << 16) - 1
_DOUBTFUL = frozenset(
    ["if_statement", "else_clause", "ternary_expression", "switch_statement", "catch_clause", "binary_expression"]
)
"""Around a call, these may keep it from running."""


class Listens(Struct, frozen=True):
    """A script and its port."""

    step: Step
    port: int
    unset: str | None = None
    """The variable that would say another port, and is not set."""


class Port(Struct, frozen=True):
    """A port as a source writes it: ``3000``, ``process.env.PORT || 3000``, ``os.environ.get("PORT", "8000")``."""

    number: int | None
    variable: str | None = None
    """Its value goes before the number."""


def literal_port(function: Function, step: Step) -> Listens | None:
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
    return None if port is None else _with_environment(function, step, content.decode("utf-8", "replace"), port)


def _with_environment(function: Function, step: Step, source: str, port: Port) -> Listens | None:
    if port.variable is None:
        return None if port.number is None else Listens(step, port.number)
    if _assigns(port.variable, source):
        return None
    from lambda_image_lint.rulekit.server_environment import started_with

    value = started_with(function, step, source, port.variable)
    if isinstance(value, Unknown) or (value is not None and not value.isdecimal()):
        return None
    if value is not None:
        return Listens(step, int(value))
    return None if port.number is None else Listens(step, port.number, port.variable)


def _assigns(name: str, source: str) -> bool:
    """Whether a source itself sets the variable."""
    return any(name in match[0] for match in _ASSIGNED.finditer(source))


def _in_python(content: bytes) -> Port | None:
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
    return _python_port(tree, ports[0])


def _python_port(tree: ast.Module, value: ast.expr) -> Port | None:
    match value:
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            return Port(number)
        case ast.Constant(value=str(text)) if text.isdecimal():
            return Port(int(text))
        case ast.Call(func=ast.Name(id="int"), args=[inner], keywords=[]):
            return _python_port(tree, inner)
        case ast.Call(func=called, args=[ast.Constant(value=str(name)), *rest], keywords=[]) if (
            ast.unparse(called) in _PYTHON_READS
        ):
            default = _python_port(tree, rest[0]) if rest else Port(None)
            return Port(default.number, name) if default is not None and default.variable is None else None
        case ast.BoolOp(op=ast.Or(), values=[first, last]):
            return _either(_python_port(tree, first), _python_port(tree, last))
        case ast.Name(id=name):
            given = _python_constant(tree, name)
            return None if given is None or isinstance(given, ast.Name) else _python_port(tree, given)
    return None


def _python_constant(tree: ast.Module, name: str) -> ast.expr | None:
    """What a name is bound to, of one that the whole file binds once and that is no parameter."""
    bound = [
        node
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load))
        or (isinstance(node, ast.arg) and node.arg == name)
        or (isinstance(node, ast.alias) and name in (node.asname, node.name))
    ]
    given = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and node.targets[0] in bound
    ]
    return given[0] if len(bound) == len(given) == 1 else None


def _either(first: Port | None, last: Port | None) -> Port | None:
    """``first or last``, where the first is a variable without a number of its own."""
    if first is None or last is None or first.variable is None or last.variable is not None:
        return None
    return first if first.number is not None else Port(last.number, first.variable)


def _runs_as_script(tree: ast.Module, call: ast.Call) -> bool:
    """At the top of the module, or behind ``if __name__ == "__main__"``."""
    statements = list(tree.body)
    for statement in tree.body:
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "__name__ == '__main__'":
            statements.extend(statement.body)
    return any(isinstance(statement, ast.Expr) and statement.value is call for statement in statements)


def _in_node(content: bytes) -> Port | None:
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
    return None if first is None else _node_port(root, first)


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


def _node_port(root: "Node", value: "Node") -> Port | None:
    match value.type:
        case "object":
            return _of_property(root, value)
        case "identifier" | "shorthand_property_identifier":
            return _of_constant(root, _text(value))
        case "parenthesized_expression" if value.named_child_count == 1:
            return _node_port(root, value.named_children[0])
        case "unary_expression" if _text(value).startswith("+"):
            argument = value.child_by_field_name("argument")
            return None if argument is None else _node_port(root, argument)
        case "binary_expression" if _text(value.child_by_field_name("operator")) in ("||", "??"):
            left, right = value.child_by_field_name("left"), value.child_by_field_name("right")
            return _either(left and _node_port(root, left), right and _node_port(root, right))
        case "call_expression" if _text(value.child_by_field_name("function")) in _NODE_NUMBERS:
            arguments = value.child_by_field_name("arguments")
            return _node_port(root, arguments.named_children[0]) if arguments and arguments.named_children else None
        case "member_expression" | "subscript_expression":
            read = _NODE_READ.fullmatch(_text(value))
            return Port(None, read[1] or read[2]) if read else None
        case "number" | "string":
            text = _text(value).strip("'\"")
            return Port(int(text)) if text.isdecimal() and 0 < int(text) <= _LARGEST else None
    return None


def _of_property(root: "Node", value: "Node") -> Port | None:
    """``{ port: 3000 }``, ``{ port }``."""
    written = [
        one for one in value.named_children if one.type == "pair" and _text(one.child_by_field_name("key")) == "port"
    ]
    ports = [one.child_by_field_name("value") for one in written]
    ports += [
        one for one in value.named_children if one.type == "shorthand_property_identifier" and _text(one) == "port"
    ]
    return _node_port(root, ports[0]) if len(ports) == 1 and ports[0] is not None else None


def _of_constant(root: "Node", name: str) -> Port | None:
    """What a name means that is declared once in the file, as a constant, and is no parameter."""
    if _is_parameter(root, name):
        return None
    declared = list(_constants(root))
    found = [one for one in declared if _text(one.child_by_field_name("name")) == name]
    taken = [port for one in declared for key, port in _destructured(root, one) if key == name]
    if len(found) + len(taken) != 1:
        return None
    given = found[0].child_by_field_name("value") if found else None
    if given is None:
        return taken[0] if taken else None
    # One name after another could go round in a ring.
    return None if any(_names_another(one) for one in _within(given)) else _node_port(root, given)


def _within(node: "Node") -> Iterator["Node"]:
    pending = [node]
    while pending:
        each = pending.pop()
        pending.extend(each.named_children)
        yield each


def _names_another(node: "Node") -> bool:
    return node.type == "shorthand_property_identifier" or (
        node.type == "identifier" and _text(node) not in ("process", *_NODE_NUMBERS)
    )


def _destructured(root: "Node", declarator: "Node") -> Iterator[tuple[str, Port | None]]:
    """``const { PORT = 3000 } = process.env``."""
    pattern = declarator.child_by_field_name("name")
    if pattern is None or pattern.type != "object_pattern":
        return
    from_environment = _text(declarator.child_by_field_name("value")) == "process.env"
    for one in pattern.named_children:
        left = one.child_by_field_name("left") if one.type == "object_assignment_pattern" else one
        right = one.child_by_field_name("right") if one.type == "object_assignment_pattern" else None
        name = _text(left)
        if not from_environment:
            yield name, None
        elif right is None:
            yield name, Port(None, name)
        else:
            number = _node_port(root, right) if right.type in ("number", "string") else None
            yield name, None if number is None else Port(number.number, name)


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
