"""The config as rules read it, also where it is wrong."""

import json
from typing import Any

import pytest

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.config import HistoryEntry, parse_config


def config(inner: Any = None, **outer: Any) -> Any:
    return parse_config(json.dumps({"config": inner, **outer}).encode())


def test_a_whole_config_is_read() -> None:
    found = config(
        {
            "Entrypoint": ["/lambda-entrypoint.sh"],
            "Cmd": ["app.handler"],
            "Env": ["A=1", "B=x=y", "A=2", "EMPTY="],
            "WorkingDir": "/var/task",
            "User": "root",
            "Labels": {"a": "b"},
            "ExposedPorts": {"8080/tcp": {}},
            "Volumes": {"/data": {}},
            "Healthcheck": {"Test": ["CMD-SHELL", "true"]},
            "StopSignal": "SIGTERM",
            "OnBuild": ["RUN x"],
            "Shell": ["/bin/bash", "-c"],
        },
        architecture="arm64",
        os="linux",
        variant="v8",
        created="2026-11-23T00:00:00Z",
        rootfs={"type": "layers", "diff_ids": ["sha256:1", "sha256:2"]},
        history=[
            {"created_by": "ADD rootfs", "created": "2026-01-01T00:00:00Z"},
            {"created_by": "ENV A=1", "empty_layer": True, "comment": "buildkit"},
            {"created_by": "COPY . ."},
        ],
    )
    assert (found.entrypoint, found.cmd, list(found.env.items())) == (
        ("/lambda-entrypoint.sh",),
        ("app.handler",),
        [("A", "2"), ("B", "x=y"), ("EMPTY", "")],
    )
    assert (found.working_dir, found.user, found.labels, found.exposed_ports, found.volumes) == (
        "/var/task",
        "root",
        {"a": "b"},
        ("8080/tcp",),
        ("/data",),
    )
    assert (found.healthcheck, found.stop_signal, found.onbuild, found.shell) == (
        ("CMD-SHELL", "true"),
        "SIGTERM",
        ("RUN x",),
        ("/bin/bash", "-c"),
    )
    assert (found.architecture, found.os, found.variant, found.created) == (
        "arm64",
        "linux",
        "v8",
        "2026-11-23T00:00:00Z",
    )
    assert found.diff_ids == ("sha256:1", "sha256:2")
    assert found.history[1] == HistoryEntry("ENV A=1", None, True, "buildkit")
    assert [found.created_by(layer) for layer in (-1, 0, 1, 2)] == ["", "ADD rootfs", "COPY . .", ""]
    assert found.problems == ()


@pytest.mark.parametrize("inner", [None, {}, {"Entrypoint": None, "Cmd": None, "Env": None, "Labels": None}])
def test_absent_and_null_keys_are_alike(inner: Any) -> None:
    found = config(inner)
    assert (found.entrypoint, found.cmd, found.env, found.labels, found.problems) == (None, None, {}, {}, ())


def test_a_history_that_disagrees_with_the_layers_tells_nothing() -> None:
    found = config({}, rootfs={"diff_ids": ["sha256:1"]}, history=[{"created_by": "a"}, {"created_by": "b"}])
    assert found.created_by(0) == ""


@pytest.mark.parametrize(
    ("inner", "outer", "details"),
    [
        ({"Cmd": "app.handler"}, {}, ["config.Cmd is a string, not a list of strings"]),
        ({"Entrypoint": ["a", 7]}, {}, ["config.Entrypoint[1] is a number, not a string"]),
        ({"Env": ["NAME", "=x", "A=1"]}, {}, ["config.Env[0] is not NAME=VALUE", "config.Env[1] is not NAME=VALUE"]),
        ({"Labels": {"a": 1}}, {}, ["config.Labels.a is a number, not a string"]),
        ([], {}, ["config.config is not an object"]),
        ({}, {"rootfs": []}, ["config.rootfs is a list, not an object"]),
        ({}, {"history": [None, {"empty_layer": "yes"}]}, [
            "config.history[0] is null, not an object", "config.history[1].empty_layer is a string, not true or false",
        ]),
    ],
)  # fmt: skip
def test_wrong_types_are_problems(inner: Any, outer: dict[str, Any], details: list[str]) -> None:
    assert [problem.detail for problem in config(inner, **outer).problems] == details


def test_what_is_no_json_object_is_refused() -> None:
    with pytest.raises(SourceError, match=r"^the image config is "):
        parse_config(b"\x00")
