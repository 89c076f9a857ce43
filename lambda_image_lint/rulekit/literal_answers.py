"""The status with which a Python server certainly answers a GET request, by what its own text says."""

import ast
from collections.abc import Sequence
from posixpath import join

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.chain import Step, StepKind, chain
from lambda_image_lint.function.model import File, Function
from lambda_image_lint.patterns import lazy
from lambda_image_lint.rulekit.python_code import tree_of

_SOURCE_BYTES = 256 * 1024
_HANDLER = "BaseHTTPRequestHandler"
_SERVERS = frozenset({"HTTPServer", "ThreadingHTTPServer"})
_NO_METHOD = 501
"""Where the handler has no ``do_GET``. Source: https://docs.python.org/3/library/http.server.html"""
_NO_ROUTE = 404
_FRAMEWORKS = frozenset({"FastAPI", "Flask"})
_ROUTES = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "route", "api_route"})
_HARMLESS = frozenset({"title", "version", "description", "debug"})
"""Arguments of an application that give it no route."""
_OWN_ROUTES = ("/docs", "/redoc", "/openapi.json", "/static")
"""What FastAPI and Flask answer by themselves."""
_LAUNCHERS = frozenset({"uvicorn", "gunicorn", "hypercorn"})
_ELSEWHERE = ("--app-dir", "--root-path", "--factory", "--chdir", "-c", "--config", "--wsgi-app")
_APPLICATION = lazy(r"([A-Za-z_][\w.]*):([A-Za-z_]\w*)")


class Answered(Struct, frozen=True):
    """What a server answers."""

    step: Step
    status: int


def literal_answer(function: Function, path: str) -> Answered | None:
    """The one server that is started, and its answer to a GET of `path`; None where anything else may decide it."""
    steps = chain(function)
    certain = [] if isinstance(steps, Unknown) else [step for step in steps if not step.guards]
    found = [(step, text) for step in certain if (text := _source(function, step)) is not None]
    if len(found) != 1:
        return None
    step, (content, application) = found[0]
    tree = tree_of(content)
    if tree is None:
        return None
    status = _of_handler(tree, path) if application is None else None
    status = status if status is not None else _of_application(tree, application, path)
    return None if status is None else Answered(step, status)


def _source(function: Function, step: Step) -> tuple[bytes, str | None] | None:
    """The text of a script, or of the module of an application that a server is given, with the application's name."""
    found, application = step.found, None
    if step.program in _LAUNCHERS or step.name in _LAUNCHERS:
        words = [word if isinstance(word, str) else "" for word in step.arguments]
        named = [match for word in words if (match := _APPLICATION.fullmatch(word))]
        folder = function.working_dir
        if len(named) != 1 or any(word.startswith(_ELSEWHERE) for word in words) or isinstance(folder, Unknown):
            return None
        application = named[0][2]
        found = function.files.find(join(folder or "/", f"{named[0][1].replace('.', '/')}.py"))
    elif step.kind is not StepKind.SCRIPT or not step.name.endswith(".py"):
        return None
    content = found.read(_SOURCE_BYTES + 1) if isinstance(found, File) else None
    return (content, application) if isinstance(content, bytes) and len(content) <= _SOURCE_BYTES else None


def _of_handler(tree: ast.Module, path: str) -> int | None:
    """Of the one handler class of ``http.server`` that the one server is given."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) in _SERVERS]
    if len(classes) != 1 or len(calls) != 1 or [_name(base) for base in classes[0].bases] != [_HANDLER]:
        return None
    given = calls[0].args[1] if len(calls[0].args) == 2 else None
    if not isinstance(given, ast.Name) or given.id != classes[0].name or classes[0].decorator_list:
        return None
    members = [node for node in classes[0].body if not isinstance(node, ast.Expr)]
    if not all(isinstance(node, ast.FunctionDef) and not node.decorator_list for node in members):
        return None
    methods = {node.name: node for node in members if isinstance(node, ast.FunctionDef)}
    if {"parse_request", "handle", "handle_one_request", "send_response", "send_error", "__init__", "setup"} & {
        *methods
    }:
        return None
    return _first_status(methods["do_GET"].body, path) if "do_GET" in methods else _NO_METHOD


def _first_status(body: Sequence[ast.stmt], path: str) -> int | None:
    """The status that a method sends first, followed along what its tests make of the path."""
    for statement in body:
        match statement:
            case ast.Expr(value=ast.Constant()):
                continue
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name), args=[first, *_])
            ) if name in ("send_response", "send_error"):
                status = _value(first, path)
                return status if isinstance(status, int) else None
            case ast.If(test=test, body=then, orelse=otherwise):
                holds = _value(test, path)
                if not isinstance(holds, bool):
                    return None
                branch = then if holds else otherwise
                status = _first_status(branch, path)
                if status is not None or branch:
                    return status
            case _:
                return None
    return None


def _value(node: ast.expr, path: str) -> object:
    """What an expression of constants and ``self.path`` is; None where there is more in it."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Attribute(value=ast.Name(id="self"), attr="path"):
            return path
        case ast.Attribute(value=ast.Name(id="HTTPStatus"), attr=name):
            return _named(name)
        case ast.IfExp(test=test, body=then, orelse=otherwise):
            holds = _value(test, path)
            return _value(then if holds else otherwise, path) if isinstance(holds, bool) else None
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return tuple(_value(each, path) for each in elements)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            holds = _value(operand, path)
            return not holds if isinstance(holds, bool) else None
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return _compared(_value(left, path), operator, _value(right, path))
    return None


def _named(name: str) -> int | None:
    from http import HTTPStatus

    return HTTPStatus[name].value if name in HTTPStatus.__members__ else None


def _compared(left: object, operator: ast.cmpop, right: object) -> bool | None:
    if left is None or right is None or (isinstance(right, tuple) and None in right):
        return None
    match operator:
        case ast.Eq():
            return left == right
        case ast.NotEq():
            return left != right
        case ast.In() if isinstance(right, tuple):
            return left in right
        case ast.NotIn() if isinstance(right, tuple):
            return left not in right
    return None


def _of_application(tree: ast.Module, application: str | None, path: str) -> int | None:
    """404 where the one application of the module has no route of that path, and gets none from elsewhere."""
    made = [
        (statement.targets, statement.value)
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Call)
        and _name(statement.value.func) in _FRAMEWORKS
    ]
    if len(made) != 1 or len(made[0][0]) != 1:
        return None
    target, call = made[0][0][0], made[0][1]
    if not isinstance(target, ast.Name) or application not in (None, target.id):
        return None
    if len(call.args) > 1 or not {one.arg for one in call.keywords} <= _HARMLESS:
        return None
    routes = _routes(tree, target.id)
    if routes is None or path.startswith(_OWN_ROUTES) or any(_is_pattern(route) for route in routes):
        return None
    # Both lead from one spelling to the other, with a slash at the end and without.
    return _NO_ROUTE if path.rstrip("/") not in {route.rstrip("/") for route in routes} else None


def _is_pattern(route: str) -> bool:
    return "{" in route or "<" in route


def _routes(tree: ast.Module, name: str) -> list[str] | None:
    """The paths of the decorators that are the application's; None where it is used in any other way."""
    routes = []
    allowed = 1  # the application's own assignment
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                match decorator:
                    case ast.Call(
                        func=ast.Attribute(value=ast.Name(id=owner), attr=method),
                        args=[ast.Constant(value=str(route)), *_],
                    ) if owner == name and method in _ROUTES:
                        routes.append(route)
                        allowed += 1
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "run":
            allowed += sum(isinstance(one, ast.Name) and one.id == name for one in (node.func.value, *node.args[:1]))
    uses = sum(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))
    return routes if uses == allowed else None


def _name(node: ast.expr) -> str | None:
    """The last part of a name."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None
