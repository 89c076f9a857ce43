"""Readers of our formats that tests hold them to."""

import shutil

import pytest

from tests.engines import unavailable
from tests.report import multitool as validator


@pytest.fixture(scope="session")
def multitool() -> validator.Multitool:
    """Microsoft's SARIF validator with the OASIS schema."""
    return validator.fetch()


@pytest.fixture(scope="session")
def chromium() -> str:
    """A headless browser's program."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        unavailable("chromium is not installed")
    assert program is not None
    return program
