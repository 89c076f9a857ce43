"""No report shows a secret: whatever looks like one is masked, reported by a rule or not."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lambda_image_lint.secrets import find_secrets, looks_secret

SHOWN = 4
"""Characters of a secret that stay, at most: enough to tell which it is. Of a short one no more than a quarter."""
_STARS = "****"


def mask(text: str, *, dockerfile: bool = False) -> str:
    """The text with each secret cut to its first characters and four stars, so that its length is not told either."""
    return "".join(_pieces(text, dockerfile=dockerfile, keep_length=False))


def mask_in_place(text: str, *, dockerfile: bool = True) -> str:
    """As `mask`, but each character is replaced by one star, so that lines and columns still point where they did."""
    return "".join(_pieces(text, dockerfile=dockerfile, keep_length=True))


def _pieces(text: str, *, dockerfile: bool, keep_length: bool) -> Iterator[str]:
    position = 0
    for secret in find_secrets(text, dockerfile=dockerfile):
        kept = min(SHOWN, (secret.end - secret.start) // 4)
        yield text[position : secret.start + kept]
        hidden = text[secret.start + kept : secret.end]
        yield "".join(character if character in "\r\n" else "*" for character in hidden) if keep_length else _STARS
        position = secret.end
    yield text[position:]


def mask_data(value: Any, name: str = "") -> Any:
    """Plain data with every string masked: by itself, by the key it stands under, by the option before it in a list."""
    if isinstance(value, str):
        return mask_value(name, value)
    if isinstance(value, Mapping):
        return {key: mask_data(member, str(key)) for key, member in value.items()}
    if isinstance(value, Sequence):
        before = ["", *(member if isinstance(member, str) and member.startswith("-") else "" for member in value)]
        return [mask_data(member, option.lstrip("-")) for member, option in zip(value, before, strict=False)]
    return value


def mask_value(name: str, value: str) -> str:
    """The value of a variable, label or option, masked by its name too."""
    masked = mask(value, dockerfile=True)
    if masked == value and name and looks_secret(name, value):
        return value[: min(SHOWN, len(value) // 4)] + _STARS
    return masked
