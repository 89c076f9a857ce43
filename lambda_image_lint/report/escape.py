"""Text from images and Dockerfiles, made harmless before it is shown: names may hold anything but ``/`` and NUL."""

_VISIBLE_SPACES = frozenset("\u00a0\u3000")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def printable(text: str) -> str:
    """One line that a terminal only prints: control, direction and format characters become escapes as in Python."""
    if text.isprintable():
        return text
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    if character.isprintable() or character in _VISIBLE_SPACES:
        return character
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a name that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def encodable(text: str) -> str:
    """The text with what no UTF-8 file can hold, bytes of odd names, written as ``\\xNN``."""
    if text.isascii():
        return text
    return "".join(_escaped(character) if 0xD800 <= ord(character) <= 0xDFFF else character for character in text)


def xml(text: str) -> str:
    """Text for XML 1.0 content and attributes: markup escaped, characters that XML cannot hold written as escapes."""
    legal = "".join(character if _in_xml(character) else _escaped(character) for character in text)
    for character, entity in _XML.items():
        legal = legal.replace(character, entity)
    return legal


_XML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}


def _in_xml(character: str) -> bool:
    code = ord(character)
    return character in "\t\n\r" or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def html(text: str) -> str:
    """One line for HTML content and attributes."""
    return xml(printable(text))


def markdown(text: str) -> str:
    """One line for a Markdown table cell or paragraph: shown as it is, whatever it holds."""
    line = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{character}" if character in "\\`*_{}[]()#+!|~" else character for character in line)


def markdown_code(text: str) -> str:
    """A code span for a Markdown table cell: fenced by more backticks than it holds, pipes escaped."""
    line = printable(text).replace("|", "\\|") or " "
    fence = "`" * (line.count("`") + 1)
    padding = " " if "`" in (line[0], line[-1]) else ""
    return f"{fence}{padding}{line}{padding}{fence}"


def markdown_prose(text: str) -> str:
    """A sentence for Markdown in which only the pairs of backticks keep their meaning."""
    parts = text.split("`")
    if len(parts) % 2 == 0 or not all(parts[1::2]):
        return markdown(text)
    return "".join(markdown_code(part) if index % 2 else markdown(part) for index, part in enumerate(parts))


def html_prose(text: str) -> str:
    """A sentence for HTML in which only the pairs of backticks keep their meaning."""
    parts = text.split("`")
    if len(parts) % 2 == 0 or not all(parts[1::2]):
        return html(text)
    return "".join(f"<code>{html(part)}</code>" if index % 2 else html(part) for index, part in enumerate(parts))


def uri_path(path: str) -> str:
    """A relative reference for a path, percent-encoded; odd bytes as they are on disk."""
    from urllib.parse import quote

    return quote(path.encode("utf-8", "surrogateescape"), safe="/~-._@+,=")
