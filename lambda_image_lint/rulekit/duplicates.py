"""Directories that an image holds twice."""

from collections.abc import Iterator
from fnmatch import fnmatch
from posixpath import join, normpath, relpath

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Word
from lambda_image_lint.dockerfile.shell import ShellWord
from lambda_image_lint.image.tree import FileTree, Inode, Node
from lambda_image_lint.rulekit.destinations import landing
from lambda_image_lint.rulekit.stages import final_instructions
from lambda_image_lint.rulekit.system_folders import is_of_system

_LEAST = 1 << 20
"""Bytes of a directory from which its double is told in an image. Own choice: what is less is noise."""
_FOLDERS = ("node_modules", "dist", "src", "vendor", "static", "public", "site-packages", "templates", "assets")
"""Names that are hardly ever those of files: of what lies in another stage nothing else tells."""


class Copied(Struct, frozen=True):
    """One directory that a COPY brings."""

    copy: Instruction
    word: Word
    origin: str
    """The stage or image it comes from; empty for the context."""
    source: str
    """Normal, relative to the root of the origin."""
    target: str
    """Where what is in it lands."""


class Double(Struct, frozen=True):
    """A directory that a COPY brings once more."""

    first: Copied
    second: Copied
    inner: str
    """The directory that both bring."""
    targets: tuple[str, str]


class CopiedOn(Struct, frozen=True):
    """A folder that a COPY brings and a RUN copies once more."""

    first: Copied
    run: Instruction
    word: ShellWord
    """The source, as ``cp`` is given it."""
    folder: str
    target: str


def copied_twice(dockerfile: Dockerfile, context: Context) -> Iterator[Double]:
    """Each directory that two COPYs of the final image bring from the same place."""
    copies = list(_copies(dockerfile, context))
    for index, second in enumerate(copies):
        for first in copies[:index]:
            double = _double(dockerfile, first, second)
            if double is not None:
                yield double
                break


def copied_on(dockerfile: Dockerfile, context: Context) -> Iterator[CopiedOn]:
    """Each folder of a COPY that a RUN of the final image copies on with ``cp -r``, and leaves where it was.

    Only those whose name promises many files, and only absolute paths: a small folder twice is no matter.
    """
    copies = list(_copies(dockerfile, context))
    for run in final_instructions(dockerfile, "RUN"):
        for command in run.shell.named("cp"):
            words = [one for one in command.arguments if not one.prefix.startswith("-")]
            options = [one.text or "" for one in command.arguments if one.prefix.startswith("-")]
            if len(words) < 2 or not _is_recursive(options):
                continue
            for word in words[:-1]:
                folder = _folder_meant(word.text or "")
                first = next(
                    (one for one in copies if one.copy.index < run.index and _brings(one, folder, context)), None
                )
                target = normpath(words[-1].text or "")
                if first is not None and target.startswith("/") and not _goes(dockerfile, run, (folder, target), True):
                    yield CopiedOn(first, run, word, folder, target)


def _is_recursive(options: list[str]) -> bool:
    """``-r``, ``-a`` and the like; a link holds nothing twice, and behind ``-t`` the words stand the other way round."""
    short = {letter for one in options if not one.startswith("--") for letter in one[1:]}
    long = {one.partition("=")[0] for one in options if one.startswith("--")}
    if short & {"l", "s", "t"} or long & {"--link", "--symbolic-link", "--reflink", "--target-directory"}:
        return False
    return bool(short & {"r", "R", "a"} or long & {"--recursive", "--archive"})


def _folder_meant(text: str) -> str:
    """``/x/dist``, ``/x/dist/``, ``/x/dist/.`` and ``/x/dist/*``: the folder; empty for anything else."""
    text = text.removesuffix("*").removesuffix(".").rstrip("/")
    is_plain = text.startswith("/") and not any(letter in text for letter in "*?[{")
    return normpath(text) if is_plain and text.rpartition("/")[2] in _FOLDERS else ""


def _brings(copied: Copied, folder: str, context: Context) -> bool:
    if not folder or not _within(folder, copied.target):
        return False
    inner = normpath(join(copied.source, relpath(folder, copied.target)))
    return bool(copied.origin) or _is_folder(context, inner)


def _copies(dockerfile: Dockerfile, context: Context) -> Iterator[Copied]:
    for copy in final_instructions(dockerfile, "COPY", "ADD"):
        target = landing(dockerfile, copy)
        flags = {flag.name for flag in copy.flags}
        if target is None or "exclude" in flags or "parents" in flags:
            continue
        origin = copy.flag("from")
        for word in copy.sources:
            path = dockerfile.variables.expand(word.template, copy)
            if isinstance(path, Unknown) or "://" in path or any(each in path for each in "*?[<"):
                continue
            source = normpath(path).lstrip("/") or "."
            if origin is not None or _is_folder(context, source):
                yield Copied(copy, word, (origin.value or "") if origin else "", source, target)


def _is_folder(context: Context, source: str) -> bool:
    found = context.find("" if source == "." else source) if context.is_known else None
    if found is None or isinstance(found, Unknown) or not found.is_dir:
        return False
    below = context.walk(found.path)
    return isinstance(below, tuple) and any(not file.is_dir for file in below)


def _double(dockerfile: Dockerfile, first: Copied, second: Copied) -> Double | None:
    """One source holds the other; what a step between them needed, or did to it, is another matter."""
    if first.origin != second.origin or first.copy is second.copy:
        return None
    outer, inner = (first, second) if _within(second.source, first.source) else (second, first)
    if not _within(inner.source, outer.source) or (outer.origin and inner.source.rpartition("/")[2] not in _FOLDERS):
        return None
    landed = normpath(join(outer.target, relpath(inner.source, outer.source)))
    if landed == inner.target:
        between = [one for one in final_instructions(dockerfile) if first.copy.index < one.index < second.copy.index]
        options = [sorted((flag.name, flag.value) for flag in one.copy.flags) for one in (first, second)]
        steps = [
            one for one in between if one.keyword in ("RUN", "FROM") or _lands_within(dockerfile, one, inner.target)
        ]
        # A step may need a part before the rest is there; the very same once more after it brings nothing.
        needed = steps if first.source != second.source else [one for one in steps if _takes_away(one)]
        if needed or options[0] != options[1]:
            return None
    targets = (landed, inner.target) if outer is first else (inner.target, landed)
    return None if _goes(dockerfile, second.copy, targets) else Double(first, second, inner.source, targets)


def _lands_within(dockerfile: Dockerfile, step: Instruction, folder: str) -> bool:
    """Whether a COPY may lay something over what a folder holds."""
    if step.keyword not in ("COPY", "ADD"):
        return False
    target = landing(dockerfile, step)
    return target is None or _within(target, folder)


def _takes_away(step: Instruction) -> bool:
    """Whether a step may have removed or changed what was copied before it, in place."""
    if step.keyword != "RUN":
        return step.keyword == "FROM"
    return step.shell.unparsed is not None or any(step.shell.named("rm", "mv", "find", "git", "sed", "patch"))


def _within(path: str, folder: str) -> bool:
    return folder == "." or path == folder or path.startswith(f"{folder}/")


def _goes(dockerfile: Dockerfile, step: Instruction, targets: tuple[str, str], in_it: bool = False) -> bool:
    """Whether a command of a later step, or with `in_it` of this one, moves or removes one of the two."""
    for run in final_instructions(dockerfile, "RUN"):
        is_later = run.index > step.index or (in_it and run is step)
        for command in run.shell.named("rm", "mv") if is_later else ():
            for word in command.arguments:
                text = (word.text or word.prefix).rstrip("/*")
                if any(target.endswith(text) or fnmatch(target, text) for target in targets if text):
                    return True
    return False


def doubles_in(tree: FileTree) -> Iterator[tuple[Node, Node, int]]:
    """Directories of the same names and contents, outside the system's: the first, its double, bytes of one of them."""
    found: dict[int, Node] = {}
    told: list[str] = []
    for node, fingerprint, size in sorted(_weighed(tree), key=lambda one: (-one[2], one[0].path)):
        if any(node.path.startswith(f"{path}/") for path in told):
            continue
        first = found.setdefault(fingerprint, node)
        if (
            first is not node
            and not first.path.startswith(f"{node.path}/")
            and not node.path.startswith(f"{first.path}/")
        ):
            told += [first.path, node.path]
            yield first, node, size


def _weighed(tree: FileTree) -> Iterator[tuple[Node, int, int]]:
    """Directories that count, with a fingerprint of all that is in them, and its bytes."""
    known: dict[int, tuple[int, int] | None] = {}
    # What holds a folder of the system is none that somebody copied twice.
    folders = [node for node in tree.walk() if node.inode.children is not None and not is_of_system(node.path)]
    for node in reversed(folders):
        known[id(node.inode)] = _weigh(node.inode, known)
    for node in folders:
        weight = known[id(node.inode)]
        if weight is not None and weight[1] >= _LEAST and node.path.count("/node_modules") < 2:
            yield node, *weight


def _weigh(inode: Inode, known: dict[int, tuple[int, int] | None]) -> tuple[int, int] | None:
    """None where the content of a file is not known, or a file has other names: one more costs nothing."""
    size, parts = 0, []
    for name, child in sorted((inode.children or {}).items()):
        if child.children is not None:
            weight = known.get(id(child))
            if weight is None:
                return None
            size += weight[1]
            parts.append((name, weight[0]))
        elif child.link is not None:
            parts.append((name, hash(child.link)))
        elif child.fingerprint is None or child.names > 1:
            if child.size:
                return None
            parts.append((name, 0))
        else:
            size += child.size
            parts.append((name, child.fingerprint))
    return hash(tuple(parts)), size
