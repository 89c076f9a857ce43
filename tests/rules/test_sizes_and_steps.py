"""Sizes and steps of a history, as messages show them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_image_lint.rulekit.history import build_arguments, shown_step
from lambda_image_lint.rulekit.sizes import read_size, shown_size


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1.0 KiB"),
        (432_433_561, "412.4 MiB"),
        (10 * 2**30, "10.0 GiB"),
    ],
)
def test_sizes_are_shown_in_binary_units(size: int, shown: str) -> None:
    assert shown_size(size) == shown


@pytest.mark.parametrize(
    ("text", "size"),
    [("2GiB", 2 * 2**30), ("50MB", 50_000_000), ("1.5 kib", 1536), (" 17 ", 17), ("8b", 8), ("0", 0)],
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert read_size(text) == size


@pytest.mark.parametrize("text", ["", "GiB", "2 gigs", "-1", "1e3", "١MB", "1 2", "2GiBB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no size like"):
        read_size(text)


@given(st.integers(min_value=0, max_value=2**50))
def test_a_shown_size_reads_back_within_its_last_digit(size: int) -> None:
    shown = shown_size(size).removesuffix("ytes").removesuffix("yte")
    assert abs(read_size(shown) - size) <= max(size * 0.05, 0)


@pytest.mark.parametrize(
    ("created_by", "shown"),
    [
        ("/bin/sh -c #(nop) COPY file:abc in /x", "COPY file:abc in /x"),
        ('/bin/sh -c #(nop)  CMD ["a"]', 'CMD ["a"]'),
        ("COPY . . # buildkit", "COPY . ."),
        ("RUN /bin/sh -c pip  install\n x # buildkit", "RUN pip install x"),
        ("RUN |1 A=b c /bin/bash -eo pipefail -c echo a", "RUN echo a"),
        ("|1 TOKEN=abcd1234 /bin/sh -c make", "RUN make"),
        ("bazel build //app", "bazel build //app"),
        ("", ""),
        ("RUN " + "x" * 100, "RUN " + "x" * 55 + "…"),
        ("ENV API_TOKEN=Zq8v-Kd93hLmX2p7", "ENV API_TOKEN=Zq8v****"),
    ],
)
def test_a_step_is_shown_in_the_words_of_a_dockerfile(created_by: str, shown: str) -> None:
    assert shown_step(created_by) == shown


@pytest.mark.parametrize(
    ("created_by", "arguments"),
    [
        ("RUN |2 A=b TOKEN=c d /bin/sh -c npm ci # buildkit", "A=b TOKEN=c d"),
        ("|1 A=b /usr/bin/bash -c x", "A=b"),
        ("RUN |1 A=b cmd /S /C dir", "A=b cmd /S /C dir"),
        ("RUN /bin/sh -c echo '|1 A=b'", ""),
        ("", ""),
    ],
)
def test_build_arguments_are_those_before_the_shell(created_by: str, arguments: str) -> None:
    assert build_arguments(created_by) == arguments


@given(st.text(alphabet="|12 =/binsh-cRUNA\n", max_size=200))
def test_any_step_can_be_shown_on_one_line(created_by: str) -> None:
    shown = shown_step(created_by)
    assert len(shown) <= 60
    assert "\n" not in shown
    assert isinstance(build_arguments(created_by), str)
