"""Dead bytes by cause, maker and killer; among them the cases that dive gets wrong."""

from typing import Any

import pytest

from lambda_image_lint.image.layers import Cause, Death
from lambda_image_lint.image.sources.memory import image_of

MB = 1_000_000


def waste_of(*layers: dict[str, Any]) -> tuple[int, int, list[Death]]:
    """Live bytes, dead bytes, and the deaths."""
    found = image_of({"layers": list(layers)}).layers
    assert found.live_bytes + found.dead_bytes == sum(layer.payload_bytes for layer in found)
    return found.live_bytes, found.dead_bytes, list(found.deaths)


def test_a_file_deleted_above_is_dead_where_it_was_made() -> None:
    big = {"files": {"/big": {"size": 5 * MB}, "/small": {"size": MB}}}
    assert waste_of(big, {"whiteouts": ["/big"]}) == (
        MB,
        5 * MB,
        [Death(Cause.DELETED_FILE, 0, 1, 5 * MB, 1, (("/big", 5 * MB),))],
    )


def test_a_directory_deleted_above_takes_all_that_is_below_it() -> None:
    big = {"files": {"/data/a": {"size": 3 * MB}, "/data/sub/b": {"size": 2 * MB}, "/small": {"size": MB}}}
    assert waste_of(big, {"whiteouts": ["/data"]}) == (
        MB,
        5 * MB,
        [Death(Cause.DELETED_DIRECTORY, 0, 1, 5 * MB, 2, (("/data/a", 3 * MB), ("/data/sub/b", 2 * MB)))],
    )


def test_an_opaque_directory_hides_what_it_had() -> None:
    big = {"files": {"/data/a": {"size": 5 * MB}}}
    assert waste_of(big, {"opaque": ["/data"], "files": {"/data/new": {"size": MB}}}) == (
        MB,
        5 * MB,
        [Death(Cause.OPAQUE, 0, 1, 5 * MB, 1, (("/data/a", 5 * MB),))],
    )


def test_a_dangling_whiteout_hides_no_later_duplicate() -> None:
    big = {"files": {"/copy": {"size": 5 * MB}}}
    assert waste_of(big, {"whiteouts": ["/aaa/never-there"], "files": {"/copy": {"size": 5 * MB}}}) == (
        5 * MB,
        5 * MB,
        [Death(Cause.OVERWRITTEN_IDENTICAL, 0, 1, 5 * MB, 1, (("/copy", 5 * MB),))],
    )


def test_a_file_copied_once_more_is_counted_once() -> None:
    big = {"files": {"/big": {"size": 5 * MB, "mode": "0644"}}}
    assert waste_of(big, {"files": {"/big": {"size": 5 * MB, "mode": "0755"}}}) == (
        5 * MB,
        5 * MB,
        [Death(Cause.OVERWRITTEN_IDENTICAL, 0, 1, 5 * MB, 1, (("/big", 5 * MB),))],
    )


def test_a_file_added_deleted_and_added_again_is_dead_once() -> None:
    big = {"files": {"/big": {"size": 5 * MB}}}
    assert waste_of(big, {"whiteouts": ["/big"]}, big) == (
        5 * MB,
        5 * MB,
        [Death(Cause.DELETED_FILE, 0, 1, 5 * MB, 1, (("/big", 5 * MB),))],
    )


def test_a_small_file_overwritten_by_a_large_one_costs_the_small_one() -> None:
    assert waste_of({"files": {"/f": {"size": MB}}}, {"files": {"/f": {"size": 5 * MB}}}) == (
        5 * MB,
        MB,
        [Death(Cause.OVERWRITTEN_DIFFERENT, 0, 1, MB, 1, (("/f", MB),))],
    )


def test_the_same_content_at_another_path_is_alive_and_shows_by_its_fingerprint() -> None:
    image = image_of({"layers": [{"files": {"/a": "same", "/b": "same", "/c": "else"}}]})
    assert image.layers.dead_bytes == 0
    a, b, c = (node.fingerprint for node in image.tree.walk())
    assert a == b != c


def test_a_hard_linked_file_lives_while_one_name_does() -> None:
    linked = {"files": {"/a": {"size": MB}, "/b": {"hard_link": "/a"}}}
    assert waste_of(linked, {"whiteouts": ["/a"]}) == (MB, 0, [])
    assert waste_of(linked, {"whiteouts": ["/a"]}, {"whiteouts": ["/b"]}) == (
        0,
        MB,
        [Death(Cause.DELETED_FILE, 0, 2, MB, 1, (("/b", MB),))],
    )


@pytest.mark.parametrize("above", [{"/d": {"link": "x"}}, {"/d": {"kind": "fifo"}}, {"/d": ""}])
def test_what_a_directory_held_dies_when_something_else_takes_its_place(above: dict[str, Any]) -> None:
    assert waste_of({"files": {"/d/f": {"size": MB}}}, {"files": above}) == (
        0,
        MB,
        [Death(Cause.REPLACED_BY_OTHER_TYPE, 0, 1, MB, 1, (("/d/f", MB),))],
    )


def test_an_entry_without_a_place_in_the_tree_is_dead_by_its_own_layer() -> None:
    loop = {"files": {"/a": {"link": "b"}, "/b": {"link": "a"}}}
    assert waste_of(loop, {"entries": [{"name": "a/x", "size": MB}]}) == (
        0,
        MB,
        [Death(Cause.UNREACHABLE, 1, 1, MB, 1, (("/a/x", MB),))],
    )


def test_each_layer_tells_its_own_dead_bytes_and_all_of_them_the_efficiency() -> None:
    image = image_of(
        {
            "layers": [
                {"created_by": "COPY a", "files": {"/a": {"size": 3 * MB}, "/keep": {"size": MB}}},
                {"created_by": "RUN chmod", "files": {"/a": {"size": 3 * MB, "mode": "0755"}}},
                {"created_by": "RUN rm", "whiteouts": ["/a"]},
            ]
        }
    )
    assert [(layer.created_by, dict(layer.dead)) for layer in image.layers] == [
        ("COPY a", {Cause.OVERWRITTEN_IDENTICAL: 3 * MB}),
        ("RUN chmod", {Cause.DELETED_FILE: 3 * MB}),
        ("RUN rm", {}),
    ]
    assert image.layers.efficiency == 1 / 7
    assert image.layers.files == 1


def test_only_the_largest_paths_are_named_however_many_there_are() -> None:
    files = {f"/data/{number:03}": {"size": number} for number in range(200)}
    (death,) = image_of({"layers": [{"files": files}, {"whiteouts": ["/data"]}]}).layers.deaths
    assert (death.files, death.bytes) == (199, sum(range(200)))
    assert death.largest == tuple((f"/data/{number}", number) for number in range(199, 189, -1))
