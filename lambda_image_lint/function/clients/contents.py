"""Whether a program or script speaks to the Runtime API, by what is in it."""

from posixpath import basename

from lambda_image_lint import knowledge
from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.clients import BOOTSTRAP
from lambda_image_lint.function.clients.packages import brought_by_package
from lambda_image_lint.function.model import File, Function, Kind, RuntimeClient
from lambda_image_lint.function.native import Elf, Linkage, elf, go_build
from lambda_image_lint.function.scripts import SCRIPT_MAX, shebang_of
from lambda_image_lint.function.walk import is_within, parent

GO_CLIENT = "aws-lambda-go"
OWN_CLIENT = "own client"
"""A program that has the marks of a client and none of a known one."""
SHELL_CLIENT = "shell bootstrap"

_GO_MODULE = "github.com/aws/aws-lambda-go"
_NEIGHBOURS = 200
"""Sources beside a script that are searched for a client."""
_SOURCES = (".py", ".js", ".mjs", ".cjs", ".ts", ".rb", ".php", ".sh")
_PACKAGES = ("/node_modules/", "/site-packages/", "/dist-packages/", "/vendor/")
_SYSTEM = ("/bin", "/sbin", "/usr/bin", "/usr/sbin")
"""Where programs of the system lie; none of them asks for events."""
_PATHS = (b"runtime/invocation", b"/invocation/next")
"""Of the Runtime API, whole and behind a variable. Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""
_BUNDLE_MIN = 1024 * 1024
"""Bytes; a program with an interpreter and its modules inside has several times as many."""
_JAR_MARK = b"com/amazonaws/services/lambda/runtime/api/client/"


def client_in(function: Function, file: File) -> Answer[RuntimeClient | None]:
    """The client in an executed file; None where it certainly holds none."""
    if file.kind is not Kind.FILE:
        return None
    facts = elf(file)
    if isinstance(facts, Unknown):
        return Unknown(f"{file.path} is not looked into: {facts.reason}", file.place)
    if isinstance(facts, Elf):
        return _of_program(file, facts)
    if file.path.endswith((".jar", ".war", ".dll")):
        return _of_archive(file)
    return _of_script(function, file)


def _of_program(file: File, facts: Elf) -> Answer[RuntimeClient | None]:
    build = go_build(facts)
    version = build.version(_GO_MODULE) if build is not None else None
    if version is not None:
        return RuntimeClient(GO_CLIENT, version, file.path)
    if facts.marks:
        return RuntimeClient(_named(file) or OWN_CLIENT, None, file.path)
    if isinstance(facts.linkage, Linkage) and any("lambda" in name for name in facts.linkage.needed):
        return Unknown(f"a library of {file.path} may be the client", file.place)
    if build is not None or any(is_within(file.path, folder) for folder in _SYSTEM):
        return None
    if facts.is_static or isinstance(file.size, Unknown) or file.size > _BUNDLE_MIN:
        # A packed program is static and hides its strings; a bundled interpreter keeps them compressed.
        return Unknown(f"{file.path} may be packed", file.place)
    return None


def _named(file: File) -> str | None:
    """The client by marks of its own; only where the file's bytes are at hand anyway."""
    if file.digest() is not None:
        return None
    content = file.read()
    if isinstance(content, Unknown):
        return None
    named = (
        client.name for client in knowledge.runtime_clients().values() if any(mark in content for mark in client.marks)
    )
    return next(named, None)


def _of_archive(file: File) -> Answer[RuntimeClient | None]:
    """Names in a jar's directory are not compressed; a .dll may call the client in another."""
    content = file.read()
    if isinstance(content, bytes) and _JAR_MARK in content:
        return RuntimeClient("aws-lambda-java-runtime-interface-client", None, file.path)
    return Unknown(f"{basename(file.path)} is not looked into", file.place)


def _of_script(function: Function, file: File) -> Answer[RuntimeClient | None]:
    content = file.read(SCRIPT_MAX)
    if isinstance(content, Unknown):
        return Unknown(f"{file.path} is not looked into: {content.reason}", file.place)
    if len(content) == SCRIPT_MAX:
        return Unknown(f"{file.path} is too long to be looked into", file.place)
    for client in knowledge.runtime_clients().values():
        if client.module is not None and client.module in content:
            return brought_by_package(function, client.name)
    line = shebang_of(file)
    is_shell = file.path == BOOTSTRAP or (line is not None and not isinstance(line, Unknown) and line.is_shell)
    if any(mark in content for mark in knowledge.runtime_api_marks()):
        if any(path in content for path in _PATHS):
            return RuntimeClient(SHELL_CLIENT if is_shell else OWN_CLIENT, None, file.path)
        # A guard for the emulator names the variable too: what it starts is a step of its own.
        return None if is_shell else Unknown(f"{file.path} names the Runtime API", file.place)
    return None if is_shell else _beside(function, file)


def _beside(function: Function, file: File) -> Answer[RuntimeClient | None]:
    """A script may import the client from a module beside it: then it is not told apart who starts what."""
    for installed in function.packages.installed:
        if any(installed.name == client.package for client in knowledge.runtime_clients().values()):
            return Unknown(f"{installed.name} is installed, and {file.path} is not seen to start it", file.place)
    marks = (
        *knowledge.runtime_api_marks(),
        *(one.module for one in knowledge.runtime_clients().values() if one.module),
    )
    neighbours = [
        one
        for one in function.files.known_under(parent(file.path))
        if one.path.endswith(_SOURCES) and not any(each in one.path for each in _PACKAGES)
    ]
    for neighbour in neighbours[:_NEIGHBOURS]:
        content = neighbour.read(SCRIPT_MAX)
        if isinstance(content, bytes) and any(mark in content for mark in marks):
            return Unknown(f"{neighbour.path} may start a client", neighbour.place)
    return None
