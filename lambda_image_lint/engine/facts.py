"""Facts: what rules ask for, what each costs, and the Subject that loads each at most once."""

import posixpath
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import TypeVar, cast

from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.engine.ignores import Ignores
from lambda_image_lint.errors import LintImageError
from lambda_image_lint.function.model import Function
from lambda_image_lint.image.config import Config
from lambda_image_lint.image.layers import Layers
from lambda_image_lint.image.manifest import Manifest
from lambda_image_lint.image.tree import FileTree
from lambda_image_lint.settings import Settings

T = TypeVar("T")


class Cost(IntEnum):
    """What loading a fact takes; rules on cheap facts run first."""

    TEXT = 0
    """A file at hand is read."""
    METADATA = 1
    """One manifest or one inspect: kilobytes."""
    LAYERS = 2
    """Every layer is streamed once."""


FACTS: Mapping[type, Cost] = {
    Settings: Cost.TEXT,
    Dockerfile: Cost.TEXT,
    Context: Cost.TEXT,
    Config: Cost.METADATA,
    Manifest: Cost.METADATA,
    Function: Cost.METADATA,
    Ignores: Cost.TEXT,
    Layers: Cost.LAYERS,
    FileTree: Cost.LAYERS,
}


class Unavailable(Exception):  # noqa: N818 - a fact that this subject cannot give: no fault of anybody's
    """A loader raises it where the subject has no such fact: a daemon keeps no manifest, layers are not to be read."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Subject:
    """The thing under lint: which facts it can give, each loaded at most once, failures remembered too."""

    def __init__(
        self,
        name: str,
        kind: str,
        loaders: Mapping[type, Callable[[], object]],
        *,
        path: str | None = None,
        context_folder: str = "",
        meant_for_lambda: bool = True,
    ) -> None:
        self.name = name
        """The target as given on the command line."""
        self.kind = kind
        """``dockerfile``, ``image`` or ``template``."""
        self.path = path
        """Of the text under lint, as reports show it; None for an image."""
        self.context_folder = context_folder
        """The build context, as reports show it; empty: the working directory, or none."""
        self.meant_for_lambda = meant_for_lambda
        """False: found by searching and without a sign of Lambda; held to the generic groups only."""
        self._loaders = dict(loaders)
        self._loaded: dict[type, object] = {}

    def has(self, fact: type) -> bool:
        """Whether this kind of subject can give the fact at all."""
        return fact in self._loaders

    def give(self, fact: type[T], value: T) -> None:
        """A fact that only the run itself can make."""
        self._loaders[fact] = lambda: value
        self._loaded[fact] = value

    def shown(self, path: str) -> str:
        """A path inside the build context, as reports show it."""
        return posixpath.normpath(posixpath.join(self.context_folder, path)) if self.context_folder else path

    def loaded(self, fact: type[T]) -> T | None:
        """The fact if somebody asked for it already: a report never starts a scan."""
        return cast("T | None", self.peek(fact))

    def peek(self, fact: type) -> object | None:
        """As `loaded`, for facts that are abstract classes, whose type a checker will not take as ``type[T]``."""
        value = self._loaded.get(fact)
        return None if isinstance(value, Exception) else value

    def get(self, fact: type[T]) -> T:
        """The fact, loaded now or before; raises `Unavailable` or `LintImageError`, the same each time."""
        if fact not in self._loaded:
            try:
                self._loaded[fact] = self._loaders[fact]()
            except (Unavailable, LintImageError) as error:
                self._loaded[fact] = error
        value = self._loaded[fact]
        if isinstance(value, Exception):
            raise value
        return cast(T, value)
