"""How long a registry may take."""

from msgspec import Struct


class Limits(Struct, frozen=True):
    """Seconds and counts, our own choice: a check in a pipeline fails soon and says why."""

    connect_seconds: float = 5
    """Until a connection stands."""
    read_seconds: float = 60
    """Silence within a layer."""
    answer_seconds: float = 15
    """Until a question for a document is answered in full, with all tries, tokens and redirects."""
    tries: int = 3
    """Of one question, when the registry is overloaded (429) or fails (5xx), or a layer's connection is cut."""
    first_wait_seconds: float = 0.5
    """Before the second try where the registry asks for no other wait; doubled each time."""
