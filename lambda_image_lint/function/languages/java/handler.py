"""Which class and method a Java handler stands for, and in which words Lambda refuses it.

Source: aws-lambda-java-libs' ``HandlerInfo.java``, ``AWSLambda.java``, ``EventHandlerLoader.java`` and
``UserFault.java``, 2.10, read 2026-11-23.
"""

from msgspec import Struct

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.languages.java.classfile import ClassFile, read_class
from lambda_image_lint.function.languages.java.classpath import (
    CLASS_LIMIT,
    TASK_ROOT,
    ClassPath,
    Jar,
    class_path,
    open_jar,
)
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

_INTERFACES = (
    "com/amazonaws/services/lambda/runtime/RequestHandler",
    "com/amazonaws/services/lambda/runtime/RequestStreamHandler",
)
_PARENTS_MAX = 50
"""Classes followed upward; a longer chain is a circle."""


class _Found(Struct, frozen=True):
    file: File
    """The class file, or the jar that holds it."""
    parsed: ClassFile | None


def resolve(function: Function, start: Start, handler: str) -> Answer[Resolution]:
    """What becomes of the handler."""
    name, separator, method = handler.rpartition("::")
    if not separator:
        name, method = handler, ""
    if not name or (separator and not method):
        return BadFormat(handler, "it lacks the class or the method", f"Invalid handler: `{handler}'")
    path = class_path(function, start)
    if isinstance(path, Unknown):
        return path
    classes = Classes(function, path)
    found = classes.find(name)
    if isinstance(found, Unknown):
        return found
    if found is None:
        return _not_found(function, start, classes, handler, name, method)
    return _method(classes, handler, name, method, found)


class Classes:
    """The classes on a class path; opens each jar once."""

    def __init__(self, function: Function, path: ClassPath) -> None:
        self.files = function.files
        self.path = path
        self._jars: dict[str, Answer[Jar]] = {}

    def find(self, name: str) -> _Found | Unknown | None:
        """The class of a dotted name; None where nothing on the path holds it."""
        inner = f"{name.replace('.', '/')}.class"
        simple = name.rpartition(".")[2]
        doubt: Unknown | None = None
        for folder in self.path.folders:
            found = self.files.find(f"{folder.rstrip('/')}/{inner}")
            if isinstance(found, Unknown):
                doubt = doubt or (found if may_hold(found, simple) else None)
            elif isinstance(found, File) and found.kind is Kind.FILE:
                content = found.read(CLASS_LIMIT)
                return _Found(found, read_class(content) if isinstance(content, bytes) else None)
        for file in self.path.jars:
            jar = self.jar(file)
            if isinstance(jar, Unknown):
                doubt = doubt or jar
            elif inner in jar.names:
                packed = jar.read(inner)
                return _Found(file, read_class(packed) if packed is not None else None)
        return doubt or next((gap for gap in self.path.gaps if may_hold(gap, simple)), None)

    def jar(self, file: File) -> Answer[Jar]:
        """The opened jar."""
        if file.path not in self._jars:
            self._jars[file.path] = open_jar(file)
        return self._jars[file.path]

    def names(self) -> dict[str, str]:
        """Dotted name → path of the file or jar, of every class that is the function's own or packed with it."""
        names: dict[str, str] = {}
        for folder in self.path.folders:
            for file in self.files.known_under(folder) if folder != "/" else ():
                if file.path.endswith(".class"):
                    names.setdefault(file.path.removeprefix(f"{folder.rstrip('/')}/")[:-6].replace("/", "."), file.path)
        for file in self.path.jars:
            jar = self.jar(file)
            if isinstance(jar, Jar):
                for inner in jar.names:
                    if inner.endswith(".class") and "$" not in inner:
                        names.setdefault(inner[:-6].replace("/", "."), file.path)
        return names


def _method(classes: Classes, handler: str, name: str, method: str, found: _Found) -> Resolution:
    """Is there a public method, of the class or of what it extends?"""
    methods: list[str] = []
    interfaces: list[str] = []
    current: _Found | Unknown | None = found
    for _ in range(_PARENTS_MAX):
        if not isinstance(current, _Found) or current.parsed is None:
            doubt = (
                current
                if isinstance(current, Unknown)
                else Unknown(f"a parent of {name} is not at hand", found.file.place)
            )
            known = method in methods if method else bool(set(_INTERFACES) & set(interfaces))
            return Resolved(handler, found.file, method, None, None if known else doubt)
        methods.extend(current.parsed.methods)
        interfaces.extend(current.parsed.interfaces)
        if method in methods or (not method and set(_INTERFACES) & set(interfaces)):
            return Resolved(handler, found.file, method)
        if current.parsed.parent in (None, "java/lang/Object"):
            break
        current = classes.find(current.parsed.parent.replace("/", ".")) if current.parsed.parent else None
    foreign = [each for each in interfaces if not each.startswith("java/") and each not in _INTERFACES]
    if foreign:
        # A default method, or an interface that extends the handler's.
        doubt = Unknown(f"{name} implements {foreign[0].replace('/', '.')}, which is not followed", found.file.place)
        return Resolved(handler, found.file, method, None, doubt)
    own = tuple(dict.fromkeys(each for each in methods if not each.startswith("<")))
    if not method:
        error = f"Class does not implement an appropriate handler interface: {name}"
        near = tuple(each for each in own if each in ("handleRequest", "handler", "handle"))
        return FunctionMissing(handler, found.file, "", error, own, near, f"{name}::{near[0]}" if near else None)
    near = nearest(method, own)
    error = f"No public method named {method} with appropriate method signature found on class {name}"
    return FunctionMissing(handler, found.file, method, error, own, near, f"{name}::{near[0]}" if near else None)


def _not_found(
    function: Function, start: Start, classes: Classes, handler: str, name: str, method: str
) -> Answer[Resolution]:
    error = f"Class not found: {name}"
    owner, _, last = name.rpartition(".")
    if owner and not method and isinstance(classes.find(owner), _Found):
        return BadFormat(handler, "a dot stands between class and method", error, f"{owner}::{last}")
    if start.client == BASE_CLIENT:
        outside = tuple(file for file in jars_beside_lib(function) if _holds(classes, file, name))
        if outside:
            return OutsidePath(handler, name, error, classes.path.looked_in, outside)
    names = classes.names()
    simple = [each for each in names if each.rpartition(".")[2] == last]
    near = tuple(dict.fromkeys([*sorted(simple), *nearest(name, names)]))[:3]
    suffix = f"::{method}" if method else ""
    paths = tuple(dict.fromkeys(names[each] for each in near))
    return FileMissing(handler, name, error, classes.path.looked_in, paths, f"{near[0]}{suffix}" if near else None)


def _holds(classes: Classes, file: File, name: str) -> bool:
    jar = classes.jar(file)
    inner = f"{name.replace('.', '/')}.class"
    return isinstance(jar, Jar) and (inner in jar.names or f"BOOT-INF/classes/{inner}" in jar.names)


def jars_beside_lib(function: Function) -> tuple[File, ...]:
    """Jars directly in the task root, where the AWS base does not look: those that are certainly there."""
    return tuple(
        file
        for file in function.files.known_under(TASK_ROOT)
        if file.path.endswith(".jar") and file.path.count("/") == 3 and file.kind is Kind.FILE
    )
