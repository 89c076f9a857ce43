"""The image config: what the image says that is to be run, and how it was built."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from lambda_image_lint.image.documents import Fields, parse_object
from lambda_image_lint.image.problem import Problem


class HistoryEntry(Struct, frozen=True):
    """One step of the build."""

    created_by: str
    """The instruction as the builder wrote it, unmasked: it may hold secrets. Empty where there is none."""
    created: str | None = None
    """RFC 3339, as written."""
    empty_layer: bool = False
    """True: the step made no layer."""
    comment: str = ""


class Config(Struct, frozen=True):
    """An image config. `entrypoint` and `cmd` are None where the key is absent or null, which Docker treats alike."""

    raw: bytes
    data: Mapping[str, Any]
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    """In order; of a name that comes twice the last value, at the first one's place."""
    working_dir: str = ""
    """As written, perhaps empty."""
    user: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    exposed_ports: tuple[str, ...] = ()
    """``8080/tcp``."""
    volumes: tuple[str, ...] = ()
    healthcheck: tuple[str, ...] | None = None
    """``Test`` of the health check: ``("CMD-SHELL", "curl -f localhost")``."""
    stop_signal: str = ""
    onbuild: tuple[str, ...] = ()
    shell: tuple[str, ...] | None = None
    architecture: str = ""
    """In the config's own words: ``amd64``."""
    os: str = ""
    variant: str | None = None
    created: str | None = None
    """RFC 3339, as written."""
    diff_ids: tuple[str, ...] = ()
    """SHA-256 of each layer's uncompressed tar, base first."""
    history: tuple[HistoryEntry, ...] = ()
    """First step first, with those that made no layer."""
    problems: tuple[Problem, ...] = ()

    def created_by(self, layer_index: int) -> str:
        """The step that made a layer, unmasked; empty where the history does not tell."""
        makers = [entry for entry in self.history if not entry.empty_layer]
        # A history that disagrees with the number of layers cannot be laid over them.
        if len(makers) != len(self.diff_ids) or not 0 <= layer_index < len(makers):
            return ""
        return makers[layer_index].created_by


def parse_config(raw: bytes) -> Config:
    """Read a config. Raises `SourceError` where it is no JSON object; all else that is wrong is in `problems`."""
    data = parse_object(raw, "image config")
    problems: list[Problem] = []
    top = Fields(data, "config", problems)
    # Reports call the inner object's keys `config.Entrypoint`, as `docker inspect` shows them, not `config.config…`.
    inner = data.get("config")
    if inner is not None and not isinstance(inner, dict):
        top.wrong("config", "is not an object")
    run = Fields(inner if isinstance(inner, dict) else {}, "config", problems)
    rootfs = top.object("rootfs")
    health = run.object("Healthcheck")
    return Config(
        raw=raw,
        data=data,
        entrypoint=run.texts("Entrypoint"),
        cmd=run.texts("Cmd"),
        env=_environment(run),
        working_dir=run.text("WorkingDir") or "",
        user=run.text("User") or "",
        labels=run.text_map("Labels"),
        exposed_ports=run.keys("ExposedPorts"),
        volumes=run.keys("Volumes"),
        healthcheck=None if health is None else health.texts("Test"),
        stop_signal=run.text("StopSignal") or "",
        onbuild=run.texts("OnBuild") or (),
        shell=run.texts("Shell"),
        architecture=top.text("architecture") or "",
        os=top.text("os") or "",
        variant=top.text("variant") or None,
        created=top.text("created"),
        diff_ids=(rootfs.texts("diff_ids") if rootfs is not None else None) or (),
        history=tuple(_step(entry) for entry in top.objects("history") or ()),
        problems=tuple(problems),
    )


def _environment(fields: Fields) -> dict[str, str]:
    environment: dict[str, str] = {}
    for position, assignment in enumerate(fields.texts("Env") or ()):
        name, equals, value = assignment.partition("=")
        if not equals or not name:
            fields.wrong(f"Env[{position}]", "is not NAME=VALUE")
            continue
        environment[name] = value
    return environment


def _step(fields: Fields) -> HistoryEntry:
    return HistoryEntry(
        created_by=fields.text("created_by") or "",
        created=fields.text("created"),
        empty_layer=fields.flag("empty_layer"),
        comment=fields.text("comment") or "",
    )
