"""Whether a pipeline takes away again what it has written, before anything could build from it."""

import posixpath
from collections.abc import Callable, Iterator

from lambda_image_lint.dockerfile.shell import Command
from lambda_image_lint.rulekit.makers import REMOVERS
from lambda_image_lint.rulekit.pipelines import Job, Step

_HARMLESS_ACTIONS = (
    "actions/setup-", "aws-actions/configure-aws-credentials@", "aws-actions/amazon-ecr-login@", "docker/setup-", "docker/login-action@",
    "docker/metadata-action@", "pnpm/action-setup@", "oven-sh/setup-bun@", "astral-sh/setup-uv@",
)  # fmt: skip
_HARMLESS = frozenset(
    "echo printf cat true false : set export unset test [ [[ sleep wait grep sed awk cut tr head tail sort wc date ls pwd mkdir"
    " touch chmod tee base64 jq env printenv exit return curl wget pip pip3 pytest jest vitest mocha eslint prettier"
    " tsc tslint stylelint biome ruff black flake8 isort mypy pylint rubocop rspec golangci-lint rm unlink shred".split()
)
"""Programs that build no image, whatever they are given."""
_SPEAKING = {
    "docker": ("login", "logout", "ps", "images", "pull", "stop", "rm", "logs", "version", "info"),
    "git": ("config", "diff", "status", "log", "fetch", "rev-parse", "describe"),
    "go": ("test", "vet", "fmt", "mod"),
    "cargo": ("test", "clippy", "fmt"),
    "python": ("pytest", "unittest", "pip", "ruff", "mypy", "flake8"),
    "python3": ("pytest", "unittest", "pip", "ruff", "mypy", "flake8"),
}
"""Programs that build none with one of these as their first word, ``-m`` left out."""
_RUNNERS = frozenset({"npm", "yarn", "pnpm", "bun", "npx", "pnpx", "bunx", "poetry", "uv", "pipenv", "bundle"})
_RUN = frozenset(
    {
        "run",
        "run-script",
        "exec",
        "x",
        "dlx",
        "-s",
        "--silent",
        "-y",
        "--yes",
        "--no-install",
        "-m",
        "python",
        "python3",
    }
)
_CHECKS = (
    "test", "lint", "check", "format", "type", "prettier", "eslint", "tsc", "jest", "vitest", "mocha", "cypress", "e2e", "audit", "ci", "i",
    "install", "add", "sync", "pytest", "ruff", "mypy", "black", "flake8", "rspec", "rubocop", "pip", "lock", "codegen", "generate",
)  # fmt: skip
"""First words of a package's scripts and of its tools that build no image."""
_PARTS = str.maketrans(":-_.", "    ")


def is_removed(jobs: tuple[Job, ...], first: int, last: int, written: str, resolved: Callable[[str], str]) -> bool:
    """Whether the job that writes a path on these lines certainly removes it again before anything could build.

    `written` is the path as the command names it; `resolved` gives a word without quotes and with variables put in.
    """
    name = posixpath.basename(written)
    verdicts = []
    for job in jobs:
        acts = [*_acts(job)]
        here = [
            index
            for index, (step, command) in enumerate(acts)
            if command is not None and _stands(step, command, first, last) and _names(command, name)
        ]
        if here:
            step, command = acts[here[-1]]
            # A function may be called again, behind what stands below it.
            is_once = command is not None and all(guard.kind != "function" for guard in command.guards)
            verdicts.append(is_once and _is_gone(acts[here[-1] + 1 :], step, written, resolved))
    return bool(verdicts) and all(verdicts)


def _acts(job: Job) -> Iterator[tuple[Step, Command | None]]:
    """The commands of a job in order, and None for each action."""
    for step in job.steps:
        if step.action is not None:
            yield step, None
        else:
            yield from ((step, command) for command in step.shell)


def _stands(step: Step, command: Command, first: int, last: int) -> bool:
    start, end = (step.line + line - 1 for line in (command.span.line, command.span.end_line))
    return step.keeps_lines and start <= last and first <= end


def _names(command: Command, name: str) -> bool:
    targets = (one.target for one in command.redirects if one.target is not None)
    return command.program not in REMOVERS and any(name in word.raw for word in (*command.words, *targets))


def _is_gone(
    acts: list[tuple[Step, Command | None]], writer: Step, written: str, resolved: Callable[[str], str]
) -> bool:
    for step, command in acts:
        if command is None:
            if not (step.action or "").startswith(_HARMLESS_ACTIONS):
                return False
            continue
        if command.program in REMOVERS and step.folder == writer.folder and not command.guards:
            gone = (posixpath.normpath(resolved(word.raw)) for word in command.positionals())
            if any(f"{written}/".startswith(f"{one}/") for one in gone):
                return True
        elif not _is_harmless(command):
            return False
    return False


def _is_harmless(command: Command) -> bool:
    """Whether a command certainly builds no image, and does not leave the folder."""
    program = command.program
    if program is None:
        return not command.words
    words = [word.text or "?" for word in command.arguments]
    if program in _SPEAKING:
        return next((word for word in words if word != "-m"), "") in _SPEAKING[program]
    if program in _RUNNERS:
        called = next((word for word in words if word not in _RUN), "")
        return called.translate(_PARTS).partition(" ")[0] in _CHECKS
    return program in _HARMLESS
