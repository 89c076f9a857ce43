"""chmod's two languages, and who owns what."""

import pytest

from lambda_image_lint.answer import Unknown
from lambda_image_lint.finding import Span, TextPlace
from lambda_image_lint.function.known import KnownFile
from lambda_image_lint.function.model import Kind
from lambda_image_lint.function.modes import chmod, chown, copy_chown, new_mode

PLACE = TextPlace(Span(1, 1, 1, 2))


@pytest.mark.parametrize(
    ("written", "before", "after"),
    [
        ("755", 0o600, 0o755), ("0644", 0o777, 0o644), ("4755", 0, 0o4755), ("7", 0o777, 0o7),
        ("+x", 0o644, 0o755), ("a+x", 0o600, 0o711), ("u+x", 0o644, 0o744), ("go-rwx", 0o755, 0o700),
        ("u=rwx,go=rx", 0, 0o755), ("o=", 0o777, 0o770), ("a+rX", 0o600, 0o644), ("a+rX", 0o700, 0o755),
        ("g=u", 0o640, 0o660), ("+t", 0o755, 0o1755), ("u+s", 0o755, 0o4755), ("a-w", 0o777, 0o555), ("+w", 0o444, 0o644),
    ],
)  # fmt: skip
def test_a_mode_changes_as_chmod_changes_it(written: str, before: int, after: int) -> None:
    assert new_mode(written, before, is_directory=False) == after


def test_a_capital_x_opens_every_directory() -> None:
    assert new_mode("a+rX", 0o600, is_directory=True) == 0o755


@pytest.mark.parametrize("written", ["$MODE", "rwx", "999999", "8", "u*x"])
def test_what_is_no_mode_is_not_guessed(written: str) -> None:
    assert new_mode(written, 0o644, is_directory=False) is None


def made(mode: int | Unknown = 0o644) -> KnownFile:
    return KnownFile("/a", Kind.FILE, mode, 0, 0, 0, PLACE)


def test_a_number_makes_an_unknown_mode_known_and_a_letter_does_not() -> None:
    unknown = Unknown("copied from elsewhere")
    assert chmod("755", PLACE)(made(unknown)).mode == 0o755
    assert chmod("+x", PLACE)(made(unknown)).mode == unknown
    assert isinstance(chmod("$MODE", PLACE)(made()).mode, Unknown)


@pytest.mark.parametrize(
    ("written", "uid", "gid"), [("993", 993, 0), ("993:990", 993, 990), (":990", 0, 990), ("root:root", 0, 0)]
)
def test_owners_by_number(written: str, uid: int, gid: int) -> None:
    changed = chown(written, PLACE)(made())
    assert (changed.uid, changed.gid) == (uid, gid)


def test_copy_gives_the_group_the_number_of_the_user() -> None:
    changed = copy_chown("1000", PLACE)(made())
    assert (changed.uid, changed.gid) == (1000, 1000)


def test_a_name_is_known_to_the_image_alone() -> None:
    assert isinstance(chown("app", PLACE)(made()).uid, Unknown)
