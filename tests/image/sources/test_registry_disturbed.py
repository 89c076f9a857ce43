"""What users see of `lint-image check registry:…` while the way to the real registry fails.

A fault that passes leaves no trace in the report, which is that of an undisturbed run to the byte; one that stays is one
sentence and exit 2; and bytes other than promised are findings.
"""

import base64
import json
import random
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lambda_image_lint.cli import app
from lambda_image_lint.image import sources
from lambda_image_lint.image.sources.limits import Limits
from lambda_image_lint.image.sources.store import CHUNK
from tests.commands import Done, lint_image
from tests.engines import Registry
from tests.image.sources.dialects import SmallImage, encoded, sha256, small_image, tar_of
from tests.image.sources.fake_registry import serve
from tests.image.sources.fault_proxy import (
    Fault,
    FaultProxy,
    cut,
    flip,
    redirect,
    replaced,
    reset,
    silence,
    stall,
    status,
)
from tests.image.sources.pushing import push

MANIFEST = "/manifests/1$"
LAYER_BYTES = 600_000
"""Of the large layer, which no compression shrinks: more than two of the pieces in which it is read."""

pytestmark = pytest.mark.usefixtures("docker_home")


def large_image() -> SmallImage:
    """The small image with one large layer more."""
    image = small_image()
    layer = tar_of({"model": random.Random(1).randbytes(LAYER_BYTES)})
    config = json.loads(image.config)
    config["rootfs"]["diff_ids"].append(sha256(layer))
    config["history"].append({"created": "2026-01-01T00:00:00Z", "created_by": "COPY model /"})
    return replace(image, layers=(*image.layers, layer), config=encoded(config))


@dataclass(frozen=True)
class Pushed:
    """The image in the real registry."""

    repository: str
    layers: list[str]
    config: str
    manifest: str

    @property
    def large(self) -> str:
        """The pattern of the path to the large layer."""
        return f"/blobs/{self.layers[-1]}$"


@pytest.fixture(scope="module")
def pushed(registry: Registry) -> Pushed:
    image = large_image()
    manifest, layers = push(registry, "disturbed", image)
    return Pushed("disturbed", layers, sha256(image.config), manifest)


@pytest.fixture(scope="module")
def serving(registry: Registry) -> Iterator[FaultProxy]:
    with serve(FaultProxy(upstream=registry.address)) as served:
        assert isinstance(served, FaultProxy)
        yield served


@pytest.fixture
def proxy(serving: FaultProxy) -> FaultProxy:
    """The way to the registry, without a fault as yet."""
    serving.asked.clear()
    serving.faults = []
    return serving


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Ends what stalls, at the end of the test."""
    event = threading.Event()
    yield event
    event.set()


Check = Callable[[FaultProxy, Pushed], Done]


def words(proxy: FaultProxy, pushed: Pushed) -> list[str]:
    """The command line."""
    return ["check", "--isolated", "--no-cache", "-f", "json", f"registry:{proxy.address}/{pushed.repository}:1"]


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    """`lint-image check` of the image behind the proxy; in this process, which has loaded the program once."""

    def checked(proxy: FaultProxy, pushed: Pushed) -> Done:
        with pytest.raises(SystemExit) as ended:
            app(words(proxy, pushed), prog_name="lint-image")
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, printed.out, printed.err)

    return checked


@pytest.fixture(scope="module")
def undisturbed(serving: FaultProxy, pushed: Pushed, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The run with which all others are compared, a process of its own."""
    serving.faults = []
    done = lint_image(*words(serving, pushed), cwd=tmp_path_factory.mktemp("undisturbed"))
    metrics = done.report["targets"][0]["metrics"]
    assert done.code == 1
    assert [layer["digest"] for layer in metrics["layers"]] == pushed.layers
    assert metrics["live_bytes"] > LAYER_BYTES
    assert all(value is not None for value in metrics.values())
    return done


def passing(pushed: Pushed, name: str) -> list[Fault]:
    """Faults that pass, by the names under which they are tests."""
    return {
        "the manifest is cut": [Fault(cut(100), MANIFEST, times=1)],
        "the config is cut": [Fault(cut(100), pushed.config, times=1)],
        "no answer but a closed connection": [Fault(lambda answer, _, __: answer.hang_up(), MANIFEST, times=1)],
        "429 with a wait": [Fault(status(429, Retry_After="1"), MANIFEST, times=1)],
        "429 with no wait, for all": [Fault(status(429, Retry_After="0"), times=2)],
        "503 before a layer": [Fault(status(503, Retry_After="0"), pushed.large, times=2)],
        "502 without a wait": [Fault(status(502), MANIFEST, times=1)],
        "500, 429, each once": [
            Fault(status(500, Retry_After="0"), MANIFEST, times=1),
            Fault(status(429, Retry_After="0"), MANIFEST, times=1),
        ],
        "504 before the config": [Fault(status(504, Retry_After="0"), pushed.config, times=1)],
    }[name]


PASSING = (
    "the manifest is cut",
    "the config is cut",
    "no answer but a closed connection",
    "429 with a wait",
    "429 with no wait, for all",
    "503 before a layer",
    "502 without a wait",
    "500, 429, each once",
    "504 before the config",
)


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_leaves_no_trace(
    name: str, proxy: FaultProxy, pushed: Pushed, undisturbed: Done, check: Check
) -> None:
    proxy.faults = passing(pushed, name)
    done = check(proxy, pushed)
    assert all(fault.times <= 0 for fault in proxy.faults), "the fault has not happened"
    assert done == undisturbed


def ranges(proxy: FaultProxy, pushed: Pushed) -> list[str | None]:
    """What was asked for of the large layer, request by request; None: all of it."""
    return [asked.headers.get("range") for asked in proxy.requests(pushed.large)]


def test_a_layer_goes_on_where_it_was_cut(proxy: FaultProxy, pushed: Pushed, undisturbed: Done, check: Check) -> None:
    proxy.faults = [Fault(cut(200_000), pushed.large, times=1), Fault(cut(150_000), pushed.large, times=1)]
    assert check(proxy, pushed) == undisturbed
    assert ranges(proxy, pushed) == [None, "bytes=200000-", "bytes=350000-"]


def test_a_layer_goes_on_after_the_last_whole_piece_before_a_reset(
    proxy: FaultProxy, pushed: Pushed, undisturbed: Done, check: Check
) -> None:
    proxy.faults = [Fault(reset(CHUNK + 50_000), pushed.large, times=1)]
    assert check(proxy, pushed) == undisturbed
    assert ranges(proxy, pushed) == [None, f"bytes={CHUNK}-"]


STAYING: dict[str, tuple[Callable[[Pushed], Fault], str, int]] = {
    "the large layer is cut each time": (
        lambda pushed: Fault(cut(1000), pushed.large),
        "registry HOST broke off LARGE 3 times: it ended N bytes early",
        3,
    ),
    "503 each time": (
        lambda _: Fault(status(503, Retry_After="0"), MANIFEST),
        "registry HOST answers 503; given up after 3 tries",
        3,
    ),
    "503 for a layer each time": (
        lambda pushed: Fault(status(503, Retry_After="0"), pushed.large),
        "registry HOST answers 503; given up after 3 tries",
        3,
    ),
    "429 with a long wait": (
        lambda _: Fault(status(429, Retry_After="120"), MANIFEST),
        "registry HOST answers 429, and asks to wait 120 s; given up at once",
        1,
    ),
}


@pytest.mark.parametrize("name", STAYING)
def test_a_fault_that_stays_is_one_sentence_and_exit_2(
    name: str, proxy: FaultProxy, pushed: Pushed, check: Check
) -> None:
    make, sentence, tries = STAYING[name]
    fault = make(pushed)
    proxy.faults = [fault]
    done = check(proxy, pushed)
    assert done.code == 2
    assert sentences(done, proxy, pushed) == [sentence]
    told = done.report["errors"][0]
    assert done.errors.splitlines() == [f"error: {told['target']}: {told['message']}", "  help: Try again later"]
    assert len(proxy.requests(fault.path)) == tries


def sentences(done: Done, proxy: FaultProxy, pushed: Pushed) -> list[str]:
    """What the report says went wrong, without what differs from run to run."""
    messages = [error["message"] for error in done.report["errors"]]
    shown = [message.replace(proxy.address, "HOST").replace(pushed.layers[-1], "LARGE") for message in messages]
    return [re.sub(r"[0-9]+ bytes early", "N bytes early", message) for message in shown]


def impatient(monkeypatch: pytest.MonkeyPatch, limits: Limits) -> None:
    """Make the limits of the command others, in this process."""
    monkeypatch.setattr(sources, "Limits", lambda: limits)


def test_a_layer_that_stalls_goes_on_after_the_time_out(
    proxy: FaultProxy,
    pushed: Pushed,
    undisturbed: Done,
    monkeypatch: pytest.MonkeyPatch,
    over: threading.Event,
    check: Check,
) -> None:
    impatient(monkeypatch, Limits(read_seconds=0.5))
    proxy.faults = [Fault(stall(CHUNK + 50_000, over), pushed.large, times=1)]
    assert check(proxy, pushed) == undisturbed
    assert ranges(proxy, pushed) == [None, f"bytes={CHUNK}-"]


def test_a_layer_that_stalls_each_time_is_left(
    proxy: FaultProxy,
    pushed: Pushed,
    monkeypatch: pytest.MonkeyPatch,
    over: threading.Event,
    check: Check,
) -> None:
    impatient(monkeypatch, Limits(read_seconds=0.3))
    proxy.faults = [Fault(stall(100, over), pushed.large)]
    done = check(proxy, pushed)
    assert sentences(done, proxy, pushed) == ["registry HOST broke off LARGE 3 times: nothing came for 0.3 s"]
    assert done.code == 2
    assert len(proxy.requests(pushed.large)) == 3


@pytest.mark.parametrize("silent", ["the manifest stalls", "no answer"])
def test_a_question_that_is_not_answered_is_left(
    silent: str,
    proxy: FaultProxy,
    pushed: Pushed,
    monkeypatch: pytest.MonkeyPatch,
    over: threading.Event,
    check: Check,
) -> None:
    impatient(monkeypatch, Limits(answer_seconds=0.7))
    proxy.faults = [Fault(silence(over) if silent == "no answer" else stall(100, over), MANIFEST)]
    done = check(proxy, pushed)
    assert sentences(done, proxy, pushed) == ["registry HOST gave no whole answer within 0.7 s"]
    assert done.code == 2


def damage(done: Done, undisturbed: Done, promised: str) -> list[tuple[str, str]]:
    """Rule and message of the findings that the undisturbed run does not have."""
    before = {one["fingerprint"] for one in undisturbed.report["findings"]}
    new = [one for one in done.report["findings"] if one["fingerprint"] not in before]
    assert (done.code, done.errors) == (1, "")
    return [
        (one["rule"], re.sub("sha256:[0-9a-f]{64}", "OTHER", one["message"].replace(promised, "PROMISED")))
        for one in new
    ]


def test_a_layer_other_than_its_digest_is_a_finding(
    proxy: FaultProxy, pushed: Pushed, undisturbed: Done, check: Check
) -> None:
    proxy.faults = [Fault(flip(4), pushed.large)]  # gzip's time stamp: what is inside stays the same
    done = check(proxy, pushed)
    assert damage(done, undisturbed, pushed.layers[-1]) == [
        ("image-corrupt", "the blob's digest is OTHER, not PROMISED")
    ]
    assert done.report["targets"] == undisturbed.report["targets"]


def test_damage_in_the_middle_of_a_layer_is_a_finding(
    proxy: FaultProxy, pushed: Pushed, undisturbed: Done, check: Check
) -> None:
    proxy.faults = [Fault(flip(300_000), pushed.large)]
    done = check(proxy, pushed)
    ((rule, message),) = damage(done, undisturbed, pushed.layers[-1])
    assert rule == "image-corrupt"
    assert message.startswith("the gzip stream is damaged: ")
    assert done.report["targets"][0]["metrics"]["live_bytes"] is None


@pytest.mark.parametrize(
    ("document", "old", "new"), [("manifest", b"schemaVersion", b"schemaversion"), ("config", b"amd64", b"arm64")]
)
def test_a_document_other_than_its_digest_is_a_finding(
    document: str, old: bytes, new: bytes, proxy: FaultProxy, pushed: Pushed, undisturbed: Done, check: Check
) -> None:
    proxy.faults = [Fault(replaced(old, new), pushed.config if document == "config" else MANIFEST)]
    promised = pushed.config if document == "config" else pushed.manifest
    done = check(proxy, pushed)
    assert ("image-corrupt", f"the {document}'s digest is OTHER, not PROMISED") in damage(done, undisturbed, promised)


def test_a_redirect_takes_no_credentials_to_the_other_host(
    auth_registry: Registry, docker_home: Path, check: Check
) -> None:
    manifest, layers = push(auth_registry, "redirected", large_image())
    pushed = Pushed("redirected", layers, "", manifest)
    pair = base64.b64encode(f"{auth_registry.user}:{auth_registry.password}".encode()).decode()
    assert auth_registry.authorization == {"Authorization": f"Basic {pair}"}
    # The object store takes requests as they come, and is another host by its name and its port.
    storage = FaultProxy(upstream=auth_registry.address, upstream_headers=auth_registry.authorization)
    with serve(storage), serve(FaultProxy(upstream=auth_registry.address)) as proxy:
        assert isinstance(proxy, FaultProxy)
        (docker_home / ".docker/config.json").write_text(json.dumps({"auths": {proxy.address: {"auth": pair}}}))
        straight = check(proxy, pushed)
        assert straight.code == 1
        assert storage.asked == []
        base = f"http://localhost:{storage.address.rpartition(':')[2]}"
        proxy.faults = [Fault(redirect(base), "/blobs/")]
        storage.faults = [Fault(status(503, Retry_After="0"), times=1), Fault(cut(200_000), pushed.large, times=1)]
        assert check(proxy, pushed) == straight
    assert "bytes=200000-" in {asked.headers.get("range") for asked in storage.asked}
    assert [asked.path for asked in storage.asked if "authorization" in asked.headers] == []
    assert all(asked.path.endswith("?signature=secret") for asked in storage.asked)
    assert {asked.headers.get("authorization") for asked in proxy.requests("/blobs/")} == {f"Basic {pair}"}
