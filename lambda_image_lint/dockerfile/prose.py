"""Sentences that stand where an instruction should: comments that lost their ``#``."""

from lambda_image_lint.patterns import lazy

_WORDS = lazy(r"[A-Za-z][A-Za-z'’-]*[,.;:!?]?")
_MAX_SENTENCE = 400
"""Code points; a longer line is no comment of one sentence."""
_RUNNING = frozenset(("RUN", "CMD", "ENTRYPOINT", "SHELL"))
_SMALL_WORDS = frozenset(
    [
        "a", "all", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "into", "is", "it", "its", "of",
        "on", "onto", "or", "our", "so", "that", "the", "then", "these", "this", "those", "to", "via", "when", "which",
        "with", "you", "your",
    ]
)  # fmt: skip
"""English words that hold a sentence together and name no program."""


def reads_like_prose(keyword: str, value: str) -> bool:
    """Whether words behind an oddly written keyword are a sentence: two or more, of letters alone.

    Behind a keyword that runs a command line, one of them must be a word that no command line has.
    """
    words = value.split() if len(value) <= _MAX_SENTENCE else []
    if len(words) < 2 or not all(_WORDS.fullmatch(word) for word in words):
        return False
    return keyword not in _RUNNING or any(word.lower().rstrip(",.;:!?") in _SMALL_WORDS for word in words)


def looks_like_comment(text: str) -> bool:
    """Whether a line that begins with no keyword reads like a comment without its ``#``.

    Two or more words of which most are plain, and none of what a command line has: options, operators, assignments.
    """
    words = text.split() if len(text) <= _MAX_SENTENCE else []
    if len(words) < 2 or any(word.startswith("-") or word in ("&&", "||", "|", ">", ">>", "\\") for word in words):
        return False
    plain = sum(_WORDS.fullmatch(word.strip("()\"'`")) is not None for word in words)
    return plain * 2 > len(words)
