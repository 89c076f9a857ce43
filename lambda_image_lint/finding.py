"""What a rule says: a finding, where it stands, and how it can be mended."""

from enum import IntEnum, StrEnum

from msgspec import Struct


class Severity(StrEnum):
    """How bad a finding is.

    ``error``: the build, the deployment or the invocation fails, or a secret leaks. ``warning``: breaks in some
    cases or in time, or is slow where it hurts. ``info``: size, cache, hygiene.
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """2 for error, 1 for warning, 0 for info: for comparing and sorting."""
        return _RANKS[self.value]


_RANKS = {"error": 2, "warning": 1, "info": 0}


class Applicability(IntEnum):
    """How far a fix can be trusted; ordered."""

    DISPLAY = 0
    """Shown only: a person has to choose."""
    UNSAFE = 1
    """Changes what is built; the rule's page says how."""
    SAFE = 2
    """Builds what the author meant."""


class Span(Struct, frozen=True, order=True):
    """A stretch of text: lines and columns count from 1, in code points; the end column is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class TextPlace(Struct, frozen=True):
    """A place in a text file."""

    span: Span
    path: str | None = None
    """None: the Dockerfile under lint; else another file, relative to the build context."""
    stage: int | None = None
    """Index of the build stage, from 0; None outside any stage."""


class FilePlace(Struct, frozen=True):
    """A file in an image."""

    file: str
    """Absolute path in the image."""
    layer: int | None = None
    """Index of the layer that brought it, from 0, base first."""
    digest: str | None = None
    """That layer's blob digest, else its diff_id."""


class KeyPlace(Struct, frozen=True):
    """A key of an image's config or manifest."""

    key: str
    """Dotted, rooted at ``config`` or ``manifest``: ``config.Entrypoint``, ``manifest.layers[3]``."""


Place = TextPlace | FilePlace | KeyPlace


class Edit(Struct, frozen=True):
    """Replace the text of a span; it covers only the characters that change. An empty span inserts."""

    span: Span
    text: str
    path: str | None = None
    """None: the Dockerfile under lint; else a file relative to the build context, made where it is not there yet."""


class Fix(Struct, frozen=True):
    """A repair, as data."""

    title: str
    """In the imperative, without a full stop: ``Drop --user``."""
    edits: tuple[Edit, ...]
    applicability: Applicability


class Finding(Struct, frozen=True):
    """What a rule yields. The engine adds the rule, the target and the severity that counts."""

    message: str
    """The fault with its value, present tense, no full stop."""
    place: Place
    help: str = ""
    """What to do about it; empty: the rule's own ``help``."""
    related: tuple[Place, ...] = ()
    fix: Fix | None = None
    severity: Severity | None = None
    """None: the rule's own."""
