"""``python -m tests.boot.matrix``: the truth table as a confusion matrix, static verdict against boot."""

import sys
from collections import Counter

import pytest

from tests.boot.verdicts import FAILS, STARTS, UNDECIDED


class Matrix:
    """Collects what the tests of the table recorded, and prints it at the end."""

    def __init__(self) -> None:
        self.seen: dict[str, tuple[str, str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Each verdict, once."""
        for key, value in report.user_properties:
            if key == "boot_matrix" and isinstance(value, tuple | list):  # a worker's tuple arrives as a list
                variant, truth, verdict = map(str, value)
                self.seen[variant] = (truth, verdict)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The matrix, then each variant beside its diagonal."""
        terminalreporter.section("static verdict against boot")
        for line in self.lines():
            terminalreporter.write_line(line)

    def lines(self) -> list[str]:
        """The matrix as text."""
        counts = Counter(self.seen.values())
        verdicts = (STARTS, FAILS, UNDECIDED)
        lines = [f"{'boot':<12}" + "".join(f"{f'linter: {word}':>20}" for word in verdicts)]
        for truth in (STARTS, FAILS):
            lines.append(f"{truth:<12}" + "".join(f"{counts[truth, verdict]:>20}" for verdict in verdicts))
        lines += [
            f"{variant}: boot {truth}, linter {verdict}"
            for variant, (truth, verdict) in sorted(self.seen.items())
            if truth != verdict
        ]
        return lines


def main() -> int:
    """Boot and lint the whole table."""
    return int(pytest.main(["tests/boot/test_truth.py", "-q", *sys.argv[1:]], plugins=[Matrix()]))


if __name__ == "__main__":
    sys.exit(main())
