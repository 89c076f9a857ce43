"""Source lines with their span marked."""

import time

from hypothesis import given
from hypothesis import strategies as st

from lambda_image_lint.finding import Span
from lambda_image_lint.report.excerpt import Row, excerpt, marked, split_at_mark


def test_carets_stand_under_the_span() -> None:
    assert list(excerpt(["FROM x", "CMD app.handler"], Span(2, 5, 2, 16), 0)) == [
        Row(2, "CMD app.handler", "    ^^^^^^^^^^^")
    ]


def test_an_empty_span_has_one_caret() -> None:
    assert marked("CMD x", Span(1, 5, 1, 5), 80) == ("CMD x", "    ^")


def test_tabs_become_cells_and_wide_characters_take_two() -> None:
    assert marked("\tRUN\tx", Span(1, 6, 1, 7), 80) == ("    RUN x", "        ^")
    assert marked("COPY 包/ ./", Span(1, 6, 1, 8), 80) == ("COPY 包/ ./", "     ^^^")
    assert marked("e\u0301x", Span(1, 3, 1, 4), 80) == ("e\u0301x", " ^")


def test_control_characters_are_shown_as_escapes_and_counted_so() -> None:
    assert marked("\x1b[31mX", Span(1, 6, 1, 7), 80) == ("\\x1b[31mX", "        ^")


def test_a_long_line_is_cut_around_the_span() -> None:
    text, mark = marked("a" * 100 + "BAD" + "c" * 100, Span(1, 101, 1, 104), 40)
    assert text == "…" + "a" * 12 + "BAD" + "c" * 23 + "…"
    assert mark == " " * 13 + "^^^"


def test_a_megabyte_in_one_line_is_cut_before_it_is_looked_at() -> None:
    text, mark = marked("x" * 1_000_000 + "BAD", Span(1, 1_000_001, 1, 1_000_004), 60)
    assert text.endswith("BAD")
    assert text[mark.index("^") :] == "BAD"


def test_a_span_of_ten_megabytes_is_looked_at_where_it_begins() -> None:
    before = time.process_time()
    text, mark = marked("RUN " + "x" * 10_000_000, Span(1, 1, 1, 10_000_005), 60)
    # Each character of it would take seconds.
    assert time.process_time() - before < 0.5
    assert text == "RUN " + "x" * 54 + "…"
    assert mark == "^" * 58


def test_of_a_span_of_many_lines_the_first_are_shown() -> None:
    lines = ["RUN a && \\", "  b && \\", "  c && \\", "  d", "CMD x"]
    assert list(excerpt(lines, Span(1, 1, 4, 4), 0)) == [
        Row(1, "RUN a && \\", inside=True),
        Row(2, "  b && \\", inside=True),
        Row(3, "  c && \\", inside=True),
        Row(None, "… to line 4", inside=True),
    ]


def test_a_span_outside_the_text_shows_nothing() -> None:
    assert list(excerpt([], Span(1, 1, 1, 2), 0)) == []
    assert list(excerpt(["x"], Span(7, 1, 7, 2), 0)) == []


lines = st.text(alphabet="ab \t包\u0301\x1b\udcff", min_size=1, max_size=80)


@given(lines, st.integers(1, 90), st.integers(0, 90), st.integers(20, 50))
def test_no_line_is_wider_than_asked_and_its_parts_make_it_up(line: str, column: int, length: int, width: int) -> None:
    text, mark = marked(line, Span(1, column, 1, column + length), width)
    narrow = len(text.encode("utf-16-le", "surrogatepass")) // 2
    assert narrow <= width or not text.isascii()
    assert len(mark) <= width + 1
    assert mark.strip(" ") == "^" * mark.count("^") != ""
    assert "".join(split_at_mark(Row(1, text, mark))) == text
