"""Calls with literal arguments in a Python source, as several rules look for them. Imported only where there is one."""

import ast
from collections.abc import Iterator, Mapping

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.languages.once import once
from lambda_image_lint.function.languages.python.nodes import marked_nodes
from lambda_image_lint.function.languages.python.source import SOURCE_LIMIT
from lambda_image_lint.function.model import File

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_GUARDS = (ast.If, ast.Try, ast.TryStar, ast.Match, ast.IfExp, ast.BoolOp)


class Called(Struct, frozen=True):
    """One call."""

    dotted: str
    """``os.makedirs``, ``open``; of a call on a value ``().write_text``."""
    texts: tuple[str | None, ...]
    """The positional arguments, and of ``Path("x").write_text()`` the path first; None for one that is no literal."""
    keywords: Mapping[str, str | None]
    line: int
    at_import: bool
    """It runs whenever the module is imported: at module level, in no branch, loop or ``try``."""
    guarded: bool
    """It stands in a branch, or in a ``try`` that may catch its failure."""

    @property
    def name(self) -> str:
        """The last part of the dotted name."""
        return self.dotted.rpartition(".")[2]

    @property
    def mode(self) -> str:
        """Of ``open``: ``r`` unless it says otherwise; empty where that is not literal."""
        second = self.texts[1] if len(self.texts) > 1 else self.keywords.get("mode", "r")
        return second or ""

    @property
    def writes(self) -> bool:
        """Of ``open``: whether it may write."""
        return self.name == "open" and (not self.mode or any(letter in self.mode for letter in "wax+"))


def text_of(file: File, *words: bytes) -> bytes | None:
    """The source, where it mentions one of `words`; None where it does not, is not known, or is too long.

    A name can be spelled in other letters that Python takes for the same, and a text by escapes: nobody does.
    """
    content = file.read(SOURCE_LIMIT + 1)
    if isinstance(content, Unknown) or len(content) > SOURCE_LIMIT:
        return None
    return content if any(word in content for word in words) else None


def tree_of(content: bytes) -> ast.Module | None:
    """The syntax tree; None where the source does not parse (others tell that)."""
    try:
        return ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def calls(file: File, *words: bytes) -> tuple[Called, ...]:
    """Every call of a source that mentions one of `words`, those that run at import marked; none of another source."""
    content = text_of(file, *words)
    return () if content is None else calls_of(content)


@once
def calls_of(content: bytes) -> tuple[Called, ...]:
    """Every call of a source; none of one that does not parse. Three rules ask the same modules one after the other: the calls are kept, which take less than a tree."""
    tree = tree_of(content)
    if tree is None:
        return ()
    nodes, guarded = marked_nodes(tree, _GUARDS)
    certain = set(_at_import(tree))
    texts = _named_texts(tree, nodes)
    return tuple(
        _called(node, texts, id(node) in certain, inside)
        for node, inside in zip(nodes, guarded, strict=True)
        if isinstance(node, ast.Call)
    )


def _called(call: ast.Call, texts: Mapping[str, str], at_import: bool, guarded: bool) -> Called:
    owner = _owner(call.func)
    given = call.args if owner is None else [owner, *call.args]
    return Called(
        dotted_name(call.func),
        tuple(_text(one, texts) for one in given),
        {one.arg: _text(one.value, texts) for one in call.keywords if one.arg},
        call.lineno,
        at_import,
        guarded,
    )


def _named_texts(tree: ast.Module, nodes: list[ast.AST]) -> dict[str, str]:
    """Names that the module binds once, to a literal text: ``MODEL = "/opt/model"``."""
    found: dict[str, str] = {}
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if (text := _text(value, {})) is not None:
                found[name] = text
    bound: dict[str, int] = {}
    for node in nodes if found else ():
        if isinstance(node, ast.Name) and node.id in found and not isinstance(node.ctx, ast.Load):
            bound[node.id] = bound.get(node.id, 0) + 1
    return {name: text for name, text in found.items() if bound.get(name) == 1}


def _at_import(tree: ast.Module) -> Iterator[int]:
    """Ids of the nodes that certainly run when the module is imported."""
    for statement in tree.body:
        if isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign | ast.With):
            body = [statement] if not isinstance(statement, ast.With) else [one.context_expr for one in statement.items]
            yield from (id(node) for one in body for node in _evaluated(one))


def _evaluated(statement: ast.AST) -> Iterator[ast.AST]:
    """Nodes that certainly run with a statement: not the bodies of functions, nor what a condition guards."""
    pending = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, (*_FUNCTIONS, ast.IfExp, ast.BoolOp, ast.comprehension, ast.GeneratorExp)):
            continue
        yield node
        pending.extend(ast.iter_child_nodes(node))


def _owner(function: ast.expr) -> ast.expr | None:
    """The argument of ``Path(…)`` in ``Path(…).mkdir``."""
    match function:
        case ast.Attribute(value=ast.Call(func=called, args=[first])) if (
            dotted_name(called).rpartition(".")[2] == "Path"
        ):
            return first
    return None


def dotted_name(function: ast.expr) -> str:
    """``os.path.join`` of the expression that is called; ``()`` stands for what is no name."""
    parts: list[str] = []
    while isinstance(function, ast.Attribute):
        parts.append(function.attr)
        function = function.value
    parts.append(function.id if isinstance(function, ast.Name) else "()")
    return ".".join(reversed(parts))


def _text(value: ast.expr, texts: Mapping[str, str]) -> str | None:
    """A literal text: written, named, joined by ``+`` or by ``os.path.join``."""
    match value:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return texts.get(name)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            first, second = _text(left, texts), _text(right, texts)
            return None if first is None or second is None else first + second
        case ast.Call(func=called, args=parts) if dotted_name(called) in ("os.path.join", "path.join") and parts:
            known = [_text(part, texts) for part in parts]
            return None if None in known else "/".join(str(part).rstrip("/") for part in known)
    return None
