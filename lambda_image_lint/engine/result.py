"""What a run has found, complete: the one thing that every report format is written from."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from lambda_image_lint.engine.rule import Rule
from lambda_image_lint.finding import Applicability, Finding, Severity


class Suppression(Struct, frozen=True):
    """Why a finding does not count."""

    by: str
    """``comment``, ``pragma`` (hadolint's or BuildKit's), ``config``, ``label`` or ``baseline``."""
    reason: str | None = None


class Result(Struct, frozen=True):
    """A finding with all that the engine adds to it."""

    rule: Rule
    finding: Finding
    """Its places are complete: a `TextPlace` has its path as reports show it; in an image the target is the image."""
    severity: Severity
    target: str
    identity: tuple[str, ...]
    """What it is about, and its occurrence among its equals; unique in a report, the same after edits elsewhere."""
    suppressed: Suppression | None = None

    @property
    def fingerprint(self) -> str:
        """A hash of `identity`: 32 hexadecimal digits."""
        from hashlib import sha256  # loads OpenSSL, which a report for people does without

        return sha256("\0".join(self.identity).encode("utf-8", "surrogateescape")).hexdigest()[:32]

    @property
    def counts(self) -> bool:
        """Whether it takes part in the summary and the exit code."""
        return self.suppressed is None

    @property
    def help(self) -> str:
        """What to do: the finding's own word, else the rule's."""
        return self.finding.help or self.rule.help


class Target(Struct, frozen=True):
    """One thing that was linted."""

    name: str
    """As given on the command line; ``<stdin>`` for ``-``."""
    kind: str
    """``dockerfile``, ``image`` or ``template``."""
    function: Mapping[str, Any] | None = None
    """The JSON report's ``function``: plain data, None for what is unknown."""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    """The JSON report's ``metrics``: plain data, None for what nobody measured."""
    text: str | None = None
    """The Dockerfile's text, for showing source lines; never shown unmasked."""
    path: str | None = None
    """Of that text, as in the findings' places."""
    context_folder: str = ""
    """The build context, as reports show it; empty: the working directory."""
    answered_by: str | None = None
    """Which source gave the image: ``Docker daemon``, ``registry localhost:5000``."""


class NotRun(Struct, frozen=True, order=True):
    """A rule that could not run, or could not decide."""

    rule: str
    target: str
    reason: str


class Failure(Struct, frozen=True):
    """A target that could not be linted, or a rule that crashed."""

    target: str
    message: str
    help: str = ""


class Report(Struct, frozen=True):
    """Everything a run has to say. Results are sorted by target, place and rule: same input, same bytes."""

    targets: tuple[Target, ...]
    results: tuple[Result, ...]
    not_run: tuple[NotRun, ...] = ()
    errors: tuple[Failure, ...] = ()
    exit_code: int = 0
    fixed: int = 0
    """How many findings ``--fix`` has mended before this report was made."""

    def count(self, severity: Severity) -> int:
        """Findings of that severity which count."""
        return sum(1 for result in self.results if result.counts and result.severity is severity)

    def fixable(self, applicability: Applicability) -> int:
        """Findings which count and carry a fix of that applicability."""
        return sum(
            1
            for result in self.results
            if result.counts and result.finding.fix is not None and result.finding.fix.applicability is applicability
        )

    @property
    def suppressed(self) -> int:
        """Findings that an ignore hides."""
        return sum(1 for result in self.results if result.suppressed and result.suppressed.by != "baseline")

    @property
    def baselined(self) -> int:
        """Findings that a baseline accepts."""
        return sum(1 for result in self.results if result.suppressed and result.suppressed.by == "baseline")
