"""Readers of our formats that tests hold them to."""

import os
import shutil

import pytest

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
        reason = "no chromium here: apt-get install chromium"
        if os.environ.get(validator.REQUIRE):
            pytest.fail(reason)
        pytest.skip(reason)
    return program
