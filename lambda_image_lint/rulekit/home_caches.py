"""Python libraries that keep a cache below HOME, where the function's own code makes them. Imported only where there is
Python."""

import ast
from collections.abc import Iterator

from msgspec import Struct

from lambda_image_lint.function.languages.python.nodes import every_node
from lambda_image_lint.function.model import File
from lambda_image_lint.rulekit.python_code import calls, dotted_name, text_of, tree_of


class Library(Struct, frozen=True):
    """One that writes below HOME unless a variable says otherwise."""

    name: str
    folder: str
    """Below the home directory."""
    variables: tuple[str, ...]
    """Any of them moves it; the first is the one to set."""
    to: str
    """A folder below ``/tmp``, to set it to."""


_HUB = (
    "HF_HOME",
    "HF_HUB_CACHE",
    "HUGGINGFACE_HUB_CACHE",
    "TRANSFORMERS_CACHE",
    "SENTENCE_TRANSFORMERS_HOME",
    "XDG_CACHE_HOME",
)
HUGGING_FACE = Library("Hugging Face", ".cache/huggingface", _HUB, "/tmp/huggingface")
TORCH = Library("torch.hub", ".cache/torch", ("TORCH_HOME", "XDG_CACHE_HOME"), "/tmp/torch")
NLTK = Library("nltk", "nltk_data", ("NLTK_DATA",), "/tmp")
"""It downloads only into a folder that is there."""
WHISPER = Library("whisper", ".cache/whisper", ("XDG_CACHE_HOME",), "/tmp/cache")
EASYOCR = Library("easyocr", ".EasyOCR", ("EASYOCR_MODULE_PATH", "MODULE_PATH"), "/tmp/easyocr")
NUMBA = Library("numba", ".cache/numba", ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME"), "/tmp/numba")

_CALLS = {
    "from_pretrained": HUGGING_FACE, "snapshot_download": HUGGING_FACE, "hf_hub_download": HUGGING_FACE,
    "SentenceTransformer": HUGGING_FACE, "torch.hub.load": TORCH, "nltk.download": NLTK, "whisper.load_model": WHISPER,
    "easyocr.Reader": EASYOCR,
}  # fmt: skip
"""The end of a call's dotted name → the library that it makes write."""
_WORDS = tuple(name.partition(".")[0].encode() for name in _CALLS)
"""Without one of these, a source has none of those calls."""
_SAYS_WHERE = frozenset(
    """cache_dir cache_folder local_dir local_files_only download_dir download_root model_storage_directory
    download_enabled""".split()
)
_NAMELESS = frozenset({"easyocr.Reader"})
"""Calls whose first argument does not name what is fetched."""
_COMPILED = frozenset({"njit", "jit", "vectorize", "guvectorize"})


def writers(file: File) -> Iterator[tuple[Library, int]]:
    """Each library that the source certainly makes write below HOME, once, with the line of the first call."""
    told: set[Library] = set()
    for library, line in sorted([*_fetches(file), *_compiles(file)], key=lambda one: one[1]):
        if library not in told and not _sets(file, library):
            told.add(library)
            yield library, line


def _fetches(file: File) -> Iterator[tuple[Library, int]]:
    for call in calls(file, *_WORDS):
        end = next((one for one in _CALLS if call.dotted == one or call.dotted.endswith(f".{one}")), None)
        if end is None or call.guarded or _SAYS_WHERE & {*call.keywords}:
            continue
        first = call.texts[0] if call.texts else None
        # A name that is no path is fetched; what a variable names may lie in the image.
        if end in _NAMELESS or (first is not None and not first.startswith(("/", ".", "~"))):
            yield _CALLS[end], call.line


def _compiles(file: File) -> Iterator[tuple[Library, int]]:
    """``@njit(cache=True)``."""
    nodes = _nodes(file, b"numba")
    if not any(isinstance(node, ast.Import | ast.ImportFrom) and "numba" in ast.unparse(node) for node in nodes):
        return
    for node in nodes:
        if isinstance(node, ast.Call) and dotted_name(node.func).rpartition(".")[2] in _COMPILED:
            for one in node.keywords:
                if one.arg == "cache" and isinstance(one.value, ast.Constant) and one.value.value is True:
                    yield NUMBA, node.lineno


def _sets(file: File, library: Library) -> bool:
    """Whether the source names one of the variables, or HOME: then it takes care itself."""
    names = {*library.variables, "HOME"}
    nodes = _nodes(file, *(name.encode() for name in names))
    return any(isinstance(node, ast.Constant) and node.value in names for node in nodes)


def _nodes(file: File, *words: bytes) -> list[ast.AST]:
    """Those of a source that mentions one of the words."""
    content = text_of(file, *words)
    tree = tree_of(content) if content is not None else None
    return [] if tree is None else every_node(tree)
