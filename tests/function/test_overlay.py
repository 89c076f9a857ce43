"""A file system of which only part is known: present, absent and unknown, whatever happens in whatever order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_image_lint.answer import Absent, Unknown
from lambda_image_lint.finding import Span, TextPlace
from lambda_image_lint.function.base_files import base_file_system, empty_file_system
from lambda_image_lint.function.known import KnownFile, held_content
from lambda_image_lint.function.model import Barrier, File, Kind
from lambda_image_lint.function.overlay import FileSystem
from lambda_image_lint.function.walk import Link

PLACE = TextPlace(Span(1, 1, 1, 2))
CLOUD = Unknown("RUN ./x may have written it", PLACE)


def empty() -> FileSystem:
    return empty_file_system(PLACE)


def put(files: FileSystem, path: str, text: str = "x", mode: int = 0o644, uid: int = 0, gid: int = 0) -> None:
    content = text.encode()
    files.put(KnownFile(path, Kind.FILE, mode, uid, gid, len(content), PLACE, held_content(content)))


def symlink(files: FileSystem, path: str, target: str) -> None:
    files.put(Link(KnownFile(path, Kind.SYMLINK, 0o777, 0, 0, len(target), PLACE), target))


def test_parents_are_made_and_nothing_beside_them() -> None:
    files = empty()
    put(files, "/a/b/c")
    assert isinstance(files.find("/a/b"), File)
    assert files.find("/a/d") == Absent("/a/d")


def test_a_file_hides_what_was_below_a_directory_of_its_name() -> None:
    files = empty()
    put(files, "/a/b")
    put(files, "/a")
    assert files.find("/a/b") == Absent("/a/b")


def test_a_cloud_hides_what_it_may_have_changed_and_a_later_file_stands_in_it() -> None:
    files = empty()
    put(files, "/a/b")
    files.blur("/a", CLOUD)
    put(files, "/a/c")
    assert (files.find("/a/b"), files.find("/a/d")) == (CLOUD, CLOUD)
    assert isinstance(files.find("/a/c"), File)


def test_a_cloud_that_only_adds_leaves_what_is_there() -> None:
    files = empty()
    put(files, "/a/b")
    files.blur("/a", CLOUD, changes=False)
    assert isinstance(files.find("/a/b"), File)
    assert files.find("/a/c") == CLOUD


def test_the_folder_of_a_cloud_may_have_been_made_with_it() -> None:
    files = empty()
    files.blur("/new/sub", CLOUD)
    assert files.find("/new") == CLOUD
    assert files.find("/other") == Absent("/other")
    assert files.find("/new/other") == Absent("/new/other")


def test_what_is_removed_is_absent_in_a_cloud_too() -> None:
    files = FileSystem(CLOUD)
    files.remove("/a")
    assert files.find("/a/b") == Absent("/a/b")
    assert files.find("/b") == CLOUD


def test_a_list_is_whole_only_where_no_cloud_reaches() -> None:
    files = empty()
    put(files, "/a/b")
    put(files, "/c/d")
    files.blur("/c/x", CLOUD)
    known = files.under("/a")
    assert not isinstance(known, Unknown)
    assert [file.path for file in known] == ["/a/b"]
    assert files.under("/c") == CLOUD
    assert [file.path for file in files.known_under("/c")] == ["/c/d"]
    files.remove("/c")
    assert files.under("/c") == ()


def test_patterns_cross_slashes_only_with_two_stars() -> None:
    files = empty()
    for path in ("/a/x.py", "/a/b/y.py", "/a/b/z.txt"):
        put(files, path)
    for pattern, expected in {
        "/a/*.py": ["/a/x.py"],
        "/a/**/*.py": ["/a/b/y.py", "/a/x.py"],
        "/**/?.txt": ["/a/b/z.txt"],
        "/a/*/*": ["/a/b/y.py", "/a/b/z.txt"],
    }.items():
        found = files.glob(pattern)
        assert not isinstance(found, Unknown)
        assert [file.path for file in found] == expected


def test_symlinks_are_followed_inside_the_image() -> None:
    files = empty()
    put(files, "/usr/lib/x")
    symlink(files, "/lib", "usr/lib")
    symlink(files, "/usr/up", "../lib/./x")
    symlink(files, "/absolute", "/lib/x")
    for path in ("/lib/x", "/usr/up", "/absolute", "/lib/../lib/x"):
        found = files.find(path)
        assert isinstance(found, File)
        assert found.path == "/usr/lib/x"
    assert (files.link("/lib"), files.link("/usr/lib/x")) == ("usr/lib", None)


def test_a_link_that_dangles_or_loops_is_seen_as_the_link_it_is() -> None:
    files = empty()
    symlink(files, "/dangling", "/nowhere")
    symlink(files, "/loop", "/loop")
    for path in ("/dangling", "/loop"):
        found = files.find(path)
        assert isinstance(found, File)
        assert (found.kind, found.path) == (Kind.SYMLINK, path)
    assert files.find("/dangling/x") == Absent("/dangling/x")


def test_above_the_root_is_the_root() -> None:
    files = empty()
    put(files, "/a")
    assert isinstance(files.find("/../../a"), File)


def test_permissions_count_for_uid_993_and_every_parent() -> None:
    files = empty()
    put(files, "/a/b/open")
    put(files, "/a/b/closed", mode=0o640)
    put(files, "/mine", mode=0o400, uid=993)
    put(files, "/groups", mode=0o040, gid=990)
    put(files, "/not/mine", mode=0o044, uid=993)
    assert files.readable("/a/b/open") is None
    assert files.readable("/a/b/closed") == Barrier("/a/b/closed", 0o640, PLACE)
    assert (files.readable("/mine"), files.readable("/groups")) == (None, None)
    assert files.readable("/not/mine") == Barrier("/not/mine", 0o044, PLACE)
    assert files.executable("/a/b/open") == Barrier("/a/b/open", 0o644, PLACE)
    files.make_directory("/root", PLACE, 0o700)
    put(files, "/root/x", mode=0o777)
    assert files.readable("/root/x") == Barrier("/root", 0o700, PLACE)
    assert isinstance(files.readable("/nothing"), Unknown)


def test_a_barrier_counts_though_another_parent_is_not_known() -> None:
    files = FileSystem(CLOUD)
    put(files, "/a/b", mode=0o600)
    assert files.readable("/a/b") == Barrier("/a/b", 0o600, PLACE)
    put(files, "/a/c")
    assert isinstance(files.readable("/a/c"), Unknown)


def test_a_fork_goes_its_own_way() -> None:
    files = empty()
    put(files, "/a")
    fork = files.fork()
    fork.remove("/a")
    put(files, "/b")
    assert (isinstance(files.find("/a"), File), fork.find("/a"), fork.find("/b")) == (True, Absent("/a"), Absent("/b"))


def test_in_doubt_nothing_that_is_done_is_certain() -> None:
    files = empty()
    put(files, "/a")
    with files.doubting(CLOUD):
        files.remove("/a")
        put(files, "/b")
    assert (files.find("/a"), files.find("/b"), files.find("/c")) == (CLOUD, CLOUD, Absent("/c"))


def test_what_an_aws_base_has_is_known_as_far_as_the_tables_go() -> None:
    files = base_file_system("public.ecr.aws/lambda/provided:al2023", PLACE)
    assert files.find("/var/runtime/bootstrap") == Absent("/var/runtime/bootstrap")
    assert files.under("/var/task") == ()
    assert isinstance(files.find("/usr/bin/anything"), Unknown)
    assert files.find("/function") == Absent("/function")


PATHS = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts))
EVENTS = st.lists(st.tuples(st.sampled_from(["put", "folder", "remove", "cloud", "add"]), PATHS), max_size=12)


@settings(max_examples=300, deadline=None)
@given(EVENTS, PATHS)
def test_a_claim_holds_in_every_world_that_the_clouds_allow(events: list[tuple[str, str]], path: str) -> None:
    """Each cloud may have done nothing, or made, or removed the very path that is asked for."""
    files = empty()
    worlds: list[dict[str, str]] = [{"/": "folder"}]
    for what, where in events:
        if what == "put":
            put(files, where)
        elif what == "folder":
            files.make_directory(where, PLACE)
        elif what == "remove":
            files.remove(where)
        else:
            files.blur(where, CLOUD, changes=what == "cloud")
        worlds = [after for world in worlds for after in _after(world, what, where, path)]
        worlds = list({tuple(sorted(world.items())): world for world in worlds}.values())
    found = files.find(path)
    if isinstance(found, Absent):
        assert all(path not in world for world in worlds)
    elif isinstance(found, File):
        wanted = "folder" if found.kind is Kind.DIRECTORY else "file"
        assert all(world.get(path) == wanted for world in worlds)


def _after(world: dict[str, str], what: str, where: str, asked: str) -> list[dict[str, str]]:
    if what in ("put", "folder"):
        return [_made(world, where, "file" if what == "put" else "folder")]
    if what == "remove":
        return [_removed(world, where)]
    outcomes = [world]
    if asked == where or asked.startswith(where + "/"):
        if what == "cloud":
            outcomes.append(_removed(world, asked))
            # Below a file nothing can be made; that a command replaced the file itself, its cloud would say.
            if not _blocked(world, asked):
                outcomes.append(_made(_removed(world, asked), asked, "file"))
        elif asked not in world and not _blocked(world, asked):
            outcomes.append(_made(world, asked, "file"))
    elif where.startswith(asked + "/") and asked not in world and not _blocked(world, asked):
        outcomes.append(_made(world, where, "file"))
    return outcomes


def _blocked(world: dict[str, str], path: str) -> bool:
    return any(kind == "file" and path.startswith(name + "/") for name, kind in world.items())


def _removed(world: dict[str, str], path: str) -> dict[str, str]:
    return {name: kind for name, kind in world.items() if name != path and not name.startswith(path + "/")}


def _made(world: dict[str, str], path: str, kind: str) -> dict[str, str]:
    made = dict(world)
    parts = path.split("/")
    for end in range(2, len(parts)):
        above = "/".join(parts[:end])
        if made.get(above) == "file":
            made = _removed(made, above)
        made[above] = "folder"
    if kind == "file" or made.get(path) != "folder":
        made = _removed(made, path)
    made[path] = kind
    return made
