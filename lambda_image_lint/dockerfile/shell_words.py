"""Nodes of the shell grammar into words: quotes removed, variables and substitutions kept apart."""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lambda_image_lint.dockerfile.shell import Opaque, Part, ShellVariable, ShellWord
from lambda_image_lint.dockerfile.source import MappedText
from lambda_image_lint.patterns import lazy

if TYPE_CHECKING:
    from tree_sitter import Node

_ESCAPED = lazy(r"\\(.|$)", re.DOTALL)
_ESCAPED_IN_QUOTES = lazy(r'\\([$`"\\\n])')
_GLOB = lazy(r"\\.|([*?\[])", re.DOTALL)
_NAMES = ("variable_name", "special_variable_name")
_SUBSTITUTIONS = ("command_substitution", "process_substitution")
_OPAQUE = (*_SUBSTITUTIONS, "arithmetic_expansion", "brace_expression", "ansi_c_string", "translated_string", "array")
_MAX_DEPTH = 40
"""Expansions inside expansions."""


class ByteMap:
    """The grammar counts bytes of UTF-8; we count code points."""

    def __init__(self, text: str) -> None:
        self.encoded = text.encode("utf-8", "replace")
        self._positions: list[int] | None = None
        if len(self.encoded) != len(text):
            widths = (len(character.encode("utf-8", "replace")) for character in text)
            self._positions = [position for position, width in enumerate(widths) for _ in range(width)]
            self._positions.append(len(text))

    def position(self, offset: int) -> int:
        """The code point that the byte at `offset` belongs to."""
        return offset if self._positions is None else self._positions[offset]


class WordReader:
    """Reads the words of one text."""

    def __init__(
        self,
        mapped: MappedText,
        bytes_: ByteMap,
        is_assigned: Callable[[str], bool],
        substitute: Callable[["Node"], None],
    ) -> None:
        self._mapped = mapped
        self._bytes = bytes_
        self._is_assigned = is_assigned
        self._substitute = substitute
        self.variables: list[ShellVariable] = []

    def bounds(self, node: "Node") -> tuple[int, int]:
        """Where a node stands in the text."""
        return self._bytes.position(node.start_byte), self._bytes.position(node.end_byte)

    def text(self, node: "Node") -> str:
        """A node as written."""
        start, end = self.bounds(node)
        return self._mapped.text[start:end]

    def word(self, node: "Node") -> ShellWord:
        """A node that is a word."""
        start, end = self.bounds(node)
        parts = tuple(_merged(self._parts(node, False, 0)))
        glob = node.type != "raw_string" and self._has_glob(node)
        return ShellWord(
            parts, self._mapped.raw(start, end), self._mapped.span(start, end), glob, self._mapped, (start, end)
        )

    def _has_glob(self, node: "Node") -> bool:
        if node.type == "concatenation":
            return any(self._has_glob(child) for child in node.children)
        if node.type not in ("word", "extglob_pattern"):
            return False
        return any(match[1] for match in _GLOB.finditer(self.text(node)))

    def _parts(self, node: "Node", quoted: bool, depth: int) -> Iterator[Part]:
        kind = node.type
        if depth > _MAX_DEPTH:
            yield Opaque(self.text(node))
        elif kind == "raw_string":
            yield self.text(node)[1:-1]
        elif kind == "string":
            yield from self._string(node, depth)
        elif kind in ("simple_expansion", "expansion"):
            yield self._variable(node, quoted, depth)
        elif kind in _OPAQUE:
            self._look_inside(node, depth)
            yield Opaque(self.text(node))
        elif kind in ("concatenation", "command_name") or (kind not in ("word", "number") and node.named_child_count):
            yield from self._sequence(node, quoted, depth)
        else:
            yield _ESCAPED.sub(lambda match: "" if match[1] == "\n" else match[1], self.text(node))

    def _sequence(self, node: "Node", quoted: bool, depth: int) -> Iterator[Part]:
        """The children, and the text between them that the grammar gives no node."""
        at = node.start_byte
        for child in node.children:
            if child.start_byte > at:
                yield self._mapped.text[self._bytes.position(at) : self._bytes.position(child.start_byte)]
            yield from self._parts(child, quoted, depth + 1)
            at = child.end_byte
        if node.end_byte > at:
            yield self._mapped.text[self._bytes.position(at) : self._bytes.position(node.end_byte)]

    def _string(self, node: "Node", depth: int) -> Iterator[Part]:
        at = node.start_byte + 1
        for child in node.children:
            if child.type in ("simple_expansion", "expansion", *_OPAQUE):
                yield self._unescaped(at, child.start_byte)
                yield from self._parts(child, True, depth + 1)
                at = child.end_byte
        closed = node.children and node.children[-1].type == '"' and node.child_count > 1
        yield self._unescaped(at, node.end_byte - 1 if closed else node.end_byte)

    def _unescaped(self, start: int, end: int) -> str:
        text = self._mapped.text[self._bytes.position(start) : self._bytes.position(end)]
        return _ESCAPED_IN_QUOTES.sub(lambda match: "" if match[1] == "\n" else match[1], text)

    def _variable(self, node: "Node", quoted: bool, depth: int) -> Part:
        name_node = next((child for child in _names(node)), None)
        raw = self.text(node)
        # The grammar mends a lone dollar by a name of no length.
        name = "" if name_node is None else self.text(name_node)
        if name_node is None or not name:
            return Opaque(raw)
        braced = raw.startswith("${")
        behind = name_node.next_sibling
        modifier = self.text(behind) if braced and behind is not None and behind.type != "}" else ""
        prefixed = braced and name_node.prev_sibling is not None and name_node.prev_sibling.type in ("#", "!")
        variable = ShellVariable(
            name,
            self._mapped.span(*self.bounds(node)),
            raw,
            "#" if prefixed else modifier,
            quoted,
            self._is_assigned(name),
        )
        self.variables.append(variable)
        self._look_inside(node, depth)
        subscripted = name_node.parent is not None and name_node.parent.type == "subscript"
        return Opaque(raw) if prefixed or subscripted else variable

    def _look_inside(self, node: "Node", depth: int) -> None:
        """Commands and variables inside an expansion."""
        if depth > _MAX_DEPTH:
            return
        for child in node.children:
            if node.type in _SUBSTITUTIONS:
                self._substitute(node)
                return
            if child.type in _SUBSTITUTIONS:
                self._substitute(child)
            elif child.type in ("simple_expansion", "expansion"):
                self._variable(child, False, depth + 1)
            elif child.type == "variable_name" and node.type not in ("simple_expansion", "expansion", "subscript"):
                self._bare_variable(child)
            elif child.child_count:
                self._look_inside(child, depth + 1)

    def _bare_variable(self, node: "Node") -> None:
        """A name in arithmetic."""
        name = self.text(node)
        span = self._mapped.span(*self.bounds(node))
        self.variables.append(ShellVariable(name, span, name, "", False, self._is_assigned(name)))


def _names(node: "Node") -> Iterator["Node"]:
    for child in node.children:
        if child.type in _NAMES:
            yield child
        elif child.type == "subscript":
            yield from _names(child)


def _merged(parts: Iterator[Part]) -> Iterator[Part]:
    """Texts that stand side by side as one; empty ones left out."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
            continue
        if text:
            yield text
        text = ""
        yield part
    if text:
        yield text
