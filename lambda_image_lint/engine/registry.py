"""Where rules come from: the built-in folder, ``--rules`` folders, installed packages; all through one loader."""

import os
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from lambda_image_lint.engine.rule import Rule
from lambda_image_lint.errors import RuleLoadError

ENTRY_POINT_GROUP = "lambda_image_lint.rules"
"""Value of an entry point: a package whose folder is a folder of rules."""


def builtin_folder() -> Path:
    """Inside the package when installed from a wheel, beside it in a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


def load(extra: Iterable[Path] = ()) -> dict[str, Rule]:
    """All rules by id. A clash of ids or names is an error that names both rules."""
    rules: dict[str, Rule] = {}
    names: dict[str, Rule] = {}
    for folder in (builtin_folder(), *extra, *_installed()):
        count = 0
        for rule in load_folder(folder):
            count += 1
            for table, key, what in ((rules, rule.id, "id"), (names, rule.name, "name")):
                if key in table:
                    raise RuleLoadError(
                        f"rule {what} {key} is taken by {table[key].name} ({table[key].file}) and by {rule.name} ({rule.file})",
                        f"Give one of them another {what}",
                    )
                table[key] = rule
        if not count:
            raise RuleLoadError(f"no rule in {folder}", "A rule is GROUP/NAME.py with a page GROUP/NAME.md beside it")
    return dict(sorted(rules.items()))


def load_folder(folder: Path) -> Iterator[Rule]:
    """Every rule of a folder: ``<group>/<name>.py``, or ``<name>.py`` right in it."""
    if not folder.is_dir():
        raise RuleLoadError(f"no folder of rules at {folder}", "Give the folder that holds GROUP/NAME.py")
    for file in sorted([*folder.glob("*/*.py"), *folder.glob("*.py")]):
        if not file.name.startswith("_"):
            yield load_file(file)


def load_file(file: Path) -> Rule:
    """The one rule of a file; its name must be the file's stem."""
    module_name = f"lambda_image_lint_rules.{file.parent.name}.{file.stem}.{abs(hash(file)):x}"
    # By hand: importlib's own way, which finds a file first, takes three times as long for each of 140 files.
    module = ModuleType(module_name)
    module.__file__ = str(file)
    sys.modules[module_name] = module
    try:
        SourceFileLoader(module_name, str(file)).exec_module(module)
    except Exception as error:
        del sys.modules[module_name]
        raise RuleLoadError(
            f"rule file {file} does not load: {type(error).__name__}: {error}", "Mend the file"
        ) from error
    rules = [value for value in vars(module).values() if isinstance(value, Rule) and value.file == file]
    if len(rules) != 1 or rules[0].check.__name__ != file.stem:
        found = ", ".join(rule.check.__name__ for rule in rules) or "none"
        raise RuleLoadError(
            f"{file} must declare one rule, named {file.stem}; found: {found}", "One file, one rule, one name"
        )
    return rules[0]


def _installed() -> Iterator[Path]:
    """Folders of installed rule packages."""
    # importlib.metadata costs 30 ms; a folder with the group's name in an entry_points.txt is found without it.
    for name in _entry_point_packages():
        spec = find_spec(name)
        if spec is None or not spec.submodule_search_locations:
            raise RuleLoadError(f"the installed rule package {name} cannot be found", "Reinstall or remove it")
        yield Path(next(iter(spec.submodule_search_locations)))


def _entry_point_packages() -> Iterator[str]:
    seen = set()
    for folder in sys.path:
        if not os.path.isdir(folder or ".") or not os.access(folder or ".", os.R_OK):
            continue
        for name in sorted(name for name in os.listdir(folder or ".") if name.endswith(".dist-info")):
            file = os.path.join(folder, name, "entry_points.txt")
            if not os.path.isfile(file):
                continue
            with open(file, encoding="utf-8", errors="replace") as opened:
                text = opened.read()
            if f"[{ENTRY_POINT_GROUP}]" in text:
                for value in _values(text):
                    if value not in seen:
                        seen.add(value)
                        yield value


def _values(text: str) -> Iterator[str]:
    inside = False
    for line in text.splitlines():
        if line.startswith("["):
            inside = line.strip() == f"[{ENTRY_POINT_GROUP}]"
        elif inside and "=" in line:
            yield line.partition("=")[2].strip()
