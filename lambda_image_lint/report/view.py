"""What several formats say alike: where a finding stands, how it is called, what a run comes to."""

import posixpath
from collections.abc import Iterator, Mapping

from lambda_image_lint import HOME_URL
from lambda_image_lint.engine.result import Report, Result, Target
from lambda_image_lint.engine.rule import Rule
from lambda_image_lint.finding import Applicability, Edit, FilePlace, Fix, KeyPlace, Place, Severity, TextPlace
from lambda_image_lint.report.escape import encodable, printable
from lambda_image_lint.report.mask import mask, mask_in_place

WORST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.INFO)


def counting(report: Report) -> Iterator[Result]:
    """The findings that count, in the report's order."""
    return (result for result in report.results if result.counts)


def worst_first(report: Report) -> list[Result]:
    """The findings that count: errors of all targets, then warnings, then the rest."""
    return sorted(counting(report), key=lambda result: -result.severity.rank)


def line(text: str) -> str:
    """Input text on one line, masked, safe for a terminal."""
    return printable(mask(text))


def where(result: Result, place: Place | None = None) -> str:
    """A place in words: ``Dockerfile:6:18``, ``app:1 /var/task/app.py (layer 3)``, ``app:1 config.Entrypoint``."""
    target = line(result.target)
    match place or result.finding.place:
        case TextPlace(span=span, path=path):
            return f"{line(path or result.target)}:{span.line}:{span.column}"
        case FilePlace(file=file, layer=layer):
            return f"{target} {line(file)}" + (f" (layer {layer})" if layer is not None else "")
        case KeyPlace(key=key):
            return f"{target} {line(key)}"


def path_of(result: Result) -> str:
    """The path that stands for a finding where a format asks for a file: the text's, else the target's name."""
    place = result.finding.place
    return (place.path or result.target) if isinstance(place, TextPlace) else result.target


def inside(result: Result) -> str:
    """What `path_of` leaves out of an image's place: the file or the key; empty for text."""
    match result.finding.place:
        case FilePlace(file=file):
            return file
        case KeyPlace(key=key):
            return key
        case TextPlace():
            return ""


def first_line(result: Result) -> int:
    """The line for formats that ask for one: 1 where the finding stands in an image."""
    place = result.finding.place
    return place.span.line if isinstance(place, TextPlace) else 1


def placed_message(result: Result) -> str:
    """The message as the rule said it; the file or key in an image goes before it, unless it is told there."""
    inner, message = inside(result), result.finding.message
    return message if inner in message else f"{inner}: {message}"


def message_with_place(result: Result) -> str:
    """`placed_message` on one line, masked: for formats with no place inside an image."""
    return line(placed_message(result))


def edit_path(edit: Edit, result: Result, targets: Mapping[str, Target]) -> str:
    """The path of a fix's edit as reports show paths: a file of the build context lies in the context's folder."""
    target = targets.get(result.target)
    if edit.path is None:
        return (target.path if target else None) or path_of(result)
    return posixpath.normpath(posixpath.join(target.context_folder if target else "", edit.path))


def rule_url(rule: Rule) -> str | None:
    """The rule's page in the project's home, None while there is none."""
    return f"{HOME_URL}/rules/{rule.group}/{rule.page.name}" if HOME_URL else None


def is_offerable(fix: Fix, least: Applicability) -> bool:
    """Whether a viewer may offer a fix as a button: trusted enough, and its text can be shown as it is."""
    if fix.applicability < least or not fix.edits:
        return False
    return all(mask(edit.text, dockerfile=True) == edit.text == encodable(edit.text) for edit in fix.edits)


def fix_mark(result: Result) -> str:
    """``fixable`` for what ``--fix`` mends, ``unsafe fix`` for what ``--unsafe-fixes`` adds, else empty."""
    fix = result.finding.fix
    if fix is None or fix.applicability is Applicability.DISPLAY:
        return ""
    return "fixable" if fix.applicability is Applicability.SAFE else "unsafe fix"


class SourceLines:
    """The lines of the texts under lint, masked in place: columns point where they did."""

    def __init__(self, report: Report) -> None:
        self._texts = {target.path: target.text for target in report.targets if target.path and target.text is not None}
        self._lines: dict[str, list[str]] = {}

    def of(self, path: str | None) -> list[str]:
        """All lines of a text, from its first; empty where the report does not hold the text."""
        if path is None or path not in self._texts:
            return []
        if path not in self._lines:
            self._lines[path] = mask_in_place(self._texts[path]).replace("\r\n", "\n").removesuffix("\r").split("\n")
        return self._lines[path]


def plural(count: int, noun: str) -> str:
    """``1 problem``, ``2 problems``, ``1,234 problems``."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def counts_sentence(report: Report) -> str:
    """``Found 3 problems in 2 targets: 1 error, 2 warnings``; what was checked, where there are none."""
    counts = {severity: report.count(severity) for severity in WORST_FIRST}
    total = sum(counts.values())
    if not report.targets and not total:
        return "Nothing was checked"
    if not total:
        return f"No problems in {checked(report)}"
    nouns = {Severity.ERROR: "error", Severity.WARNING: "warning"}
    parts = [
        plural(count, nouns[severity]) if severity in nouns else f"{count:,} info"
        for severity, count in counts.items()
        if count
    ]
    return f"Found {plural(total, 'problem')} in {checked(report)}: {', '.join(parts)}"


def checked(report: Report) -> str:
    """What was read: ``Dockerfile``, ``image app:1 (Docker daemon)``, ``2 Dockerfiles and 1 image``."""
    if len(report.targets) == 1:
        (target,) = report.targets
        source = f" ({line(target.answered_by)})" if target.answered_by else ""
        return ("" if target.kind == "dockerfile" else f"{target.kind} ") + line(target.name) + source
    kinds = {"dockerfile": "Dockerfile", "image": "image", "template": "template"}
    counts = ((noun, sum(target.kind == kind for target in report.targets)) for kind, noun in kinds.items())
    return " and ".join(plural(count, noun) for noun, count in counts if count) or "nothing"


def fixes_sentence(report: Report) -> str:
    """What can be mended, and by which option; empty where nothing can."""
    safe, unsafe = report.fixable(Applicability.SAFE), report.fixable(Applicability.UNSAFE)
    parts = []
    if safe:
        parts.append(f"{safe} fixable with --fix")
    if unsafe:
        parts.append(f"{unsafe}{' more' if safe else ' fixable'} with --fix --unsafe-fixes")
    return ", ".join(parts)


def hidden_sentence(report: Report) -> str:
    """How many findings do not count, and why; empty where all do."""
    parts = []
    if report.suppressed:
        parts.append(f"{report.suppressed} by ignores")
    if report.baselined:
        parts.append(f"{report.baselined} by the baseline")
    return f"Hidden: {', '.join(parts)}" if parts else ""


def undecided_sentence(report: Report) -> str:
    """How many rules could not run or could not decide; empty where all could."""
    rules = len({(one.rule, one.target) for one in report.not_run})
    return f"Not decided: {plural(rules, 'rule')}" if rules else ""
