"""Small questions to the nodes of a JavaScript syntax tree."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

FUNCTIONS = {
    "function_declaration", "function_expression", "arrow_function", "generator_function", "generator_function_declaration",
    "method_definition",
}  # fmt: skip


def text_of(node: "Node") -> str:
    """The source text of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def line_of(node: "Node") -> int:
    """From 1."""
    return int(node.start_point[0]) + 1


def top_values(root: "Node") -> dict[str, "Node"]:
    """Name → what a function declaration, class or ``const`` at module level binds it to."""
    values: dict[str, Node] = {}
    for statement in root.named_children:
        if statement.type == "export_statement":
            statement = statement.child_by_field_name("declaration") or statement
        if statement.type in ("lexical_declaration", "variable_declaration"):
            for declarator in statement.named_children:
                name, value = declarator.child_by_field_name("name"), declarator.child_by_field_name("value")
                if name is not None and value is not None and name.type == "identifier":
                    values[text_of(name)] = value
        elif statement.type in (*FUNCTIONS, "class_declaration"):
            name = statement.child_by_field_name("name")
            if name is not None:
                values[text_of(name)] = statement
    return values


def innermost(value: "Node") -> "Node":
    """``a = b = c`` → ``c``."""
    while value.type in ("assignment_expression", "parenthesized_expression"):
        inner = value.child_by_field_name("right") or (value.named_children[0] if value.named_children else None)
        if inner is None:
            break
        value = inner
    return value


def required_specifier(value: "Node") -> str | None:
    """The literal specifier of ``require("x")``."""
    if value.type != "call_expression" or not text_of(value).startswith("require("):
        return None
    arguments = value.child_by_field_name("arguments")
    first = arguments.named_children[0] if arguments is not None and arguments.named_children else None
    return text_of(first)[1:-1] if first is not None and first.type == "string" else None


def member_name(node: "Node") -> str | None:
    """The name of a member; None where it is computed."""
    if node.type == "member_expression":
        name = node.child_by_field_name("property")
        return text_of(name) if name is not None else None
    return literal_name(node.child_by_field_name("index"))


def literal_name(node: "Node | None") -> str | None:
    if node is None:
        return None
    if node.type == "string":
        return text_of(node)[1:-1]
    return text_of(node) if node.type in ("property_identifier", "number") else None


def object_keys(value: "Node") -> list[str] | None:
    """Of an object literal; None where one is computed or spread."""
    keys = []
    for member in value.named_children:
        if member.type == "comment":
            continue
        key = member if member.type == "shorthand_property_identifier" else None
        named = member.child_by_field_name("key") or member.child_by_field_name("name")
        name = text_of(key) if key is not None else literal_name(named)
        if name is None:
            return None
        keys.append(name)
    return keys


def function_length(function: "Node") -> int | None:
    """The ``length`` of a function: its parameters up to the first with a default, a rest not counted."""
    if function.child_by_field_name("parameter") is not None:
        return 1
    parameters = function.child_by_field_name("parameters")
    if parameters is None:
        return None
    count = 0
    for parameter in parameters.named_children:
        if parameter.type in ("assignment_pattern", "rest_pattern"):
            break
        count += parameter.type != "comment"
    return count


def pattern_names(pattern: "Node") -> list[str]:
    names = []
    pending = [pattern]
    while pending:
        node = pending.pop()
        if node.type in ("identifier", "shorthand_property_identifier_pattern"):
            names.append(text_of(node))
        pending.extend(node.named_children)
    return names
