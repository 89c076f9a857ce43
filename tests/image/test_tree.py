"""The flattened file system, as rules ask it."""

import pytest

from lambda_image_lint.image.sources.memory import image_of
from lambda_image_lint.image.tree import FileTree, NodeKind


@pytest.fixture(scope="module")
def tree() -> FileTree:
    return image_of(
        {
            "layers": [
                {
                    "files": {
                        "/usr/lib/libc.so.6": {"content": "\x7fELF", "mode": "0755"},
                        "/lib": {"link": "usr/lib"},
                        "/usr/bin/python3.12": {"mode": "0755", "content": "p"},
                        "/usr/bin/python3": {"link": "python3.12"},
                        "/usr/bin/python": {"link": "/usr/bin/python3"},
                        "/opt/out": {"link": "../../../../usr/bin"},
                        "/dangling": {"link": "/nowhere"},
                        "/loop": {"link": "/loop2"},
                        "/loop2": {"link": "loop"},
                        "/var/task/app.py": "x",
                        "/var/task/pkg/__init__.py": "",
                        "/var/task/pkg/sub/mod.py": "yy",
                        "/var/task/[odd].py": "",
                    }
                }
            ]
        }
    ).tree


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/lib/libc.so.6", "/usr/lib/libc.so.6"),
        ("/usr/bin/python", "/usr/bin/python3.12"),
        ("/opt/out/python", "/usr/bin/python3.12"),
        ("/usr/../usr/./bin//python/", "/usr/bin/python3.12"),
        ("/../../lib", "/usr/lib"),
        ("/", "/"),
        ("/dangling", None),
        ("/loop", None),
        ("/loop/x", None),
        ("/nowhere", None),
        ("/var/task/app.py/x", None),
        ("/var/task/app.py/..", None),
        ("/lib/../task", None),
    ],
)
def test_find_follows_symlinks_inside_the_image(tree: FileTree, path: str, found: str | None) -> None:
    node = tree.find(path)
    assert (node and node.path) == found


def test_lookup_follows_symlinks_on_the_way_but_not_the_last(tree: FileTree) -> None:
    nodes = [
        tree.lookup(path) for path in ("/usr/bin/python", "/dangling", "/loop", "/opt/out/python3", "/lib/nothing")
    ]
    assert [node and (node.path, node.kind, node.link) for node in nodes] == [
        ("/usr/bin/python", NodeKind.SYMLINK, "/usr/bin/python3"),
        ("/dangling", NodeKind.SYMLINK, "/nowhere"),
        ("/loop", NodeKind.SYMLINK, "/loop2"),
        ("/usr/bin/python3", NodeKind.SYMLINK, "python3.12"),
        None,
    ]


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("/var/task/*.py", ["/var/task/[odd].py", "/var/task/app.py"]),
        ("/var/task/**/*.py", ["/var/task/[odd].py", "/var/task/app.py", "/var/task/pkg/__init__.py", "/var/task/pkg/sub/mod.py"]),
        ("/var/task/**", ["/var/task/[odd].py", "/var/task/app.py", "/var/task/pkg", "/var/task/pkg/__init__.py", "/var/task/pkg/sub", "/var/task/pkg/sub/mod.py"]),
        ("/**/mod.py", ["/var/task/pkg/sub/mod.py"]),
        ("/lib/libc.so.?", ["/usr/lib/libc.so.6"]),
        ("/usr/bin/python3.1[0-3]", ["/usr/bin/python3.12"]),
        ("/usr/bin/python3.1[!0-3]", []),
        ("/var/task/[[]odd].py", ["/var/task/[odd].py"]),
        ("/nothing/**", []),
    ],
)  # fmt: skip
def test_globs_match_whole_paths(tree: FileTree, pattern: str, paths: list[str]) -> None:
    assert [node.path for node in tree.glob(pattern)] == paths


def test_walk_gives_parents_first_and_each_path_once(tree: FileTree) -> None:
    paths = [node.path for node in tree.walk()]
    assert paths == sorted(paths, key=lambda path: path.split("/"))
    assert [node.path for node in tree.under("/var")] == [path for path in paths if path.startswith("/var/")]
    assert [node.name for node in tree.children("/var/task")] == ["[odd].py", "app.py", "pkg"]
    assert list(tree.under("/var/task/app.py")) == []
