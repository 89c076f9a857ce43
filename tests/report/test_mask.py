"""What a report shows of a secret: at most its first four characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_image_lint.report.mask import mask, mask_data, mask_in_place
from tests.report.samples import DOCKERFILE, GITHUB_TOKEN, SECRETS


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("DB_PASSWORD=averylongpassword", "DB_PASSWORD=aver****"),
        ("DB_PASSWORD=hunter2", "DB_PASSWORD=h****"),
        (f"a {GITHUB_TOKEN} b", "a ghp_**** b"),
        ("https://bob:hunter2@host/x", "https://bob:h****@host/x"),
        ("nothing here", "nothing here"),
    ],
)
def test_the_first_characters_stay_of_a_long_secret_fewer_of_a_short_one(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_masking_in_place_keeps_every_line_and_column() -> None:
    masked = mask_in_place(DOCKERFILE)
    assert [len(line) for line in masked.split("\n")] == [len(line) for line in DOCKERFILE.split("\n")]
    assert not any(secret in masked for secret in SECRETS)


def test_data_is_masked_by_key_by_option_and_by_shape() -> None:
    data = {
        "entrypoint": ["app", "--token", "q8w7e6r5t4", "--port", "8080"],
        "labels": {"api_token": "q8w7e6r5t4", "version": "1"},
        "created_by": "ENV DB_PASSWORD=hunter22",
        "count": 3,
        "nothing": None,
    }
    assert mask_data(data) == {
        "entrypoint": ["app", "--token", "q8****", "--port", "8080"],
        "labels": {"api_token": "q8****", "version": "1"},
        "created_by": "ENV DB_PASSWORD=hu****",
        "count": 3,
        "nothing": None,
    }


def test_ordinary_text_is_not_touched() -> None:
    digest = "sha256:" + "0123456789abcdef" * 4
    assert mask(f"COPY --from={digest} ${{LAMBDA_TASK_ROOT}}") == f"COPY --from={digest} ${{LAMBDA_TASK_ROOT}}"


@given(st.text(), st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=12))
def test_masking_twice_is_masking_once(text: str, value: str) -> None:
    once = mask(f"{text} DB_PASSWORD={value}q7 {text}")
    assert mask(once) == once
    assert value + "q7" not in once or value + "q7" in text
