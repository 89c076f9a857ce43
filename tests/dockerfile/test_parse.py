"""What `parse` makes of a text: spans, words, flags, heredocs, stages, comments."""

import subprocess
import sys

import pytest

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile import parse
from lambda_image_lint.dockerfile.model import Checks, Dockerfile, Form
from lambda_image_lint.finding import Span


def lines(dockerfile: Dockerfile) -> list[tuple[str, int, int]]:
    return [(one.keyword, one.span.line, one.span.end_line) for one in dockerfile.instructions]


def test_spans_are_exact_across_continuations_and_comments() -> None:
    text = "FROM a\nCOPY --from=b --chown=1:2 \\\n  # why\n  x.py \\\n\n  /é/ \n"
    copy = parse(text).instructions[1]
    assert copy.span == Span(2, 1, 6, 6)
    assert copy.keyword_span == Span(2, 1, 2, 5)
    assert copy.blank_lines == (5,)
    assert [(word.text, word.span) for word in copy.words] == [("x.py", Span(4, 3, 4, 7)), ("/é/", Span(6, 3, 6, 6))]
    assert [(flag.name, flag.value, flag.span) for flag in copy.flags] == [
        ("from", "b", Span(2, 6, 2, 14)),
        ("chown", "1:2", Span(2, 15, 2, 26)),
    ]
    assert copy.value == "x.py   /é/"
    assert [word.text for word in copy.sources] == ["x.py"]
    assert copy.destination is not None
    assert copy.destination.text == "/é/"


def test_heredocs_belong_to_their_instruction_and_are_no_instructions() -> None:
    text = 'FROM a\nCOPY <<-"A" <<B /x/\n\tone $V\n\tA\nUSER root\nB\nCMD ["x"]\n'
    dockerfile = parse(text)
    assert lines(dockerfile) == [("FROM", 1, 1), ("COPY", 2, 6), ("CMD", 7, 7)]
    first, second = dockerfile.instructions[1].heredocs
    assert (first.name, first.expand, first.strip_tabs, first.body) == ("A", False, True, "one $V\n")
    assert (second.name, second.expand, second.strip_tabs, second.body) == ("B", True, False, "USER root\n")
    assert (first.span, second.span) == (Span(3, 1, 4, 3), Span(5, 1, 6, 2))


def test_pairs_keep_quotes_in_the_raw_value_and_name_their_places() -> None:
    env = parse('FROM a\nENV A=1 B="x y" \\\n  C=z\\ w\nENV OLD  one two\n').instructions
    assert [(pair.name, pair.value, pair.raw_value) for pair in env[1].pairs] == [
        ("A", "1", "1"),
        ("B", "x y", '"x y"'),
        ("C", "z w", "z\\ w"),
    ]
    assert [pair.value_span for pair in env[1].pairs] == [Span(2, 7, 2, 8), Span(2, 11, 2, 16), Span(3, 5, 3, 9)]
    assert [(pair.name, pair.value, pair.span) for pair in env[2].pairs] == [("OLD", "one two", Span(4, 5, 4, 17))]


def test_an_exec_form_has_words_where_they_stand() -> None:
    cmd = parse('FROM a\nCMD [ "a b", \\\n  "c\\"d" ]\n').instructions[1]
    assert cmd.form is Form.EXEC
    assert [(word.text, word.raw, word.span) for word in cmd.words] == [
        ("a b", '"a b"', Span(2, 7, 2, 12)),
        ('c"d', '"c\\"d"', Span(3, 3, 3, 9)),
    ]


def test_onbuild_and_healthcheck_hold_an_instruction() -> None:
    onbuild, check = parse('FROM a\nONBUILD COPY --from=b x y\nHEALTHCHECK --retries=2 CMD ["c"]\n').instructions[1:]
    assert onbuild.inner is not None
    assert (onbuild.inner.keyword, [word.text for word in onbuild.inner.words]) == ("COPY", ["x", "y"])
    assert onbuild.inner.span == Span(2, 9, 2, 26)
    assert check.inner is not None
    assert (check.inner.form, [word.text for word in check.inner.words]) == (Form.EXEC, ["c"])


def test_stages_know_their_base_platform_and_who_is_needed() -> None:
    dockerfile = parse(
        "ARG V=3.12\nARG W\nFROM python:${V} AS base\nFROM --platform=linux/arm64 base AS deps\nFROM x:$W AS unused\n"
        "FROM base\nCOPY --from=deps /a /b\nRUN --mount=type=bind,from=1,target=/x ls\n"
    )
    assert [(one.name, one.base_resolved, one.base_stage) for one in dockerfile.stages[:2]] == [
        ("base", "python:3.12", None),
        ("deps", "base", 0),
    ]
    assert isinstance(dockerfile.stages[2].base_resolved, Unknown)
    assert [one.platform for one in dockerfile.stages] == [None, "linux/arm64", None, None]
    assert [one.index for one in dockerfile.needed_stages()] == [0, 1, 3]
    assert [one.index for one in dockerfile.stage_chain(dockerfile.stages[3])] == [0, 3]


def test_the_target_is_the_final_stage_and_one_that_is_not_there_is_told() -> None:
    text = "FROM a AS One\nFROM b\n"
    by_name, by_number, missing = (parse(text, target=target) for target in ("one", "1", "two"))
    assert by_name.final is by_name.stages[0]
    assert by_number.final is by_number.stages[1]
    assert missing.final is None
    assert [problem.kind for problem in missing.problems] == ["unknown-target"]


def test_build_arguments_go_before_defaults() -> None:
    stage = parse("ARG V=1\nFROM a:$V\n", build_args={"V": "2"}).stages[0]
    assert (stage.base, stage.base_resolved) == ("a:$V", "a:2")


def test_a_stage_inherits_the_shell_of_the_stage_below() -> None:
    dockerfile = parse('FROM a AS b\nSHELL ["/bin/bash", "-c"]\nFROM b\nRUN x\nFROM a\nRUN y\n')
    shells = [one.shell_words[0] for one in dockerfile.all("RUN")]
    assert shells == ["/bin/bash", "/bin/sh"]


def test_directives_and_comments_are_told_apart() -> None:
    text = "# syntax=docker/dockerfile:1\n# check=skip=A, B;error=true\n# note\nFROM a\nRUN x \\\n  # inside\n  y\n"
    dockerfile = parse(text)
    assert dockerfile.syntax == "docker/dockerfile:1"
    assert dockerfile.checks == Checks(("A", "B"), True)
    assert [(one.text, one.directive, one.inside) for one in dockerfile.comments] == [
        ("# syntax=docker/dockerfile:1", True, None),
        ("# check=skip=A, B;error=true", True, None),
        ("# note", False, None),
        ("# inside", False, 1),
    ]


def test_line_endings_byte_order_mark_and_stray_bytes_survive() -> None:
    raw = b"\xef\xbb\xbfFROM a\r\nLABEL x=\xff\r\n"
    dockerfile = parse(raw)
    assert (dockerfile.bom, dockerfile.newline) == (True, "\r\n")
    assert ("\ufeff" + dockerfile.text).encode("utf-8", "surrogateescape") == raw
    assert dockerfile.line_text(1) == "FROM a"
    assert dockerfile.span_text(dockerfile.instructions[1].span) == "LABEL x=\udcff"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("FROM a\nFORM b\n", [("unknown-instruction", 2, "Did you mean FROM?")]),
        ("FROM a\nRUN <<EOF\nx\n", [("unterminated-heredoc", 3, "Add a line EOF")]),
        ("# escape=`\n# escape=`\nFROM a\n", [("duplicate-directive", 2, "Keep one of them")]),
        ("RUN x\nFROM a\n", [("missing-from", 1, "Begin with FROM")]),
        ("FROM a\nUSER\n", [("argument-count", 2, "")]),
        ("FROM a b\n", [("argument-count", 1, "")]),
        ("FROM a\nENV A\n", [("invalid-pair", 2, "Write A=VALUE; a value with blanks needs quotes")]),
        ("FROM a\nCMD [1]\n", [("json-not-strings", 2, "Put each of its words between double quotes")]),
        ("FROM a\nUSER --x y\n", [("unknown-flag", 2, "It takes no flags")]),
        ("FROM a\nCOPY --from b c\n", [("flag-value", 2, "Write --from=VALUE"), ("argument-count", 2, "")][:1]),
        ("FROM a\nRUN --network=bridge x\n", [("flag-value", 2, "")]),
        ("FROM a\nRUN --network=none --security=insecure x\n", []),
        ("FROM a\nHEALTHCHECK --interval=5min CMD x\n", [("flag-value", 2, "")]),
        ("FROM a\nHEALTHCHECK --interval=1.5m30s --timeout=0 --retries=3 CMD x\n", []),
        ("FROM a\nHEALTHCHECK --retries=three CMD x\n", [("flag-value", 2, "")]),
        ("FROM a\nCOPY b <<EOF\nx\nEOF\n", [("heredoc-destination", 2, "Write the heredoc before it")]),
        ("FROM a\nCOPY <<EOF b\nx\nEOF\n", []),
        ("FROM a\nLABEL \"b c\"\n", [("invalid-substitution", 2, "")]),
        ("FROM a AS \"b\"\n", [("invalid-stage-name", 1, "Begin it with a letter; letters, digits, dots, dashes and underscores may follow")]),
        ("FROM a AS 1\n", [("invalid-stage-name", 1, "Begin it with a letter; letters, digits, dots, dashes and underscores may follow")]),
        ("FROM a\nONBUILD FROM b\n", [("invalid-onbuild", 2, "")]),
        ("FROM a\nENV A=${B\n", [("invalid-substitution", 2, "")]),
        ("", [("empty", 1, "")]),
        ("# only\n", [("empty", 1, "")]),
        ("FROM a\n" + "#" + "x" * 65_535 + "\n", [("line-too-long", 2, "Break it")]),
        ("FROM a\n" + "#" + "x" * 65_534 + "\n", []),
    ],
)  # fmt: skip
def test_what_docker_refuses_is_told_at_its_line(text: str, told: list[tuple[str, int, str]]) -> None:
    assert [(one.kind, one.span.line, one.hint) for one in parse(text).problems] == told


def test_behind_a_bad_line_the_rest_is_still_read() -> None:
    dockerfile = parse("FROM a\nBOGUS\nFROM b\nCMD [1]\nUSER x\n")
    assert lines(dockerfile) == [("FROM", 1, 1), ("BOGUS", 2, 2), ("FROM", 3, 3), ("CMD", 4, 4), ("USER", 5, 5)]
    assert [one.kind for one in dockerfile.problems] == ["unknown-instruction", "json-not-strings"]


GARBLED = """\
FROM public.ecr.aws/lambda/python:3.12
Copy function code
COPY app.py ${LAMBDATASKROOT}
COPY requirements.txt ${LAMBDATASKROOT}
install dependencies
RUN pip3 install --user -r requirements.txt
Set the CMD to your handler
CMD [ "app.lambda_handler" ]
"""


def test_sentences_that_lost_their_comment_mark_are_told_even_behind_a_keyword() -> None:
    dockerfile = parse(GARBLED)
    assert [(one.kind, one.span.line, one.hint) for one in dockerfile.problems] == [
        ("unknown-instruction", 2, "Put a # before it: it is a comment"),
        ("unknown-instruction", 5, "It reads like a comment: put a # before it"),
        ("unknown-instruction", 7, "It reads like a comment: put a # before it"),
    ]
    assert [one.span.line for one in dockerfile.all("COPY")] == [3, 4]
    assert [one.span.line for one in dockerfile.stages[0].instructions] == [1, 3, 4, 6, 8]


@pytest.mark.parametrize(
    "text",
    [
        "from a\ncopy function code\nrun make install\n",
        "From a\nCopy app dist\nRun make install\n",
        "FROM a\nRUN x\nCopy app.py dist/\n",
        "FROM a\nRUN x\nRun make install\n",
        "FROM a\nRUN x\ncopy app dist\n",
    ],
)
def test_odd_casing_alone_makes_no_sentence(text: str) -> None:
    assert parse(text).problems == ()


def test_parsing_loads_no_grammar_and_nothing_heavy() -> None:
    program = (
        "import sys; from lambda_image_lint.dockerfile import parse; "
        "d = parse('FROM a\\nRUN x\\nCMD [\"b\"]'); d.problems; "
        "print(sorted({'tree_sitter', 'docker', 'asyncio', 'requests', 'difflib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
