"""A registry that fails costs seconds, never an answer that is wrong, and never a secret."""

import json
import socket
import time
from collections.abc import Iterator

import pytest

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.model import Image
from lambda_image_lint.image.sources import open_source
from lambda_image_lint.image.sources.limits import Limits
from tests.image.sources.dialects import small_image
from tests.image.sources.fake_registry import Answer, Asked, FakeRegistry, serve

LIMITS = Limits(connect_seconds=1, read_seconds=1, answer_seconds=3, first_wait_seconds=0.05)
IMAGE = small_image()

pytestmark = pytest.mark.usefixtures("docker_home")


@pytest.fixture
def fake() -> Iterator[FakeRegistry]:
    registry = FakeRegistry()
    registry.put(IMAGE)
    with serve(registry) as served:
        yield served


def read(fake: FakeRegistry, limits: Limits = LIMITS) -> tuple[list[str], list[str], list[str]]:
    """The image's problems, its layers' diff ids, and the paths of its files."""
    with Image(open_source(f"registry:{fake.address}/app:1", limits=limits)) as image:
        problems = [
            *(image.manifest.problems if image.manifest else ()),
            *image.config.problems,
            *image.layers.problems,
        ]
        paths = [node.path for node in image.tree.walk()] if not problems else []
        return [problem.damage for problem in problems], [layer.diff_id for layer in image.layers], paths


GOOD: tuple[list[str], list[str], list[str]] = (
    [],
    IMAGE.diff_ids,
    ["/data", "/data/marker", "/var", "/var/task", "/var/task/app.py"],
)


def failure(fake: FakeRegistry, limits: Limits = LIMITS) -> str:
    """The message with which reading fails, the address replaced."""
    with pytest.raises(SourceError) as error:
        read(fake, limits)
    return error.value.message.replace(fake.address, "HOST")


def times(count: int, status: int, headers: dict[str, str] | None = None) -> "Misbehave":
    return Misbehave(count, lambda answer, _: answer.send(status, b"sorry", headers))


def a_layer(fake: FakeRegistry) -> tuple[str, bytes]:
    """Digest and bytes of the first layer."""
    digest = json.loads(fake.manifests["1"][1])["layers"][0]["digest"]
    return digest, fake.blobs[digest]


class Misbehave:
    """Answers the first `count` requests for something of the repository wrongly, and leaves the others alone."""

    def __init__(self, count: int, wrongly: object) -> None:
        self.left = count
        self._wrongly = wrongly

    def __call__(self, answer: Answer, asked: Asked) -> bool:
        if asked.path == "/v2/" or self.left == 0:
            return False
        self.left -= 1
        assert callable(self._wrongly)
        self._wrongly(answer, asked)
        return True


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_an_overloaded_registry_is_asked_again(fake: FakeRegistry, status: int) -> None:
    fake.misbehave = times(2, status)
    assert read(fake) == GOOD
    assert fake.paths()[:3] == ["/v2/app/manifests/1"] * 3


def test_the_wait_that_a_registry_asks_for_is_kept(fake: FakeRegistry) -> None:
    fake.misbehave = times(1, 429, {"Retry-After": "1"})
    started = time.monotonic()
    assert read(fake) == GOOD
    assert 1 <= time.monotonic() - started < 3


def test_a_wait_that_is_too_long_ends_the_job_at_once(fake: FakeRegistry) -> None:
    fake.misbehave = times(9, 429, {"Retry-After": "120"})
    started = time.monotonic()
    assert failure(fake) == "registry HOST answers 429, and asks to wait 120 s; given up at once"
    assert time.monotonic() - started < 1
    assert fake.paths() == ["/v2/app/manifests/1"]


def test_a_registry_that_keeps_failing_is_asked_three_times(fake: FakeRegistry) -> None:
    fake.misbehave = times(9, 500)
    assert failure(fake) == "registry HOST answers 500; given up after 3 tries"
    assert fake.paths() == ["/v2/app/manifests/1"] * 3


def test_a_silent_registry_is_left_within_the_limit(fake: FakeRegistry) -> None:
    fake.misbehave = Misbehave(9, lambda _, __: time.sleep(2))
    started = time.monotonic()
    assert failure(fake) == "registry HOST does not answer in time"
    assert time.monotonic() - started < 2


def test_a_registry_that_drips_is_left_within_the_limit_too(fake: FakeRegistry) -> None:
    def drip(answer: Answer, _: Asked) -> None:
        answer.send_response(200)
        answer.send_header("Content-Length", "1000")
        answer.end_headers()
        for _byte in range(20):
            answer.wfile.write(b" ")
            answer.wfile.flush()
            time.sleep(0.2)

    fake.misbehave = Misbehave(1, drip)
    started = time.monotonic()
    assert failure(fake, Limits(answer_seconds=1)) == "registry HOST gave no whole answer within 1 s"
    assert time.monotonic() - started < 2


def test_a_manifest_that_is_cut_is_asked_for_again(fake: FakeRegistry) -> None:
    fake.misbehave = Misbehave(2, lambda answer, _: answer.send(200, b"{" * 100, cut_after=50))
    assert read(fake) == GOOD


@pytest.mark.parametrize("has_ranges", [True, False], ids=["with ranges", "without ranges"])
def test_a_layer_goes_on_where_its_connection_was_cut(fake: FakeRegistry, has_ranges: bool) -> None:
    fake.has_ranges = has_ranges
    digest, layer = a_layer(fake)
    cut_at = len(layer) // 2
    left = [cut_at]

    def cut(answer: Answer, asked: Asked) -> bool:
        if not asked.path.endswith(digest) or not left:
            return False
        fake.answer_blob(answer, asked, layer, cut_after=left.pop())
        return True

    fake.misbehave = cut
    assert read(fake) == GOOD
    ranges = [asked.headers.get("range") for asked in fake.asked if asked.path.endswith(digest)]
    assert ranges == [None, f"bytes={cut_at}-"]


def test_a_layer_that_is_cut_every_time_fails_after_three_tries(fake: FakeRegistry) -> None:
    digest, layer = a_layer(fake)

    def cut(answer: Answer, asked: Asked) -> bool:
        if not asked.path.endswith(digest):
            return False
        fake.answer_blob(answer, asked, layer, cut_after=5)
        return True

    fake.misbehave = cut
    message = failure(fake)
    assert message.startswith(f"registry HOST broke off {digest} 3 times: ")
    assert len([path for path in fake.paths() if path.endswith(digest)]) == 3


def test_a_layer_that_stalls_is_tried_again(fake: FakeRegistry) -> None:
    digest, layer = a_layer(fake)
    left = [1]

    def stall(answer: Answer, asked: Asked) -> bool:
        if not asked.path.endswith(digest) or not left:
            return False
        left.pop()
        answer.send_response(200)
        answer.send_header("Content-Length", str(len(layer)))
        answer.end_headers()
        answer.wfile.write(layer[:10])
        answer.wfile.flush()
        time.sleep(1.5)
        answer.hang_up()
        return True

    fake.misbehave = stall
    assert read(fake) == GOOD


def test_wrong_bytes_are_a_finding_and_not_a_failure(fake: FakeRegistry) -> None:
    digest, layer = a_layer(fake)
    fake.blobs[digest] = layer[:-1] + bytes([layer[-1] ^ 1])
    problems, _, _ = read(fake)
    assert "digest" in problems


def test_a_manifest_other_than_its_digest_promises_is_a_finding(fake: FakeRegistry) -> None:
    media_type, raw = fake.manifests["1"]
    fake.misbehave = Misbehave(
        1,
        lambda answer, _: answer.send(
            200, raw + b" ", {"Content-Type": media_type, "Docker-Content-Digest": "sha256:" + "0" * 64}
        ),
    )
    assert read(fake)[0] == ["digest"]


def test_a_layer_that_is_not_there_is_a_finding(fake: FakeRegistry) -> None:
    digest, _ = a_layer(fake)
    del fake.blobs[digest]
    assert read(fake)[0] == ["missing", "missing"]  # the image has it twice


def test_a_document_without_end_is_not_read_to_its_end(fake: FakeRegistry) -> None:
    def flood(answer: Answer, _: Asked) -> None:
        answer.send_response(200)
        answer.end_headers()
        for _block in range(64):
            answer.wfile.write(b" " * (1 << 20))

    fake.misbehave = Misbehave(1, flood)
    assert failure(fake) == "registry HOST sends more than the 8388608 bytes that are read of a document"


def test_what_is_no_manifest_is_one_clear_sentence(fake: FakeRegistry) -> None:
    fake.misbehave = times(1, 200, {"Content-Type": "text/html"})
    assert failure(fake).startswith("the manifest is not readable JSON: ")


def test_an_image_that_is_not_there_is_named(fake: FakeRegistry) -> None:
    del fake.manifests["1"]
    assert failure(fake) == "registry HOST has no image app:1"


def test_nobody_listens() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(SourceError) as error:
            open_source(f"registry:{address}/app:1").manifest()
    assert error.value.message == f"registry {address} cannot be reached: Connection refused"
    assert time.monotonic() - started < 5


def test_a_name_that_takes_for_ever_to_look_up_is_left_within_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(3))
    started = time.monotonic()
    with pytest.raises(SourceError) as error:
        open_source("registry:registry.example/app:1", limits=Limits(answer_seconds=0.5)).manifest()
    assert error.value.message == "registry registry.example gave no whole answer within 0.5 s"
    assert time.monotonic() - started < 2


def test_a_bare_reference_that_neither_has_says_what_each_said(fake: FakeRegistry) -> None:
    with pytest.raises(SourceError) as error:
        open_source(f"{fake.address}/app:none")
    message = error.value.message.replace(fake.address, "HOST")
    assert message.startswith("no Docker daemon answers at unix:///")
    assert message.endswith("absent.sock: No such file or directory; registry HOST has no image app:none")


def test_offline_asks_no_registry(fake: FakeRegistry) -> None:
    for word in (f"registry:{fake.address}/app:1", f"{fake.address}/app:1"):
        with pytest.raises(SourceError) as error:
            open_source(word, offline=True)
        assert "--offline forbids to ask" in error.value.message
    assert fake.asked == []


def test_estimates_take_a_few_bytes_of_each_layer(fake: FakeRegistry) -> None:
    with Image(open_source(f"registry:{fake.address}/app:1")) as image:
        assert image.estimate == sum(len(layer) for layer in IMAGE.layers)
    ranges = {asked.headers.get("range") for asked in fake.asked if "/blobs/" in asked.path}
    assert ranges == {None, "bytes=0-17", "bytes=-4"} or ranges == {"bytes=0-17", "bytes=-4"}


def test_a_registry_without_ranges_gives_no_estimate_and_no_layer(fake: FakeRegistry) -> None:
    fake.has_ranges = False
    with Image(open_source(f"registry:{fake.address}/app:1")) as image:
        assert image.estimate is None
    assert len([asked for asked in fake.asked if "range" in asked.headers]) == 2
