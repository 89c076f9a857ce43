"""What runtimes write when a program cannot be started, and what that is in Lambda's words."""

import pytest

from lambda_image_lint.boot import verdict
from lambda_image_lint.boot.container import Exit, ImageFacts
from lambda_image_lint.boot.refusal import kernels_reason
from lambda_image_lint.boot.runtime_api import Identity, RuntimeApi
from lambda_image_lint.errors import SourceError

IMAGE = ImageFacts("sha256:0", ("/entry.sh",), ("app.handler",), {}, "/var/task", "amd64", ())

RUNC = "OCI runtime create failed: runc create failed: unable to start container process: "


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f'{RUNC}exec: "/entry.sh": stat /entry.sh: no such file or directory: unknown', "no such file or directory"),
        (f'{RUNC}error during container init: exec: "/entry.sh": permission denied: unknown', "permission denied"),
        (f'{RUNC}exec: "entry.sh": executable file not found in $PATH: unknown', "executable file not found in $PATH"),
        (f'{RUNC}exec: "/var/task": is a directory: unknown', "is a directory"),
        ("crun: open executable: Permission denied: OCI permission denied", "permission denied"),
        ("crun: executable file `/entry.sh` not found: No such file or directory", "no such file or directory"),
    ],
)
def test_a_refused_start_is_an_invalid_entrypoint_with_the_systems_reason(text: str, reason: str) -> None:
    failure = verdict.of_refusal(text, IMAGE)
    assert failure.type == "Runtime.InvalidEntrypoint"
    assert failure.message == (
        f"Launch error: fork/exec /entry.sh: {reason} EntryPoint: [/entry.sh] Cmd: [app.handler] WorkingDir: [/var/task]"
    )


def test_a_working_directory_that_cannot_be_entered_is_told_as_such() -> None:
    failure = verdict.of_refusal(
        f'{RUNC}chdir to cwd ("/var/task") set in config.json failed: permission denied', IMAGE
    )
    assert str(failure) == "Runtime.InvalidWorkingDir: chdir /var/task: permission denied"


def test_a_refusal_that_is_not_about_the_image_is_an_error_and_no_verdict() -> None:
    with pytest.raises(SourceError, match="no space left on device"):
        verdict.of_refusal("mkdir /var/lib/docker/tmp: no space left on device", IMAGE)


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ("exec /entry.sh: exec format error\n", "exec format error"),
        (
            "standard_init_linux.go:228: exec user process caused: no such file or directory\n",
            "no such file or directory",
        ),
        ("bash: exec: /entry.sh: not found\n", None),
        ("starting\nexec /entry.sh: exec format error\n", None),
        ("", None),
    ],
)
def test_only_a_first_line_of_the_container_runtimes_own_counts_as_the_kernels_word(
    log: str, reason: str | None
) -> None:
    assert kernels_reason(log) == reason


@pytest.mark.parametrize(
    ("ended", "message"),
    [
        (Exit(0, False), "Error: Runtime exited without providing a reason"),
        (Exit(142, False), "Error: Runtime exited with error: exit status 142"),
        (Exit(137, True), "Error: Runtime exited with error: signal: killed"),
    ],
)
def test_an_end_before_the_first_call_is_told_in_lambdas_words(ended: Exit, message: str) -> None:
    failure = verdict.of_exit(ended, "", RuntimeApi(Identity()), IMAGE)
    assert (failure.type, failure.message) == ("Runtime.ExitError", message)


def test_the_cause_that_the_log_names_goes_before_the_effect() -> None:
    log = "/main: /lib64/libc.so.6: version `GLIBC_2.34' not found (required by /main)\n"
    failure = verdict.of_exit(Exit(1, False), log, RuntimeApi(Identity()), IMAGE)
    rules = verdict.rules(failure, log)
    assert rules[0] == "glibc-mismatch"
    assert "no-runtime-client" in rules
