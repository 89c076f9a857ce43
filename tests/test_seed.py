"""The garbled Dockerfile that the project comes from: comment marks and underscores lost in transit."""

from pathlib import Path

import pytest

from tests.commands import lint_image

GARBLED = """\
FROM public.ecr.aws/lambda/python:3.12
Copy function code
COPY app.py ${LAMBDATASKROOT}
COPY requirements.txt ${LAMBDATASKROOT}
install dependencies
RUN pip3 install --user -r requirements.txt
Set the CMD to your handler
CMD [ "app.lambda_handler" ]
"""

REPAIRED = """\
FROM public.ecr.aws/lambda/python:3.12
# Copy function code
COPY app.py ${LAMBDA_TASK_ROOT}
COPY requirements.txt ${LAMBDA_TASK_ROOT}
# install dependencies
RUN pip3 install --user -r requirements.txt
# Set the CMD to your handler
CMD [ "app.lambda_handler" ]
"""

RECOMMENDED = """\
FROM public.ecr.aws/lambda/python:3.12

# Copy requirements.txt
COPY requirements.txt ${LAMBDA_TASK_ROOT}

# Install the specified packages
RUN pip install -r requirements.txt

# Copy function code
COPY lambda_function.py ${LAMBDA_TASK_ROOT}

# Set the CMD to your handler
CMD [ "lambda_function.handler" ]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text("def lambda_handler(event, context):\n    return 'ok'\n")
    (tmp_path / "lambda_function.py").write_text("def handler(event, context):\n    return 'ok'\n")
    (tmp_path / "requirements.txt").write_text("requests\n")
    return tmp_path


def test_the_garbled_file_yields_each_of_its_faults_at_its_line(folder: Path) -> None:
    (folder / "Dockerfile").write_text(GARBLED)
    done = lint_image("-f", "json", "Dockerfile", cwd=folder)
    assert done.code == 1
    assert done.found == [
        ("unknown-instruction", 2),
        ("lambda-variable-typo", 3),
        ("lambda-variable-typo", 4),
        ("unknown-instruction", 5),
        ("cache-order", 6),
        ("pip-cache", 6),
        ("pip-user-install", 6),
        ("unknown-instruction", 7),
    ]
    lost = [one for one in done.report["findings"] if one["rule"] == "unknown-instruction"]
    assert all("#" in one["help"] for one in lost)


def test_repaired_it_yields_the_last_three(folder: Path) -> None:
    (folder / "Dockerfile").write_text(REPAIRED)
    done = lint_image("-f", "json", "Dockerfile", cwd=folder)
    assert done.found == [("cache-order", 6), ("pip-cache", 6), ("pip-user-install", 6)]


def test_the_fixes_leave_nothing_loud_and_a_second_run_changes_nothing(folder: Path) -> None:
    (folder / "Dockerfile").write_text(GARBLED)
    first = lint_image("--fix", "--unsafe-fixes", "Dockerfile", cwd=folder)
    assert first.code == 0, first.out
    fixed = (folder / "Dockerfile").read_text()
    assert lint_image("-f", "json", "--fail-on", "warning", "Dockerfile", cwd=folder).code == 0
    lint_image("--fix", "--unsafe-fixes", "Dockerfile", cwd=folder)
    assert (folder / "Dockerfile").read_text() == fixed


def test_the_file_that_aws_recommends_has_nothing_above_info(folder: Path) -> None:
    (folder / "Dockerfile").write_text(RECOMMENDED)
    done = lint_image("-f", "json", "Dockerfile", cwd=folder)
    assert done.code == 0
    assert {one["severity"] for one in done.report["findings"]} <= {"info"}
