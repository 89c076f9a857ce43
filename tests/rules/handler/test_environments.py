"""Whether the managers of Python put packages into an environment that the AWS base does not look into."""

import pytest

from lambda_image_lint.finding import TextPlace
from tests.rules.linting import only, run_context

RULE = "deps-not-on-path"
BASE = "FROM public.ecr.aws/lambda/python:3.13\n"
PROJECT = {
    "pyproject.toml": '[project]\nname = "orders"\nversion = "1"\ndependencies = ["requests"]\n',
    "Pipfile": '[packages]\nrequests = "*"\n',
    "app.py": "import requests\n\n\ndef handler(event, context): ...\n",
}


def lines(text: str, **files: str) -> list[int]:
    """The lines at which the rule speaks."""
    outcome = run_context(
        f'{BASE}{text}\nCMD ["app.handler"]\n',
        {**PROJECT, **{key.replace("_", "."): files[key] for key in files}},
        RULE,
    )
    assert outcome.failures == ()
    return [place.span.line for result in outcome.results if isinstance(place := result.finding.place, TextPlace)]


@pytest.mark.parametrize(
    ("tool", "run", "way"),
    [
        ("uv", "uv sync", "`uv pip install --system -r requirements.txt`"),
        ("poetry", "poetry install", "`poetry config virtualenvs.create false`"),
        ("pdm", "pdm sync", "`pdm export --prod --without-hashes -o requirements.txt`"),
        ("pipenv", "pipenv install", "`pipenv install --system --deploy`"),
        ("pip", "/opt/venv/bin/pip install requests", "the base's own `pip`"),
    ],
)
def test_the_help_names_the_way_of_the_manager_that_is_used(tool: str, run: str, way: str) -> None:
    text = f'{BASE}RUN pip install {tool}\nCOPY . ./\nRUN {run}\nCMD ["app.handler"]\n'
    assert way in only(run_context(text, PROJECT, RULE)).help


@pytest.mark.parametrize(
    "requirement",
    ["pdm", "pdm==2.29.4", '"pdm>=1.15"', '"pdm>=2,<3"', '"pdm~=2.20"', "pdm[all]==2.1", '"pdm<2.5"', '"pdm!=1.0"'],
)
def test_pdm_makes_an_environment_from_version_2_on(requirement: str) -> None:
    assert lines(f"RUN pip install {requirement}\nCOPY . ./\nRUN pdm install") == [4]


@pytest.mark.parametrize(
    "requirement", ["pdm==1.13.3", '"pdm<2"', '"pdm<2.0"', '"pdm>=1,<=1.15"', '"pdm~=1.12"', "pdm==$WANTED", "other"]
)
def test_pdm_that_may_be_older_is_left_undecided(requirement: str) -> None:
    assert lines(f"RUN pip install {requirement}\nCOPY . ./\nRUN pdm install") == []


@pytest.mark.parametrize(
    "text",
    [
        "RUN pdm config python.use_venv false\nRUN pdm install",
        "RUN pdm config -l python.use_venv False && pdm install",
        "ENV PDM_USE_VENV=0\nRUN pdm install",
        "RUN PDM_USE_VENV=false pdm install",
        "RUN export PDM_USE_VENV=no && pdm install",
        "RUN mkdir -p __pypackages__ && pdm install",
        "WORKDIR /var/task/__pypackages__\nWORKDIR /var/task\nRUN pdm install",
        "RUN pdm use -f /var/lang/bin/python3 && pdm install",
        "ENV PDM_PYTHON=/var/lang/bin/python3\nRUN pdm install",
        "RUN pdm install -g -p .",
        "ENV VIRTUAL_ENV=/var/lang\nRUN pdm install",
    ],
)
def test_pdm_makes_none_where_it_is_told_so(text: str) -> None:
    assert lines(f"RUN pip install pdm\nCOPY . ./\n{text}") == []


@pytest.mark.parametrize(
    "text",
    [
        "RUN pdm config python.use_venv true\nRUN pdm install",
        "ENV PDM_USE_VENV=1\nRUN pdm install",
        "RUN pdm config pypi.url https://pypi.example.com/simple\nRUN pdm install",
    ],
)
def test_pdm_makes_one_where_it_is_told_something_else(text: str) -> None:
    assert lines(f"RUN pip install pdm\nCOPY . ./\n{text}") == [5]


@pytest.mark.parametrize("name", ["pdm.toml", ".pdm.toml"])
def test_pdm_reads_a_file_of_settings(name: str) -> None:
    text = f'{BASE}RUN pip install pdm\nCOPY . ./\nRUN pdm install\nCMD ["app.handler"]\n'
    off, on = ({**PROJECT, name: f"[python]\nuse_venv = {value}\n"} for value in ("false", "true"))
    assert run_context(text, off, RULE).results == ()
    only(run_context(text, on, RULE))


@pytest.mark.parametrize(
    ("arguments", "found"), [("", [4]), (" -v 2.20.1", [4]), (" -v 1.15.5", []), (" --version $WANTED", [])]
)
def test_the_installer_of_pdm_is_told_a_version(arguments: str, found: list[int]) -> None:
    fetch = f"curl -sSL https://pdm-project.org/install-pdm.py | python3 -{arguments}"
    assert lines(f"RUN {fetch}\nCOPY . ./\nRUN pdm install") == found


@pytest.mark.parametrize(
    "second",
    [
        "uv pip install --system --no-deps .",
        "uv pip install --system -e . --no-deps",
        "pip install --no-deps .",
        "pip install --no-deps --target ${LAMBDA_TASK_ROOT} ${LAMBDA_TASK_ROOT}",
        "pip install --no-deps '.[extra]'",
        "true",
    ],
)
def test_a_project_without_its_dependencies_does_not_stand_for_them(second: str) -> None:
    assert lines(f"RUN pip install uv\nCOPY . ./\nRUN uv sync && {second}") == [4]


@pytest.mark.parametrize(
    "second",
    [
        "uv pip install --system .",
        "pip install .",
        "pip install --no-deps . requests",
        "pip install --no-deps -r requirements.txt",
        "pip install --no-deps dist/*.whl",
        "pip install --no-deps ./library",
        "cd library && pip install --no-deps .",
        "pip install --no-deps $WHAT",
    ],
)
def test_what_brings_more_than_the_project_may_bring_all(second: str) -> None:
    assert lines(f"RUN pip install uv\nCOPY . ./\nRUN uv sync && {second}") == []


@pytest.mark.parametrize(
    ("run", "found"),
    [
        ("uv sync --frozen || uv sync", [4]),
        ("uv sync || pip install requests", []),
        ("pip install requests || uv sync", []),
        ("uv pip install --system --frozen requests || uv sync", [4]),
        ("uv pip compile --no-dev a.in -o a.txt && pip install -r a.txt || uv sync", [4]),
        ("uv pip compile --no-dev a.in -o a.txt; pip install -r a.txt || uv sync", []),
        ("uv pip compile --no-dev a.in | tee a.txt && pip install -r a.txt || uv sync", []),
    ],
)
def test_of_two_ways_only_what_is_certain_counts(run: str, found: list[int]) -> None:
    assert lines(f"RUN pip install uv\nCOPY . ./\nRUN {run}") == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("/var/task", [5]),
        ("${LAMBDA_TASK_ROOT}:/var/runtime", [5]),
        ("/var/task/.venv/lib/python3.13/site-packages", []),
        ("/opt/packages", []),
        ("$WANTED/x", []),
    ],
)
def test_pythonpath_counts_by_the_folders_that_it_names(value: str, found: list[int]) -> None:
    assert lines(f"RUN pip install uv\nCOPY . ./\nENV PYTHONPATH={value}\nRUN uv sync") == found


NOTHING = '[project]\nname = "orders"\nversion = "1"\ndependencies = []\n'
OWN = "import json\n\nimport boto3\n\n\ndef handler(event, context): ...\n"


@pytest.mark.parametrize(
    ("run", "project", "source", "found"),
    [
        ("uv sync", NOTHING, OWN, []),
        ("pdm sync", NOTHING, OWN, []),
        ("poetry install", "[tool.poetry.dependencies]\npython = '^3.13'\n", OWN, []),
        ("uv sync", NOTHING, "import requests\n" + OWN, [4]),
        ("uv sync", NOTHING, "try:\n    import requests\nexcept ImportError:\n    pass\n" + OWN, [4]),
        ("uv sync --all-extras", NOTHING, OWN, [4]),
        ("uv sync", NOTHING.replace("dependencies = []", 'dynamic = ["dependencies"]'), OWN, [4]),
        ("uv sync", NOTHING.replace("[]", '["requests"]'), OWN, [4]),
        ("uv sync", NOTHING.replace("[]", '["requests"]') + "[broken", OWN, [4]),
        ("uv add requests", NOTHING, OWN, [4]),
        ("poetry add requests", "[tool.poetry.dependencies]\npython = '^3.13'\n", OWN, [4]),
        ("/opt/venv/bin/pip install requests", NOTHING, OWN, [4]),
    ],
)
def test_nothing_is_said_where_the_function_needs_no_packages(
    run: str, project: str, source: str, found: list[int]
) -> None:
    text = f'{BASE}RUN pip install uv pdm poetry\nCOPY . ./\nRUN {run}\nCMD ["app.handler"]\n'
    outcome = run_context(text, {"pyproject.toml": project, "app.py": source}, RULE)
    assert [place.span.line for one in outcome.results if isinstance(place := one.finding.place, TextPlace)] == found


@pytest.mark.parametrize(("group", "count"), [("test", 0), ("lambda", 1)])
def test_without_a_handler_a_group_may_hold_what_it_needs(group: str, count: int) -> None:
    project = f"[tool.poetry.dependencies]\npython = '^3.13'\n[tool.poetry.group.{group}.dependencies]\npytest = '*'\n"
    text = f"{BASE}RUN pip install poetry\nCOPY pyproject.toml ./\nRUN poetry install --no-root\n"
    assert len(run_context(text, {"pyproject.toml": project}, RULE).results) == count
