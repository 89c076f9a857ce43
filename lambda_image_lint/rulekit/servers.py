"""Programs behind the web adapter: whether one certainly ends without having served anything."""

import ast

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.chain import Step, StepKind, chain
from lambda_image_lint.function.model import File, Function

_APPLICATIONS = frozenset({"FastAPI", "Flask", "Starlette", "Quart", "APIRouter", "Blueprint", "Litestar", "Bottle"})
"""Constructors of the usual frameworks: they make an application and serve nothing."""
_REGISTRATIONS = frozenset(
    {
        "include_router",
        "add_middleware",
        "mount",
        "register_blueprint",
        "add_exception_handler",
        "add_url_rule",
        "from_object",
    }
)
"""Methods that tell an application what to serve, later."""
_SOURCE_BYTES = 256 * 1024


def idle_script(function: Function) -> Step | None:
    """The Python file that is run and certainly only defines an application; None where it may do more."""
    steps = chain(function)
    if isinstance(steps, Unknown) or len(steps) < 2:
        return None
    script = steps[-1]
    if (
        script.kind is not StepKind.SCRIPT
        or script.guards
        or not script.name.endswith(".py")
        or not isinstance(script.found, File)
    ):
        return None
    if not steps[0].program.startswith("python"):
        return None
    content = script.found.read(_SOURCE_BYTES)
    return script if isinstance(content, bytes) and only_defines(content) else None


def only_defines(source: bytes) -> bool:
    """Whether a module has nothing but imports, definitions, constants, and an application that is put together."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # what it does cannot be told
        return False
    made = [statement for statement in body if _makes_application(statement)]
    return bool(made) and all(_only_defines(statement) for statement in body)


def makes_application(file: File, name: str) -> bool:
    """Whether a Python module binds a name to an application that only a server can call: ``app = FastAPI()``."""
    content = file.read(_SOURCE_BYTES) if file.path.endswith(".py") else b""
    try:
        body = ast.parse(content).body if isinstance(content, bytes) else []
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # what it does cannot be told
        return False
    bound = [one for one in body if isinstance(one, ast.Assign) and any(_is_named(each, name) for each in one.targets)]
    return bool(bound) and _makes_application(bound[-1])


def _is_named(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Name) and target.id == name


def _makes_application(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and _called(statement.value) in _APPLICATIONS


def _only_defines(statement: ast.stmt) -> bool:
    match statement:
        case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return True
        case ast.Assign(value=value):
            return isinstance(value, ast.Constant) or _called(value) in _APPLICATIONS
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name))):
            return name in _REGISTRATIONS
    return False


def _called(value: ast.expr) -> str | None:
    """The name of what is called, without its module."""
    match value:
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name
    return None
