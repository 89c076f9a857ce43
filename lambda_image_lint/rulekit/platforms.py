"""What a Dockerfile says of the platform that its image is for, and what Lambda has."""

from collections.abc import Iterator

from msgspec import Struct

from lambda_image_lint.dockerfile.model import Dockerfile, Flag, Stage
from lambda_image_lint.finding import Applicability, Edit, Fix, Place, Span
from lambda_image_lint.image.descriptor import Platform, normal_architecture
from lambda_image_lint.knowledge import aws_base, image_name
from lambda_image_lint.rulekit.stages import final_stages
from lambda_image_lint.settings import ARCHITECTURES, Settings

_LAMBDAS_WORD = {oci: word for word, oci in ARCHITECTURES.items()}
_HUB_NAMESPACES = {"amd64": "amd64", "arm64v8": "arm64", "arm32v7": "arm", "i386": "386"}
"""Docker Hub's copies of the official images for one architecture.
Source: https://github.com/docker-library/official-images, "Architectures other than amd64?"."""
_WINDOWS = ("mcr.microsoft.com/windows", "mcr.microsoft.com/windows/")


class Stated(Struct, frozen=True):
    """A place of the FROM that the image stands on, and the platform that it names."""

    words: str
    """As in the source, where it is written: ``--platform=linux/arm64``, ``python:3.12-arm64``."""
    os: str
    architecture: str
    """In OCI words."""
    by_flag: bool
    place: Place
    replaceable: Span | None
    """The characters that name the architecture, where they could be others; None where a variable does."""
    spelled: dict[str, str]
    """Architecture → how it is spelled in that place."""

    def to(self, architecture: str) -> Fix | None:
        """Name another architecture here."""
        if self.replaceable is None:
            return None
        text = self.spelled[architecture]
        return Fix(f"Name {text} here", (Edit(self.replaceable, text),), Applicability.UNSAFE)


def is_lambdas(os: str, architecture: str) -> bool:
    """Whether Lambda runs images of this platform."""
    return os.lower() == "linux" and normal_architecture(architecture) in _LAMBDAS_WORD


def lambdas_word(architecture: str) -> str:
    """Lambda's word for an architecture of an image: ``amd64`` → ``x86_64``."""
    return _LAMBDAS_WORD.get(normal_architecture(architecture), architecture)


def same_architecture(one: str, other: str) -> bool:
    """Whether two words mean one architecture."""
    return normal_architecture(one) == normal_architecture(other)


def wanted_architecture(settings: Settings) -> str | None:
    """The architecture that the function is set to, in OCI words: ``--arch``, else ``--platform``; None unknown."""
    if settings.arch is not None or settings.platform is None:
        return settings.arch
    return Platform.parse(settings.platform).architecture


def root_stage(dockerfile: Dockerfile) -> Stage | None:
    """The stage whose FROM names the image that the final one stands on."""
    chain = final_stages(dockerfile)
    return chain[0] if chain else None


class BuildersFlag(Struct, frozen=True):
    """``--platform=$BUILDPLATFORM`` at the FROM that the image stands on."""

    value: str
    place: Place
    drop: Fix | None
    """None where the flag does not stand on the line of its base."""


def builders_flag(dockerfile: Dockerfile) -> BuildersFlag | None:
    """The flag that makes the image one for the machine that builds."""
    stage = root_stage(dockerfile)
    flag = stage.from_instruction.flag("platform") if stage is not None else None
    if stage is None or flag is None or flag.value not in ("$BUILDPLATFORM", "${BUILDPLATFORM}"):
        return None
    after = stage.from_instruction.words[0].span if stage.from_instruction.words else flag.span
    drop = None
    if flag.span.line == after.line and after != flag.span:
        gone = Span(flag.span.line, flag.span.column, after.line, after.column)
        drop = Fix(f"Drop --platform={flag.value}", (Edit(gone, ""),), Applicability.UNSAFE)
    return BuildersFlag(flag.value, stage.from_instruction.at(flag.span), drop)


def stated_platforms(dockerfile: Dockerfile) -> Iterator[Stated]:
    """Every platform that the base's FROM names: by its flag, by its tag or name."""
    stage = root_stage(dockerfile)
    if stage is None:
        return
    flag = stage.from_instruction.flag("platform")
    if flag is not None and isinstance(stage.platform, str):
        yield _by_flag(stage, flag, Platform.parse(stage.platform))
    yield from _by_name(stage)


def _by_flag(stage: Stage, flag: Flag, platform: Platform) -> Stated:
    literal = flag.value is not None and "$" not in flag.value and flag.value_span is not None
    span = _last(flag.value_span, flag.value or "", platform.architecture) if literal else None
    place = stage.from_instruction.at(flag.span)
    spelled = {architecture: architecture for architecture in _LAMBDAS_WORD}
    return Stated(f"--platform={flag.value}", platform.os, platform.architecture, True, place, span, spelled)


def _by_name(stage: Stage) -> Iterator[Stated]:
    reference = stage.base_resolved
    if not isinstance(reference, str) or not stage.from_instruction.words:
        return
    word = stage.from_instruction.words[0]
    place = stage.from_instruction.at(word.span)
    base = aws_base(reference)
    if base is not None and base.architecture is not None:
        suffix = lambdas_word(base.architecture)
        span = _last(word.span, word.text, suffix) if word.text == word.raw == reference and not base.digest else None
        yield Stated(reference, "linux", base.architecture, False, place, span, _LAMBDAS_WORD)
        return
    name = image_name(reference)
    namespace = name.repository.partition("/")[0] if name.registry == "docker.io" else ""
    if namespace in _HUB_NAMESPACES:
        yield Stated(reference, "linux", _HUB_NAMESPACES[namespace], False, place, None, {})
    elif name.full.startswith(_WINDOWS):
        yield Stated(reference, "windows", "amd64", False, place, None, {})


def _last(span: Span | None, text: str, part: str) -> Span | None:
    """Where `part` stands last in a text that lies on one line; None where it does not."""
    start = text.rfind(part)
    if span is None or start < 0 or span.line != span.end_line or span.end_column - span.column != len(text):
        return None
    return Span(span.line, span.column + start, span.line, span.column + start + len(part))
