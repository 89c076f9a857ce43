"""Limits with their units, and variables that belong to Lambda."""

import pytest

from lambda_image_lint import knowledge


def test_a_limit_is_in_the_unit_of_its_name() -> None:
    assert knowledge.limit("image_uncompressed_bytes") == 10 * 1024**3
    assert knowledge.limit("manifest_bytes") == 25_400
    assert (knowledge.limit("function_uid"), knowledge.limit("function_gid")) == (993, 990)


def test_what_is_no_whole_number_has_to_be_asked_for_with_its_row() -> None:
    with pytest.raises(TypeError, match="ask limit_row"):
        knowledge.limit("docker_version_for_al2023")
    assert knowledge.limit_row("docker_version_for_al2023").value == "20.10.10"


def test_an_unknown_limit_is_an_error() -> None:
    with pytest.raises(KeyError):
        knowledge.limit("image_bytes")


@pytest.mark.parametrize(
    ("name", "reserved"),
    [("AWS_LAMBDA_RUNTIME_API", True), ("LAMBDA_TASK_ROOT", True), ("_ANYTHING", True), ("AWS_REGION", True),
     ("PATH", False), ("TZ", False), ("AWS_PROFILE", False), ("AWS_LAMBDA_EXEC_WRAPPER", False)],
)  # fmt: skip
def test_lambdas_own_variables_are_told_from_ours(name: str, reserved: bool) -> None:
    assert knowledge.is_reserved(name) is reserved


def test_only_the_runtime_api_breaks_the_start() -> None:
    assert knowledge.is_fatal("AWS_LAMBDA_RUNTIME_API")
    assert not knowledge.is_fatal("AWS_REGION")


def test_an_attribute_that_is_not_there_is_told_as_ever() -> None:
    with pytest.raises(AttributeError, match="no attribute 'limitt'"):
        _ = knowledge.limitt


def test_old_names_of_the_web_adapter_lead_to_the_new() -> None:
    assert knowledge.web_adapter_renamed()["READINESS_CHECK_PATH"] == "AWS_LWA_READINESS_CHECK_PATH"
    assert knowledge.web_adapter_port_variables() == ("AWS_LWA_PORT", "PORT")
    assert knowledge.web_adapter_forbidden_ports() == {9001, 3000}
