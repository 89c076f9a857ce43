"""The Runtime API as clients see it: over HTTP, on a real socket."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambda_image_lint.boot.runtime_api import RESPONSE_BYTES_MAX, Failure, Identity, RuntimeApi, failure_of
from lambda_image_lint.boot.server import serving

NEXT = "/2018-06-01/runtime/invocation/next"
INVOCATION = "/2018-06-01/runtime/invocation"
EXTENSION = "/2020-01-01/extension"


class Client:
    """A runtime client in ten lines."""

    def __init__(self, port: int) -> None:
        self.port = port

    def call(
        self, method: str, path: str, body: bytes | Iterator[bytes] = b"", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named, encode_chunked=not isinstance(body, bytes))
        answer = connection.getresponse()
        told = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        connection.close()
        return told


@contextmanager
def served(api: RuntimeApi) -> Iterator[Client]:
    listener = socket.create_server(("127.0.0.1", 0))
    with serving(api, listener):
        yield Client(listener.getsockname()[1])


@pytest.fixture
def api() -> RuntimeApi:
    return RuntimeApi(Identity(handler="app.handler"))


@pytest.fixture
def client(api: RuntimeApi) -> Iterator[Client]:
    with served(api) as client:
        yield client


def test_next_hands_out_the_event_with_what_a_client_needs_to_answer_it(api: RuntimeApi, client: Client) -> None:
    invocation = api.offer(b'{"ping": 1}', 10)
    status, headers, body = client.call("GET", NEXT)

    assert (status, body) == (200, b'{"ping": 1}')
    assert headers["lambda-runtime-aws-request-id"] == invocation.request_id
    assert headers["lambda-runtime-deadline-ms"] == str(invocation.deadline_ms)
    assert headers["lambda-runtime-invoked-function-arn"] == "arn:aws:lambda:us-east-1:123456789012:function:function"
    assert headers["lambda-runtime-trace-id"].startswith("Root=1-")
    assert headers["content-type"] == "application/json"


def test_next_waits_for_the_event(api: RuntimeApi, client: Client) -> None:
    answers: list[bytes] = []
    caller = threading.Thread(target=lambda: answers.append(client.call("GET", NEXT)[2]))
    caller.start()
    with api.changed:
        assert api.changed.wait_for(lambda: api.first_next_at is not None, 5)
    assert answers == []
    api.offer(b"1", 10)
    caller.join(5)
    assert answers == [b"1"]


def test_a_second_next_before_the_answer_gives_the_same_event_again(api: RuntimeApi, client: Client) -> None:
    api.offer(b"1", 10)
    assert [client.call("GET", NEXT)[2] for _ in range(2)] == [b"1", b"1"]


def test_next_after_the_answer_waits_until_the_environment_ends(api: RuntimeApi) -> None:
    invocation = api.offer(b"1", 10)
    with served(api) as client:
        client.call("GET", NEXT)
        client.call("POST", f"{INVOCATION}/{invocation.request_id}/response", b"2")
        ended: list[type[BaseException]] = []

        def ask_again() -> None:
            try:
                client.call("GET", NEXT)
            except (http.client.HTTPException, OSError) as error:
                ended.append(type(error))

        caller = threading.Thread(target=ask_again)
        caller.start()
        with api.changed:
            assert api.changed.wait_for(lambda: api.next_count == 2, 5)
        assert caller.is_alive()
    caller.join(5)
    assert ended == [http.client.RemoteDisconnected]


def test_the_answer_is_kept_whole(api: RuntimeApi, client: Client) -> None:
    invocation = api.offer(b"1", 10)
    status, _, body = client.call("POST", f"{INVOCATION}/{invocation.request_id}/response", b'{"ok": true}')
    assert (status, json.loads(body)) == (202, {"status": "OK"})
    assert api.response == b'{"ok": true}'


def test_an_answer_may_be_streamed_in_chunks(api: RuntimeApi, client: Client) -> None:
    invocation = api.offer(b"1", 10)
    path = f"{INVOCATION}/{invocation.request_id}/response"
    chunks = (chunk for chunk in (b"one ", b"two ", b"three"))
    status, _, _ = client.call("POST", path, chunks, Transfer_Encoding="chunked")
    assert status == 202
    assert api.response == b"one two three"


def test_a_stream_that_fails_half_way_says_so_in_its_trailer(api: RuntimeApi, client: Client) -> None:
    invocation = api.offer(b"1", 10)
    head = (
        f"POST {INVOCATION}/{invocation.request_id}/response HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    tail = "4\r\nhalf\r\n0\r\nLambda-Runtime-Function-Error-Type: Runtime.StreamError\r\n\r\n"
    with socket.create_connection(("127.0.0.1", client.port), timeout=5) as connection:
        connection.sendall((head + tail).encode())
        assert b" 202 " in connection.recv(100)
    assert api.response is None
    assert api.invocation_failure == Failure("Runtime.StreamError", "half")


def test_an_answer_beyond_lambdas_limit_is_refused_in_lambdas_words(api: RuntimeApi, client: Client) -> None:
    invocation = api.offer(b"1", 10)
    path = f"{INVOCATION}/{invocation.request_id}/response"
    status, _, body = client.call("POST", path, bytes(RESPONSE_BYTES_MAX + 1))
    assert (status, json.loads(body)["errorType"]) == (413, "RequestEntityTooLarge")
    message = "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
    assert api.invocation_failure == Failure("Function.ResponseSizeTooLarge", message)


def test_an_answer_to_another_request_is_refused(api: RuntimeApi, client: Client) -> None:
    api.offer(b"1", 10)
    status, _, body = client.call("POST", f"{INVOCATION}/not-this-one/response", b"2")
    assert (status, json.loads(body)["errorType"]) == (400, "InvalidRequestID")
    assert api.response is None


def test_an_init_error_is_told_as_the_client_worded_it(api: RuntimeApi, client: Client) -> None:
    report = {"errorMessage": "No module named 'x'", "errorType": "ImportError", "stackTrace": ["  line 1\n"]}
    header = {"Lambda_Runtime_Function_Error_Type": "Runtime.ImportModuleError"}
    status, _, _ = client.call("POST", "/2018-06-01/runtime/init/error", json.dumps(report).encode(), **header)
    assert status == 202
    assert api.init_failure == Failure("Runtime.ImportModuleError", "No module named 'x'", ("  line 1",))


def test_an_init_error_after_the_first_next_is_refused(api: RuntimeApi, client: Client) -> None:
    api.offer(b"1", 10)
    client.call("GET", NEXT)
    status, _, body = client.call("POST", "/2018-06-01/runtime/init/error", b"{}")
    assert (status, json.loads(body)["errorType"]) == (403, "InvalidStateTransition")
    assert api.init_failure is None


def test_an_invocation_error_is_told_as_the_client_worded_it(api: RuntimeApi, client: Client) -> None:
    invocation = api.offer(b"1", 10)
    report = b'{"errorMessage": "no", "errorType": "ValueError", "trace": ["at main"]}'
    status, _, _ = client.call("POST", f"{INVOCATION}/{invocation.request_id}/error", report)
    assert status == 202
    assert api.invocation_failure == Failure("ValueError", "no", ("at main",))


def test_an_extension_registers_and_is_told_of_the_invocation(api: RuntimeApi, client: Client) -> None:
    status, headers, body = client.call(
        "POST", f"{EXTENSION}/register", b'{"events": ["INVOKE"]}', Lambda_Extension_Name="watcher"
    )
    assert status == 200
    assert json.loads(body)["handler"] == "app.handler"
    invocation = api.offer(b"1", 10)
    identifier = headers["lambda-extension-identifier"]
    status, _, body = client.call("GET", f"{EXTENSION}/event/next", Lambda_Extension_Identifier=identifier)
    event = json.loads(body)
    assert (status, event["eventType"], event["requestId"]) == (200, "INVOKE", invocation.request_id)
    watcher = api.registered("watcher")
    assert watcher is not None
    assert watcher.ready


@pytest.mark.parametrize("stage", ["init", "exit"])
def test_an_extension_that_gives_up_is_told_of_by_name(api: RuntimeApi, client: Client, stage: str) -> None:
    _, headers, _ = client.call("POST", f"{EXTENSION}/register", b"{}", Lambda_Extension_Name="watcher")
    given = {"Lambda_Extension_Identifier": headers["lambda-extension-identifier"]}
    given["Lambda_Extension_Function_Error_Type"] = "Watcher.NoKey"
    status, _, _ = client.call("POST", f"{EXTENSION}/{stage}/error", b'{"errorMessage": "no key"}', **given)
    assert status == 202
    kind = {"init": "Extension.InitError", "exit": "Extension.ExitError"}[stage]
    assert api.extension_failure == Failure(kind, "extension watcher: Watcher.NoKey: no key")


def test_two_extensions_of_one_name_and_strangers_are_refused(client: Client) -> None:
    client.call("POST", f"{EXTENSION}/register", b"{}", Lambda_Extension_Name="watcher")
    again = client.call("POST", f"{EXTENSION}/register", b"{}", Lambda_Extension_Name="watcher")
    unnamed = client.call("POST", f"{EXTENSION}/register", b"{}")
    stranger = client.call("GET", f"{EXTENSION}/event/next", Lambda_Extension_Identifier="nobody")
    types = [json.loads(body)["errorType"] for _, _, body in (again, unnamed, stranger)]
    assert [status for status, _, _ in (again, unnamed, stranger)] == [403, 403, 403]
    assert types == [
        "Extension.AlreadyRegistered",
        "Extension.InvalidExtensionName",
        "Extension.UnknownExtensionIdentifier",
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/2018-06-01/runtime/restore/next"), ("POST", "/2018-06-01/runtime/restore/error"), ("GET", "/")],
)
def test_what_is_not_served_here_is_not_found(client: Client, method: str, path: str) -> None:
    assert client.call(method, path)[0] == 404


@pytest.mark.parametrize("path", ["/2020-08-15/logs", "/2022-07-01/telemetry"])
def test_a_subscription_to_logs_is_taken_and_yields_nothing(client: Client, path: str) -> None:
    status, _, body = client.call("PUT", path, b"{}")
    assert (status, json.loads(body)["errorType"]) == (202, "Telemetry.NotSupported")


def test_a_body_too_long_to_read_is_refused_unread(api: RuntimeApi, client: Client) -> None:
    with socket.create_connection(("127.0.0.1", client.port), timeout=5) as connection:
        connection.sendall(b"POST /2018-06-01/runtime/init/error HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n")
        assert b" 413 " in connection.recv(100)
    assert api.init_failure is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_whatever_comes_over_the_socket_the_server_goes_on(api: RuntimeApi, client: Client, noise: bytes) -> None:
    with socket.create_connection(("127.0.0.1", client.port), timeout=5) as connection:
        connection.sendall(
            b"POST /2018-06-01/runtime/init/error HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + noise
        )
    with socket.create_connection(("127.0.0.1", client.port), timeout=5) as connection:
        connection.sendall(noise)
    assert client.call("PUT", "/2020-08-15/logs")[0] == 202


@given(st.binary(), st.one_of(st.none(), st.just("Runtime.Unknown")))
def test_every_error_report_is_read_as_some_failure(body: bytes, error_type: str | None) -> None:
    failure = failure_of(body, error_type)
    assert failure.type
    assert all("\n" not in line[-1:] for line in failure.trace)
