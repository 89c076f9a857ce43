"""A real function image, built by the real daemon, gives the same figures from every source."""

from pathlib import Path
from typing import Any

import pytest

from lambda_image_lint.image.model import Image
from lambda_image_lint.image.sources import open_source
from tests.engines import DockerDaemon, Registry, run


def figures(word: str) -> dict[str, Any]:
    with Image(open_source(word)) as image:
        assert image.layers.problems == ()
        measured = image.metrics()
        handler = image.read("/var/task/app.py")
        again = image.tree.find("/var/task/awslambdaric/bootstrap.py")
        return {
            **{key: measured[key] for key in ("uncompressed_bytes", "files", "live_bytes", "dead_bytes", "efficiency")},
            "diff_ids": image.config.diff_ids,
            "layers": [
                (layer["created_by"], layer["uncompressed_bytes"], layer["entries"]) for layer in measured["layers"]
            ],
            "command": (image.config.entrypoint, image.config.cmd, image.config.working_dir),
            "bootstrap": None if again is None else (again.size, again.mode, again.layer),
            "handler": handler,
        }


def test_a_real_function_image_has_the_same_figures_from_all_five_sources(
    docker_daemon: DockerDaemon,
    function_image: str,
    function_context: Path,
    registry: Registry,
    skopeo: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", docker_daemon.host)
    docker_daemon.run("save", "--output", tmp_path / "saved.tar", function_image)
    copy = [skopeo, "copy", "--quiet", "--insecure-policy", "--dest-tls-verify=false"]
    run([*copy, f"docker-archive:{tmp_path}/saved.tar", f"oci:{tmp_path}/layout:1"])
    run([*copy, f"oci:{tmp_path}/layout:1", f"oci-archive:{tmp_path}/oci.tar:1"])
    run([*copy, f"oci:{tmp_path}/layout:1", f"docker://{registry.address}/function:1"])
    found = {
        word.partition(":")[0]: figures(word)
        for word in (
            f"docker:{function_image}",
            f"docker-archive:{tmp_path}/saved.tar",
            f"oci:{tmp_path}/layout:1",
            f"oci-archive:{tmp_path}/oci.tar:1",
            f"registry:{registry.address}/function:1",
        )
    }
    # Only what can be read again gives a file that no wish has kept: a stream has passed by.
    assert found["docker"].pop("handler") is None
    handlers = {source: figure.pop("handler") for source, figure in found.items() if "handler" in figure}
    assert set(handlers.values()) == {(function_context / "app.py").read_bytes()}
    assert found["docker"]["command"][1] == ("app.lambda_handler",)
    assert found["docker"]["bootstrap"] is not None
    assert found["docker"]["files"] > 500
    for source, figure in found.items():
        assert figure == found["docker"], source
