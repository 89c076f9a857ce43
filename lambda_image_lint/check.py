"""The main job: words → subjects → findings → fixes → one report."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from lambda_image_lint import subjects
from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.engine import baseline, registry, selection
from lambda_image_lint.engine.facts import Subject, Unavailable
from lambda_image_lint.engine.ignores import Ignores
from lambda_image_lint.engine.mend import Mended, Texts, mend, without_fixes
from lambda_image_lint.engine.result import Failure, Report, Result, Target
from lambda_image_lint.engine.rule import Rule
from lambda_image_lint.engine.run import Outcome, lint
from lambda_image_lint.errors import LintImageError, NothingToLint, TargetError
from lambda_image_lint.finding import Applicability, FilePlace, KeyPlace, Place, Severity, TextPlace
from lambda_image_lint.fix.text import patch
from lambda_image_lint.image.config import Config
from lambda_image_lint.settings import Settings, load
from lambda_image_lint.targets import Opened, expand

if TYPE_CHECKING:
    from lambda_image_lint.image.model import Image

Progress = Callable[[str, int, int, int, int | None], None]
"""(target, layer index, layer count, bytes done, bytes in all or None)."""


class Request(Struct, frozen=True):
    """What the command line asks for."""

    words: Sequence[str]
    command_line: Mapping[str, Any] = field(default_factory=dict)
    """Configuration keys given as options."""
    config: Path | None = None
    isolated: bool = False
    fix: bool = False
    diff: bool = False
    add_ignores: bool = False
    allow_nothing: bool = False
    detect: bool = False
    """Dockerfiles that are named have to show a sign of Lambda as well, as those found by searching."""
    progress: Progress | None = None


class Checked(Struct, frozen=True):
    """What came of it."""

    report: Report
    patch: str = ""
    """Of ``--diff``: what ``--fix`` would change."""
    fixed_input: str | None = None
    """Of ``--fix`` on standard input: the mended text."""


class _Part(Struct, frozen=True):
    """What one target adds to the report."""

    target: Target
    outcome: Outcome
    settings: Settings
    patch: str = ""
    fixed: int = 0
    text: str | None = None


def check(request: Request) -> Checked:
    """Lint every target. Raises `UsageError` and `RuleLoadError`; what is wrong with one target is in the report."""

    @cache
    def settings_for(path: Path | None) -> Settings:
        return load(path or Path(), request.command_line, config=request.config, isolated=request.isolated)

    parts: list[_Part] = []
    failures: list[Failure] = []
    codes = {0}
    targets = list(expand(request.words, settings_for))
    for (word, opened), early in zip(targets, _ahead([opened for _, opened in targets], request), strict=True):
        try:
            if isinstance(opened, TargetError):
                raise opened
            parts.append(early or _check_one(opened, request))
        except TargetError as error:
            if isinstance(error, NothingToLint) and request.allow_nothing:
                continue
            codes.add(error.exit_code)
            failures.append(
                Failure(word if isinstance(opened, TargetError) else opened.name, error.message, error.help)
            )
    return _checked(parts, failures, codes, request)


_FEW = 32
"""Dockerfiles that one process lints sooner than two; own: a fork costs what five of them take."""


def _ahead(targets: Sequence[Opened | TargetError], request: Request) -> list[_Part | None]:
    """What several processes find out of many Dockerfiles; None for each that is left to be done one by one."""
    found: list[_Part | None] = [None] * len(targets)
    many = [
        (at, one) for at, one in enumerate(targets) if isinstance(one, Opened) and one.kind == "dockerfile" and one.path
    ]
    if len(many) < _FEW:
        return found
    from lambda_image_lint.parallel import in_processes, processors

    jobs = many[0][1].settings.jobs or processors()
    if jobs < 2:
        return found
    # The first is done here, so that rules and tables are loaded before the others are shared out.
    folders = {one.settings.rule_folders for _, one in many}
    known: dict[str, object] = {f"settings {id(one.settings)}": one.settings for _, one in many}
    known |= {f"rule {rule.id} {id(rule)}": rule for each in folders for rule in _every_rule(each).values()}

    def work(index: int) -> _Part | None:
        try:
            return _check_one(many[index][1], request)
        except TargetError:
            return None  # told when it is done one by one

    found[many[0][0]] = work(0)
    for (at, _), part in zip(
        many[1:], in_processes(len(many) - 1, lambda index: work(index + 1), jobs, known), strict=True
    ):
        found[at] = part
    return found


def _check_one(opened: Opened, request: Request) -> _Part:
    rules, chosen = _rules(opened.settings)
    if opened.kind == "image":
        return _check_image(opened, request, rules, chosen)
    return _check_dockerfile(opened, request, rules, chosen)


_loaded: dict[tuple[Path, ...], dict[str, Rule]] = {}


def _rules(settings: Settings) -> tuple[dict[str, Rule], tuple[Rule, ...]]:
    """(all rules, those that run); a folder of rules is loaded once."""
    every = _every_rule(settings.rule_folders)
    return every, selection.choose(every, settings)


def _every_rule(folders: tuple[Path, ...]) -> dict[str, Rule]:
    if folders not in _loaded:
        _loaded[folders] = registry.load(folders)
    return _loaded[folders]


def _check_dockerfile(opened: Opened, request: Request, rules: dict[str, Rule], chosen: tuple[Rule, ...]) -> _Part:
    settings = opened.settings
    shown = opened.path.as_posix() if opened.path else opened.name
    accepted = _accepted(settings)
    others = [rule for rule in rules.values() if rule not in chosen and not rule.opt_in and not _is_about_ignores(rule)]
    seen: list[tuple[Texts, Subject]] = []

    def look(texts: Texts) -> Subject:
        if seen and seen[0][0] == texts:
            return seen[0][1]
        overlay = {path: text.encode("utf-8", "surrogateescape") for path, text in texts.items() if path is not None}
        subject = subjects.dockerfile_subject(
            texts.get(None, opened.source or b""),
            settings,
            name=opened.name,
            path=shown,
            context=partial(subjects.context_for, opened.path, settings, overlay),
            context_folder=subjects.shown_folder(opened.path, settings),
            named=not (opened.found_by_search or request.detect),
        )
        seen[:] = [(dict(texts), subject)]
        return subject

    def run(texts: Texts) -> Outcome:
        outcome = lint(look(texts), chosen, settings, rules)
        return replace(outcome, results=baseline.accept(outcome.results, accepted)) if accepted else outcome

    def watch(texts: Texts) -> Outcome:
        return lint(look(texts), others, settings, rules)

    outcome = run({})
    dockerfile = look({}).get(Dockerfile)
    if not dockerfile.instructions:
        raise NothingToLint("it holds no instruction", "A Dockerfile begins with FROM")
    mended = None
    if request.fix or request.diff or request.add_ignores:
        mended = _mend(opened, request, dockerfile, outcome, run, watch if others else None)
        outcome = mended.outcome
    text = mended.texts.get(None, dockerfile.text) if mended else dockerfile.text
    written: Texts = {None: text, **mended.texts} if mended and not request.diff else {}
    if mended and seen[0][0] != written:
        run(written)  # the last one seen is a text that was refused
    return _Part(
        Target(
            opened.name,
            "dockerfile",
            subjects.function_summary(look(written)),
            {},
            text if request.fix else dockerfile.text,
            shown,
            context_folder=subjects.shown_folder(opened.path, settings),
        ),
        outcome,
        settings,
        patch=_patches(opened, dockerfile, mended) if mended and request.diff else "",
        fixed=mended.fixed if mended and not request.diff else 0,
        text=_bom(dockerfile) + text,
    )


def _accepted(settings: Settings) -> frozenset[str]:
    file = settings.path("baseline")
    return baseline.read(file) if file else frozenset()


def _bom(dockerfile: Dockerfile) -> str:
    return "\ufeff" if dockerfile.bom else ""


def _is_about_ignores(rule: Rule) -> bool:
    return any(fact is Ignores for fact, _ in rule.needs.values())


def _mend(
    opened: Opened,
    request: Request,
    dockerfile: Dockerfile,
    outcome: Outcome,
    run: Callable[[Texts], Outcome],
    watch: Callable[[Texts], Outcome] | None,
) -> Mended:
    """Fix, and write what changed; under ``--diff`` nothing is written and the outcome stays what it was, less the fixes
    that were refused. `watch` runs the rules that were not selected."""
    level = Applicability.UNSAFE if opened.settings.flag("unsafe-fixes") else Applicability.SAFE
    folder = _context_folder(opened)

    def read(path: str) -> str:
        file = folder / path
        return file.read_bytes().decode("utf-8", "surrogateescape") if file.is_file() else ""

    if request.add_ignores:
        from lambda_image_lint.engine.add_ignores import with_ignores

        text = with_ignores(dockerfile, outcome.results)
        mended = Mended({None: text} if text != dockerfile.text else {}, run({None: text}), 0)
    else:
        mended = mend({None: dockerfile.text}, outcome, run, read, level=level, newline=dockerfile.newline, watch=watch)
    if request.diff:
        return replace(mended, outcome=without_fixes(outcome, mended.refused))
    if opened.path is not None:
        for path, text in mended.texts.items():
            file = opened.path if path is None else folder / path
            _write(file, (_bom(dockerfile) if path is None else "") + text)
    return mended


def _context_folder(opened: Opened) -> Path:
    return opened.settings.path("context") or (opened.path.parent if opened.path else Path())


def _patches(opened: Opened, dockerfile: Dockerfile, mended: Mended) -> str:
    folder = _context_folder(opened)
    pieces = []
    for path, text in sorted(mended.texts.items(), key=lambda item: item[0] or ""):
        if path is None:
            shown = _in_patch(opened.path) if opened.path else "Dockerfile"
            pieces.append(patch(_bom(dockerfile) + dockerfile.text, _bom(dockerfile) + text, shown))
        else:
            file = folder / path
            before = file.read_bytes().decode("utf-8", "surrogateescape") if file.is_file() else None
            pieces.append(patch(before, text, _in_patch(file)))
    return "".join(pieces)


def _in_patch(file: Path) -> str:
    """A path as a patch names it: relative to the working directory, or without its root where it lies elsewhere."""
    relative = os.path.relpath(file)
    return Path(os.path.abspath(file) if relative.startswith("..") else relative).as_posix().lstrip("/")


def _write(file: Path, text: str) -> None:
    """Replace a file whole or not at all; its mode stays."""
    import tempfile

    data = text.encode("utf-8", "surrogateescape")
    target = file.resolve()
    try:
        mode = target.stat().st_mode if target.exists() else 0o100644
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as new:
            new.write(data)
        Path(new.name).chmod(mode & 0o7777)
        Path(new.name).replace(target)
    except OSError as error:
        raise TargetError(f"cannot write {file}: {error.strerror}", "Check its permissions, or use --diff") from error


def _check_image(opened: Opened, request: Request, rules: dict[str, Rule], chosen: tuple[Rule, ...]) -> _Part:
    from lambda_image_lint.images import open_image

    settings = opened.settings
    progress = partial(request.progress, opened.name) if request.progress else None
    with open_image(opened.word, settings, stream=opened.stream, progress=progress) as image:
        subject = subjects.image_subject(image, settings, name=opened.name)
        # A source that does not give the image is told as such, once, and not as an image without problems.
        with suppress(Unavailable):
            subject.get(Config)
        outcome = lint(subject, chosen, settings, rules)
        outcome = replace(outcome, results=_joined(outcome.results, image, settings))
        accepted = _accepted(settings)
        if accepted:
            outcome = replace(outcome, results=baseline.accept(outcome.results, accepted))
        target = Target(
            opened.name,
            "image",
            subjects.function_summary(subject),
            image.metrics(),
            answered_by=image.source.answered_by,
        )
    return _Part(target, outcome, settings)


def _joined(results: Sequence[Result], image: "Image", settings: Settings) -> tuple[Result, ...]:
    """Under ``--dockerfile``, each finding with the instruction behind it."""
    file = settings.path("dockerfile")
    if file is None:
        return tuple(results)
    from lambda_image_lint.built_from import BuiltFrom

    built = BuiltFrom(file, image.config, target=settings.target, build_args=settings.build_args)
    return tuple(built.joined(result) for result in results)


def _checked(parts: Sequence[_Part], failures: Sequence[Failure], codes: set[int], request: Request) -> Checked:
    all_failures = (*failures, *(failure for part in parts for failure in part.outcome.failures))
    if any(part.outcome.failures for part in parts):
        codes.add(LintImageError.exit_code)
    if any(_fails(result, part.settings) for part in parts for result in part.outcome.results):
        codes.add(1)
    patches = "".join(part.patch for part in parts)
    if patches:
        codes.add(1)
    if not parts and not all_failures and not request.allow_nothing:
        codes.add(NothingToLint.exit_code)
    report = Report(
        targets=tuple(part.target for part in parts),
        results=tuple(result for part in parts for result in sorted(part.outcome.results, key=_order)),
        not_run=tuple(one for part in parts for one in part.outcome.not_run),
        errors=all_failures,
        exit_code=next(code for code in (2, 1, 3, 0) if code in codes),
        fixed=sum(part.fixed for part in parts),
    )
    fixed_input = next((part.text for part in parts if part.target.name == "<stdin>" and request.fix), None)
    return Checked(report, patches, fixed_input)


def _fails(result: Result, settings: Settings) -> bool:
    return result.counts and settings.fail_on != "never" and result.severity.rank >= Severity(settings.fail_on).rank


def _order(result: Result) -> tuple[Any, ...]:
    return (*_place_order(result.finding.place), -result.severity.rank, result.rule.id, result.finding.message)


def _place_order(place: Place) -> tuple[Any, ...]:
    match place:
        case TextPlace(span=span, path=path):
            return 0, path or "", span.line, span.column, ""
        case KeyPlace(key=key):
            return 1, key, 0, 0, ""
        case FilePlace(file=file, layer=layer):
            return 2, "", layer if layer is not None else -1, 0, file
