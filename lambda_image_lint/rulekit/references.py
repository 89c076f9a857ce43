"""Where the function certainly reads a path: its command, its environment, its own code."""

from collections.abc import Collection, Iterator

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.finding import Place
from lambda_image_lint.function.chain import chain
from lambda_image_lint.function.languages.resolution import Language
from lambda_image_lint.function.model import File, Function
from lambda_image_lint.rulekit.own_code import own_modules

_READERS = frozenset(
    """open read_csv read_json read_parquet read_excel read_pickle load load_model load_weights from_pretrained CDLL cdll
    InferenceSession SentenceTransformer WhisperModel Llama YOLO listdir scandir read_text read_bytes safe_load loads""".split()
)
"""Functions that read the path they are given first."""


class Reference(Struct, frozen=True):
    """One place that reads a path."""

    path: str
    """As written there."""
    who: str
    """As a clause's subject: ``ENV MODEL``, ``/var/task/app.py``, ``the command``."""
    place: Place


def references(function: Function, folder: str) -> Iterator[Reference]:
    """Every one to a path below `folder`."""
    prefix = f"{folder}/"
    for name, value in function.environment.items():
        for part in value.split(":") if isinstance(value, str) else ():
            if part.startswith(prefix):
                yield Reference(part.rstrip("/"), f"{name} in the environment", function.where(f"environment.{name}"))
    steps = chain(function)
    for step in () if isinstance(steps, Unknown) else steps:
        for word in (step.name, *(one for one in step.arguments if isinstance(one, str))):
            if word.startswith(prefix) and step.is_certain:
                yield Reference(word.rstrip("/"), "the command", step.place)
    for module in own_modules(function, Language.PYTHON):
        for path in _read_in(module.file, folder):
            if path.startswith(prefix):
                yield Reference(path.rstrip("/"), module.file.path, module.file.place)


def _read_in(file: File, folder: str) -> Iterator[str]:
    """Literal paths that a Python source gives to functions that read, those below `folder` and perhaps others; one that
    it also writes is left out."""
    from lambda_image_lint.rulekit.python_code import calls

    read, other = [], set()
    # A path may be joined of parts, and then the folder's own name is one.
    for call in calls(file, folder.rpartition("/")[2].encode()):
        for position, text in enumerate(call.texts):
            if text is not None:
                if position == 0 and call.name in _READERS and not call.writes:
                    read.append(text)
                else:
                    other.add(text)
    yield from dict.fromkeys(path for path in read if not _touched(path, other))


def _touched(path: str, others: Collection[str]) -> bool:
    """Whether the path, one above or one below it is given to anything else: it may be made at run time."""
    return any(path == other or path.startswith(f"{other}/") or other.startswith(f"{path}/") for other in others)
