"""The function that an image is."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.finding import KeyPlace, Place
from lambda_image_lint.function.architecture import oci_architecture
from lambda_image_lint.function.image_base import base_entrypoint, image_base
from lambda_image_lint.function.image_files import ImageFiles
from lambda_image_lint.function.model import AwsBase, Files, Function, RuntimeClient

if TYPE_CHECKING:
    from lambda_image_lint.image.config import Config
    from lambda_image_lint.image.model import Image

_KEYS = {
    "entrypoint": "config.Entrypoint",
    "command": "config.Cmd",
    "working_dir": "config.WorkingDir",
    "user": "config.User",
    "architecture": "config.architecture",
}


def function_from_image(image: "Image", *, read_layers: bool = True) -> Function:
    """The function of an image. Only files and what is told by them read the layers; with `read_layers` False they
    answer Unknown."""
    return ImageFunction(image, read_layers=read_layers)


class ImageFunction(Function):
    """Everything is known; nothing but the config is read before a question needs it."""

    def __init__(self, image: "Image", *, read_layers: bool) -> None:
        config = image.config
        self._config: Config = config
        self.base_reference: Answer[str | None] = Unknown("an image does not say what it stands on")
        self.architecture: Answer[str] = (
            oci_architecture(config.architecture) if config.architecture else Unknown("the config names none")
        )
        self.entrypoint: Answer[tuple[str, ...]] = config.entrypoint or ()
        self.command: Answer[tuple[str, ...]] = config.cmd or ()
        self.working_dir: Answer[str] = config.working_dir or "/"
        self.user: Answer[str] = config.user
        self.environment: Mapping[str, Answer[str]] = dict(config.env)
        self.environment_complete: Answer[bool] = True
        self._files = ImageFiles(image, read_layers=read_layers)
        self.base: AwsBase | None = image_base(config, self._files)
        self.entrypoint_is_inherited = self.base is not None and self.entrypoint == base_entrypoint()

    @property
    def files(self) -> Files:
        return self._files

    @cached_property
    def runtime_client(self) -> Answer[RuntimeClient | None]:
        from lambda_image_lint.function.clients import runtime_client

        return runtime_client(self)

    def where(self, aspect: str) -> Place:
        return KeyPlace("config.Env" if aspect.startswith("environment.") else _KEYS.get(aspect, "config"))

    def handler_place(self) -> Place:
        return KeyPlace("config.Cmd" if self._config.cmd or not self._config.entrypoint else "config.Entrypoint")
