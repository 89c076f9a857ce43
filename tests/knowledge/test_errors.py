"""A message that Lambda printed leads to the rules behind it."""

import pytest

from lambda_image_lint import knowledge


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Runtime.ImportModuleError", "handler-file-missing"),
        ("entrypoint requires the handler name", "cmd-missing"),
        ("exec format error", "architecture-mismatch"),
        ("media type … is not supported", "manifest-is-index"),
        ("media type ... is not supported", "manifest-is-index"),
        (
            "InvalidParameterValueException: The image manifest, config or layer media type for the source image "
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:1 is not supported.",
            "manifest-is-index",
        ),
        (
            "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'requests'",
            "handler-import-missing",
        ),
        ("fork/exec /lambda-entrypoint.sh: exec format error", "architecture-mismatch"),
        ("fork/exec /usr/local/bin/aws_lambda_ric: no such file or directory", "entrypoint-missing"),
        ("npm ERR! EROFS: read-only file system, mkdir '/home/sbx_user1051'", "npx-home-readonly"),
        ("/lib64/libc.so.6: version `GLIBC_2.28' not found (required by /var/task/x.so)", "glibc-mismatch"),
        ("[Errno 13] Permission denied: '/var/task/app.py'", "file-unreadable"),
        ("/bin/sh: line 1: yum: command not found", "wrong-package-manager"),
        ("RUNTIME.IMPORTMODULEERROR", "handler-file-missing"),
    ],
)
def test_an_error_leads_to_its_rule(text: str, rule: str) -> None:
    found = knowledge.explain_error(text)
    assert found
    assert rule in {name for known in found for name in known.rules}
    assert all(known.look for known in found)


@pytest.mark.parametrize("text", ["", "   ", "a", "err", "Error", "runtime.", "…", "the weather is fine today"])
def test_what_is_no_known_error_leads_nowhere(text: str) -> None:
    assert knowledge.explain_error(text) == ()


def test_the_most_telling_message_comes_first() -> None:
    found = knowledge.explain_error("Unable to import module 'app': No module named 'app'")
    assert found[0].text == "Unable to import module … No module named"
