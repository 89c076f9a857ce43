"""Whatever the tree and however it is spread over layers, flattening gives the tree back."""

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lambda_image_lint.image.glob import compile_glob
from lambda_image_lint.image.sources.memory import image_of
from lambda_image_lint.image.tree import NodeKind

NAMES = st.sampled_from(["a", "b", "c", "lib", "é", "x.wh.y"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))
FILES = st.one_of(
    st.text(alphabet="xyz\n", max_size=3).map(lambda text: ("file", text)),
    st.sampled_from(["a", "/b", "../c"]).map(lambda link: ("symlink", link)),
    st.just(("directory", "")),
)
Tree = dict[str, tuple[str, str]]


def parents(path: str) -> list[str]:
    parts = path.split("/")[1:-1]
    return ["/" + "/".join(parts[:length]) for length in range(1, len(parts) + 1)]


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Path → kind and content, every parent a directory that is there."""
    tree: Tree = {}
    for path, node in draw(st.lists(st.tuples(PATHS, FILES), max_size=12)):
        above = parents(path)
        if any(tree.get(parent, ("directory", ""))[0] != "directory" for parent in above):
            continue
        if node[0] != "directory" and any(other.startswith(path + "/") for other in tree):
            continue
        tree.update({parent: ("directory", "") for parent in above if parent not in tree})
        tree[path] = node
    return tree


def step(before: Tree, after: Tree, opaque: bool) -> dict[str, Any]:
    """A layer that turns one tree into another."""
    gone = [path for path in before if path not in after]
    whiteouts = [path for path in gone if all(above in after for above in parents(path))]
    whiteouts = [path for path in whiteouts if all(after[above][0] == "directory" for above in parents(path))]
    changed = [path for path in after if before.get(path) != after[path]]
    # What lies below a directory that the former layers had as something else, or that is hidden, is written anew.
    hidden: list[str] = []
    if opaque and after:
        roots = [path for path, node in after.items() if node[0] == "directory" and before.get(path) == node]
        hidden = roots[:1]
        changed = [path for path in after if path in changed or any(path.startswith(root + "/") for root in hidden)]
        whiteouts = [path for path in whiteouts if not any(path.startswith(root + "/") for root in hidden)]
    return {
        "whiteouts": whiteouts,
        "opaque": hidden,
        "entries": [entry(path, after[path]) for path in sorted(changed)],
    }


def entry(path: str, node: tuple[str, str]) -> dict[str, Any]:
    kind, value = node
    name = path.lstrip("/")
    if kind == "directory":
        return {"name": name + "/", "kind": kind}
    return {"name": name, "kind": kind, "link": value} if kind == "symlink" else {"name": name, "content": value}


@settings(max_examples=300, deadline=None)
@given(st.lists(trees(), min_size=1, max_size=5), st.booleans())
def test_a_tree_written_through_any_layers_flattens_back_to_itself(states: list[Tree], opaque: bool) -> None:
    layers = [step(before, after, opaque) for before, after in zip([{}, *states], states, strict=False)]
    image = image_of({"layers": layers})
    kinds = {NodeKind.FILE: "file", NodeKind.SYMLINK: "symlink", NodeKind.DIRECTORY: "directory"}
    found: Tree = {}
    for node in image.tree.walk():
        content = image.tree.lookup(node.path)
        assert content is not None
        assert content.inode is node.inode
        found[node.path] = (kinds[node.kind], (node.link or "") if node.is_symlink else "")
    expected = {path: (kind, value if kind == "symlink" else "") for path, (kind, value) in states[-1].items()}
    assert found == expected
    assert image.layers.files == sum(kind == "file" for kind, _ in expected.values())
    assert image.layers.live_bytes == sum(len(value) for kind, value in states[-1].values() if kind == "file")
    assert image.layers.live_bytes + image.layers.dead_bytes == sum(layer.payload_bytes for layer in image.layers)


PARTS = st.sampled_from(["a", "b", "lib", "*", "?", "l*", "[ab]", "[!a]", "*[a-b]*", "**", "x.wh.?"])
PATTERNS = st.lists(PARTS, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))


@settings(max_examples=300, deadline=None)
@given(trees(), PATTERNS)
def test_a_glob_finds_what_its_pattern_matches_whichever_way_it_looks(state: Tree, pattern: str) -> None:
    tree = image_of({"layers": [step({}, state, opaque=False)]}).tree
    parts = pattern.split("/")
    wild = next((at for at, part in enumerate(parts) if set(part) & set("*?[")), len(parts) - 1)
    # Before the first wildcard symlinks are followed, which no pattern on paths tells.
    on_the_way = ["/".join(parts[:length]) for length in range(2, wild + 1)]
    assume(not any(path in state and state[path][0] == "symlink" for path in on_the_way))
    matches = compile_glob(pattern).match
    assert [node.path for node in tree.glob(pattern)] == [node.path for node in tree.walk() if matches(node.path)]
