"""Code copied before the dependencies are installed."""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatch
from posixpath import basename

from msgspec import Struct

from lambda_image_lint.dockerfile.context import Context, ContextFile
from lambda_image_lint.dockerfile.glob import has_wildcard
from lambda_image_lint.dockerfile.installers import Installer
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Stage
from lambda_image_lint.rulekit.node_manifest import Manifest
from lambda_image_lint.rulekit.python_packages import BUILD_TOOLS, requested
from lambda_image_lint.rulekit.runs import installs

_PYTHON = (
    "requirements*.txt",
    "requirements*.in",
    "requirements*.lock",
    "constraints*.txt",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
)
_NODE = ("package.json", "package-lock.json", "npm-shrinkwrap.json", ".npmrc")
MANIFESTS = {
    "pip": (*_PYTHON, "requirements"),
    "uv": (*_PYTHON, "uv.lock", "requirements"),
    "poetry": ("pyproject.toml", "poetry.lock"),
    "pipenv": ("Pipfile", "Pipfile.lock"),
    "pdm": ("pyproject.toml", "pdm.lock"),
    "npm": _NODE,
    "yarn": (*_NODE, "yarn.lock", ".yarnrc", ".yarnrc.yml"),
    "pnpm": (*_NODE, "pnpm-lock.yaml", "pnpm-workspace.yaml"),
}
"""Installer → the files that list what it installs."""

READ_BY_INSTALLS = (
    ".npmrc", ".yarnrc", ".yarnrc.yml", ".yarn", ".pnpmfile.cjs", "patches", "*.patch", ".puppeteerrc*", "puppeteer.config.*",
    ".node-version", ".nvmrc", "prisma", "schema.prisma",
)  # fmt: skip
"""Names of what Node's package managers, patch-package, and the install scripts of puppeteer and of Prisma's client read.
Sources: https://docs.npmjs.com/cli/configuring-npm/npmrc, https://yarnpkg.com/configuration/yarnrc, https://pnpm.io/pnpmfile,
https://github.com/ds300/patch-package, https://pptr.dev/guides/configuration, https://www.prisma.io/docs (generators),
read 2026-11-23."""
_FILTERS = frozenset("awk cat cut egrep grep head sed sort tail tr uniq".split())
"""Programs that write what they read, less or changed, and need no code for that."""
_EVERY_MANIFEST = frozenset(name for names in MANIFESTS.values() for name in names)
_CODE = frozenset("py js mjs cjs ts mts cts tsx jsx rb go rs java kt scala cs fs php r R jl pl ipynb".split())


SYSTEM_FOLDERS = tuple(
    f"{folder}/"
    for folder in (
        "/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/lib", "/lib64", "/usr/lib", "/usr/lib64",
        "/usr/local/lib", "/usr/share", "/etc", "/opt/bin", "/opt/lib", "/opt/extensions",
    )
)  # fmt: skip
"""Where programs and libraries go, which change more seldom than the function's code."""


class Late(Struct, frozen=True):
    """An install that every change of the code repeats."""

    run: Instruction
    call: Installer
    copies: tuple[Instruction, ...]
    """The COPY instructions before it that bring code, in order."""


def late_installs(dockerfile: Dockerfile, context: Context) -> Iterator[Late]:
    """The first such install of each RUN, in every stage that is built."""
    for stage in dockerfile.needed_stages():
        told = set()
        for run, call in installs([stage], *MANIFESTS):
            if run.index in told or not _could_come_first(dockerfile, run, call, context):
                continue
            copies = tuple(_code_copies(stage, run, call, context))
            copies = _not_named(dockerfile, context, run, call, copies) if copies else ()
            if copies and not _is_second_step(dockerfile, stage, call, copies[0]):
                told.add(run.index)
                yield Late(run, call, copies)


def _could_come_first(dockerfile: Dockerfile, run: Instruction, call: Installer, context: Context) -> bool:
    """Whether the install needs nothing but a list that could have been copied alone."""
    if call.has("-g", "--global", "--location") or call.action == "tool install":
        return False
    if call.tool in ("pip", "uv") and not call.requirement_files and call.action != "sync":
        names = requested(call)
        return names is not None and not set(names) <= BUILD_TOOLS
    if call.tool in ("npm", "yarn", "pnpm") and call.operands:
        return False
    if any(word.text is not None and (word.text.startswith(".") or "/" in word.text) for word in call.operands):
        return False
    return not context.is_known or _has_manifest(dockerfile, run, context, call)


def _not_named(
    dockerfile: Dockerfile, context: Context, run: Instruction, call: Installer, copies: Sequence[Instruction]
) -> tuple[Instruction, ...]:
    """Without those whose code the lists themselves name: a package in the same repository."""
    from lambda_image_lint.rulekit.install_inputs import named_by_lists, touches

    named = named_by_lists(dockerfile, context, run, call) or ()

    def is_named(copy: Instruction) -> bool:
        target = copy.destination.text if copy.destination is not None else ""
        return all(
            touches(named, word.text.strip("/"), target) for word in copy.sources if _is_code(word.text, context)
        )

    return tuple(copy for copy in copies if not (named and is_named(copy)))


def _is_second_step(dockerfile: Dockerfile, stage: Stage, call: Installer, code: Instruction) -> bool:
    """Whether the same command has brought the dependencies before the code came: what is left is the project itself."""
    if call.tool not in ("uv", "poetry", "pdm") or call.action not in ("sync", "install"):
        return False
    return call.has("--only-root") or any(
        earlier.action == call.action and run.index < code.index
        for run, earlier in installs(dockerfile.stage_chain(stage), call.tool)
    )


def _has_manifest(dockerfile: Dockerfile, run: Instruction, context: Context, call: Installer) -> bool:
    """Whether the context holds such a list at all, or one that a step of the build makes it from."""
    # Of ${LAMBDA_TASK_ROOT}/requirements.txt the name is known, whatever the folder.
    named = [word.raw.strip("\"'").rpartition("/")[2] for word in call.requirement_files]
    names = [name for name in named if "$" not in name] or [*MANIFESTS[call.tool]]
    files = context.walk()
    found = {file.path.rpartition("/")[2] for file in files} if isinstance(files, tuple) else set()
    return any(is_one_of(name, names) for name in (*found, *_derived(dockerfile, run, call, found)))


def _derived(dockerfile: Dockerfile, run: Instruction, call: Installer, found: Collection[str]) -> Iterator[str]:
    """Names of the files that commands before an install write out of a list: ``grep -v torch requirements.txt > r.txt``.

    `found` are the names of the context's files.
    """
    assert run.stage is not None
    for earlier in dockerfile.stages[run.stage].all("RUN"):
        commands = earlier.shell.before(call.command) if earlier is run else earlier.shell.commands
        for command in commands if earlier.index <= run.index else ():
            read = {basename(word.text) for word in command.arguments if word.text} & {*found}
            if command.program in _FILTERS and any(is_one_of(name, _EVERY_MANIFEST) for name in read):
                yield from (basename(one.target.text) for one in command.redirects if one.target and one.target.text)


def is_one_of(name: str, patterns: Collection[str]) -> bool:
    return name in patterns or any(fnmatch(name, pattern) for pattern in patterns if has_wildcard(pattern))


def _code_copies(stage: Stage, run: Instruction, call: Installer, context: Context) -> Iterator[Instruction]:
    for copy in stage.all("COPY", "ADD"):
        if (
            copy.index < run.index
            and copy.flag("from") is None
            and not (copy.destination is not None and f"{copy.destination.text}/".startswith(SYSTEM_FOLDERS))
            and any(is_late(word.text, call, context) for word in copy.sources)
        ):
            yield copy


def is_late(source: str, call: Installer, context: Context) -> bool:
    """Whether a source of a COPY is code that the install does not read."""
    is_node = call.tool in ("npm", "yarn", "pnpm")
    return _is_code(source, context) and not (is_node and _is_read_by_install(source, context))


def _is_read_by_install(source: str, context: Context) -> bool:
    """Whether an install reads it: a setting, a patch, or what the package's own install script names."""
    path = source.removeprefix("./").strip("/")
    name = path.rpartition("/")[2]
    if is_one_of(name, READ_BY_INSTALLS):
        return True
    file = context.find("package.json")
    content = file.read(1024 * 1024) if isinstance(file, ContextFile) else b""
    try:
        data = json.loads(content) if isinstance(content, bytes) else None
    except (ValueError, RecursionError):  # npm itself refuses it: another fault
        return False
    said = " ".join(Manifest("", data).install_scripts.values()) if isinstance(data, dict) else ""
    words = [word.removeprefix("./") for word in re.split(r"[\s'\"=;&|]+", said)]
    return path not in ("", ".") and any(word == path or word.startswith(f"{path}/") for word in words)


def _is_code(source: str, context: Context) -> bool:
    name = source.rstrip("/").rpartition("/")[2]
    if "://" in source or source.startswith("<<") or is_one_of(name, _EVERY_MANIFEST):
        return False
    if name in ("", ".", "*") or (name.rpartition(".")[2] in _CODE and "." in name):
        return True
    found = context.match(source) if context.is_known and "$" not in source else ()
    if isinstance(found, tuple) and found:
        return any(file.is_dir and _holds_code(context, file.path) for file in found)
    return "." not in name and "$" not in name


def _holds_code(context: Context, folder: str) -> bool:
    below = context.walk(folder)
    return isinstance(below, tuple) and any(file.path.rpartition(".")[2] in _CODE for file in below)
