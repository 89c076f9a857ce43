"""What tests of the sources share: an environment without the credentials and daemons of whoever runs them."""

from pathlib import Path
from typing import Any

import pytest

from lambda_image_lint.image.index import LayerIndex
from lambda_image_lint.image.scan import scan_layer


@pytest.fixture
def docker_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, in which no daemon answers; its ``.docker/config.json`` may be written."""
    home = tmp_path / "home"
    (home / ".docker").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{home}/absent.sock")
    for name in (
        "DOCKER_CONFIG",
        "DOCKER_CONTEXT",
        "REGISTRY_AUTH_FILE",
        "XDG_RUNTIME_DIR",
        "XDG_CONFIG_HOME",
        "NETRC",
    ):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def scanned(monkeypatch: pytest.MonkeyPatch) -> list[LayerIndex]:
    """What all layers gave that were read."""
    indexes: list[LayerIndex] = []

    def noted(*arguments: Any, **options: Any) -> LayerIndex:
        index = scan_layer(*arguments, **options)
        indexes.append(index)
        return index

    monkeypatch.setattr("lambda_image_lint.image.reading.scan_layer", noted)
    return indexes
