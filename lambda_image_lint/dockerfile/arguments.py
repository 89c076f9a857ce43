"""What stands behind a keyword: flags, words, pairs, JSON or not."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from lambda_image_lint.dockerfile.expansion import unquoted
from lambda_image_lint.dockerfile.logical import SPACES
from lambda_image_lint.dockerfile.model import Flag, Form, Instruction, Pair, Word
from lambda_image_lint.dockerfile.source import MappedText
from lambda_image_lint.patterns import lazy

_WORD = lazy(r"[^\t\v\f\r ]+")
_JSON_SPACE = " \t\r\n"
_JSON_STRING = lazy(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_PLAIN_JSON = lazy(r'"[^"\\]*"')

_FORMED = frozenset(("ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"))
_ONE_LINE = frozenset(("CMD", "ENTRYPOINT", "MAINTAINER", "RUN", "SHELL", "STOPSIGNAL", "USER", "WORKDIR"))
_UNREAD = frozenset(("CMD", "ENTRYPOINT", "MAINTAINER", "RUN", "SHELL"))
_PAIRED = frozenset(("ARG", "ENV", "LABEL"))


class Arguments(Struct, frozen=True):
    """What `Instruction` hands on."""

    start: int
    """Where in the logical line the value begins, behind the flags."""
    flags: tuple[Flag, ...] = ()
    form: Form | None = None
    words: tuple[Word, ...] = ()
    pairs: tuple[Pair, ...] = ()
    inner: Instruction | None = None
    json_fault: str = ""
    """What is wrong with a JSON array that is one, but not of strings."""


def read_arguments(instruction: Instruction) -> Arguments:
    """Take an instruction apart."""
    line, end = instruction.line, instruction.end
    start = _skip(line.text, instruction.keyword_bounds[1], end)
    if instruction.oversized:
        return Arguments(start)
    flags, start = _flags(instruction, start)
    keyword = instruction.keyword
    if keyword in _PAIRED:
        return Arguments(start, flags, pairs=tuple(_pairs(instruction, start)))
    if keyword in ("ONBUILD", "HEALTHCHECK"):
        return _wrapped(instruction, start, flags)
    form: Form | None = None
    if keyword in _FORMED:
        words = json_words(line, start, end)
        if words is not None:
            return Arguments(start, flags, Form.EXEC, words)
        form = Form.SHELL
        if fault := _json_fault(line.text[start:end]):
            return Arguments(start, flags, Form.EXEC, json_fault=fault)
    if keyword in _ONE_LINE:
        return Arguments(start, flags, form, (_word(instruction, start, end),) if start < end else ())
    words = tuple(_word(instruction, *match.span()) for match in _WORD.finditer(line.text, start, end))
    return Arguments(start, flags, form, words)


def _skip(text: str, position: int, end: int) -> int:
    """The first position from `position` on that is no blank."""
    while position < end and text[position] in SPACES:
        position += 1
    return position


def _word(instruction: Instruction, start: int, end: int) -> Word:
    # What a shell or nobody reads keeps its quotes.
    escape = None if instruction.keyword in _UNREAD else instruction.escape
    return Word(instruction.line.text[start:end], escape, instruction.line, (start, end), start)


def _flags(instruction: Instruction, start: int) -> tuple[tuple[Flag, ...], int]:
    """The words with two dashes in front of the arguments, and where these begin."""
    line, end = instruction.line, instruction.end
    flags: list[Flag] = []
    while line.text.startswith("--", start, end):
        _, stop = _quoted_word(line.text, start, end, instruction.escape)
        written = line.text[start:stop]
        if written == "--":
            return tuple(flags), _skip(line.text, stop, end)
        name, equals, value = written[2:].partition("=")
        behind = start + 3 + len(name)
        span = line.span(start, stop)
        if equals:
            text = unquoted(value, instruction.escape)
            flags.append(Flag(name, text, span, line.span(behind, stop), behind, stop))
        else:
            flags.append(Flag(name, None, span, None))
        start = _skip(line.text, stop, end)
    return tuple(flags), start


def _wrapped(instruction: Instruction, start: int, flags: tuple[Flag, ...]) -> Arguments:
    """ONBUILD and HEALTHCHECK hold an instruction."""
    line, end = instruction.line, instruction.end
    words = tuple(_word(instruction, *match.span()) for match in _WORD.finditer(line.text, start, end))
    match = _WORD.match(line.text, start, end)
    if not match or (instruction.keyword == "HEALTHCHECK" and match[0].upper() != "CMD"):
        return Arguments(start, flags, words=words)
    inner = replace(
        instruction,
        keyword=match[0].upper(),
        prose=False,
        keyword_bounds=match.span(),
        bounds=(line.offset(match.start()), instruction.bounds[1]),
    )
    return Arguments(start, flags, words=words, inner=inner)


def json_words(line: MappedText, start: int, end: int) -> tuple[Word, ...] | None:
    """The strings of a JSON array of strings that fills ``line.text[start:end]``; None where it is no such thing."""
    text = line.text
    if not text.startswith("[", start, end):
        return None
    words: list[Word] = []
    position = _json_skip(text, start + 1, end)
    if text.startswith("]", position, end):
        return () if _json_skip(text, position + 1, end) == end else None
    while match := _JSON_STRING.match(text, position, end):
        words.append(Word(_json_text(match[0]), None, line, match.span(), match.start() + 1))
        position = _json_skip(text, match.end(), end)
        if text.startswith("]", position, end):
            return tuple(words) if _json_skip(text, position + 1, end) == end else None
        if not text.startswith(",", position, end):
            return None
        position = _json_skip(text, position + 1, end)
    return None


def _json_skip(text: str, position: int, end: int) -> int:
    while position < end and text[position] in _JSON_SPACE:
        position += 1
    return position


def _json_text(string: str) -> str:
    if _PLAIN_JSON.fullmatch(string):
        return string[1:-1]
    from json import loads

    return str(loads(string))


def _json_fault(text: str) -> str:
    """Why a JSON array is refused; empty where the text is no JSON array, and so words for a shell."""
    if not text.startswith("["):
        return ""
    from json import JSONDecodeError, loads

    try:
        loads(text)
    except (JSONDecodeError, RecursionError):
        return ""
    return "The JSON array holds something else than strings"


def _quoted_word(text: str, start: int, end: int, escape: str) -> tuple[int, int]:
    """The bounds of the word that begins at `start`: quotes and escapes hold blanks together."""
    position, quote = start, ""
    while position < end:
        character = text[position]
        if character == escape and quote != "'":
            position += 1
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in SPACES:
            break
        position += 1
    return start, min(position, end)


def _quoted_words(text: str, start: int, end: int, escape: str) -> Iterator[tuple[int, int]]:
    position = _skip(text, start, end)
    while position < end:
        bounds = _quoted_word(text, position, end, escape)
        yield bounds
        position = _skip(text, bounds[1], end)


def _pairs(instruction: Instruction, start: int) -> Iterator[Pair]:
    line, end, escape = instruction.line, instruction.end, instruction.escape
    words = _quoted_words(line.text, start, end, escape)
    if instruction.keyword != "ARG":
        first = next(words, None)
        if first and "=" not in line.text[first[0] : first[1]]:
            # In this older form a blank ends the name even between quotes, which are part of it.
            name_end = next((at for at in range(*first) if line.text[at] in SPACES), first[1])
            yield _pair(instruction, first[0], name_end, _skip(line.text, name_end, end), end)
            return
        words = _quoted_words(line.text, start, end, escape)
    for begin, stop in words:
        equals = line.text.find("=", begin, stop)
        yield _pair(instruction, begin, equals if equals >= 0 else stop, equals + 1 if equals >= 0 else stop + 1, stop)


def _pair(instruction: Instruction, begin: int, name_end: int, value_start: int, stop: int) -> Pair:
    """A pair whose value begins behind `stop` has none."""
    line, escape = instruction.line, instruction.escape
    name = unquoted(line.text[begin:name_end], escape)
    if value_start > stop or (value_start == stop and line.text[name_end : name_end + 1] != "="):
        return Pair(name, None, None, line, (begin, name_end), None)
    raw = line.text[value_start:stop]
    return Pair(name, unquoted(raw, escape), raw, line, (begin, name_end), (value_start, stop))
