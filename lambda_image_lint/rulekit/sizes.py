"""Sizes in bytes, as people write and read them."""

import re

_UNITS = {
    "b": 1,
    "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}  # fmt: skip
_SIZE = r"(?ai)(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[a-z]*)"


def shown_size(size: int) -> str:
    """``10.0 GiB``, ``412.3 MiB``, ``17 bytes``: in the binary units that Lambda's own limit is counted in."""
    for unit, power in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if size >= 1 << power:
            return f"{size / (1 << power):.1f} {unit}"
    return f"{size} byte{'' if size == 1 else 's'}"


def read_size(text: str) -> int:
    """Bytes in ``2GiB``, ``1.5 MiB``, ``50MB`` (a million each) or ``1024``. Raises `ValueError` for anything else."""
    match = re.fullmatch(_SIZE, text.strip())
    factor = _UNITS.get((match["unit"] or "b").lower()) if match else None
    if match is None or factor is None:
        raise ValueError(f"{text!r} is no size like 2GiB or 50MB")
    return round(float(match["number"]) * factor)
