"""Whatever a Dockerfile holds, its fixes neither fail nor break it, and they leave the rest as it was."""

from collections import Counter

from hypothesis import example, given
from hypothesis import settings as effort

from lambda_image_lint.dockerfile import parse
from tests.fix.fragments import FILES, dockerfiles
from tests.fix.mending import comments, lint_text, mend_text, problems


@effort(max_examples=60, deadline=None)
@example("FROM scratchCOPY x ${LAMBDA_TASK_ROOT}\n")
@given(dockerfiles)
def test_fixes_end_without_a_crash_a_new_finding_or_a_new_problem_and_a_second_run_changes_nothing(text: str) -> None:
    mending = mend_text(text, FILES)
    assert mending.left.failures == ()
    assert mending.gained == []
    # A file that is one lost comment and nothing else holds no instruction once the comment has its #.
    assert problems(mending.after) - Counter(empty=1) <= problems(text)
    again = mend_text(mending.after, mending.files)
    assert again.after == mending.after
    assert again.files == mending.files


@effort(max_examples=30, deadline=None)
@given(dockerfiles)
def test_fixes_keep_the_byte_order_mark_line_ends_comments_and_undecodable_bytes(text: str) -> None:
    mending = mend_text(text, FILES)
    before, after = parse(text), parse(mending.after)
    assert after.bom == before.bom
    kept = Counter(
        {comment: count for comment, count in comments(before).items() if "lint-image:" not in comment}
    )  # ignores that hide nothing are deleted
    assert kept <= comments(after)
    assert surrogates(mending.after) == surrogates(text)
    if "\n" in text and "\n" not in text.replace("\r\n", ""):
        assert "\n" not in mending.after.replace("\r\n", "")


@effort(max_examples=25, deadline=None)
@given(dockerfiles)
def test_fingerprints_are_unique_in_a_report_and_survive_a_shift_of_lines(text: str) -> None:
    results = lint_text(text, FILES).results
    marks = [result.fingerprint for result in results]
    assert len(set(marks)) == len(marks)
    if not text.startswith("\ufeff") and not parse(text).directives:
        shifted = lint_text(f"# A comment above all\n\n{text}", FILES).results
        assert sorted(result.fingerprint for result in shifted) == sorted(marks)


def surrogates(text: str) -> Counter[str]:
    """Bytes that are not UTF-8."""
    return Counter(character for character in text if "\ud800" <= character <= "\udfff")
