"""What looks like a secret: by its shape, by the name it is given to, or by its place in a URL.

The rules on secrets and the masking of every report ask here, so that what a rule tells no report shows. Text is
scanned in linear time, whatever it holds: a line of a Dockerfile may be a megabyte of base64.
"""

from collections.abc import Iterator

from lambda_image_lint.secrets.names import named_kind, secrecy_of_name
from lambda_image_lint.secrets.shapes import Secret, shapes, url_secrets
from lambda_image_lint.secrets.text import named_secrets

__all__ = ["Secret", "find_secrets", "looks_secret", "secrecy_of_name"]


def looks_secret(name: str, value: str) -> str | None:
    """The kind of secret that a variable or key holds, None where it holds none.

    A value's shape decides first, whatever the name; then the name, for a value that is no placeholder.
    """
    shape = next(shapes(value), None) or next(url_secrets(value), None)
    if shape:
        return shape.kind
    return named_kind(name, value.strip("\"'"))


def find_secrets(text: str, *, dockerfile: bool = False) -> Iterator[Secret]:
    """Every secret in a text, in order, none overlapping another.

    `dockerfile`: the text is a Dockerfile's or a history entry's, where ``ENV NAME some words`` gives a value up to the
    end of the line; in prose the same words would be a sentence.
    """
    found = [*shapes(text), *url_secrets(text)]
    lowered = text.lower()
    if any(
        hint in lowered
        for hint in ("secret", "token", "pass", "pwd", "key", "credential", "auth", "salt", "curl", "wget")
    ):
        found += named_secrets(text, dockerfile)
    yield from _merged(found)


def _merged(found: list[Secret]) -> Iterator[Secret]:
    current: Secret | None = None
    for secret in sorted(found):
        if current is None:
            current = secret
        elif secret.start < current.end:
            kind = secret.kind if current.kind.startswith("value of ") else current.kind
            current = Secret(current.start, max(current.end, secret.end), kind)
        else:
            yield current
            current = secret
    if current is not None:
        yield current
