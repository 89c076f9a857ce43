"""A module's text is read once, however many rules and Dockerfiles ask about it."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from lambda_image_lint.check import Request, check
from lambda_image_lint.function.languages.once import once
from lambda_image_lint.function.languages.python.nodes import every_node, marked_nodes

SILENT = (ast.expr_context, ast.operator, ast.boolop, ast.unaryop, ast.cmpop)
BASE = 'FROM public.ecr.aws/lambda/python:3.13\nCOPY . ${LAMBDA_TASK_ROOT}/\nCMD ["app.handler"]\n'
SOURCE = """
import os
MODEL = os.path.join("/tmp", "model")
def handler(event, context, *, first=1, **rest):
    match event:
        case {"a": [1, *_], **others} if first:
            return {**rest, "x": [f"{one!r}" for one in others]}
    try:
        global LATER
        LATER = open(MODEL) if first > 0 else -first
    except* OSError:
        print(lambda: MODEL)
"""


def test_nodes_are_those_of_ast_walk_in_its_order() -> None:
    for text in (SOURCE, Path(ast.__file__).read_text(encoding="utf-8")):
        tree = ast.parse(text)
        assert every_node(tree) == [node for node in ast.walk(tree) if not isinstance(node, SILENT)]


def test_marks_cover_what_stands_below_and_not_what_is_marked() -> None:
    nodes, below = marked_nodes(ast.parse("a\nif b:\n    c\nelse:\n    d(e if f else g)"), (ast.If, ast.IfExp))
    names = {node.id: inside for node, inside in zip(nodes, below, strict=True) if isinstance(node, ast.Name)}
    assert names == {"a": False, "b": True, "c": True, "d": True, "e": True, "f": True, "g": True}
    assert [inside for node, inside in zip(nodes, below, strict=True) if isinstance(node, ast.If)] == [False]


def test_each_text_is_read_once_for_each_setting() -> None:
    asked: list[tuple[bytes, int]] = []

    @once
    def length(content: bytes, times: int) -> int:
        asked.append((content, times))
        return len(content) * times

    long = b"x" * 100_000
    assert [length(b"ab", 2), length(b"ab", 2), length(b"ab", 3), length(long, 1), length(long, 1)] == [
        4, 4, 6, 100_000, 100_000,
    ]  # fmt: skip
    assert asked == [(b"ab", 2), (b"ab", 3), (long, 1)]


def test_two_dockerfiles_and_all_rules_parse_a_module_twice_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "Dockerfile").write_text(BASE)
        (folder / "app.py").write_text(f"import plain\n{SOURCE}")
        (folder / "plain.py").write_text("x = 1  # never asked for more than its names\n")
    parsed: Counter[str] = Counter()
    parse = ast.parse

    def counted(source: bytes, *rest: object, **named: object) -> ast.Module:
        parsed[source.decode().partition("\n")[0]] += 1
        return parse(source, *rest, **named)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(ast, "parse", counted)
    words = [str(tmp_path / name / "Dockerfile") for name in ("one", "two")]
    report = check(Request(words, {"as-of": "2026-11-23"}, isolated=True)).report
    assert report.errors == ()
    # Its imports, with the target's grammar; and its calls, where it mentions a word that a rule looks for.
    assert parsed == {"import plain": 2, "x = 1  # never asked for more than its names": 1}
