"""What rules on secrets say, and that no secret is in it."""

import pytest

from tests.rules.linting import SMALL, named, run_dockerfile, run_recipe

SECRET = "Zq8v-Kd93hLmX2pT7wRs"
BASE = "FROM public.ecr.aws/lambda/python:3.13\n"


@pytest.mark.parametrize(
    "text",
    [
        f"ENV API_TOKEN={SECRET}",
        f'ENV API_TOKEN="{SECRET}"',
        f"ENV API_TOKEN {SECRET}",
        f"ENV A=b \\\n    API_TOKEN={SECRET} \\\n    C=d",
        f"ENV INDEX=https://ci:{SECRET}@pypi.example.com/simple",
        f"ARG DB_PASSWORD={SECRET}\nENV DB_PASSWORD=$DB_PASSWORD",
        f"ARG DB_PASSWORD={SECRET}",
        f"ENV DB_PASSWORD=${{DB_PASSWORD:-{SECRET}}}",
    ],
)
def test_a_finding_never_shows_the_secret(text: str) -> None:
    outcome = run_dockerfile(f"{BASE}{text}\n", "security")
    said = [result.finding.message + result.help for result in outcome.results]
    assert said
    assert not any(SECRET[4:] in one for one in said)


def test_a_step_that_a_finding_names_has_its_secrets_masked() -> None:
    layer = {
        "created_by": f"RUN curl -H 'Authorization: Bearer {SECRET}' https://x # buildkit",
        "parents": False,
        "files": {"/opt/x/y": ""},
    }
    outcome = run_recipe({"config": {}, "layers": [layer]}, "layer-parent-missing")
    (result,) = outcome.results
    assert result.help == (
        "Write the entry of each directory before what lies in it, in layer 0 "
        "(RUN curl -H 'Authorization: Bearer Zq8v****' https://x)."
    )


def test_an_empty_default_is_filled_by_the_build_and_an_empty_env_at_run_time() -> None:
    filled = f"{BASE}ARG DB_PASSWORD=\nENV DB_PASSWORD=$DB_PASSWORD\n"
    assert named(run_dockerfile(filled, "secret-in-env")) == [("secret-in-env", "error")]
    assert run_dockerfile(f"{BASE}ENV DB_PASSWORD=\n", "secret-in-env").results == ()


def test_a_variable_that_no_argument_fills_is_none() -> None:
    assert run_dockerfile(f"{BASE}ENV DB_PASSWORD=$NOWHERE\n", "secret-in-env").results == ()


def test_an_argument_of_another_stage_fills_nothing() -> None:
    text = f"FROM node:24 AS build\nARG DB_PASSWORD\nRUN true\n{BASE}COPY --from=build /a /b\nENV DB_PASSWORD=$DB_PASSWORD\n"
    assert run_dockerfile(text, "secret-in-env").results == ()


def test_an_image_with_ordinary_variables_and_history_is_clean() -> None:
    assert run_recipe(SMALL, "security").results == ()
