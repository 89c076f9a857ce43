"""Imports that will certainly fail: those of the handler's module, followed through the function's own code.

Only what certainly runs counts: statements at module level, outside ``if``, ``try``, loops and ``with``. Packages that
somebody else wrote are taken as whole once they are found.
"""

from collections.abc import Iterator

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.languages.nearest import nearest
from lambda_image_lint.function.languages.python.bundled import certainly_has, certainly_lacks
from lambda_image_lint.function.languages.python.finder import Finder, Module, NoModule
from lambda_image_lint.function.languages.python.handler import finder_of
from lambda_image_lint.function.languages.python.installed import is_own
from lambda_image_lint.function.languages.python.names import absolute_name, defines, names_of
from lambda_image_lint.function.languages.python.source import Import, Source, parse
from lambda_image_lint.function.languages.python.stdlib import in_standard_library, removed_in
from lambda_image_lint.function.languages.resolution import Broken, MissingImport, SyntaxFault
from lambda_image_lint.function.languages.start import Start
from lambda_image_lint.function.model import Function

_DEPTH_MAX = 100
"""Packages inside one another that are looked for; own: a deeper name is rubbish, and would cost its square."""
_MODULES_MAX = 500
"""Modules of the function's own that are followed; past that the rest is left undecided."""


class _Visit(Struct, frozen=True):
    module: Module
    chain: tuple[str, ...]


def broken_imports(function: Function, start: Start, handler: str) -> Iterator[Broken | Unknown]:
    """What stops the handler's module from loading, and what could not be decided."""
    finder = finder_of(function, start)
    if isinstance(finder, Unknown):
        yield finder
        return
    written = handler.rpartition(".")[0]
    name = written.replace("/", ".")
    if not name or name.startswith(".") or ".." in name:
        return
    yield from _Walk(function, finder, written).run(name)


class _Walk:
    """One walk from the handler's module."""

    def __init__(self, function: Function, finder: Finder, written: str) -> None:
        self.function = function
        self.finder = finder
        self.written = written
        self.pending: list[_Visit] = []
        self.seen: set[str] = set()
        self.moved: Unknown | None = None

    def run(self, name: str) -> Iterator[Broken | Unknown]:
        """Breadth first, so that a chain is the shortest."""
        self._enter(name, ())
        said: list[Broken | Unknown] = []
        while self.pending and len(self.seen) < _MODULES_MAX:
            said.extend(self._module(self.pending.pop(0)))
        if self.pending:
            said.append(Unknown(f"more than {_MODULES_MAX} modules import one another"))
        for each in said:
            # A module that changes sys.path may be any of those that ran before.
            yield self.moved if self.moved is not None and isinstance(each, MissingImport) and not each.name else each

    def _enter(self, name: str, chain: tuple[str, ...]) -> None:
        """Note a module and the packages around it, which are imported first."""
        parts = name.split(".", _DEPTH_MAX)
        for depth in range(1, min(len(parts), _DEPTH_MAX) + 1):
            part = ".".join(parts[:depth])
            found = self.finder.find(part)
            if part in self.seen or not isinstance(found, Module):
                continue
            self.seen.add(part)
            if found.file is not None and found.is_source and is_own(self.finder, found, self.written):
                self.pending.append(_Visit(found, (*chain, found.file.path)))

    def _module(self, visit: _Visit) -> Iterator[Broken | Unknown]:
        assert visit.module.file is not None
        source = parse(visit.module.file, self.written, self.finder.path.minor)
        if not isinstance(source, Source):
            yield source
            return
        if source.moves_path is not None and self.moved is None:
            self.moved = Unknown(f"{source.file.path}: {source.moves_path}", source.file.place)
        for found in source.imports:
            name = absolute_name(self.finder, source, found, visit.module)
            if not found.certain:
                self._notice_tricks(name)
                continue
            fault = self._import(source, visit, found, name)
            if fault is not None:
                yield fault

    def _notice_tricks(self, name: str) -> None:
        """``try: import unzip_requirements`` changes sys.path for all that comes after."""
        found = self.finder.find(name) if name and self.moved is None else None
        if (
            isinstance(found, Module)
            and found.file is not None
            and found.is_source
            and is_own(self.finder, found, self.written)
        ):
            source = parse(found.file, self.written, self.finder.path.minor)
            if isinstance(source, Source) and source.moves_path is not None:
                self.moved = Unknown(f"{source.file.path}: {source.moves_path}", source.file.place)

    def _import(self, source: Source, visit: _Visit, found: Import, name: str) -> Broken | Unknown | None:
        if not name:
            return self._relative_fault(source, visit, found)
        top = self.finder.find(name.partition(".")[0])
        if isinstance(top, Unknown):
            return self._unseen(source, visit, found, name.partition(".")[0], top)
        if isinstance(top, NoModule):
            return self._missing(source, visit, found, top)
        if not self._is_followed(top):
            return None
        target = self.finder.find(name)
        if isinstance(target, Unknown):
            return target
        if isinstance(target, NoModule):
            return self._missing(source, visit, found, target)
        self._enter(name, visit.chain)
        if found.name not in (None, "*"):
            return self._name(source, visit, found, target)
        return None

    def _unseen(
        self, source: Source, visit: _Visit, found: Import, top: str, unknown: Unknown
    ) -> MissingImport | Unknown | None:
        """A module that no file shows, where not all files are known."""
        standard = in_standard_library(top, self.finder.path.minor)
        if standard or certainly_has(self.function, top):
            return None
        if standard is None or not certainly_lacks(self.function, unknown, top):
            return unknown
        return self._missing(source, visit, found, NoModule(f"No module named '{top}'", top))

    def _is_followed(self, top: Module) -> bool:
        """The function's own; a package without ``__init__`` is, where it lies among the function's code."""
        return is_own(self.finder, top, self.written)

    def _missing(
        self, source: Source, visit: _Visit, found: Import, missing: NoModule
    ) -> MissingImport | Unknown | None:
        top, minor = missing.part.partition(".")[0], self.finder.path.minor
        if "." not in missing.part:
            standard = in_standard_library(top, minor)
            if standard or standard is None:
                # The library's own files say more than the table, but a zipped or frozen one shows no files.
                return None if standard else Unknown(f"{top} may be in the standard library", source.file.place)
        error = f"Runtime.ImportModuleError: Unable to import module '{self.written}': {missing.message}"
        removed = removed_in(top)
        near = (
            (f"{top} left the standard library in Python 3.{removed}",) if removed and "." not in missing.part else ()
        )
        return MissingImport(source.file, found.line, missing.part, error, visit.chain, None, near)

    def _relative_fault(self, source: Source, visit: _Visit, found: Import) -> MissingImport | Unknown:
        inside = "." in visit.module.name or bool(visit.module.folders)
        message = (
            "attempted relative import beyond top-level package"
            if inside
            else "attempted relative import with no known parent package"
        )
        error = f"Runtime.ImportModuleError: Unable to import module '{self.written}': {message}"
        # The name marks it as decided by the source alone: no change of sys.path mends it.
        return MissingImport(source.file, found.line, found.written, error, visit.chain, found.name or found.module)

    def _name(self, source: Source, visit: _Visit, found: Import, target: Module) -> Broken | Unknown | None:
        """``from own import name``: a name that it binds, or a submodule."""
        assert found.name is not None
        if target.folders:
            submodule = self.finder.find(f"{target.name}.{found.name}")
            if isinstance(submodule, Module):
                self._enter(submodule.name, visit.chain)
                return None
            if isinstance(submodule, Unknown):
                return submodule
        if target.file is not None and not target.is_source:
            return None
        message = f"cannot import name '{found.name}' from '{target.name}' ({target.file.path if target.file else 'unknown location'})"
        error = f"Runtime.ImportModuleError: Unable to import module '{self.written}': {message}"
        if target.file is None:
            return MissingImport(source.file, found.line, found.written, error, visit.chain, found.name)
        inner = parse(target.file, self.written, self.finder.path.minor)
        if not isinstance(inner, Source):
            return None if isinstance(inner, SyntaxFault) else inner
        known = defines(self.finder, inner, found.name, target)
        if isinstance(known, Unknown):
            return known
        if known:
            return None
        near = nearest(found.name, names_of(self.finder, inner, target))
        return MissingImport(source.file, found.line, found.written, error, visit.chain, found.name, near)
