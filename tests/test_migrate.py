"""``lint-image config import``: hadolint's configuration in our words."""

from pathlib import Path

import pytest

from tests.commands import lint_image

HADOLINT = """\
ignored: [DL3015, DL3060, DL4006, DL3013, DL3045, DL3022, DL3064, DL3008]
override:
  error: [DL3016]
failure-threshold: warning
"""

OURS = """\
# From hadolint's configuration
ignore = ["copy-from-unknown-stage", "copy-without-workdir", "curl-pipe-shell", "package-not-pinned", "pipe-failure-ignored", \
"recommended-packages", "secret-in-arg", "secret-in-env", "yarn-cache"]
fail-on = "warning"

[severity]
package-not-pinned = "error"

# Nothing corresponds to: DL3008
"""


def test_ids_become_the_names_of_the_rules_for_the_same_fault(tmp_path: Path) -> None:
    (tmp_path / ".hadolint.yaml").write_text(HADOLINT)
    done = lint_image("config", "import", ".hadolint.yaml", cwd=tmp_path)
    assert (done.code, done.out) == (0, OURS)


@pytest.mark.parametrize(
    ("pragma", "line", "rule"),
    [
        ("# hadolint ignore=DL3015", "RUN apt-get update && apt-get install -y curl", "recommended-packages"),
        ("# hadolint ignore=DL4006", "RUN cat a | sort > b", "pipe-failure-ignored"),
        ("# hadolint ignore=DL3060", "RUN yarn install", "yarn-cache"),
        ("# check=skip=CopyIgnoredFile", "COPY app.py /app.py", "copy-source-missing"),
    ],
)
def test_a_pragma_with_the_foreign_id_hides_the_finding(pragma: str, line: str, rule: str, tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("app.py\n")
    (tmp_path / "app.py").write_text("")
    for above, hidden in (("", False), (f"{pragma}\n", True)):
        (tmp_path / "Dockerfile").write_text(f"FROM node:22-bookworm-slim\n{above}{line}\n")
        done = lint_image("--isolated", "-f", "json", "Dockerfile", cwd=tmp_path)
        assert [one["suppressed"] is not None for one in done.report["findings"] if one["rule"] == rule] == [hidden]
