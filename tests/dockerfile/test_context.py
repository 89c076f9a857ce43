"""What COPY can reach: patterns, .dockerignore, symlinks, and contexts that are not where we think."""

import io
import subprocess
import tarfile
import time
from pathlib import Path

import pytest

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.glob import BadPattern, compile_glob
from lambda_image_lint.dockerfile.ignore import Ignore
from tests.engines import DockerDaemon


def paths(answer: object) -> list[str]:
    assert isinstance(answer, tuple)
    return [file.path for file in answer]


FILES = {"app.py": b"x", "lib/a.py": b"a", "lib/b.txt": b"b", "lib/deep/c.py": b"c", "[odd].py": b"", "empty/": b""}


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("app.py", ["app.py"]), ("/app.py", ["app.py"]), ("./lib/../app.py", ["app.py"]), ("../app.py", ["app.py"]),
        ("lib", ["lib"]), ("lib/", ["lib"]), (".", [""]), ("*.py", ["[odd].py", "app.py"]), ("lib/*", ["lib/a.py", "lib/b.txt", "lib/deep"]),
        ("l?b/[a-b].*", ["lib/a.py", "lib/b.txt"]), ("lib/[^a].txt", ["lib/b.txt"]), ("[[]odd].py", ["[odd].py"]), ("\\[odd].py", ["[odd].py"]),
        ("nope", []), ("*.nope", []), ("lib/*/c.py", ["lib/deep/c.py"]), ("[", []), ("app.py/x", []),
    ],
)  # fmt: skip
def test_a_copy_source_finds_what_docker_copies(pattern: str, found: list[str]) -> None:
    assert paths(Context.of(FILES).match(pattern)) == found


def test_walk_gives_all_below_without_what_is_ignored() -> None:
    context = Context.of({**FILES, ".dockerignore": b"**/*.py\n!lib/deep\n*.txt\n"})
    assert paths(context.walk("lib")) == ["lib/b.txt", "lib/deep", "lib/deep/c.py"]
    assert context.find("app.py") is None
    assert context.present("app.py") is True
    assert context.present("gone.py") is False
    assert context.has_ignore_file


def test_content_and_modes_come_with_the_file() -> None:
    context = Context.of({"run.sh": b"#!/bin/sh\n"}, modes={"run.sh": 0o755})
    file = context.find("run.sh")
    assert file is not None
    assert not isinstance(file, Unknown)
    assert (file.mode, file.size, file.read(), file.read(2)) == (0o755, 10, b"#!/bin/sh\n", b"#!")


def test_the_ignore_file_named_after_the_dockerfile_goes_first(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).touch()
    (tmp_path / ".dockerignore").write_text("a\n")
    (tmp_path / "Dockerfile.dev").touch()
    (tmp_path / "Dockerfile.dev.dockerignore").write_text("b\n")
    assert Context.at(tmp_path, tmp_path / "Dockerfile").find("a") is None
    assert Context.at(tmp_path, tmp_path / "Dockerfile.dev").find("b") is None


def test_symlinks_never_lead_out_of_the_context(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("outside")
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc" / "hosts").write_text("inside")
    (root / "up").symlink_to("../secret")
    (root / "absolute").symlink_to("/etc/hosts")
    (root / "loop").symlink_to("loop")
    (root / "outside").symlink_to(tmp_path)
    context = Context.at(root)
    assert context.find("up") is None
    assert context.find("loop") is None
    assert context.find("outside/secret") is None
    absolute = context.find("absolute")
    assert absolute is not None
    assert not isinstance(absolute, Unknown)
    assert absolute.read() == b"inside"


def test_without_a_context_nothing_is_claimed() -> None:
    context = Context.unknown()
    assert (
        context.find("a") == context.match("a") == context.walk() == context.present("a") == Unknown("no build context")
    )


def test_a_source_that_stands_above_the_root_makes_the_context_unknown(tmp_path: Path) -> None:
    root = tmp_path / "repository" / "services" / "one"
    root.mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    (tmp_path / "repository" / "pyproject.toml").touch()
    (tmp_path / "outside.txt").touch()
    context = Context.at(root)
    settled = context.settle(["pyproject.toml"])
    assert isinstance(settled.find("anything"), Unknown)
    assert context.settle(["outside.txt", "*.toml", "$X/pyproject.toml"]) is context
    (root / "pyproject.toml").touch()
    fresh = Context.at(root)
    assert fresh.settle(["pyproject.toml"]) is fresh


def test_a_folder_above_that_has_all_sources_and_more_is_the_context(tmp_path: Path) -> None:
    root = tmp_path / "repository" / "services" / "one"
    (root / "src").mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    for name in ("repository/pyproject.toml", "repository/LICENSE", "repository/services/one/pyproject.toml"):
        (tmp_path / name).touch()
    context = Context.at(root)
    home = context.at_home(["pyproject.toml", "LICENSE"])
    assert home.find("pyproject.toml") == Unknown("LICENSE is not below one, but stands in a folder above")
    assert home.around() is not None
    assert context.at_home(["pyproject.toml", "services/one/src"]).find("src") == Unknown(
        "services/one/src is not below one, but stands in a folder above"
    )
    assert context.at_home(["src", "LICENSE"]) is context  # nothing above has src: a stray name
    assert context.at_home(["pyproject.toml", "nowhere", "*.txt"]) is context


def test_bad_patterns_are_told_with_their_line() -> None:
    ignore = Ignore.parse("# c\n!\n[\nok\n\\\nbin\\cache\n")
    assert [problem.line for problem in ignore.problems] == [2, 3, 5, 6]
    assert ignore.ignores("ok/below")
    with pytest.raises(BadPattern):
        compile_glob("[a", deep=False)


def test_hostile_patterns_take_no_time() -> None:
    started = time.process_time()
    for pattern in ("**/" * 30 + "x", "*a" * 40, "**" * 50):
        compile_glob(pattern, deep=True).matches("a/" * 60 + "b")
    assert time.process_time() - started < 1


# An exception with a wildcard in its middle is left out: the daemon's older builder does not open an ignored folder for
# it, BuildKit does, and so do we.
IGNORED = """\
# a comment
*.log
  /rooted.txt
docs/
!docs/keep.md
**/node_modules
**/*.pyc
a?c
[x-z].txt
tmp/**
!tmp/keep
!tmp/a/b
deep/*/leaf
!deep/one/leaf
lit\\*eral
**.bak
end\\d
mid/**/end
trail/
Case.TXT
!.dockerignore
Dockerfile
 #notcomment
"""
TREE = [
    "app.log", "sub/app.log", "rooted.txt", "sub/rooted.txt", "docs/a.md", "docs/keep.md", "docs/in/b.md",
    "node_modules/x", "p/node_modules/x", "p/q/node_modules/y/z", "m.pyc", "p/m.pyc", "abc", "a/c", "sub/abc", "x.txt", "w.txt",
    "tmp/one", "tmp/a/keep", "tmp/a/b/keep", "tmp/keep", "deep/one/leaf", "deep/two/leaf", "deep/two/leaf2/x", "lit*eral", "litXeral",
    "x.bak", "p/q.bak", "bak", "dir.bak/f", "end1", "endd",
    "mid/end", "mid/a/b/end/f", "mid/endx", "trail/f", "case.txt", "Case.TXT", "#notcomment", "keep me.txt", "é.log",
]  # fmt: skip


def test_dockerignore_gives_the_build_what_the_real_daemon_gives_it(
    docker_daemon: DockerDaemon, tmp_path: Path
) -> None:
    for name in TREE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / ".dockerignore").write_text(IGNORED)
    (tmp_path / "Dockerfile").write_text('FROM scratch\nCOPY . /\nCMD ["x"]\n')
    docker_daemon.build(tmp_path, "ignore:test")
    container = docker_daemon.run("create", "ignore:test").strip()
    exported = subprocess.run(
        ["docker", "export", container], capture_output=True, check=True, timeout=60, env=docker_daemon.environment
    ).stdout
    docker_daemon.run("rm", container)
    with tarfile.open(fileobj=io.BytesIO(exported)) as archive:
        daemon = {member.name for member in archive if member.isfile()} & {*TREE, ".dockerignore", "Dockerfile"}
    found = Context.at(tmp_path, tmp_path / "Dockerfile").walk()
    assert isinstance(found, tuple)
    assert {file.path for file in found if not file.is_dir} == daemon
    assert "docs/keep.md" in daemon
    assert "docs/a.md" not in daemon


def test_an_exception_with_a_wildcard_reaches_into_ignored_folders() -> None:
    context = Context.of({"tmp/a/b/keep": b"", "tmp/a/b/drop": b"", ".dockerignore": b"tmp/**\n!tmp/**/keep\n"})
    assert paths(context.walk("tmp")) == ["tmp/a/b/keep"]


def test_an_ignored_folder_is_opened_only_where_an_exception_can_reach_into_it() -> None:
    ignore = Ignore.parse("*\n!src\n!docs/*.md\n!deep/down/file\n")
    asked = ("node_modules", "src", "src/in", "docs", "deep", "deep/down", "deep/other")
    assert [folder for folder in asked if ignore.may_show_below(folder)] == list(asked)
    plain = Ignore.parse("*\n!src\n!deep/down/file\n!kept/*\n")
    asked = ("node_modules", "src", "src/in", "deep", "deep/down", "deep/other", "kept")
    assert [folder for folder in asked if plain.may_show_below(folder)] == [
        "src",
        "src/in",
        "deep",
        "deep/down",
        "kept",
    ]
