"""Calls with literal arguments in a Python source, as several rules look for them. Imported only where there is one."""

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.languages.python.source import SOURCE_LIMIT
from lambda_image_lint.function.model import File

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_GUARDS = (ast.If, ast.Try, ast.TryStar, ast.Match, ast.IfExp, ast.BoolOp)


_SMALL = 32 * 1024
"""Bytes of a source whose tree is kept for the next rule; a tree takes up to a hundred times as many."""


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


def tree_of(file: File) -> ast.Module | None:
    """The syntax tree; None where the source is not known, too long, or does not parse (others tell that)."""
    content = file.read(SOURCE_LIMIT + 1)
    if isinstance(content, Unknown) or len(content) > SOURCE_LIMIT:
        return None
    return _parsed(content) if len(content) <= _SMALL else _parse(content)


@lru_cache(maxsize=16)
def _parsed(content: bytes) -> ast.Module | None:
    """Several rules read the same few modules one after the other."""
    return _parse(content)


def _parse(content: bytes) -> ast.Module | None:
    try:
        return ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def named_texts(tree: ast.Module) -> dict[str, str]:
    """Names that the module binds once, to a literal text: ``MODEL = "/opt/model"``."""
    found: dict[str, str] = {}
    bound: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound[node.id] = bound.get(node.id, 0) + 1
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if (text := _text(value, {})) is not None:
                found[name] = text
    return {name: text for name, text in found.items() if bound.get(name) == 1}


def calls(tree: ast.Module, texts: Mapping[str, str]) -> Iterator[Called]:
    """Every call, those that run at import marked."""
    certain: set[int] = set()
    guarded = _guarded(tree)
    for statement in tree.body:
        if isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign | ast.With):
            body = [statement] if not isinstance(statement, ast.With) else [one.context_expr for one in statement.items]
            certain.update(id(node) for one in body for node in _evaluated(one))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            owner = _owner(node.func)
            arguments = tuple(_text(one, texts) for one in node.args)
            if owner is not None:
                arguments = (_text(owner, texts), *arguments)
            keywords = {one.arg: _text(one.value, texts) for one in node.keywords if one.arg}
            yield Called(
                dotted_name(node.func), arguments, keywords, node.lineno, id(node) in certain, id(node) in guarded
            )


def _guarded(tree: ast.Module) -> set[int]:
    """Ids of the branches, and of all nodes below one."""
    found: set[int] = set()
    pending: list[tuple[ast.AST, bool]] = [(tree, False)]
    while pending:
        node, inside = pending.pop()
        inside = inside or isinstance(node, _GUARDS)
        if inside:
            found.add(id(node))
        pending.extend((child, inside) for child in ast.iter_child_nodes(node))
    return found


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
