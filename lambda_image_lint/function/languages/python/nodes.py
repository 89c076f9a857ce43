"""The nodes of a syntax tree in the order of `ast.walk`, at a third of its price."""

import ast

_SILENT = frozenset(["ctx", "op", "ops", "type_ignores"])
"""Fields whose nodes say nothing by themselves: load or store, which operator."""


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    """Kind of node → the fields that may hold nodes."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        # What a constant holds is no node, whatever it is.
        names = () if kind is ast.Constant else tuple(name for name in kind._fields if name not in _SILENT)
        self[kind] = names
        return names


_fields = _Fields()


def every_node(tree: ast.AST) -> list[ast.AST]:
    """A node and all below it, breadth first; contexts and operators are left out."""
    return marked_nodes(tree, ())[0]


def marked_nodes(tree: ast.AST, marks: tuple[type[ast.AST], ...]) -> tuple[list[ast.AST], list[bool]]:
    """(`every_node`, of each whether it stands below a node of one of these kinds)."""
    nodes, below, node_class = [tree], [False], ast.AST
    add, mark = nodes.append, below.append
    for node, inside in zip(nodes, below, strict=True):  # both grow meanwhile
        inside = inside or isinstance(node, marks)
        for name in _fields[node.__class__]:
            value = getattr(node, name)
            kind = value.__class__
            if kind is list:
                for one in value:
                    if isinstance(one, node_class):
                        add(one)
                        mark(inside)
            elif kind is not str and isinstance(value, node_class):
                add(value)
                mark(inside)
    return nodes, below
