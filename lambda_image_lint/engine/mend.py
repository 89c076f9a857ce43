"""Mending: fixes laid over a text pass by pass, each pass linted again and refused where it makes a new finding."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

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
    """Of the last lint; a refused fix is no longer offered in it."""
    fixed: int
    """How many findings are gone by a fix."""
    refused: frozenset[str] = frozenset()
    """Fingerprints of the findings whose fixes were refused."""


def mend(
    texts: Texts,
    outcome: Outcome,
    lint: Callable[[Texts], Outcome],
    read: Callable[[str], str],
    *,
    level: Applicability,
    newline: str = "\n",
    watch: Callable[[Texts], Outcome] | None = None,
) -> Mended:
    """Apply every fix of at least `level` until none is left.

    `lint` runs over changed texts; `read` gives the text of a context file before any change, empty where there is none.
    `watch` runs the rules that were not selected, which guard: a fix that makes a finding of theirs worse than the one that
    it mends is refused.
    A pass that gains a finding, or leaves one that it fixes, is tried again one fix at a time, and the fixes that do so are
    left out for good; what waited for them has its turn in the next pass.
    """
    original = dict(texts)
    current = dict(texts)
    refused: set[str] = set()
    fixed = passes = 0
    guarded: Outcome | None = None

    def look(at: Texts) -> _State:
        # A file that no fix has changed is not laid over: one that is not there would else be seen as an empty one.
        changed = {path: text for path, text in at.items() if path is None or text != original[path]}
        return _State(at, lint(changed), watch(changed) if watch is not None else None)

    while passes < PASSES:
        wanted = [result for result in outcome.results if _wanted(result, level) and result.fingerprint not in refused]
        for result in wanted:
            for edit in _edits(result):
                if edit.path not in current:
                    current[edit.path] = original[edit.path] = read(edit.path or "")
        picked = [wanted[index] for index in choose([_edits(result) for result in wanted], current)]
        if not picked:
            break
        if watch is not None and guarded is None:
            guarded = watch(texts)
        before = _State(current, outcome, guarded)
        after = look(_laid(current, picked, newline))
        if _harms(picked, before, after):
            kept: list[Result] = []
            last = before
            for result in picked:
                trial = look(_laid(current, [*kept, result], newline))
                if _harms([result], replace(before, guarded=last.guarded), trial):
                    refused.add(result.fingerprint)
                else:
                    kept.append(result)
                    last = trial
            picked, after = kept, last
        if after.texts == current:
            # Each such pass refuses something that is never tried again, so that they come to an end.
            if picked:
                break
            continue
        current, outcome, guarded = dict(after.texts), after.outcome, after.guarded
        fixed += len(picked)
        passes += 1
    return Mended(
        {path: text for path, text in current.items() if text != original[path]},
        without_fixes(outcome, refused),
        fixed,
        frozenset(refused),
    )


def without_fixes(outcome: Outcome, refused: Collection[str]) -> Outcome:
    """An outcome that offers no fix for the findings of these fingerprints."""
    if not refused:
        return outcome
    results = tuple(
        replace(result, finding=replace(result.finding, fix=None))
        if result.finding.fix is not None and result.fingerprint in refused
        else result
        for result in outcome.results
    )
    return replace(outcome, results=results)


class _State(Struct, frozen=True):
    """Texts, and what the rules say of them."""

    texts: Texts
    outcome: Outcome
    guarded: Outcome | None
    """Of the rules that were not selected."""


def _wanted(result: Result, level: Applicability) -> bool:
    fix = result.finding.fix
    return fix is not None and fix.applicability >= level and result.counts and bool(fix.edits)


def _edits(result: Result) -> Sequence[Edit]:
    return result.finding.fix.edits if result.finding.fix else ()


def _laid(current: Texts, picked: Sequence[Result], newline: str) -> dict[str | None, str]:
    """The texts with the fixes laid over them."""
    texts = dict(current)
    edits: dict[str | None, list[Edit]] = {}
    for result in picked:
        for edit in _edits(result):
            edits.setdefault(edit.path, []).append(edit)
    for path, group in edits.items():
        texts[path] = apply(texts[path], group, newline if path is None else "\n")
    return texts


def _harms(picked: Sequence[Result], before: _State, after: _State) -> bool:
    """Whether a rule finds more than it did, a fix was in vain, or something went wrong that did not before."""
    if _gains(before.outcome, after.outcome, 0):
        return True
    # A fault that was mended may have hidden another one: no worse one is asked of the rules that nobody selected.
    mildest = min((result.severity.rank for result in picked), default=0)
    if before.guarded and after.guarded and _gains(before.guarded, after.guarded, mildest + 1):
        return True
    old, new = _counts(before.outcome, 0), _counts(after.outcome, 0)
    left = {result.identity for result in after.outcome.results if result.counts}
    # Of several equal findings the last is gone where the first was mended: then there are fewer.
    return any(result.identity in left and new[result.rule.name] == old[result.rule.name] for result in picked)


def _gains(before: Outcome, after: Outcome, least: int) -> bool:
    old = _counts(before, least)
    return len(after.failures) > len(before.failures) or any(
        count > old[rule] for rule, count in _counts(after, least).items()
    )


def _counts(outcome: Outcome, least: int) -> Counter[str]:
    return Counter(result.rule.name for result in outcome.results if result.counts and result.severity.rank >= least)
