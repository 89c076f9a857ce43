"""Mending: fixes laid over a text pass by pass, each pass linted again and refused where it makes a new finding."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from lambda_image_lint.engine.result import Result
from lambda_image_lint.engine.run import Outcome
from lambda_image_lint.finding import Applicability, Edit
from lambda_image_lint.fix.text import apply, choose

PASSES = 20
"""More than fixes ever need to settle: a bound, so that two that undo each other end."""

Texts = Mapping[str | None, str]
"""Path in the build context → text; None is the Dockerfile itself."""


class Mended(Struct, frozen=True):
    """What the fixes made."""

    texts: Texts
    """Those that changed."""
    outcome: Outcome
    """Of the last lint."""
    fixed: int
    """How many findings are gone by a fix."""


def mend(
    texts: Texts,
    outcome: Outcome,
    lint: Callable[[Texts], Outcome],
    read: Callable[[str], str],
    *,
    level: Applicability,
    newline: str = "\n",
) -> Mended:
    """Apply every fix of at least `level` until none is left.

    `lint` runs over changed texts; `read` gives the text of a context file before any change, empty where there is none.
    A pass that gains a finding, or leaves one that it fixes, is tried again one fix at a time, and the fixes that do so are
    left out for good.
    """
    current = dict(texts)
    refused: set[str] = set()
    fixed = 0
    for _ in range(PASSES):
        wanted = [result for result in outcome.results if _wanted(result, level) and result.fingerprint not in refused]
        for result in wanted:
            for edit in _edits(result):
                if edit.path not in current:
                    current[edit.path] = read(edit.path or "")
        picked = [wanted[index] for index in choose([_edits(result) for result in wanted], current)]
        if not picked:
            break
        step = _step(current, picked, lint, newline)
        if _harms(picked, outcome, step[1]):
            kept: list[Result] = []
            for result in picked:
                trial = _step(current, [*kept, result], lint, newline)
                if _harms([result], outcome, trial[1]):
                    refused.add(result.fingerprint)
                else:
                    kept.append(result)
            picked = kept
            step = _step(current, picked, lint, newline)
        if step[0] == current:
            break
        current, outcome = step
        fixed += len(picked)
    before = dict(texts)
    changed = {path: text for path, text in current.items() if text != before.get(path, None if path else "")}
    return Mended({path: text for path, text in changed.items() if path is None or text != read(path)}, outcome, fixed)


def _wanted(result: Result, level: Applicability) -> bool:
    fix = result.finding.fix
    return fix is not None and fix.applicability >= level and result.counts and bool(fix.edits)


def _edits(result: Result) -> Sequence[Edit]:
    return result.finding.fix.edits if result.finding.fix else ()


def _step(
    current: Mapping[str | None, str], picked: Sequence[Result], lint: Callable[[Texts], Outcome], newline: str
) -> tuple[dict[str | None, str], Outcome]:
    texts = dict(current)
    edits: dict[str | None, list[Edit]] = {}
    for result in picked:
        for edit in _edits(result):
            edits.setdefault(edit.path, []).append(edit)
    for path, group in edits.items():
        texts[path] = apply(texts[path], group, newline if path is None else "\n")
    return texts, lint(texts)


def _harms(picked: Sequence[Result], before: Outcome, after: Outcome) -> bool:
    """Whether a rule finds more than it did, a fix was in vain, or something went wrong that did not before."""
    old, new = _counts(before), _counts(after)
    if len(after.failures) > len(before.failures) or any(count > old[rule] for rule, count in new.items()):
        return True
    left = {result.identity for result in after.results if result.counts}
    # Of several equal findings the last is gone where the first was mended: then there are fewer.
    return any(result.identity in left and new[result.rule.name] == old[result.rule.name] for result in picked)


def _counts(outcome: Outcome) -> Counter[str]:
    return Counter(result.rule.name for result in outcome.results if result.counts)
