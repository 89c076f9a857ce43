"""What a Python source says at module level: the names it binds, the imports it certainly runs."""

import ast
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.languages.once import once
from lambda_image_lint.function.languages.python.newer import may_be_newer_syntax
from lambda_image_lint.function.languages.python.nodes import every_node
from lambda_image_lint.function.languages.resolution import SyntaxFault
from lambda_image_lint.function.model import File

SOURCE_LIMIT = 4 * 1024 * 1024
"""Bytes; a longer source is machine-made data and is not parsed."""

# Whatever uses one of these may bind names that no assignment shows.
_BINDERS = {"globals", "locals", "vars", "exec", "eval", "setattr", "__getattr__"}
# Whatever uses one of these may change where modules are found.
_PATH_ATTRIBUTES = {"path", "modules", "meta_path", "path_hooks", "addsitedir", "invalidate_caches"}
_TELLING = {*_BINDERS, "__path__"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_NOTED = frozenset([ast.FunctionDef, ast.Global, ast.Import, ast.ImportFrom])


class Import(Struct, frozen=True):
    """One name that an import statement asks for."""

    line: int
    module: str
    """Absolute, or as after the dots of a relative one."""
    level: int = 0
    """Number of leading dots."""
    name: str | None = None
    """``from module import name``; None for ``import module``; ``*`` for all."""
    bound: str = ""
    """The name it binds."""
    certain: bool = False
    """It runs whenever the module is imported, and nothing around it catches a failure."""

    @property
    def written(self) -> str:
        """As in the source: ``.helpers``."""
        return "." * self.level + self.module


class Source(Struct, frozen=True):
    """A parsed module."""

    file: File
    names: Mapping[str, int]
    """Name bound at module level → line of its first binding."""
    imports: Sequence[Import]
    """At any depth, in order."""
    dynamic: str | None
    """Why it may bind more names than `names`."""
    moves_path: str | None
    """Why it may change where modules are found."""
    exported: tuple[str, ...] | None
    """``__all__``, where it is one literal list."""


class _Said(Struct):
    """What a text says, whatever file holds it; the fields are those of `Source`."""

    names: dict[str, int] = field(default_factory=dict)
    imports: list[Import] = field(default_factory=list)
    dynamic: str | None = None
    moves_path: str | None = None
    exported: tuple[str, ...] | None = None


class _Refused(Struct, frozen=True):
    """Why a text does not parse here."""

    message: str
    line: int | None
    may_be_newer: bool
    """A newer Python might take it."""


def parse(file: File, module: str, minor: int | None) -> Source | SyntaxFault | Unknown:
    """Read one source as Python 3.`minor` would. Lambda's words for a fault name `module`, the handler's."""
    content = file.read(SOURCE_LIMIT + 1)
    if isinstance(content, Unknown):
        return content
    if len(content) > SOURCE_LIMIT:
        return Unknown(f"{file.path} is longer than {SOURCE_LIMIT} bytes", file.place)
    said = _said(content, minor if minor is not None and 7 <= minor < sys.version_info.minor else None)
    if said is None:
        return Unknown(f"{file.path} nests too deep to be parsed", file.place)
    if isinstance(said, _Refused):
        if minor is not None and minor > sys.version_info.minor and said.may_be_newer:
            return Unknown(f"{file.path} does not parse here, but the image's Python 3.{minor} is newer", file.place)
        return _fault(file, module, minor, said)
    return Source(file, said.names, said.imports, said.dynamic, said.moves_path, said.exported)


@once
def _said(content: bytes, minor: int | None) -> _Said | _Refused | None:
    """`minor`: of an older Python than this one, whose grammar counts. None: it nests too deep."""
    try:
        tree = _tree(content, minor)
    except SyntaxError as error:
        return _Refused(error.msg, error.lineno, may_be_newer_syntax(content, error))
    except ValueError as error:
        # A NUL byte; a SyntaxError from Python 3.12 on.
        return _Refused(str(error), None, may_be_newer=False)
    except (RecursionError, MemoryError):
        return None
    return _Reader(content).read(tree)


def _tree(content: bytes, minor: int | None) -> ast.Module:
    """The syntax tree, after the compiler's own checks (a ``return`` outside a function parses, and does not compile)."""
    version = (3, minor) if minor is not None else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(content, feature_version=version)
        compile(tree, "<source>", "exec", dont_inherit=True)
    return tree


def _fault(file: File, module: str, minor: int | None, refused: _Refused) -> SyntaxFault | Unknown:
    if minor is None or minor < 7:
        return Unknown(
            f"{file.path} does not parse here, and the image's Python is unknown or too old to tell", file.place
        )
    where = f" ({file.path.rpartition('/')[2]}, line {refused.line})" if refused.line is not None else ""
    error = f"Runtime.UserCodeSyntaxError: Syntax error in module '{module}': {refused.message}{where}"
    return SyntaxFault(file, refused.line, refused.message, error)


class _Reader:
    """Walks the statements that run when the module is imported."""

    def __init__(self, content: bytes) -> None:
        self.source = _Said()
        self.binds_in_expressions = b":=" in content
        self.read_imports: set[int] = set()
        """Ids of the import statements at module level."""

    def read(self, tree: ast.Module) -> _Said:
        self._statements(tree.body, certain=True)
        for node in every_node(tree):
            if _may_tell(node):
                self._notice(node)
        return self.source

    def _bind(self, name: str, line: int) -> None:
        self.source.names.setdefault(name, line)

    def _statements(self, body: list[ast.stmt], certain: bool) -> None:
        for statement in body:
            self._statement(statement, certain)

    def _statement(self, statement: ast.stmt, certain: bool) -> None:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self._bind(statement.name, statement.lineno)
                for decorator in statement.decorator_list:
                    self._expressions(decorator)
                return
            case ast.Import() | ast.ImportFrom():
                self.read_imports.add(id(statement))
                for found in _imports(statement, certain):
                    self.source.imports.append(found)
                    if found.name != "*":
                        self._bind(found.bound, found.line)
                return
            case ast.If():
                self._expressions(statement.test)
                if not _is_main_test(statement.test):
                    self._statements(statement.body, certain=False)
                self._statements(statement.orelse, certain=False)
                return
            case ast.Try() | ast.TryStar():
                # A failure in here may be caught, and may be followed by a name bound in another way.
                for part in (statement.body, statement.orelse, statement.finalbody):
                    self._statements(part, certain=False)
                for handler in statement.handlers:
                    self._statements(handler.body, certain=False)
                return
            case ast.For() | ast.AsyncFor() | ast.While():
                self._targets(getattr(statement, "target", None))
                self._statements([*statement.body, *statement.orelse], certain=False)
            case ast.With() | ast.AsyncWith():
                for item in statement.items:
                    self._targets(item.optional_vars)
                # contextlib.suppress(ImportError) is one of these.
                self._statements(statement.body, certain=False)
            case ast.Match():
                for choice in statement.cases:
                    self._pattern(choice.pattern)
                    self._statements(choice.body, certain=False)
            case ast.Assign():
                for target in statement.targets:
                    self._targets(target)
                    self._exports(target, statement.value)
            case ast.AnnAssign() if statement.value is not None:
                self._targets(statement.target)
            case ast.AugAssign():
                self._targets(statement.target)
                self._exports(statement.target, None)
            case ast.Delete():
                self.source.dynamic = self.source.dynamic or f"line {statement.lineno} deletes a name"
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.expr):
                self._expressions(child)
        # `type X = …`, which only newer grammars have.
        if type(statement).__name__ == "TypeAlias":
            self._targets(getattr(statement, "name", None))

    def _targets(self, target: ast.expr | None) -> None:
        for node in ast.walk(target) if target is not None else ():
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                self._bind(node.id, node.lineno)

    def _pattern(self, pattern: ast.pattern) -> None:
        for node in ast.walk(pattern):
            name = getattr(node, "name", None) or getattr(node, "rest", None)
            if isinstance(name, str):
                self._bind(name, pattern.lineno)

    def _expressions(self, expression: ast.expr) -> None:
        """``(name := value)`` binds in the module, comprehensions included, functions not."""
        pending: list[ast.AST] = [expression] if self.binds_in_expressions else []
        while pending:
            node = pending.pop()
            if isinstance(node, _FUNCTIONS):
                continue
            if isinstance(node, ast.NamedExpr):
                self._targets(node.target)
            pending.extend(ast.iter_child_nodes(node))

    def _exports(self, target: ast.expr, value: ast.expr | None) -> None:
        if not (isinstance(target, ast.Name) and target.id == "__all__"):
            return
        items = value.elts if isinstance(value, ast.List | ast.Tuple) else None
        literal = items is not None and all(
            isinstance(item, ast.Constant) and isinstance(item.value, str) for item in items
        )
        if not literal or items is None:
            self.source.dynamic = self.source.dynamic or f"line {target.lineno} computes __all__"
            return
        self.source.exported = tuple(str(item.value) for item in items if isinstance(item, ast.Constant))

    def _notice(self, node: ast.AST) -> None:
        """Tricks, at any depth; imports within functions and classes."""
        source = self.source
        match node:
            case ast.Name(id=name) if name in _BINDERS:
                source.dynamic = source.dynamic or f"line {node.lineno} uses {name}"
            case ast.FunctionDef(name="__getattr__"):
                source.dynamic = source.dynamic or f"line {node.lineno} defines __getattr__"
            case ast.Global():
                # Bound once the function around it is called, which may be at import.
                for name in node.names:
                    self._bind(name, node.lineno)
            case ast.Attribute(attr=attribute, value=ast.Name(id="sys" | "site" | "importlib")) if (
                attribute in _PATH_ATTRIBUTES
            ):
                source.moves_path = source.moves_path or f"line {node.lineno} uses {ast.unparse(node)}"
                if attribute == "modules":
                    source.dynamic = source.dynamic or f"line {node.lineno} uses sys.modules"
            case ast.ImportFrom(module="sys" | "site") if any(
                alias.name in {*_PATH_ATTRIBUTES, "*"} for alias in node.names
            ):
                source.moves_path = source.moves_path or f"line {node.lineno} imports from {node.module}"
            case ast.Name(id="__path__"):
                source.moves_path = source.moves_path or f"line {node.lineno} uses __path__"
            case ast.Import() | ast.ImportFrom() if id(node) not in self.read_imports:
                source.imports.extend(_imports(node, certain=False))


def _may_tell(node: ast.AST) -> bool:
    """Nine nodes of ten have nothing to notice, and a match asks each of them six times."""
    kind = node.__class__
    if kind is ast.Name:
        return node.id in _TELLING  # type: ignore[attr-defined]
    if kind is ast.Attribute:
        return node.attr in _PATH_ATTRIBUTES  # type: ignore[attr-defined]
    return kind in _NOTED


def _imports(statement: ast.Import | ast.ImportFrom, certain: bool) -> Iterator[Import]:
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            yield Import(statement.lineno, alias.name, 0, None, alias.asname or alias.name.partition(".")[0], certain)
    else:
        for alias in statement.names:
            yield Import(
                statement.lineno,
                statement.module or "",
                statement.level,
                alias.name,
                alias.asname or alias.name,
                certain,
            )


def _is_main_test(test: ast.expr) -> bool:
    """``__name__ == "__main__"``, which is false in a module that a runtime imports."""
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq)):
        return False
    sides = [test.left, *test.comparators]
    return any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides) and any(
        isinstance(side, ast.Constant) and side.value == "__main__" for side in sides
    )
