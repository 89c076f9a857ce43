"""uv in a build: which version it is, and whether ``uv pip`` certainly finds no environment to install into."""

from collections.abc import Iterable, Iterator, Mapping
from posixpath import basename, normpath

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.context import Context, ContextFile
from lambda_image_lint.dockerfile.installers import OS_MANAGERS, Installer, installer, installers
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Stage
from lambda_image_lint.dockerfile.shell import Command, Shell
from lambda_image_lint.dockerfile.stages import stage_references
from lambda_image_lint.knowledge import (
    aws_base,
    image_name,
    uv_environment_settings,
    uv_environment_variables,
    uv_refuses_prefix_since,
    uv_spared_since,
)
from lambda_image_lint.patterns import lazy
from lambda_image_lint.rulekit.projects import read_toml
from lambda_image_lint.rulekit.runs import mounts
from lambda_image_lint.rulekit.systems import external_base

Version = tuple[int, ...]
NEWEST: Version = (1 << 16,)
"""Whatever version is newest on the day of the build."""

_IMAGE = "ghcr.io/astral-sh/uv"
_INSTALLER = lazy(r"https://astral\.sh/uv/(?:(\d+(?:\.\d+)*)/)?install\.sh")
_SIGNS = lazy(r"(?i:venv|virtualenv|conda|mamba|pyenv|activate)|uv\.toml|tool\.uv")
"""Words of whoever makes an environment, enters one, or gives uv settings of its own."""
_FETCHED = lazy(r"^(?!https://astral\.sh/uv/)(?:https?://|git@)|\.(?:tar|tgz|gz|bz2|xz)$")
"""What ADD fetches or unpacks, uv's own installer apart."""
_RELEASE = lazy(r"\d+(?:\.\d+)*")
_NUMBERS = 3
"""In a version of uv that is whole: a shorter tag leads to the last release that begins so."""
_PREFIXES = {"python": "/usr/local"}
_AWS_PREFIX = "/var/lang"
_PLAIN = frozenset(
    """[ addgroup adduser cat cd chmod chown cp curl du echo env export false find gcc grep groupadd gzip head id install
    ldconfig ln ls mkdir mv printf pwd rm rmdir sed set sleep strip tail tee test touch true uname useradd usermod wc wget
    which xargs""".split()
)
"""Programs that make no virtual environment."""
_QUIET = {
    "uv": frozenset(
        {"", "pip install", "pip sync", "pip uninstall", "pip compile", "pip list", "pip freeze", "pip check"}
    )
    | {"export", "lock", "version", "cache clean", "cache prune", "self version"},
    "poetry": frozenset({"export", "lock", ""}),
}
"""Actions that make none. Source: own: ``uv lock`` and ``uv export`` leave no .venv behind, 2026-11-28."""


def uv_version(dockerfile: Dockerfile, stage: Stage, run: Instruction) -> Version | None:
    """The uv at a RUN; None where nothing tells it, or more than one thing does.

    A part of a version stands for the last release that begins so: ``0.5`` is later than ``0.5.31``.
    """
    found = uv_versions(dockerfile, stage, run)
    return next(iter(found)) if len(found) == 1 else None


def uv_versions(dockerfile: Dockerfile, stage: Stage, run: Instruction) -> frozenset[Version | None]:
    """Every uv that a stage has got by the end of a RUN, None for one of an unknown version; empty: none is seen."""
    return frozenset(one for each in _until(dockerfile, stage, run) for one in _versions(dockerfile, each))


def _versions(dockerfile: Dockerfile, one: Instruction) -> Iterator[Version | None]:
    for source in stage_references(one) if one.keyword != "ONBUILD" else ():
        yield from _of_image(dockerfile, source)
    if one.keyword == "ADD":
        yield from _of_installer(one.raw)
    if one.keyword != "RUN":
        return
    for command in one.shell.named("curl", "wget"):
        yield from _of_installer(" ".join(word.raw for word in command.arguments))
    for call in installers(one.shell, "pip"):
        if call.action == "install":
            yield from (version for word in call.operands for version in _of_requirement(word.text))


def _of_image(dockerfile: Dockerfile, source: str) -> Iterator[Version | None]:
    stage = next((each for each in dockerfile.stages if each.name == source.lower()), None)
    reference = source if stage is None else stage.base_resolved
    if stage is not None and "$" in stage.base:
        reference = Unknown("the builder can give another")
    if isinstance(reference, Unknown):
        yield None
        return
    name = image_name(reference)
    if name.full == _IMAGE:
        yield NEWEST if name.tag in (None, "latest") and name.digest is None else _version(name.tag or "")


def _of_installer(text: str) -> Iterator[Version | None]:
    for match in _INSTALLER.finditer(text):
        yield _version(match[1]) if match[1] else NEWEST


def _of_requirement(text: str | None) -> Iterator[Version | None]:
    name, _, pin = (text or "").partition("==")
    if name.strip() == "uv":
        yield _version(pin) if pin else NEWEST
    elif name.startswith("uv") and not name[2:3].isalnum() and name[2:3] not in ("-", "_", ""):
        yield None


def _version(text: str) -> Version | None:
    match = _RELEASE.match(text)
    if match is None:
        return None
    numbers = tuple(int(part) for part in match[0].split("."))
    return numbers if len(numbers) >= _NUMBERS else (*numbers, *NEWEST)


def spared(call: Installer, version: Version | None) -> bool:
    """Whether an option may spare a call of ``uv pip`` the virtual environment."""
    for option in call.options:
        since = uv_spared_since(option.name)
        if since is not None and (version is None or version >= since):
            return True
    return False


_PROJECT_OPTIONS = ("--dev", "--no-dev", "--only-dev", "--frozen", "--locked", "--all-groups", "--no-default-groups")
"""Options of ``uv sync`` and ``uv export`` that ``uv pip`` has not. Source: own: uv 0.13.9 ends with `unexpected argument`
for each of them behind ``uv pip compile``, ``install`` and ``sync``, 2026-11-29."""


def is_refused(call: Installer) -> bool:
    """Whether ``uv pip`` gets an option that it does not know: it ends there, and does nothing."""
    return call.tool == "uv" and call.action.startswith("pip ") and call.has(*_PROJECT_OPTIONS)


def no_environment(dockerfile: Dockerfile, context: Context, stage: Stage, run: Instruction, call: Installer) -> bool:
    """Whether uv certainly finds no virtual environment, and nothing that stands for one.

    Only on images whose Python and whose variables are known, and where nothing before the call, nor beside it, may have
    made an environment, brought one, or told uv of another Python.
    """
    prefix = _prefix(dockerfile, stage)
    if not uv_versions(dockerfile, stage, run) or prefix is None:
        return False
    if not _has_no_other(dockerfile, stage, run, prefix):
        return False
    if any(word.text is None and not word.prefix for word in call.operands):
        return False  # an option may be in it
    for one in _until(dockerfile, stage, run):
        raw = one.raw if one.keyword != "RUN" else _without_comments(one)
        if _SIGNS.search(raw) or (one.keyword == "RUN" and _tells_another(raw)):
            return False
        if one.keyword == "RUN" and (one.shell.unparsed is not None or not _makes_none(dockerfile, one, run, call)):
            return False
        if any(_may_bring(dockerfile, context, one)):
            return False
    return True


def _until(dockerfile: Dockerfile, stage: Stage, run: Instruction) -> Iterator[Instruction]:
    for part in dockerfile.stage_chain(stage):
        yield from (one for one in part.instructions if one.index <= run.index and one.keyword != "FROM")


def _without_comments(run: Instruction) -> str:
    return " ".join(line for line in run.raw.splitlines() if not line.lstrip().startswith("#"))


def _tells_another(raw: str) -> bool:
    return any(name in raw for name in ("VIRTUAL_ENV", *uv_environment_variables()) if name != "UV_PYTHON") or (
        "UV_PYTHON=" in raw
    )


def _prefix(dockerfile: Dockerfile, stage: Stage) -> str | None:
    """The folder of the Python of Amazon's base or of the official image."""
    reference = external_base(dockerfile, stage)
    if reference is None or dockerfile.variables.environment_complete(stage) is not True:
        return None
    base = aws_base(reference)
    if base is not None:
        return _AWS_PREFIX if base.language == "python" else None
    return _PREFIXES.get(image_name(reference).full)


def _has_no_other(dockerfile: Dockerfile, stage: Stage, run: Instruction, prefix: str) -> bool:
    """Whether no variable leads uv elsewhere; ``VIRTUAL_ENV`` may name the Python itself, which uv no longer takes."""
    if any(dockerfile.variables.value(name, run) is not None for name in uv_environment_variables()):
        return False
    value = dockerfile.variables.value("VIRTUAL_ENV", run)
    if value is None:
        return True
    version = uv_version(dockerfile, stage, run)
    named = isinstance(value, str) and normpath(value or "/") == prefix
    return named and version is not None and version >= uv_refuses_prefix_since()


def _makes_none(dockerfile: Dockerfile, one: Instruction, run: Instruction, call: Installer) -> bool:
    before = one.shell.before(call.command) if one is run else one.shell.commands
    return all(_is_plain(dockerfile, one.shell, command, run) for command in before)


def _is_plain(dockerfile: Dockerfile, shell: Shell, command: Command, run: Instruction) -> bool:
    """Whether a command is known to make no virtual environment."""
    if command.name is None:
        return not command.words
    asked = installer(command)
    if asked is not None:
        return asked.tool in (*OS_MANAGERS, "pip") or asked.action in _QUIET.get(asked.tool, ())
    if command.program in ("sh", "bash"):
        return _is_installer(dockerfile, command, run)
    return command.program in _PLAIN and "/" not in (command.name or "").removeprefix("/bin/").removeprefix("/usr/bin/")


def _is_installer(dockerfile: Dockerfile, command: Command, run: Instruction) -> bool:
    """Whether a shell runs uv's own installer: piped into it, or a file that ADD has fetched."""
    piped = command.piped_from
    if piped is not None:
        return any(_INSTALLER.search(word.text or "") for word in piped.arguments)
    scripts = [word.text for word in command.arguments]
    fetched = [
        one.destination.text
        for one in dockerfile.all("ADD")
        if one.stage == run.stage and one.destination is not None and _INSTALLER.search(one.raw)
    ]
    return len(scripts) == 1 and scripts[0] in fetched


def _may_bring(dockerfile: Dockerfile, context: Context, one: Instruction) -> Iterator[bool]:
    """For each source of a COPY, an ADD or a mount: whether an environment, or settings of uv's, may be in it."""
    if one.keyword in ("COPY", "ADD"):
        flag = one.flag("from")
        for word in one.sources:
            source = dockerfile.variables.expand(word.template, one)
            unpacked = one.keyword == "ADD" and isinstance(source, str) and bool(_FETCHED.search(source))
            yield unpacked or _may_hold(context, source, flag.value if flag else None)
    for fields in mounts(one) if one.keyword == "RUN" else ():
        if fields.get("type", "bind") == "bind":
            source = dockerfile.variables.expand(fields.get("source") or fields.get("src") or ".", one)
            yield _may_hold(context, source, fields.get("from"))


def _may_hold(context: Context, source: str | Unknown, origin: str | None) -> bool:
    if isinstance(source, Unknown) or source.startswith("<<"):
        return True
    name = basename(source.rstrip("/"))
    if origin is not None:
        return name not in ("uv", "uvx", "lambda-adapter") and not _is_list(name)
    found = context.match(source)
    if isinstance(found, Unknown):
        return not _is_list(name)
    return any(_holds(each) for file in found for each in _all(context, file))


def _is_list(name: str) -> bool:
    """A list of requirements, or a source file."""
    return name.endswith((".txt", ".in", ".py", ".lock"))


def _all(context: Context, file: ContextFile) -> Iterable[ContextFile]:
    below = context.walk(file.path) if file.is_dir else ()
    return () if isinstance(below, Unknown) else (file, *below)


def _holds(file: ContextFile) -> bool:
    name = basename(file.path)
    if name == "pyvenv.cfg" or ".venv" in file.path.split("/"):
        return True
    if file.is_dir or name not in ("pyproject.toml", "uv.toml"):
        return False
    document: object = read_toml(file)
    if document is None:
        return True
    for key in ("tool", "uv", "pip") if name == "pyproject.toml" else ("pip",):
        document = document.get(key) if isinstance(document, Mapping) else None
    return isinstance(document, Mapping) and not uv_environment_settings().isdisjoint(document)
