"""What a build downloads into the home directory of its user, which Lambda's user neither has nor may read."""

import re
from collections.abc import Iterator

from msgspec import Struct

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.installers import Installer, installer
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.dockerfile.shell import Command
from lambda_image_lint.rulekit.stages import final_instructions


class Cache(Struct, frozen=True):
    """Where a tool keeps what it downloads."""

    what: str
    """``browsers``, ``models``."""
    folder: str
    """Below the home directory."""
    variables: tuple[str, ...]
    """Any of them moves it; the first is the one to set."""
    elsewhere: str
    """A folder that everybody can read, to set it to."""
    at_run: bool
    """The tool fetches again, where the function itself sets a variable; False: it only looks."""
    option: str = ""
    """What says where, of a tool whose variable does not make the folder: an option with its value."""

    @property
    def missing(self) -> str:
        """Why it lands in the home, as a clause."""
        return f"no {self.option.split()[0]} says where" if self.option else f"{self.variables[0]} is not set"


PLAYWRIGHT = Cache("browsers", ".cache/ms-playwright", ("PLAYWRIGHT_BROWSERS_PATH",), "/ms-playwright", False)
"""Source: https://playwright.dev/docs/browsers#managing-browser-binaries"""
PUPPETEER = Cache("browsers", ".cache/puppeteer", ("PUPPETEER_CACHE_DIR",), "/opt/puppeteer", False)
"""Source: https://pptr.dev/api/puppeteer.configuration"""
HUGGING_FACE = Cache(
    "models",
    ".cache/huggingface",
    ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE", "XDG_CACHE_HOME"),
    "/opt/huggingface",
    True,
)
"""Source: https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables"""
SENTENCES = Cache(
    "models", ".cache/huggingface", ("HF_HOME", "SENTENCE_TRANSFORMERS_HOME", *HUGGING_FACE.variables[1:]), "/opt/huggingface", True
)  # fmt: skip
NLTK = Cache("data", "nltk_data", ("NLTK_DATA",), "/usr/share/nltk_data", False, "-d /usr/share/nltk_data")
"""It searches that folder by itself, and downloads only into one that is there. Source: https://www.nltk.org/data.html"""
TORCH = Cache("models", ".cache/torch", ("TORCH_HOME", "XDG_CACHE_HOME"), "/opt/torch", True)
"""Source: https://pytorch.org/docs/stable/hub.html#where-are-my-downloaded-models-saved"""
WHISPER = Cache("models", ".cache/whisper", ("XDG_CACHE_HOME",), "/opt/cache", True)
"""Source: https://github.com/openai/whisper/blob/main/whisper/__init__.py"""

CALLS = {
    "from_pretrained": HUGGING_FACE, "snapshot_download": HUGGING_FACE, "hf_hub_download": HUGGING_FACE,
    "SentenceTransformer": SENTENCES, "CrossEncoder": SENTENCES, "nltk.download": NLTK, "whisper.load_model": WHISPER,
    "torch.hub.load": TORCH,
}  # fmt: skip
"""The call in ``python -c`` that downloads, by the end of its dotted name."""
_SAYS_WHERE = frozenset({"cache_dir", "cache_folder", "local_dir", "download_dir", "download_root", "local_files_only"})
PUPPETEER_CACHE_SINCE = 19
"""Major version from which browsers go to the home directory. Source: https://pptr.dev/guides/configuration"""
PUPPETEER_SKIPS = ("PUPPETEER_SKIP_DOWNLOAD", "PUPPETEER_SKIP_CHROMIUM_DOWNLOAD", "PUPPETEER_EXECUTABLE_PATH")


class HomeDownload(Struct, frozen=True):
    """One download into a cache, in a stage that becomes the image."""

    run: Instruction
    command: Command
    cache: Cache


def home_downloads(dockerfile: Dockerfile) -> Iterator[HomeDownload | Unknown]:
    """The first of each cache in each RUN that is certainly left in a home directory; Unknown where a variable that moves
    it is."""
    for found in _downloads(dockerfile):
        folder = _redirected(dockerfile, found)
        if isinstance(folder, Unknown):
            yield folder
        elif folder is None:
            yield found


def is_left_in_home(dockerfile: Dockerfile, found: HomeDownload) -> Answer[bool]:
    """Whether a download of any stage stays in a home directory there: no variable and no later command moves it."""
    stage = dockerfile.stages[found.run.stage or 0]
    runs = [run for one in dockerfile.stage_chain(stage) for run in one.all("RUN")]
    folder = _redirected(dockerfile, found)
    return (
        folder
        if isinstance(folder, Unknown)
        else folder is None and not _is_moved(found.run, found.command, found.cache, runs)
    )


def redirected_downloads(dockerfile: Dockerfile) -> Iterator[tuple[HomeDownload, str]]:
    """Those that a variable sends to another folder, and the folder."""
    for found in _downloads(dockerfile):
        folder = _redirected(dockerfile, found)
        if isinstance(folder, str) and folder:
            yield found, folder


def _downloads(dockerfile: Dockerfile) -> Iterator[HomeDownload]:
    runs = list(final_instructions(dockerfile, "RUN"))
    for run in runs:
        told: set[Cache] = set()
        for command in run.shell:
            cache = None if command.guards else _cache_of(dockerfile, run, command)
            if cache is None or cache in told or _is_moved(run, command, cache, runs):
                continue
            told.add(cache)
            yield HomeDownload(run, command, cache)


def _cache_of(dockerfile: Dockerfile, run: Instruction, command: Command) -> Cache | None:
    """What a command downloads into."""
    words = [word.text or word.prefix for word in command.words]
    names = [word.rpartition("/")[2].partition("@")[0] for word in words]
    for program in ("playwright", "patchright"):
        if program in names[:4] and command.program in (program, "npx", "pnpx", "bunx", *_pythons(names)):
            rest = words[names.index(program) + 1 :]
            return PLAYWRIGHT if rest[:1] == ["install"] and not {"--dry-run", "--list"} & {*rest} else None
    if "puppeteer" in names[:3] and "browsers" in words and "install" in words:
        return PUPPETEER
    if names[:2] in (["huggingface-cli", "download"], ["hf", "download"]):
        return None if command.has_flag("--local-dir", "--cache-dir") else HUGGING_FACE
    if command.program in _pythons(names):
        return _in_python(command, words)
    call = installer(command)
    if call is not None and _brings_puppeteer(call):
        return None if any(dockerfile.variables.value(name, run) for name in PUPPETEER_SKIPS) else PUPPETEER
    return None


def _pythons(names: list[str]) -> tuple[str, ...]:
    return tuple(name for name in names[:1] if re.fullmatch(r"python[\d.]*", name))


def _brings_puppeteer(call: Installer) -> bool:
    """``npm install puppeteer``, whose script downloads a browser; of an old version it keeps it in the package."""
    if call.tool not in ("npm", "yarn", "pnpm") or not call.installs or call.has("--ignore-scripts"):
        return False
    for word in call.operands:
        name, at, version = (word.text or "").partition("@")
        major = version.lstrip("^~").partition(".")[0]
        if name == "puppeteer":
            return not at or version == "latest" or (major.isdigit() and int(major) >= PUPPETEER_CACHE_SINCE)
    return False


def _in_python(command: Command, words: list[str]) -> Cache | None:
    """``python -m nltk.downloader`` and ``python -c "…"``."""
    if "-m" in words[:3] and words[words.index("-m") + 1 :][:1] == ["nltk.downloader"]:
        return None if "-d" in words else NLTK
    if "-c" not in words[:3]:
        return None
    code = next(iter(command.words[words.index("-c") + 1 :]), None)
    return _in_code(code.text) if code is not None and code.text else None


def _in_code(code: str) -> Cache | None:
    if "save" in code or not any(name.rpartition(".")[2] in code for name in CALLS):
        return None
    import ast

    try:
        tree = ast.parse(code.strip())
    except (SyntaxError, ValueError, RecursionError):  # the shell or Python will tell
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and not _SAYS_WHERE & {one.arg for one in node.keywords}:
            name = ast.unparse(node.func)
            cache = next((each for end, each in CALLS.items() if name == end or name.endswith(f".{end}")), None)
            first = node.args[0] if node.args else None
            local = isinstance(first, ast.Constant) and str(first.value).startswith(("/", "."))
            if cache is not None and not local:
                return cache
    return None


def _is_moved(run: Instruction, command: Command, cache: Cache, runs: list[Instruction]) -> bool:
    """Whether a later command names the folder, or opens the home: it is moved, linked or deleted."""
    name = cache.folder.rpartition("/")[2]
    for later in runs[runs.index(run) :]:
        for one in later.shell.commands[command.index + 1 if later is run else 0 :]:
            texts = [word.text or word.raw for word in one.arguments]
            if one.program in ("mv", "cp", "ln", "rm", "rsync", "tar") and any(
                name in text or ".cache" in text for text in texts
            ):
                return True
            if one.program == "chmod" and any(text.startswith(("/root", "~", "$HOME")) for text in texts):
                return True
    return False


def _redirected(dockerfile: Dockerfile, found: HomeDownload) -> Answer[str | None]:
    """The folder outside root's home that a variable sends it to; None where none does, empty where it is not known."""
    variables, names = dockerfile.variables, (*found.cache.variables, "HOME")
    commands = found.run.shell.commands[: found.command.index + 1]
    if {*names} & {one.name for other in commands for one in other.assignments}:
        return ""
    for name in names:
        value = variables.value(name, found.run)
        if isinstance(value, Unknown):
            return value
        if value and not value.startswith(("/root", "~")):
            return f"{value.rstrip('/')}/{found.cache.folder}" if name == "HOME" else value
    final = variables.environment(dockerfile.final) if dockerfile.final is not None else {}
    return "" if found.cache.at_run and {*names} & {*final} else None
