"""Our tree against what umoci makes of the same image on disk: the one unpacker known to get these cases right."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_image_lint.image.layers import Oddity
from lambda_image_lint.image.sources.memory import image_of
from tests.image.layouts import rows_of_tree, unpack_with_umoci

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="umoci gives files their owners only as root")

Layers = list[dict[str, Any]]

USR_MERGED: Layers = [{"files": {"/usr/lib/x": "x", "/lib": {"link": "usr/lib"}}}]
TWO_FILES: Layers = [{"files": {"/d/a": "a", "/d/b": "b"}}]
NESTED: Layers = [{"files": {"/d/a": "aaa", "/d/e/b": "x", "/d/e/f/c": "c"}}]
LINKED: Layers = [{"files": {"/d/a": "aaa", "/d/b": {"hard_link": "/d/a"}}}]


def entries(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"entries": list(rows)}


AGREEING: dict[str, Layers] = {
    "a name of a hard link overwritten above": [*LINKED, {"files": {"/d/a": "new"}}],
    "a name of a hard link deleted above": [*LINKED, {"whiteouts": ["/d/a"]}],
    "a hard link to a file of a lower layer": [{"files": {"/d/a": "a"}}, entries({"name": "d/b", "hard_link": "d/a"})],
    "a hard link to a symlink": [{"files": {"/t": "x", "/a": {"link": "t"}, "/b": {"hard_link": "/a"}}}],
    "a hard link over a file": [{"files": {"/t": "x", "/a": "a"}}, entries({"name": "a", "hard_link": "t"})],
    "an opaque directory": [*NESTED, {"opaque": ["/d"], "files": {"/d/c": "n"}}],
    "an opaque mark after its siblings": [
        *NESTED,
        entries({"name": "d/"}, {"name": "d/c", "content": "n"}, {"name": "d/.wh..wh..opq"}),
    ],
    "an opaque mark above what its own layer has made": [
        *NESTED,
        entries({"name": "d/e/f/new", "content": "n"}, {"name": "d/.wh..wh..opq"}),
    ],
    "an opaque mark through a symlink": [*USR_MERGED, entries({"name": "lib/.wh..wh..opq"})],
    "a symlink replaced by a directory": [*USR_MERGED, entries({"name": "lib/"}, {"name": "lib/y", "content": "y"})],
    "a directory replaced by a symlink": [
        {"files": {"/lib/x": "x", "/usr/lib/z": "z"}},
        {"files": {"/lib": {"link": "usr/lib"}}},
    ],
    "an entry below a symlink": [*USR_MERGED, entries({"name": "lib/y", "content": "y"})],
    "an entry below an absolute symlink": [
        {"files": {"/usr/lib/x": "x", "/lib": {"link": "/usr/lib"}}},
        entries({"name": "lib/y", "content": "y"}),
    ],
    "an entry below a symlink that wants out of the root": [
        {"files": {"/usr/lib/x": "x", "/lib": {"link": "../../../usr/lib"}}},
        entries({"name": "lib/y", "content": "y"}),
    ],
    "an entry below a symlink to nothing": [
        {"files": {"/lib": {"link": "/gone/lib"}}},
        entries({"name": "lib/y", "content": "y"}),
    ],
    "an entry below a symlink through what is not there": [
        {"files": {"/lib": {"link": "gone/../usr"}}},
        entries({"name": "lib/y", "content": "y"}),
    ],
    "an opaque mark after a hard link to a lower layer": [
        {"files": {"/t": "x", "/d/e": "e"}},
        entries({"name": "d/a", "hard_link": "t"}, {"name": "d/.wh..wh..opq"}),
    ],
    "a whiteout after a hard link to a lower layer": [
        {"files": {"/t": "x"}},
        entries({"name": "a", "hard_link": "t"}, {"name": ".wh.a"}),
    ],
    "a whiteout after a hard link that gives a lower layer's name to its file again": [
        entries({"name": "d", "content": "x"}, {"name": "a", "hard_link": "d"}),
        entries({"name": "a", "hard_link": "d"}, {"name": ".wh.a"}),
    ],
    "a whiteout below a symlink": [*USR_MERGED, entries({"name": "lib/.wh.x"})],
    "a directory that was a file in between": [
        *TWO_FILES,
        {"files": {"/d": "file"}},
        entries({"name": "d/"}, {"name": "d/b", "content": "2"}),
    ],
    "entries before and without their parents": [
        entries({"name": "a/b/c", "content": "2"}, {"name": "a/", "mode": "0700"}),
    ],
    "a whiteout before the same name": [
        *TWO_FILES,
        entries({"name": ".wh.d"}, {"name": "d/"}, {"name": "d/c", "content": "c"}),
    ],
    "a whiteout after the same name": [
        *TWO_FILES,
        entries({"name": "d/"}, {"name": "d/c", "content": "c"}, {"name": ".wh.d"}),
    ],
    "a whiteout after a file of its layer": [*TWO_FILES, entries({"name": "d/a", "content": "n"}, {"name": "d/.wh.a"})],
    "a whiteout of nothing": [{"files": {"/t": "x"}}, {"whiteouts": ["/nope/x", "/zip"], "files": {"/t": "y"}}],
    "names that only look like whiteouts": [{"files": {"/a.wh.b": "x", "/d/.whx": "1"}}, {"whiteouts": ["/a.wh.b"]}],
    "what AUFS leaves behind": [
        entries({"name": ".wh..wh.plnk/"}, {"name": ".wh..wh.plnk/1.2", "content": "1"}, {"name": ".wh..wh.aufs"}),
    ],
    "the same name twice in a layer": [entries({"name": "a", "content": "1"}, {"name": "a", "content": "22"})],
    "names that are absolute or want out of the root": [
        entries({"name": "../../x"}, {"name": "/absolute", "content": "22"}, {"name": "./d/../e", "content": "3"}),
    ],
    "an entry for the root": [entries({"name": "./", "kind": "directory", "mode": "0700"}, {"name": "x"})],
    "a directory that changes its mode only": [*TWO_FILES, entries({"name": "d/", "mode": "0700", "uid": 7})],
    "devices, FIFOs and setuid": [
        {
            "files": {
                "/dev/null": {"kind": "character-device", "device": [1, 3]},
                "/dev/loop": {"kind": "block-device", "device": [7, 0]},
                "/pipe": {"kind": "fifo"},
                "/su": {"mode": "4755", "uid": 5, "gid": 6, "content": "s"},
            }
        }
    ],
}

REFUSED: dict[str, tuple[Layers, Oddity, list[str]]] = {
    "a parent that is a file": (
        [{"files": {"/d": "file"}}, entries({"name": "d/b", "content": "2"})],
        Oddity.PARENT_NOT_DIRECTORY,
        ["/d", "/d/b"],
    ),
    "a hard link to nothing": ([entries({"name": "a", "hard_link": "zz"})], Oddity.HARD_LINK_TARGET_MISSING, []),
    "a hard link to a directory": (
        [{"files": {"/d/": {}}}, entries({"name": "b", "hard_link": "d"})],
        Oddity.HARD_LINK_TARGET_MISSING,
        ["/d"],
    ),
    "parents that are symlinks in a circle": (
        [{"files": {"/a": {"link": "b"}, "/b": {"link": "a"}}}, entries({"name": "a/x", "content": "1"})],
        Oddity.PARENT_LOOPS,
        ["/a", "/b"],
    ),
}


@pytest.mark.parametrize("name", AGREEING)
def test_tree_is_what_umoci_unpacks(name: str, umoci: str, tmp_path: Path) -> None:
    recipe = {"layers": AGREEING[name]}
    assert rows_of_tree(image_of(recipe).tree) == unpack_with_umoci(umoci, recipe, tmp_path)


@pytest.mark.parametrize("name", REFUSED)
def test_what_umoci_refuses_is_told_and_the_rest_is_read(name: str, umoci: str, tmp_path: Path) -> None:
    layers, oddity, paths = REFUSED[name]
    with pytest.raises(subprocess.CalledProcessError):
        unpack_with_umoci(umoci, {"layers": layers}, tmp_path)
    image = image_of({"layers": layers})
    assert [node.path for node in image.tree.walk()] == paths
    assert [anomaly.kind for anomaly in image.layers[-1].anomalies if anomaly.kind is oddity] == [oddity]


NAMES = st.lists(st.sampled_from("abcd"), min_size=1, max_size=3).map("/".join)
LINKS = st.sampled_from(["a", "/b", "../c", "b/c", "..", "/", "c/../d", "a/b"])
ENTRIES = st.one_of(
    st.fixed_dictionaries({"name": NAMES, "content": st.sampled_from(["", "x", "yy"])}),
    st.fixed_dictionaries({"name": NAMES.map("{}/".format), "mode": st.sampled_from(["0755", "0700"])}),
    st.fixed_dictionaries({"name": NAMES, "kind": st.just("symlink"), "link": LINKS}),
    st.fixed_dictionaries({"name": NAMES, "hard_link": NAMES}),
    NAMES.map(lambda name: {"name": "/.wh.".join(f"/{name}".rsplit("/", 1)).lstrip("/")}),
)
OPAQUE = st.lists(NAMES.map(lambda name: {"name": f"{name}/.wh..wh..opq"}), max_size=1)
"""First in its layer: of a directory that an entry before the mark has made on the way unpackers keep different modes."""
LAYERS = st.lists(st.tuples(OPAQUE, st.lists(ENTRIES, min_size=1, max_size=6)), min_size=1, max_size=4)


@settings(max_examples=80, deadline=None)
@given(layers=LAYERS)
def test_any_layers_give_the_tree_that_umoci_unpacks(
    layers: list[tuple[list[dict[str, Any]], list[dict[str, Any]]]], umoci: str
) -> None:
    recipe = {"layers": [{"entries": [*opaque, *others]} for opaque, others in layers]}
    tree = rows_of_tree(image_of(recipe).tree)
    with TemporaryDirectory() as folder, suppress(subprocess.CalledProcessError):
        # What umoci refuses has no tree to compare with; that we read it without an error is all that can be said.
        assert tree == unpack_with_umoci(umoci, recipe, Path(folder))
