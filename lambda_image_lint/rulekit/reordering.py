"""Code that is copied before an install put behind it, where the image stays exactly the same."""

from posixpath import basename

from msgspec import Struct

from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.glob import has_wildcard
from lambda_image_lint.dockerfile.installers import OS_MANAGERS, Installer, installer
from lambda_image_lint.dockerfile.model import Dockerfile, Form, Instruction, Word
from lambda_image_lint.dockerfile.shell import Command
from lambda_image_lint.finding import Edit, Span
from lambda_image_lint.rulekit.install_inputs import named_by_lists, touches
from lambda_image_lint.rulekit.ordering import MANIFESTS, READ_BY_INSTALLS, SYSTEM_FOLDERS, Late, is_late, is_one_of
from lambda_image_lint.rulekit.runs import installs

_SETTINGS = ("pip.conf", "uv.toml", "poetry.toml", ".python-version", "binding.gyp", "node_modules")
"""Names besides the lists that an install reads, or writes itself."""
_WITHOUT_CODE = frozenset({"echo", "true", ":", "set"})
"""Programs that no file of the function's matters to."""
_CACHES = ("/root/.", "~/.", "$HOME/.", "/var/cache/", "/var/lib/", "/tmp/")
_HOUSEKEEPING = frozenset({"cache", "config", "set"})
"""What package managers are asked for beside an install, as `Installer.action` has it."""


class _Split(Struct, frozen=True):
    """A COPY in two."""

    stays: str
    """Of what the install may need; empty where all of it moves."""
    moves: str
    stay_names: frozenset[str]
    move_names: frozenset[str]


def swap(dockerfile: Dockerfile, context: Context, late: Late) -> tuple[Edit, ...]:
    """Edits that put the code behind the install; empty where the image might not be the same.

    A COPY of the code alone moves with the comments right above it. Of one that brings lists too, these stay in front, with
    whatever else is not certainly code. What the lists name in turn has to be known: a path among it stays in front as well.
    """
    stage = dockerfile.stages[late.run.stage or 0]
    first = late.copies[0].index
    between = [one for one in stage.instructions if first < one.index < late.run.index]
    if any(one.keyword not in ("COPY", "ADD", "ARG", "LABEL", "ENV") for one in between):
        return ()
    if len(list(installs([stage], *MANIFESTS))) > 1 or not _runs_alone(late):
        return ()
    named = named_by_lists(dockerfile, context, late.run, late.call)
    splits = [] if named is None else [_split(dockerfile, context, late, copy, named) for copy in late.copies]
    parts = [split for split in splits if split is not None]
    if not parts or len(parts) != len(late.copies) or not _can_pass(dockerfile, context, late, between, parts):
        return ()
    edits: list[Edit] = []
    moved = ""
    for copy, split in zip(late.copies, parts, strict=True):
        if split.stays:
            edits.append(Edit(copy.span, split.stays))
            moved += f"{split.moves}\n"
            continue
        start = _with_comments(dockerfile, copy)
        edits.append(Edit(Span(start, 1, copy.span.end_line + 1, 1), ""))
        moved += "".join(f"{dockerfile.line_text(line)}\n" for line in range(start, copy.span.end_line + 1))
    end = late.run.span
    edits.append(Edit(Span(end.end_line, end.end_column, end.end_line, end.end_column), "\n" + moved.rstrip("\n")))
    return tuple(edits)


def _runs_alone(late: Late) -> bool:
    """Whether the RUN does nothing else that might look at the code."""
    shell = late.run.shell
    return (
        not late.run.heredocs
        and shell.unparsed is None
        and all(one is late.call.command or _is_without_code(one) for one in shell)
    )


def _is_without_code(command: Command) -> bool:
    if command.program in _WITHOUT_CODE:
        return True
    words = [word.raw.strip("\"'") for word in command.arguments if not word.raw.startswith("-")]
    if command.program == "rm":
        return all(word.startswith(_CACHES) for word in words)
    call = installer(command)
    if call is None:
        return False
    return call.tool in OS_MANAGERS or call.action.partition(" ")[0] in _HOUSEKEEPING


def _split(
    dockerfile: Dockerfile, context: Context, late: Late, copy: Instruction, named: tuple[str, ...]
) -> _Split | None:
    """What of a COPY stays in front; None where that cannot be told, or written."""
    target = copy.destination
    if copy.heredocs or target is None or any(word.text.rstrip("/") in (".", "", "./*", "*") for word in copy.sources):
        return None
    moves = [word for word in copy.sources if is_late(word.text, late.call, context)]
    stays = [word for word in copy.sources if word not in moves]
    if touches(named, target.text.rstrip("/")):
        return None
    move_names: set[str] = set()
    for word in list(moves):
        names = _brought(dockerfile, context, copy, word)
        if names is None:
            return None
        if touches(named, word.text.strip("/"), *names):
            moves.remove(word)
            stays.append(word)
        elif any(_is_read(name, late.call) for name in names):
            return None
        else:
            move_names |= names
    if not moves:
        return None
    if not stays:
        renamed = _renamed(copy)
        if any(_is_read(name, late.call) for name in renamed):
            return None
        return _Split("", copy.raw, frozenset(), frozenset(move_names | renamed))
    known = [_brought(dockerfile, context, copy, word) for word in stays]
    # One file to a name that is no folder would be renamed.
    if not (target.text.endswith(("/", "/.")) or target.text in (".", "..")) or None in known:
        return None
    if any(comment.inside == copy.index for comment in dockerfile.comments):
        return None
    stay_names = frozenset(name for names in known for name in names or ())
    in_order = [word for word in copy.sources if word in stays]
    return _Split(_written(copy, in_order), _written(copy, moves), stay_names, frozenset(move_names))


def _written(copy: Instruction, sources: list[Word]) -> str:
    """The same instruction with some of its sources, on one line."""
    text, words = copy.line.text, [*sources, copy.words[-1]]
    front = text[copy.keyword_bounds[0] : copy.words[0].bounds[0]]
    if "\n" in copy.raw:
        front = " ".join(front.split()) + ("" if copy.form is Form.EXEC else " ")
    between = ", " if copy.form is Form.EXEC else " "
    back = text[copy.words[-1].bounds[1] : copy.end]
    return front + between.join(text[word.bounds[0] : word.bounds[1]] for word in words) + back


def _brought(dockerfile: Dockerfile, context: Context, copy: Instruction, word: Word) -> frozenset[str] | None:
    """The names of the files that a source brings, and of the folders around them; None where they are not known."""
    source = dockerfile.variables.expand(word.template, copy)
    matched = context.match(source) if isinstance(source, str) and "://" not in source else None
    if not isinstance(source, str) or not isinstance(matched, tuple):
        return None
    if not matched:
        # A file that is not there yet has a name all the same.
        name = basename(source.rstrip("/"))
        return frozenset([name]) if "." in name and not has_wildcard(source) else None
    names: set[str] = set()
    for file in matched:
        below = context.walk(file.path) if file.is_dir else ()
        if not file.is_dir:
            names.add(basename(file.path))
        elif isinstance(below, tuple):
            names.update(part for one in below for part in one.path[len(file.path) :].split("/"))
    return frozenset(names - {""})


def _renamed(copy: Instruction) -> frozenset[str]:
    """The name that a COPY of one file gives it."""
    return frozenset([basename(copy.words[-1].text)]) - {"", "."}


def _is_read(name: str, call: Installer) -> bool:
    patterns = (*MANIFESTS[call.tool], *_SETTINGS)
    if call.tool in ("npm", "yarn", "pnpm"):
        patterns += READ_BY_INSTALLS
    return is_one_of(name, patterns)


def _can_pass(
    dockerfile: Dockerfile, context: Context, late: Late, between: list[Instruction], parts: list[_Split]
) -> bool:
    """Whether the code may come after all that stands between it and the install: nothing there writes a file of the same
    name, or gives a variable in it another value."""
    names = frozenset(name for part in parts for name in part.move_names)
    stays = frozenset(name for part in parts for name in part.stay_names)
    moved = "".join(copy.raw for copy in late.copies)
    for one in between:
        if one in late.copies:
            continue
        if one.keyword in ("ARG", "ENV"):
            if "$" in moved and any(pair.name in moved for pair in one.pairs):
                return False
        elif one.keyword in ("COPY", "ADD"):
            written = _written_by(dockerfile, context, one)
            if written is None:
                return False
            stays |= written
    return not names & stays


def _written_by(dockerfile: Dockerfile, context: Context, copy: Instruction) -> frozenset[str] | None:
    target = copy.destination
    if target is not None and f"{target.text}/".startswith(SYSTEM_FOLDERS):
        return frozenset()
    if copy.flag("from") is not None or copy.heredocs:
        return None
    found: set[str] = set(_renamed(copy))
    for word in copy.sources:
        names = _brought(dockerfile, context, copy, word)
        if names is None:
            return None
        found |= names
    return frozenset(found)


def _with_comments(dockerfile: Dockerfile, instruction: Instruction) -> int:
    """First line of an instruction and of the comments right above it, those that lost their ``#`` too."""
    start = instruction.span.line
    comments = {
        comment.span.line for comment in dockerfile.comments if not comment.directive and comment.inside is None
    }
    comments.update(problem.span.line for problem in dockerfile.problems if problem.lost_comment)
    while start - 1 in comments:
        start -= 1
    return start
