"""Whether a function in Python needs any package at all, as far as its project and its code tell."""

from collections.abc import Iterator, Mapping

from lambda_image_lint.dockerfile.installers import Installer
from lambda_image_lint.function.languages.resolution import Language, Resolved
from lambda_image_lint.function.languages.start import Start, start_of
from lambda_image_lint.function.model import Function
from lambda_image_lint.rulekit.handlers import resolution
from lambda_image_lint.rulekit.own_code import own_modules
from lambda_image_lint.rulekit.projects import default_groups
from lambda_image_lint.rulekit.python_imports import python_imports

_ASKS_FOR_MORE = frozenset(
    """--extra --all-extras -E --extras --group --all-groups --only-group --with -G --package --all-packages --script
    --project -P --directory -C -p --categories""".split()
)
"""Options by which more than the main dependencies is installed, or another project."""
_DEVELOPMENT = frozenset(
    "dev develop development test tests testing lint linting docs doc typing types format ci".split()
)
"""Names that people give to groups which a function does without; own."""


def needs_no_packages(function: Function, call: Installer, project: Mapping[str, object] | None) -> bool:
    """Whether the project of an install depends on Python alone, and the function imports nothing but its own code and
    what every Python has. `project`: its pyproject.toml, or its Pipfile; None where it is not known."""
    if project is None or call.operands or call.has(*_ASKS_FOR_MORE) or not _depends_on_nothing(project, call.tool):
        return False
    start = start_of(function)
    if isinstance(start, Start) and start.handler is None:
        # Nothing says what is started: then the groups may not hold anything for it.
        return _DEVELOPMENT.issuperset(default_groups(project, call.tool))
    return isinstance(resolution(function), Resolved) and not any(_foreign(function))


def _depends_on_nothing(project: Mapping[str, object], tool: str) -> bool:
    if tool == "pipenv":
        return not project.get("packages")
    table, own = project.get("project"), project.get("tool")
    standard = table if isinstance(table, dict) else {}
    poetry = own.get("poetry") if isinstance(own, dict) else None
    if standard.get("dependencies") or not (standard or isinstance(poetry, dict)):
        return False
    if tool != "poetry":
        return "dependencies" not in str(standard.get("dynamic", ""))
    named = poetry.get("dependencies") if isinstance(poetry, dict) else None
    return not isinstance(named, dict) or set(named) <= {"python"}


def _foreign(function: Function) -> Iterator[bool]:
    """For each import of the function's own code whether it may want a package; True for code that cannot be read."""
    from lambda_image_lint.function.languages.python.bundled import certainly_has
    from lambda_image_lint.function.languages.python.finder import Module
    from lambda_image_lint.function.languages.python.source import Source, parse
    from lambda_image_lint.function.languages.python.stdlib import in_standard_library

    found = python_imports(function)
    modules = own_modules(function, Language.PYTHON)
    if found is None or not modules:
        yield True
        return
    for own in modules:
        source = parse(own.file, own.file.path, found.minor)
        if not isinstance(source, Source):
            yield True
            continue
        for one in source.imports:
            top = one.module.partition(".")[0]
            if one.level or in_standard_library(top, found.minor) or certainly_has(function, top):
                continue
            yield not isinstance(found.finder.find(top), Module)
