"""A file system of which only part is known, as the sequence of what happened to it.

Every event has a place in the tree and a step in time. What stands at a path is found by letting the events on the way
from the root to it, and at it, act on each other in order: a copied file, then a ``chmod``, then a command that nobody
understands. So a copied folder of a hundred thousand files is one event, and forking a stage copies no files.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from operator import itemgetter

from msgspec import Struct

from lambda_image_lint.answer import Absent, Answer, Unknown
from lambda_image_lint.finding import Place
from lambda_image_lint.function.events import Cloud, Event, Gone, Mount, Parent, Put, Remode, Tree, relative_to
from lambda_image_lint.function.known import KnownFile, blurred
from lambda_image_lint.function.model import File, Kind
from lambda_image_lint.function.walk import Entry, Link, WalkedFiles, is_within, lineage, normal, parent

_FIRST = itemgetter(0)


class _Below(Struct, frozen=True):
    """What happened to everything below a folder by what happened to the folder, or above."""

    events: tuple[tuple[int, str, Event], ...]
    """(Step, path of the event, event), in order."""
    alike: Unknown | Absent | None
    """What stands at each path to which nothing happened itself; None where it depends on the name."""


class FileSystem(WalkedFiles):
    """A file system under construction; once the interpretation is over nobody changes it any more."""

    def __init__(self, unknown: Unknown | None) -> None:
        """`unknown`: why nothing is known of what it holds; None: it is empty."""
        super().__init__()
        self._events: dict[str, list[tuple[int, Event]]] = {}
        self._mounts: list[tuple[str, int, Mount]] = []
        self._step = 0
        self._found: dict[str, Entry] = {}
        self._below_folder: dict[str, _Below] = {}
        self._doubt: Unknown | None = None
        self._add("/", Gone() if unknown is None else Cloud(unknown, changes=True))

    def fork(self) -> "FileSystem":
        """A copy to go on from, for the stage that stands on this one or a subshell."""
        copy = FileSystem(None)
        copy._events = {path: list(events) for path, events in self._events.items()}
        copy._mounts = list(self._mounts)
        copy._step = self._step
        return copy

    # What happens to it

    def put(self, entry: KnownFile | Link) -> None:
        """Place one entry, making its parents; a directory keeps what is in it."""
        file = entry.file if isinstance(entry, Link) else entry
        if self._doubt is not None:
            self.blur(file.path, self._doubt)
            return
        self._make_parents(file.path, file.place)
        self._add(file.path, Put(entry))

    def make_directory(self, path: str, place: Place, mode: Answer[int] = 0o755) -> None:
        """Make a directory and its parents; one that is there already stays as it is."""
        found = self.find(path)
        if isinstance(found, File) and found.kind is Kind.DIRECTORY:
            return
        if self._doubt is not None:
            self.blur(path, self._doubt, changes=False)
            return
        if isinstance(found, Unknown):
            mode = found
        self._make_parents(path, place)
        self._add(path, Put(KnownFile(path, Kind.DIRECTORY, mode, 0, 0, 0, place)))

    def remove(self, path: str) -> None:
        """Take a path away, with everything below."""
        if self._doubt is not None:
            self.blur(path, self._doubt)
        else:
            self._add(path, Gone())

    def blur(self, path: str, unknown: Unknown, *, changes: bool = True) -> None:
        """From now on it is not known what is at `path` and below; with `changes` False, what else is there."""
        for above in lineage(path):
            if above != path:
                self._add(above, Parent(unknown))
        self._add(path, Cloud(unknown, changes))

    def mount(self, path: str, tree: Tree, place: Place) -> None:
        """Lay a tree of files over a directory, which is made where it is not there."""
        if self._doubt is not None:
            self.blur(path, self._doubt)
            return
        self.make_directory(path, place)
        mount = Mount(tree)
        self._add(path, mount)
        self._mounts.append((path, self._step, mount))

    def remode(self, path: str, change: Callable[[KnownFile], KnownFile], *, recursive: bool) -> None:
        """Change permissions or owners of what is known at `path`, and below it."""
        self._add(path, Remode(change if self._doubt is None else blurred(self._doubt), recursive))

    @contextmanager
    def doubting(self, doubt: Unknown | None) -> Iterator[None]:
        """Meanwhile, with a doubt, whatever is done may also not be done."""
        before, self._doubt = self._doubt, doubt or self._doubt
        try:
            yield
        finally:
            self._doubt = before

    def resolve(self, path: str) -> str:
        """A path whose directories are symlinks no longer, as far as they are known."""
        path = normal(path)
        folder = self.find(parent(path))
        if path == "/" or not isinstance(folder, File):
            return path
        return normal(path.rpartition("/")[2], folder.path)

    def _make_parents(self, path: str, place: Place) -> None:
        if path != "/":
            self.make_directory(parent(path), place)

    def _add(self, path: str, event: Event) -> None:
        self._step += 1
        self._events.setdefault(path, []).append((self._step, event))
        self._found.clear()
        self._reached.clear()
        self._below_folder.clear()

    # What is known of it

    def entry(self, path: str) -> Entry:
        if path not in self._found:
            self._found[path] = self._fold(path)
        return self._found[path]

    def _fold(self, path: str) -> Entry:
        own = [(step, path, event) for step, event in self._events.get(path, ())]
        if path == "/":
            return _applied(own, path)
        below = self._below_of(parent(path))
        if own:
            return _applied(sorted((*below.events, *own), key=_FIRST), path)
        if isinstance(below.alike, Unknown):
            return below.alike
        return _applied(below.events, path) if below.alike is None else Absent(path)

    def _below_of(self, folder: str) -> _Below:
        if folder not in self._below_folder:
            # Most of what happened above is that something below was made, which says nothing of the others.
            events = sorted(
                (
                    (step, root, event)
                    for root in lineage(folder)
                    for step, event in self._events.get(root, ())
                    if event.reaches_below
                ),
                key=_FIRST,
            )
            anywhere = (
                None if any(isinstance(event, Mount) for _, _, event in events) else _applied(events, f"{folder}/")
            )
            alike = anywhere if isinstance(anywhere, Absent | Unknown) else None
            self._below_folder[folder] = _Below(tuple(events), alike)
        return self._below_folder[folder]

    def paths(self, folder: str) -> Iterator[str]:
        yield from (path for path in list(self._events) if path != folder and is_within(path, folder))
        for root, _, mount in self._mounts:
            if is_within(folder, root):
                prefix = "" if root == "/" else root
                yield from (f"{prefix}/{path}" for path in mount.tree.paths(relative_to(folder, root)))
            elif is_within(root, folder):
                yield from (f"{root}/{path}" for path in mount.tree.paths(""))

    def gap(self, folder: str) -> Unknown | None:
        for root, events in self._events.items():
            if not (is_within(folder, root) or is_within(root, folder)):
                continue
            inner = folder if is_within(folder, root) else root
            for step, event in events:
                gap = self._gap_of(event, root, inner)
                if gap is not None and not self._ended(inner, step):
                    return gap
        return None

    def _gap_of(self, event: Event, root: str, inner: str) -> Unknown | None:
        if isinstance(event, Cloud):
            return event.unknown
        if isinstance(event, Mount):
            return event.tree.gap(relative_to(inner, root))
        return None

    def _ended(self, path: str, step: int) -> bool:
        """Whether everything below `path` was taken away after a step."""
        return any(
            later > step and event.ends() for above in lineage(path) for later, event in self._events.get(above, ())
        )


def _applied(events: Iterable[tuple[int, str, Event]], path: str) -> Entry:
    """What stands at a path after all that happened, in order."""
    entry: Entry = Absent(path)
    for _, root, event in events:
        entry = event.apply(entry, path, root)
    return entry
