"""Packages and images for graphics processors, which Lambda does not have."""

from collections.abc import Iterator

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.context import Context, ContextFile
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.finding import Place, TextPlace
from lambda_image_lint.function.model import File, Function
from lambda_image_lint.knowledge import image_name
from lambda_image_lint.patterns import lazy
from lambda_image_lint.rulekit.stages import final_instructions, final_stages

_NAMES = ("tensorflow-gpu", "onnxruntime-gpu", "faiss-gpu", "paddlepaddle-gpu", "mxnet-cu", "cupy-cuda", "jax-cuda")
"""Beginnings of packages that are for a graphics processor alone."""
_TORCH = frozenset(["torch", "torchvision", "torchaudio"])
"""On x86_64 their wheels on the common index bring CUDA, on other machines they do not. Source:
https://pytorch.org/get-started/locally/, read 2026-11-23."""
_LIBRARY = lazy(r"/nvidia/cu(?:dnn|blas)/lib/.*\.so|/torch/lib/libtorch_cuda\.so|/cuda/lib64/libcublas\.so")
"""In the paths of what these packages bring; the first three have several hundred MB each."""


class GpuPayload(Struct, frozen=True):
    """Something that serves no purpose on Lambda."""

    what: str
    place: Place
    is_certain: bool
    """False: only where the function is for x86_64, and that is not known."""


def gpu_payload(function: Function, dockerfile: Dockerfile | None, context: Context | None) -> Iterator[GpuPayload]:
    """The first of each kind: the base image, packages by name, files of an image."""
    if isinstance(function.base_reference, str) and image_name(function.base_reference).full == "nvidia/cuda":
        yield GpuPayload(f"the base image {function.base_reference}", function.where("base"), is_certain=True)
    if dockerfile is not None:
        yield from _packages(function, dockerfile, context)
        return
    for path in function.files.known_paths("/"):
        if ".so" in path and _LIBRARY.search(path) and isinstance(file := function.files.find(path), File):
            yield GpuPayload(path, file.place, is_certain=True)
            return


def _packages(function: Function, dockerfile: Dockerfile, context: Context | None) -> Iterator[GpuPayload]:
    told: set[Place] = set()
    for one in function.packages.installed:
        if one.manager != "pip" or one.place in told:
            continue
        version = one.version or ""
        named = one.name.startswith(_NAMES) or (one.name.startswith("nvidia-") and "-cu1" in one.name)
        if named or "+cu" in version:
            told.add(one.place)
            yield GpuPayload(f"{one.name}{f'=={version}' if version else ''}", one.place, is_certain=True)
        elif one.name in _TORCH and not _names_cpu(dockerfile, context, one.place, version):
            architecture = function.architecture
            if architecture == "amd64" or isinstance(architecture, Unknown):
                told.add(one.place)
                yield GpuPayload(f"{one.name} from the common index", one.place, architecture == "amd64")


def _names_cpu(dockerfile: Dockerfile, context: Context | None, place: Place, version: str) -> bool:
    """Whether another index may be meant: by the command, a variable, or the lists that the build context holds."""
    run = _run_at(dockerfile, place)
    if run is None or "cpu" in f"{version} {run.raw}" or "index" in run.raw or "--find-links" in run.raw:
        return True
    variables = [one.raw for stage in final_stages(dockerfile) for one in stage.all("ENV", "ARG")]
    if any("INDEX" in raw or "FIND_LINKS" in raw for raw in variables):
        return True
    files = context.walk() if context is not None else ()
    lists = () if isinstance(files, Unknown) else files
    return any(_is_list(file) and _says_cpu(file) for file in lists)


def _run_at(dockerfile: Dockerfile, place: Place) -> Instruction | None:
    if not isinstance(place, TextPlace):
        return None
    line = place.span.line
    return next(
        (run for run in final_instructions(dockerfile, "RUN") if run.span.line <= line <= run.span.end_line), None
    )


def _is_list(file: ContextFile) -> bool:
    return file.path.endswith(("requirements.txt", ".in", "pyproject.toml", "pip.conf", "uv.toml", "uv.lock")) or (
        "requirements" in file.path and file.path.endswith(".txt")
    )


def _says_cpu(file: ContextFile) -> bool:
    content = file.read(1024 * 1024)
    return isinstance(content, Unknown) or b"cpu" in content or b"index" in content or b"--find-links" in content
