"""Any text in, no exception out: spans lie inside the text, and say what they cover."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_image_lint.dockerfile import parse
from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.dockerfile.variables import Variables
from lambda_image_lint.finding import Span

FRAGMENTS = [
    "FROM a", " AS b", "RUN ", "COPY ", "ENV ", "ARG ", "CMD ", "ONBUILD ", "HEALTHCHECK CMD ", "LABEL ", "SHELL ", "--from=b", "--x", "\\\n", "`\n",
    "\n", "\r\n", "<<EOF", "<<-'E'", "EOF\n", "\tE\n", "# escape=`\n", "# check=skip=all\n", "# c\n", '["a", "b"]', "[", "]", '"', "'", "$A", "${A:-b}", "${",
    "}", "=", " ", "\t", "é", "\udcff", "\0", "\ufeff", "\x85", "\u2028", "\v", "&&", "|", "(", ")", "$(", "if a; then ", "sh -c ", "sudo ", "; ", "> x ", "\\",
]  # fmt: skip
dockerfiles = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=4), max_size=30).map("".join)


def all_spans(dockerfile: Dockerfile) -> Iterator[Span]:
    variables = Variables(dockerfile)
    yield from (one.span for one in dockerfile.comments)
    yield from (one.span for one in dockerfile.problems)
    yield from (one.span for one in dockerfile.stages)
    for instruction in dockerfile.instructions:
        yield from (instruction.span, instruction.keyword_span, instruction.value_span)
        for parts in (instruction.words, instruction.flags, instruction.pairs, instruction.heredocs):
            yield from (part.span for part in parts)
        yield from (use.span for use in variables.uses(instruction))
        for command in instruction.shell:
            yield command.span
            yield from (word.span for word in command.words)


@settings(max_examples=300, deadline=None)
@given(dockerfiles)
def test_spans_lie_inside_the_text_and_cover_what_they_say(text: str) -> None:
    dockerfile = parse(text)
    for span in all_spans(dockerfile):
        assert (1, 1) <= (span.line, span.column) <= (span.end_line, span.end_column)
        start = dockerfile.source.offset(span.line, span.column)
        end = dockerfile.source.offset(span.end_line, span.end_column)
        assert dockerfile.source.span(start, end) == span
    for instruction in dockerfile.instructions:
        assert dockerfile.span_text(instruction.span) == instruction.raw
        assert (
            dockerfile.span_text(instruction.keyword_span).replace("\r", "").upper().startswith(instruction.keyword[:1])
        )
        assert [dockerfile.span_text(word.span) for word in instruction.words] == [
            word.raw for word in instruction.words
        ]


@settings(max_examples=300, deadline=None)
@given(dockerfiles)
def test_instructions_stand_in_order_and_leave_only_comments_and_blanks_out(text: str) -> None:
    dockerfile = parse(text)
    covered: set[int] = set()
    for instruction in dockerfile.instructions:
        lines = set(range(instruction.span.line, instruction.span.end_line + 1))
        assert not covered & lines
        covered |= lines
    for number in range(1, dockerfile.text.count("\n") + 2):
        content = dockerfile.line_text(number).strip(" \t\v\f\r\x85\xa0\u2028\u2029\u3000")
        if number not in covered and content:
            assert content.startswith("#") or not content.strip()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_come_back(raw: bytes) -> None:
    dockerfile = parse(raw)
    text = ("\ufeff" if dockerfile.bom else "") + dockerfile.text
    assert text.encode("utf-8", "surrogateescape") == raw


HOSTILE = {
    "one line of 10 MB": "'FROM a\\nRUN ' + 'x y ' * 2_500_000",
    "one ENV of 10 MB": "'FROM a\\nENV ' + 'A=b ' * 2_500_000",
    "one JSON of 10 MB": "'FROM a\\nCMD [' + '\"a\",' * 2_500_000 + '\"b\"]'",
    "one line of heredocs": "'FROM a\\nRUN ' + '<<EOF ' * 1_500_000",
    "10 MB of NUL": "'\\0' * 10_000_000",
    "three million empty lines": "'FROM a' + '\\n' * 3_000_000",
    "50,000 empty lines of continuation": "'FROM a\\nRUN x' + ' \\\\\\n' * 50_000 + 'y'",
    "50,000 lines of continuation": "'FROM a\\nRUN x' + ' \\\\\\n && y' * 50_000",
    "nested JSON": "'FROM a\\nCMD ' + '[' * 60_000",
    "nested defaults": "'FROM a\\nCOPY x ' + '${A:-' * 12_000",
    "bytes that are not UTF-8": "b'\\xff\\xfe ' * 3_000_000",
}
_PROGRAM = """
import resource
from lambda_image_lint.dockerfile import parse
from lambda_image_lint.dockerfile.variables import Variables
dockerfile = parse({text})
dockerfile.problems
variables = Variables(dockerfile)
for one in dockerfile.instructions:
    one.words, one.span, one.shell, variables.uses(one)
usage = resource.getrusage(resource.RUSAGE_SELF)
# Not its ru_maxrss: that includes what the parent had before it became this program.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(usage.ru_utime + usage.ru_stime, peak.split()[1])
"""


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_cost_less_than_two_seconds_and_200_megabytes(text: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(text=text)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    seconds, kibibytes = map(float, done.stdout.split())
    assert seconds < 2
    assert kibibytes < 200 * 1024
