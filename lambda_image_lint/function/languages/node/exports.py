"""The exports of a JavaScript source, in the forms that people and their tools write."""

from typing import TYPE_CHECKING

from lambda_image_lint.function.languages.node.source import Export, Source
from lambda_image_lint.function.languages.node.syntax import (
    FUNCTIONS,
    function_length,
    innermost,
    line_of,
    literal_name,
    member_name,
    object_keys,
    pattern_names,
    required_specifier,
    text_of,
    top_values,
)

if TYPE_CHECKING:
    from tree_sitter import Node


def read_exports(root: "Node", content: bytes, source: Source) -> None:
    """Fill `source.exports`, `source.stars` and, where something is not understood, `source.dynamic`."""
    _Reader(root, content, source).read()


class _Reader:
    def __init__(self, root: "Node", content: bytes, source: Source) -> None:
        self.root = root
        self.content = content
        self.source = source
        self.values = top_values(root)
        self.parents: dict[int, Node] = {}
        """Id → parent, of every node that was met: tree-sitter itself looks for a parent from the root on."""
        self.understood: set[int] = set()
        """Ids of the identifiers ``exports`` and ``module`` whose use is understood."""
        self.annotated = False
        """esbuild's list of names for Node's own lexer is there: nothing else is exported."""

    def read(self) -> None:
        suspects: list[Node] = []
        pending = [self.root]
        while pending:
            node = pending.pop()
            for child in node.named_children:
                self.parents[child.id] = node
            if node.type in FUNCTIONS and not self._mentions_exports(node):
                continue
            match node.type:
                case "export_statement":
                    self._export_statement(node)
                case "assignment_expression":
                    self._assignment(node)
                case "call_expression":
                    self._call(node)
                case "identifier" if text_of(node) in ("exports", "module"):
                    suspects.append(node)
            pending.extend(reversed(node.named_children))
        for node in suspects:
            if node.id not in self.understood and not self._is_harmless(node):
                self._give_up(node, f"hands {text_of(node)} on")
        if self.annotated:
            self.source.dynamic = None

    def _is_harmless(self, node: "Node") -> bool:
        """A use that exports nothing: a member that is read, ``typeof``, a comparison, a parameter's name."""
        parent = self.parents.get(node.id)
        if parent is None:
            return True
        if parent.type == "member_expression" and parent.child_by_field_name("object") == node:
            if text_of(node) == "exports" or member_name(parent) != "exports":
                return True
            outer = self.parents.get(parent.id)
            return outer is not None and (outer.type == "member_expression" or _is_compared(outer))
        return _is_compared(parent)

    def _mentions_exports(self, node: "Node") -> bool:
        start, end = node.start_byte, node.end_byte
        return self.content.find(b"exports", start, end) >= 0 or self.content.find(b"module", start, end) >= 0

    def _give_up(self, node: "Node", why: str) -> None:
        self.source.dynamic = self.source.dynamic or f"line {line_of(node)} {why}"

    def _add(self, name: str, value: "Node | None", node: "Node") -> None:
        known = self.source.exports.get(name)
        export = self._described(value, line_of(node))
        # TypeScript and Babel first write `exports.handler = void 0`.
        if known is None or (known.parameters is None and known.keys is None):
            self.source.exports[name] = export

    def _described(self, value: "Node | None", line: int) -> Export:
        if value is not None and value.type == "identifier":
            value = self.values.get(text_of(value), value)
        if value is None:
            return Export(line)
        if value.type in FUNCTIONS:
            return Export(
                line_of(value), function_length(value), any(child.type == "async" for child in value.children)
            )
        if value.type == "object":
            keys = object_keys(value)
            return Export(line, keys=frozenset(keys) if keys is not None else None)
        return Export(line)

    # ECMAScript modules

    def _export_statement(self, node: "Node") -> None:
        source = node.child_by_field_name("source")
        declaration = node.child_by_field_name("declaration")
        if any(child.type == "default" for child in node.children):
            self._add("default", node.child_by_field_name("value") or declaration, node)
        elif declaration is not None:
            self._declaration(declaration)
        namespace = next((child for child in node.named_children if child.type == "namespace_export"), None)
        if namespace is not None:
            self._add(text_of(namespace.named_children[0]).strip("'\""), None, node)
        elif source is not None and any(child.type == "*" for child in node.children):
            self.source.stars.append(text_of(source)[1:-1])
        for clause in node.named_children:
            for specifier in clause.named_children if clause.type == "export_clause" else ():
                name = specifier.child_by_field_name("name")
                alias = specifier.child_by_field_name("alias") or name
                if alias is not None:
                    self._add(text_of(alias).strip("'\""), name if source is None else None, specifier)

    def _declaration(self, declaration: "Node") -> None:
        if declaration.type not in ("lexical_declaration", "variable_declaration"):
            name = declaration.child_by_field_name("name")
            if name is not None:
                self._add(text_of(name), declaration, declaration)
            return
        for declarator in declaration.named_children:
            name = declarator.child_by_field_name("name")
            if name is None:
                continue
            if name.type == "identifier":
                self._add(text_of(name), declarator.child_by_field_name("value"), declarator)
            else:
                for bound in pattern_names(name):
                    self._add(bound, None, declarator)

    # CommonJS

    def _assignment(self, node: "Node") -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return
        if left.type == "member_expression" and self._is_exports(left):
            self._whole(node, right)
            return
        if left.type == "identifier" and text_of(left) == "exports":
            if right.type == "assignment_expression" or text_of(right) == "module.exports":
                self.understood.add(left.id)
            return
        if left.type not in ("member_expression", "subscript_expression"):
            return
        target = left.child_by_field_name("object")
        if target is None or not self._is_exports(target):
            return
        name = member_name(left)
        if name is None:
            self._give_up(node, "exports a computed name")
        else:
            self._add(name, innermost(right), node)

    def _is_exports(self, node: "Node") -> bool:
        """``exports``, as an object of members or an argument, or ``module.exports``; noted as understood."""
        if node.type == "identifier" and text_of(node) == "exports":
            self.understood.add(node.id)
            return True
        if node.type == "member_expression" and text_of(node) == "module.exports":
            self.understood.add(node.named_children[0].id)
            return True
        return False

    def _whole(self, node: "Node", right: "Node") -> None:
        """``module.exports = …``."""
        parent = self.parents.get(node.id)
        if parent is not None and parent.type == "variable_declarator":
            self._give_up(node, "gives module.exports another name")
        if parent is not None and parent.type == "parenthesized_expression":
            # esbuild writes `0 && (module.exports = { handler })`, which never runs and lists every name.
            around = self.parents.get(parent.id, parent)
            self.annotated = self.annotated or text_of(around)[:40].replace(" ", "").startswith("0&&(module.exports")
        self._value(innermost(right), node)

    def _value(self, value: "Node", node: "Node") -> None:
        if value.type == "identifier":
            self._give_up(node, f"exports {text_of(value)}")
            value = self.values.get(text_of(value), value)
        match value.type:
            case "object":
                self._object(value)
            case "call_expression" if (specifier := required_specifier(value)) is not None:
                self.source.stars.append(specifier)
            case "call_expression" if text_of(value).startswith("__toCommonJS("):
                pass
            case kind if kind in FUNCTIONS or kind in ("class", "class_declaration", "identifier"):
                pass
            case _:
                self._give_up(node, "exports a computed value")

    def _object(self, value: "Node") -> None:
        for member in value.named_children:
            if member.type == "shorthand_property_identifier":
                self._add(text_of(member), self.values.get(text_of(member)), member)
            elif member.type in ("pair", "method_definition"):
                key = member.child_by_field_name("key") or member.child_by_field_name("name")
                name = literal_name(key)
                if name is None:
                    self._give_up(member, "exports a computed name")
                else:
                    self._add(name, member.child_by_field_name("value") or member, member)
            elif member.type == "spread_element":
                specifier = required_specifier(member.named_children[0])
                if specifier is None:
                    self._give_up(member, "exports a spread value")
                else:
                    self.source.stars.append(specifier)

    def _call(self, node: "Node") -> None:
        called, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if called is None or arguments is None:
            return
        name, given = text_of(called), arguments.named_children
        if name in ("Object.defineProperty", "Object.assign", "Reflect.defineProperty") and given:
            if not self._is_exports(given[0]):
                return
            if name == "Object.assign":
                for value in given[1:]:
                    self._value(value, node)
            elif len(given) > 1 and (literal := literal_name(given[1])) is not None:
                self._add(literal, None, node)
            else:
                self._give_up(node, "defines a computed name")
        elif name == "__export" and len(given) == 2 and given[1].type == "object":
            self._object(given[1])
        elif name.endswith("__exportStar") and len(given) == 2 and self._is_exports(given[1]):
            specifier = required_specifier(given[0])
            if specifier is None:
                self._give_up(node, "passes a computed module on")
            else:
                self.source.stars.append(specifier)


def _is_compared(parent: "Node") -> bool:
    operator = parent.child_by_field_name("operator")
    if parent.type == "unary_expression":
        return True
    return (
        parent.type == "binary_expression" and operator is not None and text_of(operator) in ("===", "==", "!==", "!=")
    )
