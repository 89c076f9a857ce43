"""What was opened → a Subject: which facts it can give, and how each is made."""

import posixpath
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile import parse
from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.copies import context_paths
from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.engine.facts import Subject, Unavailable
from lambda_image_lint.function.model import Function, NamedBase
from lambda_image_lint.image.config import Config
from lambda_image_lint.image.layers import Layers
from lambda_image_lint.image.manifest import Manifest
from lambda_image_lint.image.problem import PartMissing
from lambda_image_lint.image.tree import FileTree
from lambda_image_lint.settings import Settings

if TYPE_CHECKING:
    from lambda_image_lint.image.model import Image

LAYERS_NOT_READ = "layers not read"
MAX_STEPS = 200
"""RUN, COPY and ADD that are followed to tell what is in the image; own: each makes a layer, of which an image has at
most 127, and each is held against all before it."""
MAX_INSTRUCTIONS = 1_000
"""Of a Dockerfile that are read; own: people write tens, and each may be held against each within 2 seconds."""


def dockerfile_subject(
    source: str | bytes,
    settings: Settings,
    *,
    name: str,
    path: str,
    context: Callable[[], Context],
    context_folder: str = "",
    named: bool = True,
) -> Subject:
    """A Dockerfile with its build context.

    `named`: it was named on the command line, so it is meant for Lambda unless the settings say otherwise; one that was
    found by searching has to show a sign.
    """

    @cache
    def dockerfile() -> Dockerfile:
        return parse(source, path, target=settings.target, build_args=settings.build_args, at_most=MAX_INSTRUCTIONS)

    def function() -> Function:
        from lambda_image_lint.function.from_dockerfile import function_from_dockerfile

        if dockerfile().final is None:
            raise Unavailable("the Dockerfile has no stage to build")
        steps = sum(1 for stage in dockerfile().needed_stages() for _ in stage.all("RUN", "COPY", "ADD"))
        if steps > MAX_STEPS:
            raise Unavailable(f"{steps:,} instructions change files, more than {MAX_STEPS} are not followed")
        return function_from_dockerfile(dockerfile(), subject.get(Context), arch=settings.arch)

    def home() -> Context:
        return context().at_home(path for _, _, path in context_paths(dockerfile()))

    loaders: Mapping[type, Callable[[], object]] = {
        Settings: lambda: settings,
        Dockerfile: dockerfile,
        Context: home,
        Function: function,
    }
    subject = Subject(name, "dockerfile", loaders, path=path, context_folder=context_folder)
    subject.meant_for_lambda = _meant(subject, settings, named)
    return subject


def _meant(subject: Subject, settings: Settings, named: bool) -> bool:
    if settings.lambda_ is not None:
        return settings.lambda_
    if named:
        return True
    from lambda_image_lint.function.signs import shows_lambda

    return shows_lambda(subject.get(Dockerfile), subject.get(Context))


def context_for(path: Path | None, settings: Settings, overlay: Mapping[str, bytes]) -> Context:
    """The build context of a Dockerfile: ``--context``, else its own folder; none for standard input."""
    if path is None and settings.path("context") is None:
        return Context.unknown("no build context")
    folder = settings.path("context") or (path.parent if path else Path())
    return Context.at(folder, path, overlay)


def image_subject(image: "Image", settings: Settings, *, name: str) -> Subject:
    """An image. Under ``--no-layers`` the facts that lie in layers are unavailable."""
    read = not settings.flag("no-layers")

    def part(load: Callable[[], object]) -> Callable[[], object]:
        def loader() -> object:
            try:
                return load()
            except PartMissing as missing:
                raise Unavailable(missing.reason) from missing

        return loader

    def in_layers(load: Callable[[], object]) -> Callable[[], object]:
        def loader() -> object:
            if not read:
                raise Unavailable(LAYERS_NOT_READ)
            return load()

        return part(loader)

    def manifest() -> Manifest:
        found = image.manifest
        if found is None:
            raise Unavailable(f"{image.source.answered_by} keeps no manifest")
        return found

    def function() -> Function:
        from lambda_image_lint.function.from_image import function_from_image

        return function_from_image(image, read_layers=read)

    return Subject(
        name,
        "image",
        {
            Settings: lambda: settings,
            Manifest: manifest,
            Config: part(lambda: image.config),
            Function: part(function),
            Layers: in_layers(lambda: image.layers),
            FileTree: in_layers(lambda: image.tree),
        },
    )


def function_summary(subject: Subject) -> dict[str, Any] | None:
    """The report's ``function``: what is known, None for the rest; nothing is loaded for it."""
    function = subject.peek(Function)
    if not isinstance(function, Function):
        return None
    base = function.base
    client = vars(function).get("runtime_client")
    return {
        "base": (base.reference if base else None) or _known(function.base_reference),
        # Of an image it is in the layers, and a report starts no scan: what a rule asked for is there.
        "runtime": base.runtime if isinstance(base, NamedBase) else vars(base).get("runtime") if base else None,
        "architecture": _known(function.architecture),
        "entrypoint": _listed(_known(function.entrypoint)),
        "command": _listed(_known(function.command)),
        "working_dir": _known(function.working_dir),
        "runtime_client": getattr(client, "name", None),
    }


def _known(answer: Any) -> Any:
    return None if isinstance(answer, Unknown) else answer


def _listed(words: tuple[str, ...] | None) -> list[str] | None:
    return None if words is None else list(words)


def shown_folder(path: Path | None, settings: Settings) -> str:
    """The build context's folder, as reports show it."""
    folder = settings.path("context")
    if folder is not None:
        near = (path is None or not path.is_absolute()) and folder.is_relative_to(Path.cwd())
        return (folder.relative_to(Path.cwd()) if near else folder).as_posix()
    return posixpath.dirname(path.as_posix()) if path else ""
