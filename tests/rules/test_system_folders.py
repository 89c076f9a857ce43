"""Which folders of an image are not the function's own."""

import pytest

from lambda_image_lint.rulekit.system_folders import is_of_system


@pytest.mark.parametrize("path", ["/usr", "/usr/lib/python3/x.py", "/etc/ssl", "/var/lang/bin", "/dev"])
def test_what_the_distribution_and_the_runtime_fill_is(path: str) -> None:
    assert is_of_system(path)


@pytest.mark.parametrize(
    "path", ["/", "/var", "/var/task/app.py", "/opt/etc/x", "/library/.env", "/developer", "/binaries/x"]
)
def test_what_only_begins_alike_is_not(path: str) -> None:
    assert not is_of_system(path)
