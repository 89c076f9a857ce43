"""Secrets that a job of a pipeline writes into a file before it builds an image."""

from collections.abc import Iterator, Mapping
from posixpath import basename, join, normpath

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.shell import ASSIGNING, Command, Redirect, ShellVariable, ShellWord
from lambda_image_lint.patterns import lazy
from lambda_image_lint.rulekit.declared_secrets import declared_secret, is_secret
from lambda_image_lint.rulekit.image_builds import Built, built_by_action, built_by_command
from lambda_image_lint.rulekit.pipelines import (
    TOP,
    Job,
    Step,
    expressions_in,
    expressions_of,
    has_expression,
    is_only_expression,
    is_top,
)
from lambda_image_lint.secrets import secrecy_of_name

_PRINTERS = frozenset("echo printf cat tee base64 tr sed jq envsubst".split())
"""Programs that print what they are given, in their words or at their input; others may print anything."""
_OUTPUT = frozenset({">", ">>", ">|", "&>", "&>>"})
_APPENDS = frozenset({">>", "&>>"})
_QUOTED_END = lazy(r"<<-?[ \t]*['\"\\]")
_VARIABLE = lazy(r"(?<!\\)\$(?:(\w+)|\{(\w+)(?::?[-=][^}]*)?\})")


class Written(Struct, frozen=True):
    """A file that holds a secret once its job has come to a build."""

    path: str
    """From the top of the repository."""
    secret: str
    """By the name that the pipeline has for it."""
    line: int
    """Of the pipeline's file, where it is written."""


def written_secrets(job: Job) -> Iterator[tuple[Written, Built]]:
    """The files with a secret that are there when the job builds an image, with each such build."""
    run = _Run(job)
    for step in job.steps:
        yield from run.step(step)


class _Run:
    """A job on its way from step to step."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._files: dict[str, Written] = {}
        self._folder: str | None = ""
        self._inner: str | None = None
        """The folder of a subshell that has changed to another one."""
        self._secrets: dict[str, str] = {}
        """Variable → the name that what it holds has among the secrets."""
        self._redirected: dict[str, object] = {}
        """File → the redirection that wrote it last."""
        self._set_variables({})

    def step(self, step: Step) -> Iterator[tuple[Written, Built]]:
        if step.action is not None:
            built = built_by_action(step)
            if step.action.startswith("actions/checkout@") and step.given.get("clean") != "false":
                # It begins with `git clean -ffdx`. Source: the action's README, read 2026-11-29.
                self._files.clear()
            if built is not None:
                yield from self._there(built)
            return
        if not step.continues:
            self._folder, self._inner = self._resolved("", step.folder), None
            self._set_variables(step.given)
        self._step = step
        for command in step.shell:
            self._inner = self._inner if command.in_subshell else None
            self._assign(command)
            if command.program in ("cd", "pushd", "popd"):
                self._enter(command)
            built = built_by_command(command, self._path)
            if built is not None:
                yield from self._there(built)
            self._write(command)

    def _there(self, built: Built) -> Iterator[tuple[Written, Built]]:
        for written in self._files.values():
            yield written, built

    def _set_variables(self, given: Mapping[str, str]) -> None:
        """Those of a new shell."""
        self._secrets = {name: name for name in self._job.secrets}
        for name, text in {**self._job.environment, **given}.items():
            for expression in expressions_of(text):
                # Whether it counts depends on what is written beside it.
                is_all = text.strip() == f"${{{{ {expression} }}}}" or text.strip() == f"${{{{{expression}}}}}"
                own = self._secrets.get(expression.removeprefix("env."))
                secret = own or declared_secret(expression, is_all=is_all)
                if secret is not None:
                    self._secrets[name] = secret

    # Folders and variables

    def _here(self, command: Command) -> str | None:
        return self._inner if command.in_subshell and self._inner is not None else self._folder

    def _enter(self, command: Command) -> None:
        is_known = bool(command.arguments) and command.program != "popd" and not command.guards
        folder = self._path(command.arguments[0], command) if is_known else None
        if command.in_subshell:
            self._inner = folder
        else:
            self._folder = folder

    def _path(self, word: ShellWord | str, command: Command) -> str | None:
        """A word as a path from the top of the checkout; None where it is elsewhere, or not known."""
        if isinstance(word, str):
            return self._resolved(self._here(command), word)
        text = self._step.shell.expand(word, command, self._value)
        return None if isinstance(text, Unknown) else self._resolved(self._here(command), text)

    def _value(self, name: str) -> str | Unknown:
        if is_top(name):
            return TOP
        text = self._step.given.get(name, self._job.environment.get(name))
        return Unknown("it is set elsewhere") if text is None or "${{" in text or "$" in text else text

    def _resolved(self, folder: str | None, text: str) -> str | None:
        text = text.replace("${{ github.workspace }}", TOP)
        if text == TOP or text.startswith(f"{TOP}/"):
            folder, text = "", text.removeprefix(TOP).lstrip("/")
        if folder is None or text.startswith(("/", "~")) or has_expression(text) or any(one in text for one in "*?[$"):
            return None
        path = normpath(join(folder, text)) if folder or text else ""
        return None if path.startswith("..") else "" if path == "." else path

    def _assign(self, command: Command) -> None:
        if command.name is not None and command.name not in ASSIGNING:
            return
        for one in command.assignments:
            secret = self._secret_of(one.value, is_all=True) if one.value is not None else None
            if secret is not None:
                self._secrets[one.name] = secret
            elif one.value is not None:
                self._secrets.pop(one.name, None)

    # What is written

    def _write(self, command: Command) -> None:
        if command.in_substitution or any(guard.kind == "function" for guard in command.guards):
            return
        secret = self._printed(command)
        for redirect in command.redirects:
            if redirect.operator in _OUTPUT and redirect.descriptor in (None, 1) and redirect.target is not None:
                self._put(redirect.target, command, secret, redirect)
        program = command.program
        if program == "tee":
            for word in command.positionals():
                self._put(word, command, secret, None)
        elif program == "sed" and command.has_flag("-i", "--in-place") and command.arguments:
            self._edit(command)
        elif program in ("rm", "shred", "unlink"):
            self._remove(command)
        elif program == "git" and any(word.text == "clean" for word in command.arguments):
            self._files.clear()
        elif program in ("cp", "mv"):
            self._transfer(command)

    def _put(self, word: ShellWord, command: Command, secret: str | None, redirect: Redirect | None) -> None:
        path = self._path(word, command)
        if path is None:
            return
        # One redirection may be that of a group, whose commands write one behind the other.
        place = (self._step.line, redirect.span) if redirect is not None else None
        is_new = redirect is not None and redirect.operator not in _APPENDS and self._redirected.get(path) != place
        self._redirected[path] = place
        if secret is not None:
            self._files.setdefault(path, Written(path, secret, self._line(command.span.line)))
        elif is_new and not command.guards:
            self._files.pop(path, None)

    def _edit(self, command: Command) -> None:
        secret = next((one for word in command.arguments if (one := self._secret_of(word)) is not None), None)
        if secret is not None:
            self._put(command.arguments[-1], command, secret, None)

    def _remove(self, command: Command) -> None:
        for word in command.positionals():
            path = self._path(word, command)
            if path is None and word.prefix.startswith(("/", "~")):
                continue
            # What a pattern or a variable stands for may be any.
            for known in [*self._files]:
                if path is None or path == "" or f"{known}/".startswith(f"{path}/"):
                    del self._files[known]

    def _transfer(self, command: Command) -> None:
        words = command.positionals()
        if len(words) != 2:
            return
        source, target = (self._path(word, command) for word in words)
        known = self._files.get(source) if source is not None else None
        if known is None:
            return
        if target is not None:
            written = words[1].text or ""
            is_folder = written.endswith("/") or basename(written) in (".", "..") or target == ""
            path = join(target, basename(known.path)) if is_folder else target
            self._files[path] = Written(path, known.secret, self._line(command.span.line))
        if command.program == "mv":
            del self._files[known.path]

    def _line(self, line: int) -> int:
        return self._step.line + (line - 1 if self._step.keeps_lines else 0)

    # Where secrets stand

    def _printed(self, command: Command, depth: int = 0) -> str | None:
        """The secret that a command prints."""
        if command.program not in _PRINTERS or depth > 5:
            return None
        words = () if command.program == "tee" else command.arguments
        for word in words:
            # `echo "${{ secrets.ENV_FILE }}" > .env`: the file is the secret.
            secret = self._secret_of(word, is_all=len(words) == 1)
            if secret is not None:
                return secret
        for redirect in command.redirects:
            secret = self._secret_in_redirect(redirect)
            if secret is not None:
                return secret
        return self._printed(command.piped_from, depth + 1) if command.piped_from is not None else None

    def _secret_in_redirect(self, redirect: Redirect) -> str | None:
        if redirect.heredoc is None:
            is_text = redirect.operator == "<<<" and redirect.target is not None
            return self._secret_of(redirect.target, is_all=True) if is_text and redirect.target is not None else None
        secret = self._secret_in_text(redirect.heredoc, is_all=is_only_expression(redirect.heredoc))
        lines = self._step.text.split("\n")
        start = lines[redirect.span.line - 1][redirect.span.column - 1 :] if redirect.span.line <= len(lines) else ""
        if secret is not None or _QUOTED_END.match(start):
            return secret
        for match in _VARIABLE.finditer(redirect.heredoc):
            is_all = match[0] == redirect.heredoc.strip()
            secret = self._secret_in_variable(match[1] or match[2], is_all=is_all)
            if secret is not None:
                return secret
        return None

    def _secret_of(self, word: ShellWord, *, is_all: bool = False) -> str | None:
        is_all = is_all and len(word.parts) == 1
        for part in word.parts:
            secret = None
            if isinstance(part, str):
                secret = self._secret_in_text(part, is_all=is_all and is_only_expression(part))
            elif (
                isinstance(part, ShellVariable) and not part.raw.startswith("${#") and part.modifier not in (":+", "+")
            ):
                secret = self._secret_in_variable(part.name, is_all=is_all)
            if secret is not None:
                return secret
        return None

    def _secret_in_text(self, text: str, *, is_all: bool) -> str | None:
        for expression in expressions_in(text, self._step):
            if expression.startswith("env."):
                secret = self._secret_in_variable(expression.removeprefix("env."), is_all=is_all)
            else:
                secret = declared_secret(expression, is_all=is_all)
            if secret is not None:
                return secret
        return None

    def _secret_in_variable(self, name: str, *, is_all: bool) -> str | None:
        if name in self._secrets:
            return self._secrets[name] if is_secret(self._secrets[name], is_all=is_all) else None
        if not self._job.has_settings or name in self._job.environment or secrecy_of_name(name) != "strong":
            return None
        commands = (command for step in self._job.steps for command in step.shell)
        is_set = any(one.name == name for command in commands for one in command.assignments)
        return name if not is_set and is_secret(name, is_all=False) else None
