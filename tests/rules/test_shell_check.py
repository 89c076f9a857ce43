"""shell-check where ShellCheck cannot answer, and where its remarks stand."""

import subprocess

import pytest

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile import parse
from lambda_image_lint.rulekit import shellcheck

FILE = parse("FROM debian:13\nRUN echo one && \\\n    [ -n $X ]\n")


def _answers() -> list[shellcheck.Remark | Unknown]:
    return list(shellcheck.remarks(FILE, FILE.instructions, "bash"))


def test_it_says_that_shellcheck_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shellcheck, "program", lambda: None)
    assert _answers() == [Unknown("shellcheck is not installed")]


def test_it_says_that_shellcheck_gave_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shellcheck, "program", lambda: "/bin/false")
    assert _answers() == [Unknown("shellcheck failed: JSONDecodeError")]


def test_it_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: object, **options: object) -> None:
        assert options["timeout"]
        raise subprocess.TimeoutExpired("shellcheck", 30)

    monkeypatch.setattr(shellcheck, "program", lambda: "/bin/true")
    monkeypatch.setattr(subprocess, "run", late)
    assert _answers() == [Unknown("shellcheck failed: TimeoutExpired")]


def test_nothing_is_asked_where_there_is_no_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shellcheck, "program", lambda: None)
    file = parse('FROM debian:13\nRUN ["echo"]\nSHELL ["pwsh", "-c"]\nRUN Get-Item\n')
    assert list(shellcheck.remarks(file, file.instructions, "bash")) == []
