"""Parts of the tree that the shell grammar gives, as the walk over it wants them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node


def branches(node: "Node") -> "tuple[list[Node], list[Node], list[Node]]":
    """Condition, body, and the ``elif`` and ``else`` that follow."""
    condition: list[Node] = []
    body: list[Node] = []
    following: list[Node] = []
    part = condition
    for child in node.children:
        if child.type == "then":
            part = body
        elif child.type in ("elif_clause", "else_clause"):
            following.append(child)
        elif child.type not in ("if", "elif", "fi"):
            part.append(child)
    return condition, body, following


def behind_heredoc(node: "Node") -> "list[Node]":
    """What stands on the line behind ``<<END``: the grammar keeps it inside the redirect."""
    if node.type != "heredoc_redirect":
        return []
    kinds = ("heredoc_start", "heredoc_body", "heredoc_end", "file_descriptor")
    return [
        one for one in node.children if one.type not in (*kinds, "<<", "<<-") and not one.type.endswith("_redirect")
    ]


def operator_pairs(nodes: "list[Node]") -> "Iterator[tuple[str, Node]]":
    operator = ";"
    for node in nodes:
        if node.is_named:
            # The grammar wraps ``| sh`` as a pipeline whose first member is missing.
            yield ("|" if node.type == "pipeline" else operator), node
        else:
            operator = node.type


def test_words(node: "Node") -> "Iterator[Node]":
    """The words of ``[ … ]``, which the grammar nests as expressions."""
    waiting = list(reversed(node.children))
    while waiting:
        child = waiting.pop()
        if child.type.endswith("_expression") and child.type != "brace_expression":
            waiting.extend(reversed(child.children))
        else:
            yield child
