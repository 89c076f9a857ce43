"""What a finding is about: the same finding keeps it through edits elsewhere, so that baselines and dashboards hold."""

import posixpath
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.engine.facts import Subject
from lambda_image_lint.engine.rule import Rule
from lambda_image_lint.finding import FilePlace, Finding, KeyPlace, TextPlace


def identities(subject: Subject, findings: Iterable[tuple[Rule, Finding]]) -> Iterator[tuple[str, ...]]:
    """One for each finding, in order: what a fingerprint is the hash of.

    No line number, digest or tag takes part: lines shift, and an image is built anew each time.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    dockerfile = subject.loaded(Dockerfile)
    texts = _Texts(dockerfile) if dockerfile is not None else None
    for rule, finding in findings:
        about = (rule.name, *_about(subject, texts, finding))
        seen[about] += 1
        yield (*about, str(seen[about]))


def _about(subject: Subject, texts: "_Texts | None", finding: Finding) -> tuple[str, ...]:
    match finding.place:
        case TextPlace(span=span, path=path, stage=stage):
            own = path is None or path == subject.path
            text = texts.at(span.line) if texts is not None and own else ""
            return "text", _portable(path or subject.path or subject.name), str(stage), text
        case FilePlace(file=file):
            return "file", _untagged(subject.name), file
        case KeyPlace(key=key):
            return "key", _untagged(subject.name), key


class _Texts:
    """What the lines of a Dockerfile say, in the words of a fingerprint."""

    def __init__(self, dockerfile: Dockerfile) -> None:
        self._dockerfile = dockerfile
        self._first_lines = [instruction.span.line for instruction in dockerfile.instructions]
        self._folded: dict[int, str] = {}

    def at(self, line: int) -> str:
        """The instruction at a line, white space folded; the line itself where there is none."""
        index = bisect_right(self._first_lines, line) - 1
        found = self._dockerfile.instructions[index] if index >= 0 else None
        if found is None or line > found.span.end_line:
            return " ".join(self._dockerfile.line_text(line).split())
        if index not in self._folded:
            self._folded[index] = " ".join(found.raw.split())
        return self._folded[index]


def _portable(path: str) -> str:
    """The same path, however it was spelled: relative to the working directory, with slashes."""
    if Path(path).is_absolute() and Path(path).is_relative_to(Path.cwd()):
        path = str(Path(path).relative_to(Path.cwd()))
    return posixpath.normpath(path.replace("\\", "/"))


def _untagged(name: str) -> str:
    """An image's name without tag and digest, which change with each build; a file or folder stays as it is."""
    scheme, colon, rest = name.partition(":")
    if colon and scheme in ("docker-archive", "oci", "oci-archive"):
        return name
    prefix, reference = (f"{scheme}:", rest) if colon and scheme in ("docker", "registry") else ("", name)
    reference = reference.partition("@")[0]
    head, slash, last = reference.rpartition("/")
    return prefix + head + slash + last.partition(":")[0]
