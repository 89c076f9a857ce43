"""A word that names an image, and the settings → an open `Image`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from lambda_image_lint.function.wishes import WISHES
from lambda_image_lint.image.cache import LayerCache, default_folder
from lambda_image_lint.image.model import Image
from lambda_image_lint.image.sources import open_source
from lambda_image_lint.settings import Settings


@contextmanager
def open_image(
    word: str,
    settings: Settings,
    *,
    stream: BinaryIO | None = None,
    progress: Callable[[int, int, int, int | None], None] | None = None,
) -> Iterator[Image]:
    """The image, closed at the end. Raises `SourceError` where no source gives it."""
    source = open_source(
        word,
        offline=settings.flag("offline"),
        insecure_registries=tuple(settings.values.get("insecure-registry", ())),
        stream=stream,
    )
    cache = None if settings.flag("no-cache") else LayerCache(settings.path("cache-dir") or default_folder())
    with Image(
        source, platform=settings.platform, arch=settings.arch, wishes=WISHES, cache=cache, progress=progress
    ) as image:
        yield image
