"""What a boot's result looks like, for people and for programs."""

import json
from dataclasses import replace

from lambda_image_lint.boot import BootOptions, BootResult, Outcome, Phase, render_human, render_json
from lambda_image_lint.boot.runtime_api import Failure

ANSWERED = BootResult(
    image="app:1",
    outcome=Outcome.OK,
    phase=Phase.INVOKE,
    failure=None,
    response=b'{"statusCode": 200}',
    request_id="8476a536-e9f4-11e8-9739-2dfe598c3fcd",
    init_milliseconds=212.34,
    invoke_milliseconds=3.21,
    exit_code=None,
    peak_memory_bytes=40 * 1024 * 1024,
    rules=(),
    log="START\n",
    notes=("the image is for arm64, the daemon runs amd64: Lambda may do otherwise",),
    options=BootOptions(event="sqs"),
)
FAILED = BootResult(
    image="app:1",
    outcome=Outcome.INIT_ERROR,
    phase=Phase.INIT,
    failure=Failure("Runtime.UserCodeSyntaxError", "Syntax error in module 'app'", ('  File "app.py" Line 1',)),
    response=None,
    request_id=None,
    init_milliseconds=None,
    invoke_milliseconds=None,
    exit_code=1,
    peak_memory_bytes=None,
    rules=("handler-syntax-error",),
    log="",
    notes=(),
    options=BootOptions(network="bridge"),
)


def test_an_answer_for_people() -> None:
    assert render_human(ANSWERED) == (
        "app:1: starts and answers\n"
        '  response: {"statusCode": 200}\n'
        "  first `next` after 212 ms, answered in 3 ms, peak memory 40 of 512 MiB\n"
        "  note: the image is for arm64, the daemon runs amd64: Lambda may do otherwise\n"
        "  log:\n"
        "    START\n"
    )


def test_a_failure_for_people() -> None:
    assert render_human(FAILED) == (
        "app:1: the runtime cannot load the function\n"
        "  INIT: Runtime.UserCodeSyntaxError: Syntax error in module 'app'\n"
        '      File "app.py" Line 1\n'
        "  never asked for an event, exit status 1\n"
        "  explained by: handler-syntax-error\n"
    )


def test_an_answer_for_programs() -> None:
    document = json.loads(render_json(ANSWERED))
    assert document.pop("tool")["name"] == "lambda-image-lint"
    assert document == {
        "schema_version": "1",
        "image": "app:1",
        "outcome": "ok",
        "ok": True,
        "phase": "invoke",
        "error": None,
        "request_id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        "response": {"json": {"statusCode": 200}},
        "init_ms": 212.3,
        "invoke_ms": 3.2,
        "exit_code": None,
        "peak_memory_bytes": 41943040,
        "rules": [],
        "notes": ["the image is for arm64, the daemon runs amd64: Lambda may do otherwise"],
        "log": "START\n",
        "conditions": {"event": "sqs", "timeout_s": 10.0, "memory_mib": 512, "network": None},
    }


def test_a_failure_for_programs_has_the_same_keys() -> None:
    document = json.loads(render_json(FAILED))
    assert document.keys() == json.loads(render_json(ANSWERED)).keys()
    assert document["error"] == {
        "type": "Runtime.UserCodeSyntaxError",
        "message": "Syntax error in module 'app'",
        "trace": ['  File "app.py" Line 1'],
    }
    assert document["response"] is None


def test_a_secret_in_the_log_or_the_error_is_shown_nowhere() -> None:
    key = "AKIA" + "QWERTYUIOPASDFGH"
    failure = Failure("ValueError", f"bad key {key}", (f"at {key}",))
    result = replace(FAILED, failure=failure, log=f"using {key}\n")
    for shown in (render_human(result), render_json(result)):
        assert key not in shown
        assert shown.count("AKIA****") == 3
