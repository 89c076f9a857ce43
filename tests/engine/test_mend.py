"""Mending: a fix that would do harm is refused, the others still have their turn, and what was refused is not offered."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.engine.mend import Mended, Texts, mend
from lambda_image_lint.engine.rule import Rule
from lambda_image_lint.engine.run import Outcome, lint
from lambda_image_lint.finding import Applicability, Edit, Finding, Fix, Severity
from lambda_image_lint.rulekit.edits import remove_instruction
from lambda_image_lint.settings import Settings
from lambda_image_lint.subjects import dockerfile_subject
from tests.commands import lint_image


def label_is_a(dockerfile: Dockerfile) -> Iterator[Finding]:
    for label in dockerfile.all("LABEL"):
        if label.value == "x=a":
            yield Finding("a", label.place, fix=Fix("c", (Edit(label.value_span, "x=c"),), Applicability.SAFE))


def label_is_there(dockerfile: Dockerfile) -> Iterator[Finding]:
    for label in dockerfile.all("LABEL"):
        fix = Fix("drop it", (remove_instruction(dockerfile, label),), Applicability.SAFE)
        yield Finding("there", label.place, fix=fix)


def label_is_c(dockerfile: Dockerfile) -> Iterator[Finding]:
    for label in dockerfile.all("LABEL"):
        if label.value == "x=c":
            yield Finding("c", label.place)


def context_file_is_missing(dockerfile: Dockerfile, context: Context) -> Iterator[Finding]:
    if context.find("made.txt") is None:
        edit = Edit(next(dockerfile.all("FROM")).span, "x=c\n", "made.txt")
        label = Edit(next(dockerfile.all("LABEL")).value_span, "x=c")
        yield Finding("missing", dockerfile.instructions[0].place, fix=Fix("m", (edit, label), Applicability.SAFE))


def made(id: str, severity: Severity, check: Callable[..., Iterator[Finding]]) -> Rule:
    return Rule(id, severity, check, sources=("own: test",), help="", aliases=(), opt_in=False)


A = made("LIL990", Severity.INFO, label_is_a)
THERE = made("LIL991", Severity.INFO, label_is_there)
C = made("LIL992", Severity.WARNING, label_is_c)
FILE = made("LIL993", Severity.INFO, context_file_is_missing)
TEXT = "FROM scratch\nLABEL x=a\n"


def run(rules: tuple[Rule, ...], texts: Texts) -> Outcome:
    files = {path: text.encode() for path, text in texts.items() if path is not None}
    subject = dockerfile_subject(
        texts[None], Settings(), name="Dockerfile", path="Dockerfile", context=lambda: Context.of(files)
    )
    return lint(subject, rules, Settings(), {rule.id: rule for rule in rules})


def mended(*rules: Rule, watched: tuple[Rule, ...] = ()) -> Mended:
    return mend(
        {None: TEXT},
        run(rules, {None: TEXT}),
        partial(run, rules),
        lambda path: "",
        level=Applicability.SAFE,
        watch=partial(run, watched) if watched else None,
    )


def offered(done: Mended) -> list[str]:
    return [result.rule.name for result in done.outcome.results if result.finding.fix]


def test_a_fix_that_waited_for_one_that_is_refused_has_its_turn() -> None:
    done = mended(A, THERE, C)
    assert (done.texts, done.fixed, done.outcome.results) == ({None: "FROM scratch\n"}, 1, ())


def test_a_refused_fix_is_not_offered_again() -> None:
    done = mended(A, C)
    assert (done.texts, done.fixed, len(done.refused)) == ({}, 0, 1)
    assert [result.rule.name for result in done.outcome.results] == ["label-is-a"]
    assert offered(done) == []


def test_a_fix_that_makes_what_is_worse_of_a_rule_that_was_not_selected_is_refused() -> None:
    assert mended(A).texts == {None: "FROM scratch\nLABEL x=c\n"}
    done = mended(A, watched=(C,))
    assert (done.texts, offered(done)) == ({}, [])


def test_a_fix_of_an_error_may_show_a_warning_that_it_hid() -> None:
    worse = made("LIL994", Severity.ERROR, label_is_a)
    assert mended(worse, watched=(C,)).texts == {None: "FROM scratch\nLABEL x=c\n"}


def test_a_file_whose_making_was_refused_is_still_missing() -> None:
    done = mended(FILE, A, C)
    assert done.texts == {}
    assert [result.rule.name for result in done.outcome.results] == ["label-is-a", "context-file-is-missing"]


RULES = """
from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Severity, rule
from lambda_image_lint.finding import Edit


@rule("XX{digit}", Severity.{severity}, sources=("own: test",))
def label_is_{letter}(dockerfile: Dockerfile):
    for label in dockerfile.all("LABEL"):
        if label.value == "x={letter}":
            edit = Edit(label.value_span, "x=c")
            yield Finding("{letter}", label.place, fix=Fix("c", (edit,), Applicability.SAFE))
"""


def test_the_command_refuses_what_a_rule_that_is_not_selected_finds_and_no_longer_counts_it(tmp_path: Path) -> None:
    folder = tmp_path / "rules" / "own"
    folder.mkdir(parents=True)
    for digit, letter, severity in (("901", "a", "INFO"), ("902", "c", "ERROR")):
        text = RULES.format(digit=digit, letter=letter, severity=severity)
        (folder / f"label_is_{letter}.py").write_text(text)
        (folder / f"label_is_{letter}.md").write_text("# Label\n")
    (tmp_path / "Dockerfile").write_text(TEXT)
    words = ("check", "--isolated", "-f", "json", "--rules", "rules", "--select", "label-is-a", "Dockerfile")
    assert lint_image(*words, cwd=tmp_path).report["summary"]["fixable"]["safe"] == 1
    done = lint_image(*words, "--fix", cwd=tmp_path)
    assert (tmp_path / "Dockerfile").read_text() == TEXT
    assert done.found == [("label-is-a", 2)]
    assert done.report["summary"]["fixable"]["safe"] == 0
