"""Fingerprints: the same finding keeps its own through edits elsewhere, so that baselines and dashboards hold."""

import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.engine.facts import Subject
from lambda_image_lint.engine.rule import Rule
from lambda_image_lint.finding import FilePlace, Finding, KeyPlace, TextPlace


def fingerprints(subject: Subject, findings: Iterable[tuple[Rule, Finding]]) -> Iterator[str]:
    """One for each finding, in order: a hash of what the finding is about, and of its occurrence among its equals.

    No line number, digest or tag takes part: lines shift, and an image is built anew each time.
    """
    from hashlib import sha256

    seen: Counter[tuple[str, ...]] = Counter()
    dockerfile = subject.loaded(Dockerfile)
    for rule, finding in findings:
        about = (rule.name, *_about(subject, dockerfile, finding))
        seen[about] += 1
        text = "\0".join((*about, str(seen[about])))
        yield sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _about(subject: Subject, dockerfile: Dockerfile | None, finding: Finding) -> tuple[str, ...]:
    match finding.place:
        case TextPlace(span=span, path=path, stage=stage):
            own = path is None or path == subject.path
            text = _instruction(dockerfile, span.line) if dockerfile is not None and own else ""
            return "text", _portable(path or subject.path or subject.name), str(stage), text
        case FilePlace(file=file):
            return "file", _untagged(subject.name), file
        case KeyPlace(key=key):
            return "key", _untagged(subject.name), key


def _instruction(dockerfile: Dockerfile, line: int) -> str:
    """The instruction at a line, white space folded; the line itself where there is none."""
    found = next((i for i in dockerfile.instructions if i.span.line <= line <= i.span.end_line), None)
    text = found.raw if found is not None else dockerfile.line_text(line)
    return " ".join(text.split())


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
