"""The examples of all rules' pages, mended by all rules at once."""

from itertools import islice

import pytest

from lambda_image_lint.engine.page import Case
from tests.fix.fragments import FILES
from tests.fix.mending import mend_text, mended_cases, page_cases, problems

NEIGHBOURS = 2
"""Cases that each case is joined with: every pair would take a minute."""


def pairs() -> list[tuple[Case, Case]]:
    """Each case that a fix changes, with itself and those some way behind it."""
    cases = mended_cases()
    steps = islice(range(0, len(cases), max(1, len(cases) // NEIGHBOURS)), NEIGHBOURS)
    return [(case, cases[(index + step) % len(cases)]) for step in steps for index, case in enumerate(cases)]


def check_mending(text: str, files: dict[str, str]) -> None:
    mending = mend_text(text, files)
    assert mending.left.failures == ()
    assert mending.gained == []
    assert problems(mending.after) <= problems(text)
    again = mend_text(mending.after, mending.files)
    assert (again.after, again.files) == (mending.after, mending.files)


@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_each_example_is_mended_by_all_rules_without_a_new_finding(ending: str) -> None:
    for case in page_cases():
        check_mending(case.input.text.replace("\n", ending), dict(case.files))


def test_fixes_of_two_examples_in_one_file_compose() -> None:
    for first, second in pairs():
        check_mending(first.input.text + second.input.text, {**first.files, **second.files})


def test_an_example_is_mended_alike_with_and_without_its_last_line_end() -> None:
    for case in mended_cases():
        whole = mend_text(case.input.text, case.files).after
        assert mend_text(case.input.text.removesuffix("\n"), case.files).after.rstrip("\n") == whole.rstrip("\n")


def test_a_comment_that_lost_its_mark_moves_with_the_copy_below_it() -> None:
    text = (
        "FROM public.ecr.aws/lambda/python:3.13\n"
        "Copy function code\n"
        "COPY app.py ${LAMBDA_TASK_ROOT}\n"
        "COPY requirements.txt ./\n"
        "RUN pip install --no-cache-dir -r requirements.txt\n"
        'CMD ["app.handler"]\n'
    )
    assert mend_text(text, FILES).after == (
        "FROM public.ecr.aws/lambda/python:3.13\n"
        "COPY requirements.txt ./\n"
        "RUN pip install --no-cache-dir -r requirements.txt\n"
        "# Copy function code\n"
        "COPY app.py ${LAMBDA_TASK_ROOT}\n"
        'CMD ["app.handler"]\n'
    )
