"""The parser held against Docker's own, over files that are hard to read right."""

import importlib.util
from functools import cache
from pathlib import Path

import pytest

from lambda_image_lint.dockerfile import parse
from lambda_image_lint.dockerfile.model import Form, Instruction
from tests.dockerfile.docker_parser import Parsed, docker_parse

TRICKY = Path(__file__).parents[2] / "fixtures" / "dockerfiles" / "tricky"
FILES = sorted(TRICKY.glob("*.Dockerfile"))

OLDER_THAN_TODAY = {
    "heredoc-with-blank": "since 2025 Docker takes blanks between << and the end word",
    "json-then-heredoc": "today words behind a JSON array make it a shell form, and so the heredoc counts",
    "json-comment": "today words behind a JSON array make it a shell form",
    "copy-num": "today words behind a JSON array make it a shell form, so what the array holds does not matter",
    "check-then-escape": "it does not know the directive check, so it takes what follows for comments",
    "not-utf-8": "its Python binding refuses bytes that are not UTF-8, Docker does not",
}
"""Files on which the published parser, of 2024, differs from Docker's of 2026, and how."""

OURS_ONLY = frozenset(
    [
        "unknown-instruction", "argument-count", "missing-from", "invalid-substitution", "json-required",
        "invalid-healthcheck", "invalid-stage-name", "unterminated-heredoc",
    ]
)  # fmt: skip
"""Kinds that Docker tells after parsing, which its parser alone accepts."""


@cache
def docker_results() -> dict[Path, list[Parsed] | str]:
    return docker_parse(FILES)


def spans(instructions: tuple[Instruction, ...]) -> list[tuple[str, int, int]]:
    return [(one.keyword, one.span.line, one.span.end_line) for one in instructions]


def values(instruction: Instruction) -> tuple[str, ...]:
    """The value as Docker's parser splits it: quotes still there."""
    if instruction.keyword == "ARG":
        return tuple(one.name if one.raw_value is None else f"{one.name}={one.raw_value}" for one in instruction.pairs)
    if instruction.keyword in ("ENV", "LABEL"):
        names = [one.line.text[slice(*one.name_bounds)] for one in instruction.pairs]
        return tuple(
            text for name, one in zip(names, instruction.pairs, strict=True) for text in (name, one.raw_value or "")
        )
    # Its Python binding ends a text at a NUL.
    return tuple(word.template.partition("\0")[0] for word in instruction.words)


@pytest.mark.skipif(importlib.util.find_spec("dockerfile") is None, reason="the package dockerfile is not installed")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_instructions_and_lines_are_those_of_docker(path: Path) -> None:
    ours = parse(path.read_bytes())
    docker = docker_results()[path]
    if path.stem in OLDER_THAN_TODAY:
        assert (
            isinstance(docker, str)
            or spans(ours.instructions) != [(one.keyword, one.line, one.end_line) for one in docker]
            or [one.form is Form.EXEC for one in ours.instructions] != [one.json for one in docker]
        )
        return
    kinds = {problem.kind for problem in ours.problems}
    if isinstance(docker, str):
        assert kinds - OURS_ONLY or "unterminated-heredoc" in kinds, f"Docker refuses it: {docker}"
        return
    assert not kinds - OURS_ONLY
    assert spans(ours.instructions) == [(one.keyword, one.line, one.end_line) for one in docker]
    for own, its in zip(ours.instructions, docker, strict=True):
        if own.form is not None:
            assert (own.form is Form.EXEC) == its.json
        assert [flag.name for flag in own.flags] == [text[2:].partition("=")[0] for text in its.flags]
        if own.keyword not in ("ONBUILD", "HEALTHCHECK") and own.known:
            assert values(own) == its.value


def test_there_are_enough_tricky_files() -> None:
    assert len(FILES) >= 60
    assert OLDER_THAN_TODAY.keys() <= {path.stem for path in FILES}


def test_what_docker_of_today_reads_otherwise_than_its_published_parser() -> None:
    read = {name: parse((TRICKY / f"{name}.Dockerfile").read_bytes()) for name in OLDER_THAN_TODAY}
    assert spans(read["heredoc-with-blank"].instructions) == [("FROM", 1, 1), ("RUN", 2, 4)]
    assert spans(read["json-then-heredoc"].instructions) == [("FROM", 1, 1), ("COPY", 2, 4)]
    assert spans(read["check-then-escape"].instructions) == [("FROM", 3, 3), ("RUN", 4, 5), ("USER", 6, 6)]
    assert read["json-comment"].instructions[1].form is Form.SHELL
    assert read["copy-num"].instructions[1].form is Form.SHELL
    assert spans(read["not-utf-8"].instructions) == [("FROM", 1, 1), ("LABEL", 2, 2), ("USER", 3, 3)]
    assert read["not-utf-8"].text.encode("utf-8", "surrogateescape") == (TRICKY / "not-utf-8.Dockerfile").read_bytes()
