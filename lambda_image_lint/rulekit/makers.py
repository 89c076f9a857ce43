"""What the scripts, workflows and Makefiles around a build write, before it or beside it."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from lambda_image_lint.dockerfile.context import Context, ContextFile
from lambda_image_lint.dockerfile.repository import files_around
from lambda_image_lint.patterns import lazy

if TYPE_CHECKING:
    from lambda_image_lint.rulekit.pipelines import Job

_MOST_FILES = 50
_MOST_BYTES = 256 * 1024
"""Read of one."""
_MOST_LINES = 4_000
_MOST_LETTERS = 1_000
"""Of a line; what stands behind is not looked at."""
_MOST_WORDS = 60
"""Of a command."""

_NAMES = (
    "*.sh", "Makefile", "makefile", "GNUmakefile", "*.mk", "justfile", "Justfile", "Taskfile.y*ml", "Jenkinsfile", "Rakefile",
    ".gitlab-ci.y*ml", "buildspec*.y*ml", "bitbucket-pipelines.y*ml", "azure-pipelines*.y*ml", "cloudbuild*.y*ml",
)  # fmt: skip
_FOLDERS = (".github/workflows", ".github/actions", ".circleci", ".gitea/workflows", ".forgejo/workflows")

_WORDS = lazy(r"""(?:[^\s"'`]|"[^"]*"|'[^']*')+""")
_PARTS = lazy(r"&&|\|\||[;|`]")
_REDIRECTED = lazy(r"""(?<![0-9<>=&-])&?>{1,2}\s*((?:[^\s"'`<>&]|"[^"]*"|'[^']*')+)""")
_SET = lazy(
    r"""^[ \t-]*(?:export |local |readonly )?[ \t]*([A-Za-z_]\w*)[ \t]*(?::=|\?=|=|:[ \t])[ \t]*(\S.*)$""", re.MULTILINE
)
_USED = lazy(r"\$\{\{\s*env\.(\w+)\s*\}\}|\$\{(\w+)\}|\$\((\w+)\)|\$(\w+)")
_VARIABLE_IN_FRONT = lazy(r"""\$\{\{[^}]*\}\}|\$\{[^}]*\}|\$\([^)]*\)|\$\w+""")
_KEY = lazy(r"[ \t-]*(path|file[_-]?name|fileName|output|dest|destination|out|directory)[ \t]*:[ \t]*(\S+)[ \t]*$")
_TARGET = lazy(r"([^\s:#=][^:#=]*):(?!=)")

_REMOTE_NAME = lazy(r"-[a-zA-Z]*O")
"""Among joined letters: ``curl -sSLO``."""

REMOVERS = ("rm", "unlink", "shred")
"""A file without any of these words takes nothing away."""
_CONTAINERS = frozenset({"docker", "podman", "buildah", "nerdctl"})
"""Whose `--target` is a stage, and whose `-o` is written by the build itself."""
_SCRIPT_ENDINGS = (".sh", ".bash", ".py", ".js", ".mjs", ".ts", ".rb")
_LAST = frozenset({"cp", "mv", "rsync", "ln", "scp"})
"""Programs whose last word is what they write."""
_EVERY = frozenset({"mkdir", "touch", "tee", "truncate"})
_PROGRAMS = _LAST | _EVERY | {"install", "zip", "tar", "clone"}
_OUTPUTS = frozenset(
    "-o -O --out --output --output-file --output-dir --output-document --outfile --out-file --outdir --outDir --out-dir".split()
    + "--target --target-dir --dest --destination --bundle --outputFile --output-path".split()
)
_OUTPUTS_OF = {
    "unzip": ("-d",), "javac": ("-d",), "pip": ("-t",), "pip3": ("-t",), "uv": ("-t",), "python": ("-t",), "python3": ("-t",),
    "tsc": ("-d",), "babel": ("-d",), "parcel": ("-d",), "webpack": ("-d",),
}  # fmt: skip


def maker(context: Context, path: str) -> str | None:
    """The file around the build that writes a path of the context, or something below it; None where none does.

    What its job removes again before anything could build is not written.
    So does one that calls a script with the path's folder, where nobody has that folder yet.
    """
    folder = posixpath.dirname(path)
    new_folder = folder if folder and context.present(folder) is False else None
    for file in islice(files_around(context, _is_script), _MOST_FILES):
        script = _Script(file)
        if script.writes(path) or (new_folder is not None and script.hands_over(new_folder)):
            return file.path
    return None


def _is_script(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    if name.endswith((".yml", ".yaml")) and any(
        folder == one or f"{folder}/".startswith(f"{one}/") for one in _FOLDERS
    ):
        return True
    return any(fnmatchcase(name, one) for one in _NAMES)


class _Line(Struct, frozen=True):
    """A line, with those behind it that it goes on in."""

    text: str
    first: int
    """In the file, from 1."""
    last: int


def _joined(content: str) -> Iterator[_Line]:
    first, parts = 1, []
    for number, line in enumerate(content.splitlines(), 1):
        parts.append(line.removesuffix("\\"))
        if not line.endswith("\\"):
            yield _Line(" ".join(parts)[:_MOST_LETTERS], first, number)
            first, parts = number + 1, []
    if parts:
        yield _Line(" ".join(parts)[:_MOST_LETTERS], first, first + len(parts) - 1)


class _Script:
    def __init__(self, file: ContextFile) -> None:
        content = file.read(_MOST_BYTES)
        self._content = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
        self._path = file.path
        self._lines = [*islice(_joined(self._content), _MOST_LINES)]
        self._text = "\n".join(line.text for line in self._lines)
        self._is_makefile = not file.path.endswith((".sh", ".yml", ".yaml"))

    def writes(self, path: str) -> bool:
        """Whether one of its commands names the path, or one below it, as something that it writes."""
        name = posixpath.basename(path)
        if name not in self._text:
            return False
        words = {one for one in self._words() if name in one[1] or "$" in one[1]}
        return any(self._is(self._resolved(word), path) and not self._removes(line, word) for line, word in words)

    def _removes(self, line: "_Line", word: str) -> bool:
        """Whether what a line writes is taken away again before anything could build."""
        if not any(one in self._content for one in REMOVERS):
            return False
        from lambda_image_lint.rulekit.removals import is_removed

        written = posixpath.normpath(self._resolved(word))
        return is_removed(self._jobs, line.first, line.last, written, self._resolved)

    @cached_property
    def _jobs(self) -> "tuple[Job, ...]":
        from lambda_image_lint.rulekit.pipelines import jobs

        return jobs(self._path, self._content)

    def hands_over(self, folder: str) -> bool:
        """Whether one of its commands calls a script of the repository with this folder."""
        if folder not in self._text:
            return False
        parts = (part for line in self._text.splitlines() if folder in line for part in _PARTS.split(line))
        return any(
            posixpath.normpath(self._resolved(word)) == folder
            for part in parts
            for word in _given_to_script(_WORDS.findall(part)[:_MOST_WORDS])
        )

    def _words(self) -> Iterator[tuple["_Line", str]]:
        is_workflow = "uses:" in self._text
        for line in self._lines:
            yield from ((line, match[1]) for match in _REDIRECTED.finditer(line.text))
            for part in _PARTS.split(line.text):
                yield from ((line, word) for word in _written_by(_WORDS.findall(part)[:_MOST_WORDS]))
            if self._is_makefile and (target := _TARGET.match(line.text)):
                yield from ((line, word) for word in target[1].split())
            if is_workflow and (key := _KEY.match(line.text)):
                yield line, key[2]

    @cached_property
    def _variables(self) -> Mapping[str, str]:
        return {match[1]: match[2].split(" #")[0].strip().strip("\"'") for match in _SET.finditer(self._text)}

    def _resolved(self, word: str) -> str:
        """Without quotes, and with the variables that the file itself sets."""
        text = word.replace('"', "").replace("'", "")
        for _ in range(3):
            if "$" not in text or len(text) > _MOST_LETTERS:
                break
            text = _USED.sub(lambda used: self._variables.get(used[1] or used[2] or used[3] or used[4], used[0]), text)
        return text

    def _is(self, word: str, path: str) -> bool:
        plain = _VARIABLE_IN_FRONT.sub("$", word)
        if plain.startswith("/") or "://" in plain:
            return False  # somewhere else on the machine
        written = posixpath.normpath(plain.replace("$/", "./"))
        while written.startswith("../"):
            written = written[3:]
        folder, _, name = path.rpartition("/")
        candidates = [written, posixpath.normpath(posixpath.join(posixpath.dirname(self._path), written))]
        if any(f"/{path}/" in f"/{one}/" for one in candidates):
            return True
        # `cd output && go build -o func .`: the folder is named elsewhere in the script, or the script stands in it.
        is_there = folder in self._text or f"/{folder}/" in f"/{self._path}"
        return bool(folder) and is_there and f"/{name}/" in f"/{written}/"


def _written_by(words: list[str]) -> Iterator[str]:
    """The words of one command that name what it writes."""
    names = [posixpath.basename(word.strip("\"'@(){}")) for word in words]
    is_docker = not _CONTAINERS.isdisjoint(names)
    for index, word in enumerate(words):
        option, equals, value = word.partition("=")
        following = words[index + 1] if index + 1 < len(words) else ""
        if option in _OUTPUTS and not is_docker:
            yield value if equals else following
        elif any(option in _OUTPUTS_OF.get(name, ()) for name in names[:index]):
            yield following
    yield from _downloaded(words, names)
    program = next((index for index, name in enumerate(names) if name in _PROGRAMS), None)
    if program is not None:
        yield from _operands_written(names[:program], names[program], words[program + 1 :])


def _given_to_script(words: list[str]) -> list[str]:
    """The words behind a script that a command runs by its path: ``./tool/fetch.sh``, ``python scripts/fetch.py``."""
    for index, word in enumerate(words):
        name = word.strip("\"'")
        if name.endswith(_SCRIPT_ENDINGS) and not name.startswith(("-", "/")) and "://" not in name:
            return words[index + 1 :]
    return []


def _downloaded(words: list[str], names: list[str]) -> Iterator[str]:
    """The files that wget, and curl where it is told to, name as the address ends."""
    if ("wget" in names and not {"-O", "--output-document"} & {*words}) or (
        "curl" in names and any(word == "--remote-name" or _REMOTE_NAME.fullmatch(word) for word in words)
    ):
        for word in words:
            if "://" in word:
                yield posixpath.basename(re.split(r"[?#]", word.strip("\"'"))[0])


def _operands_written(before: list[str], name: str, rest: list[str]) -> Iterator[str]:
    operands = [word for word in rest if not word.startswith(("-", ">", "<", "2>"))]
    if name in _EVERY:
        yield from operands
    elif name in _LAST and len(operands) > 1:
        # To a folder, under the names that they had.
        yield operands[-1]
        yield from (posixpath.join(operands[-1], posixpath.basename(one)) for one in operands[:-1])
    elif name == "install" and not set(before) - {"sudo"}:
        yield from operands[-1:]
    elif name == "zip":
        yield from operands[:1]
    elif name == "tar" and len(rest) > 1 and "c" in rest[0]:
        yield rest[1]
    elif name == "clone" and "git" in before:
        yield posixpath.basename("".join(operands[-1:])).removesuffix(".git")
