"""Text → `Dockerfile`."""

from collections.abc import Iterator, Mapping

from lambda_image_lint.dockerfile.logical import MAX_LINE_BYTES, SPACES, LogicalLine, Reading, read_lines
from lambda_image_lint.dockerfile.model import KEYWORDS, Dockerfile, Instruction
from lambda_image_lint.dockerfile.prose import reads_like_prose
from lambda_image_lint.dockerfile.source import Source
from lambda_image_lint.dockerfile.split import split
from lambda_image_lint.dockerfile.stages import build_stages, find_final
from lambda_image_lint.patterns import lazy

DEFAULT_SHELL = ("/bin/sh", "-c")
"""What runs a shell form on Linux. Source: https://docs.docker.com/reference/dockerfile/#shell, read 2026-11-23."""

_KEYWORD = lazy(r"[^\t\v\f\r ]+")


def parse_dockerfile(
    source: str | bytes,
    path: str,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    at_most: int | None = None,
) -> Dockerfile:
    """See `lambda_image_lint.dockerfile.parse`."""
    text = source.decode("utf-8", "surrogateescape") if isinstance(source, bytes) else source
    bom = text.startswith("\ufeff")
    decoded = Source(text[1:] if bom else text)
    reading = read_lines(decoded, at_most)
    instructions = tuple(_instructions(reading))
    stages, problems = build_stages(decoded, instructions, dict(build_args or {}))
    # What the rest would build is anybody's guess.
    final, missing = find_final(decoded, stages, target) if reading.complete else (None, [])
    return Dockerfile(
        path=path,
        source=decoded,
        bom=bom,
        directives=tuple(reading.directives),
        escape=reading.escape,
        comments=tuple(reading.comments),
        instructions=instructions,
        stages=stages,
        final=final,
        build_args=dict(build_args or {}),
        early_problems=(*reading.problems, *problems, *missing),
    )


def _instructions(reading: Reading) -> Iterator[Instruction]:
    words = _words(reading)
    capitals = sum(word.isupper() for word, _, _ in words if word.upper() in KEYWORDS)
    keywords = sum(word.upper() in KEYWORDS for word, _, _ in words)
    shouting = capitals * 2 > keywords
    stage: int | None = None
    shell: tuple[str, ...] = DEFAULT_SHELL
    shells: dict[str, tuple[str, ...]] = {}
    name: str | None = None
    for index, (line, (word, start, end)) in enumerate(zip(reading.lines, words, strict=True)):
        keyword = word.upper()
        value = line.mapped.text[start + len(word) : end]
        prose = (
            shouting
            and keyword in KEYWORDS
            and word not in (keyword, word.lower())
            and reads_like_prose(keyword, value)
        )
        if keyword == "FROM" and not prose:
            stage = 0 if stage is None else stage + 1
            if name is not None:
                shells[name] = shell
        instruction = Instruction(
            index=index,
            keyword=keyword,
            stage=stage,
            prose=prose,
            heredocs=line.heredocs,
            blank_lines=line.blank_lines,
            escape=reading.escape,
            shell_words=shell,
            line=line.mapped,
            bounds=line.bounds,
            keyword_bounds=(start, start + len(word)),
            end=end,
            oversized=line.oversized,
        )
        if keyword == "FROM" and not prose:
            # A stage inherits the SHELL of the stage that it stands on.
            words_after = [part.text.lower() for part in instruction.words]
            shell = shells.get(words_after[0], DEFAULT_SHELL) if words_after else DEFAULT_SHELL
            name = words_after[2] if len(words_after) == 3 else None
        elif keyword == "SHELL" and instruction.words and not prose:
            shell = tuple(part.text for part in instruction.words)
        yield instruction


def _words(reading: Reading) -> list[tuple[str, int, int]]:
    """First word of each line as written, where it begins in the logical line, and where the line's text ends."""
    own = [_own_word(line) for line in reading.lines]
    fit = [
        index
        for index, (line, (_, start, end)) in enumerate(zip(reading.lines, own, strict=True))
        if end - start <= MAX_LINE_BYTES // 4 and not line.mapped.text[start:end].endswith("\\")
    ]
    texts = [reading.lines[index].mapped.text[own[index][1] : own[index][2]] for index in fit]
    for index, text, (word, value) in zip(fit, texts, split(texts) or [], strict=False):
        # Ours counts where the two differ: on other blanks than space and tab, on characters that change in upper case.
        if len(word) < len(text) and text[: len(word)].upper() == word and text.endswith(value):
            following = text[len(word)]
            if following in " \t":
                own[index] = (text[: len(word)], own[index][1], own[index][2])
    return own


def _own_word(line: LogicalLine) -> tuple[str, int, int]:
    text = line.mapped.text
    end = len(text.rstrip(SPACES))
    start = min(len(text) - len(text.lstrip(SPACES)), end)
    match = _KEYWORD.match(text, start, end)
    return (match[0] if match else "", start, end)
