"""Baselines: today's findings accepted, new ones told. Kept by fingerprint, so they survive shifts of lines."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from lambda_image_lint.engine.result import Result, Suppression
from lambda_image_lint.errors import UsageError

SCHEMA_VERSION = "1"


def read(file: Path) -> frozenset[str]:
    """The fingerprints that a baseline accepts. Raises `UsageError` where it is none."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if data["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"its schema version is {data['schema_version']!r}, not {SCHEMA_VERSION!r}")
        return frozenset(str(entry["fingerprint"]) for entry in data["findings"])
    except FileNotFoundError as error:
        raise UsageError(f"no baseline at {file}", "Make one: lint-image baseline TARGET -o FILE") from error
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(f"{file} is no baseline: {error}", "Make one: lint-image baseline TARGET -o FILE") from error


def text(results: Iterable[Result]) -> str:
    """A baseline that accepts these results: sorted, so that its diffs can be read."""
    findings = sorted(
        (
            {
                "rule": result.rule.name,
                "target": result.target,
                "message": result.finding.message,
                "fingerprint": result.fingerprint,
            }
            for result in results
            if result.suppressed is None or result.suppressed.by == "baseline"
        ),
        key=lambda entry: (entry["target"], entry["rule"], entry["fingerprint"]),
    )
    document: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "findings": findings}
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def accept(results: Sequence[Result], accepted: frozenset[str]) -> tuple[Result, ...]:
    """Mark those that the baseline accepts; what is hidden otherwise stays so."""
    return tuple(
        replace(result, suppressed=Suppression("baseline"))
        if result.suppressed is None and result.fingerprint in accepted
        else result
        for result in results
    )
