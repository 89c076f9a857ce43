"""Sample events."""

import base64
import gzip
import json
from pathlib import Path

import pytest

from lambda_image_lint.boot import events
from lambda_image_lint.errors import UsageError


def test_the_services_that_call_functions_have_samples() -> None:
    assert events.names() == (
        "alb",
        "apigateway-v1",
        "apigateway-v2",
        "apigateway-websocket",
        "cloudwatch-logs",
        "dynamodb",
        "eventbridge",
        "function-url",
        "kinesis",
        "s3",
        "schedule",
        "sns",
        "sqs",
    )


@pytest.mark.parametrize("name", events.names())
def test_each_sample_is_a_json_object_and_small(name: str) -> None:
    event = events.load(name)
    assert isinstance(json.loads(event), dict)
    assert len(event) < 4096


def test_the_packed_samples_unpack() -> None:
    logs = json.loads(events.load("cloudwatch-logs"))["awslogs"]["data"]
    assert json.loads(gzip.decompress(base64.b64decode(logs)))["messageType"] == "DATA_MESSAGE"
    record = json.loads(events.load("kinesis"))["Records"][0]["kinesis"]["data"]
    assert json.loads(base64.b64decode(record)) == {"order": 1}


def test_without_a_choice_the_event_is_an_empty_object() -> None:
    assert events.load(None) == b"{}"


def test_a_file_is_sent_byte_by_byte(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_bytes(b'{ "spaces":   "stay" }\n')
    assert events.load(str(path)) == b'{ "spaces":   "stay" }\n'


def test_a_name_that_is_nothing_is_an_error_that_tells_the_samples() -> None:
    with pytest.raises(UsageError) as caught:
        events.load("apigatway-v2")
    assert caught.value.message == "no event 'apigatway-v2': No such file or directory"
    assert "apigateway-v2" in caught.value.help


def test_a_file_without_json_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_text("{'single': 1}")
    with pytest.raises(UsageError, match="is no JSON"):
        events.load(str(path))
