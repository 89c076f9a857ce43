"""Rule pages as tests: each case is run by the engine as a user's file would be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.engine import registry
from lambda_image_lint.engine.facts import Subject
from lambda_image_lint.engine.mend import Texts, mend
from lambda_image_lint.engine.page import Case, Page
from lambda_image_lint.engine.result import Result
from lambda_image_lint.engine.rule import Rule
from lambda_image_lint.engine.run import Outcome, lint
from lambda_image_lint.finding import Applicability, FilePlace, KeyPlace, Place, TextPlace
from lambda_image_lint.settings import Settings, load
from lambda_image_lint.subjects import dockerfile_subject, image_subject


@cache
def rules() -> Mapping[str, Rule]:
    """The built-in rules by id."""
    return registry.load()


@dataclass(frozen=True)
class Ran:
    """What a case gave."""

    findings: tuple[str, ...]
    fixed: Mapping[str, str]
    """File name → text, of those that the fixes changed."""
    failures: tuple[str, ...]


def cases() -> Iterator[tuple[Rule, Page, Case]]:
    """Every case of every page."""
    for rule in rules().values():
        if rule.page.exists():  # a missing page is the house tests' matter
            page = Page.read(rule.page)
            for case in page.cases:
                yield rule, page, case


def run(rule: Rule, case: Case) -> Ran:
    """Run the page's own rule over a case; a rule about ignores runs with all others, which it speaks of."""
    settings = settings_of(case, rule)
    if case.is_image:
        subject = image_case(case.input.text, settings)
        outcome = lint(subject, [rule], settings, rules())
        return Ran(_lines(outcome.results), {}, tuple(failure.message for failure in outcome.failures))
    return _run_dockerfile(rule, case, settings)


def settings_of(case: Case, rule: Rule) -> Settings:
    """The options in the case's heading, as on the command line."""
    values: dict[str, object] = {"as-of": "2026-11-23"}
    words = iter(case.options)
    for word in words:
        key, equals, value = word.removeprefix("--").partition("=")
        text = value if equals else next(words, "")
        if key in ("build-arg", "severity"):
            name, _, given = text.partition("=")
            values[key] = {**values.get(key, {}), name: given}  # type: ignore[dict-item]
        elif key == "option":
            name, _, given = text.partition("=")
            values["rules"] = {rule.name: {name: given}}
        else:
            values[key] = {"true": True, "false": False}.get(text, text)
    return load(None, values, isolated=True)


def image_case(recipe: str, settings: Settings) -> Subject:
    """The image of a recipe, read back through the same reader as any other."""
    from lambda_image_lint.function.wishes import WISHES
    from lambda_image_lint.image.sources.memory import image_of

    image = image_of(recipe, platform=settings.platform, arch=settings.arch, wishes=WISHES)
    return image_subject(image, settings, name="app:1")


def _run_dockerfile(rule: Rule, case: Case, settings: Settings) -> Ran:
    files = {path: text.encode() for path, text in case.files.items()}
    about_ignores = any(fact.__name__ == "Ignores" for fact, _ in rule.needs.values())
    chosen = [one for one in rules().values() if not one.opt_in or one is rule] if about_ignores else [rule]
    subjects: list[Subject] = []

    def run(texts: Texts) -> Outcome:
        overlay = {path: text.encode() for path, text in texts.items() if path is not None}
        context = Context.of({**files, **overlay})
        text = texts.get(None, case.input.text)
        subject = dockerfile_subject(text, settings, name="Dockerfile", path="Dockerfile", context=lambda: context)
        subjects.append(subject)
        outcome = lint(subject, chosen, settings, rules())
        mine = tuple(result for result in outcome.results if result.rule is rule)
        return Outcome(mine, outcome.not_run, outcome.failures)

    outcome = run({})
    dockerfile = subjects[0].get(Dockerfile)
    mended = mend(
        {None: dockerfile.text},
        outcome,
        run,
        lambda path: case.files.get(path, ""),
        level=Applicability.UNSAFE,
        newline=dockerfile.newline,
    )
    return Ran(
        _lines(outcome.results),
        {path or "Dockerfile": text for path, text in mended.texts.items()},
        tuple(failure.message for failure in (*outcome.failures, *mended.outcome.failures)),
    )


def _lines(results: Sequence[Result]) -> tuple[str, ...]:
    def order(result: Result) -> tuple[int, str]:
        place = result.finding.place
        return (place.span.line if isinstance(place, TextPlace) else 0), shown(place)

    return tuple(
        f"{shown(result.finding.place)}: {result.rule.name} {result.severity}: {result.finding.message}"
        for result in sorted(results, key=order)
        if result.counts
    )


def shown(place: Place) -> str:
    """A place as pages write it."""
    match place:
        case TextPlace(span=span, path=path):
            return str(span.line) if path in (None, "Dockerfile") else f"{path}:{span.line}"
        case KeyPlace(key=key):
            return key
        case FilePlace(file=file):
            return file


def rewrite(page_path: Path, expected: Mapping[int, Ran]) -> None:
    """Put what the cases gave into the page's fences; `expected` is by the case's input line.

    The prose and the inputs stay to the letter. A `findings` fence is made where there is none; a `fixed` fence too.
    """
    page = Page.read(page_path)
    lines = list(page.lines)
    for case in reversed(page.cases):
        ran = expected[case.input.first_line]
        blocks: list[str] = []
        for name, text in sorted(ran.fixed.items(), key=lambda item: item[0] != "Dockerfile"):
            if name in case.fixed:
                fence = case.fixed[name]
                lines[fence.first_line : fence.end_line] = text.rstrip("\n").split("\n")
            else:
                info = "dockerfile fixed" if name == "Dockerfile" else f"text {name} fixed"
                blocks += ["", f"```{info}", *text.rstrip("\n").split("\n"), "```"]
        if case.findings is not None:
            lines[case.findings.first_line : case.findings.end_line] = ran.findings
            after = case.findings.end_line - (case.findings.end_line - case.findings.first_line) + len(ran.findings)
        else:
            after = case.input.end_line
            blocks = ["", "```findings", *ran.findings, "```", *blocks]
        lines[after + 1 : after + 1] = blocks
    page_path.write_text("\n".join(lines), encoding="utf-8")
