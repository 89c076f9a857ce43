"""The runtime client among the steps that follow from the entrypoint."""

from fnmatch import fnmatchcase
from itertools import pairwise

from lambda_image_lint import knowledge
from lambda_image_lint.answer import Absent, Answer, Unknown
from lambda_image_lint.function.chain import Step, StepKind, chain, is_handler_name, is_of_base
from lambda_image_lint.function.clients import BASE_IMAGE, BOOTSTRAP
from lambda_image_lint.function.clients.adapter import web_adapter
from lambda_image_lint.function.clients.contents import client_in
from lambda_image_lint.function.clients.machines import is_of_standard_library, may_import, may_load
from lambda_image_lint.function.clients.packages import brought_by_package
from lambda_image_lint.function.image_base import base_entrypoint
from lambda_image_lint.function.launchers import launches
from lambda_image_lint.function.model import File, Function, Kind, RuntimeClient
from lambda_image_lint.function.walk import normal, parent

Client = Answer[RuntimeClient | None]

_PACKAGE_OF_MODULE = {"awslambdaric": "awslambdaric"}
_SCRIPTS_OF_PACKAGES = {
    "*/aws-lambda-ric/bin/index.mjs": "aws-lambda-ric",
    "*/aws-lambda-ric/bin/index.js": "aws-lambda-ric",
    "*/aws-lambda-ric/index.mjs": "aws-lambda-ric",
    "*/bin/aws-lambda-ric": "aws-lambda-ric",
    "aws-lambda-ric": "aws-lambda-ric",
    "*/aws_lambda_ric": "aws_lambda_ric",
    "aws_lambda_ric": "aws_lambda_ric",
    "*Amazon.Lambda.RuntimeSupport.dll": "Amazon.Lambda.RuntimeSupport",
}
"""What is executed → the client that it belongs to."""


def started_client(function: Function) -> Client:
    """The client that the entrypoint starts, or the adapter beside it."""
    adapter = web_adapter(function)
    steps = chain(function)
    if isinstance(steps, Unknown):
        return adapter if isinstance(adapter, RuntimeClient) else steps
    if steps and isinstance(steps[0].found, Absent) and is_handler_name(steps[0].name):
        return None  # a handler where a program belongs: whatever the adapter asks, nothing answers
    answers = [_of_step(function, step, before) for before, step in pairwise((None, *steps)) if step is not None]
    found = [answer for answer in answers if isinstance(answer, RuntimeClient)]
    if found or isinstance(adapter, RuntimeClient):
        return found[0] if found else adapter
    undecided = [answer for answer in (*answers, adapter) if isinstance(answer, Unknown)]
    return undecided[0] if undecided else None


def _of_step(function: Function, step: Step, before: Step | None) -> Client:
    """The client that a step is; None where it certainly is none. `before` is what starts it, of a module or class."""
    if step.program in knowledge.emulator_files():
        return None  # it plays the Runtime API itself, and names it in its own text
    if (step.name,) == base_entrypoint() and function.base is not None:
        return None  # what it starts is the next step
    if function.base is not None and is_of_base(step.found):
        return _of_aws_base(function, step)
    if step.kind is StepKind.MODULE:
        return _of_module(function, step, before)
    if step.kind is StepKind.CLASS:
        return _of_class(function, step, before)
    package = _package_of(step)
    if package is not None:
        return _of_package(function, step, package)
    if step.kind is StepKind.INTERPRETER or isinstance(step.found, Absent):
        return None
    if step.program in knowledge.programs_without_client() or launches(step.program, step.arguments) is not None:
        return None
    if is_of_base(step.found):
        return None  # the base images that everybody knows bring no client
    if isinstance(step.found, Unknown):
        return step.found
    return client_in(function, step.found)


def _of_aws_base(function: Function, step: Step) -> Client:
    """A program of an AWS base: what lies in the runtime's own folder is the client."""
    if step.path.startswith(parent(BOOTSTRAP) + "/") and function.base is not None:
        return RuntimeClient(BASE_IMAGE, function.base.version, step.path)
    if step.program in knowledge.programs_without_client() or launches(step.program, step.arguments) is not None:
        return None
    return Unknown(f"{step.path} is of the base image", step.place)


def _package_of(step: Step) -> str | None:
    for name in (step.name, step.path):
        for pattern, client in _SCRIPTS_OF_PACKAGES.items():
            if fnmatchcase(name, pattern):
                return client
    return None


def _of_package(function: Function, step: Step, client: str) -> Client:
    """A client that is called by name. Where its file is certainly not there, nothing starts."""
    if isinstance(step.found, Absent) and step.name.startswith("/"):
        return None
    return brought_by_package(function, client)


def _of_module(function: Function, step: Step, python: Step | None) -> Client:
    top = step.name.partition(".")[0]
    client = _PACKAGE_OF_MODULE.get(top)
    interpreter = python.name if python is not None else "python"
    if client is not None:
        brought = brought_by_package(function, client)
        # Among the files, it may still lie where this interpreter does not look, or be there in part.
        on_disk = isinstance(brought, RuntimeClient) and brought.path is not None
        return None if on_disk and not may_import(function, interpreter, top) else brought
    if top in knowledge.programs_without_client() or is_of_standard_library(top):
        return None
    folder = function.working_dir
    if isinstance(folder, Unknown):
        return folder
    path = step.name.replace(".", "/")
    for candidate in (f"{path}.py", f"{path}/__main__.py"):
        found = function.files.find(normal(candidate, folder))
        if isinstance(found, File) and found.kind is Kind.FILE:
            return client_in(function, found)
    return Unknown(f"module {step.name} is not looked into", step.place)


def _of_class(function: Function, step: Step, java: Step | None) -> Client:
    if step.name != knowledge.java_main_class():
        return Unknown(f"class {step.name} is not looked into", step.place)
    arguments = java.arguments if java is not None else ()
    known = tuple(word for word in arguments if isinstance(word, str))
    if len(known) == len(arguments) and not may_load(function, step.name, known):
        return None
    return RuntimeClient("aws-lambda-java-runtime-interface-client", None, None)
