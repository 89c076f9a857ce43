"""*Did you mean*: names that are like another, in case, in spelling or in their last part."""

from collections.abc import Iterable

LIKENESS = 0.6
"""difflib's ratio from which a name counts as near; its own default."""


def nearest(word: str, candidates: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """The candidates that are like `word`, best first: the same in another case, then by spelling."""
    from difflib import get_close_matches

    by_fold: dict[str, list[str]] = {}
    for candidate in dict.fromkeys(candidates):
        by_fold.setdefault(_fold(candidate), []).append(candidate)
    folds = get_close_matches(_fold(word), by_fold, n=count, cutoff=LIKENESS)
    return tuple(candidate for fold in folds for candidate in by_fold[fold] if candidate != word)[:count]


def _fold(word: str) -> str:
    """``lambdaHandler``, ``lambda-handler`` and ``lambda_handler`` differ only in habit."""
    return word.lower().replace("-", "").replace("_", "")
