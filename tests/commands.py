"""The command as a user runs it: a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Done:
    """What a run gave."""

    code: int
    out: str
    errors: str

    @property
    def report(self) -> dict[str, Any]:
        """Standard output as a JSON report."""
        loaded: dict[str, Any] = json.loads(self.out)
        return loaded

    @property
    def found(self) -> list[tuple[str, int]]:
        """(rule, line) of each finding that counts."""
        return [(one["rule"], one["location"]["line"]) for one in self.report["findings"] if not one["suppressed"]]


def lint_image(
    *words: str | Path,
    cwd: Path,
    stdin: bytes | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: float = 60,
) -> Done:
    """Run ``lint-image`` in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "lambda_image_lint", *map(str, words)],
        cwd=cwd, input=stdin or b"", capture_output=True, check=False,
        timeout=timeout, env={**os.environ, "COLUMNS": "100", **(environment or {})},
    )  # fmt: skip
    return Done(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))
