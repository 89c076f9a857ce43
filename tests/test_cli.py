"""The command line: exit codes, bad input, targets, fixes, ignores, baselines, configuration."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lambda_image_lint.report.schema import report_schema
from tests.commands import lint_image

CLEAN = 'FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ${LAMBDA_TASK_ROOT}/\nCMD ["app.handler"]\n'
BAD = 'FROM public.ecr.aws/lambda/python:3.13\nRUN pip install --user requests\nCOPY app.py ./\nCMD ["app.handler"]\n'
APP = "def handler(event, context):\n    return 'ok'\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, timeout=60)


# Exit codes and bad input -------------------------------------------------------------------------------------------


def test_exit_codes(folder: Path) -> None:
    (folder / "clean.Dockerfile").write_text(CLEAN)
    (folder / "bad.Dockerfile").write_text(BAD)
    (folder / "empty.Dockerfile").write_text("# nothing\n")
    assert lint_image("clean.Dockerfile", cwd=folder).code == 0
    assert lint_image("bad.Dockerfile", cwd=folder).code == 1
    assert lint_image("bad.Dockerfile", "--fail-on", "never", cwd=folder).code == 0
    assert lint_image("empty.Dockerfile", cwd=folder).code == 3
    assert lint_image("empty.Dockerfile", "--allow-nothing", cwd=folder).code == 0
    assert lint_image("bad.Dockerfile", "empty.Dockerfile", cwd=folder).code == 1, "1 beats 3"
    assert lint_image("bad.Dockerfile", "./nowhere", cwd=folder).code == 2, "2 beats 1"
    assert "pip-user-install" in lint_image("bad.Dockerfile", "./nowhere", cwd=folder).out, (
        "the others are still linted"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--selekt", "x"], "No such option"),
        (["--select", "pip-cash"], "Did you mean `pip-cache`?"),
        (["--arch", "x86"], "not one of x86_64, arm64"),
        (["--fail-on", "bad"], "not one of error, warning, info, never"),
        (["--as-of", "tomorrow"], "not a date"),
        (["-f", "jsn"], "Did you mean `json`?"),
        (["-f", "json", "-f", "human"], "two formats on standard output"),
        (["--config", "selct=['x']"], "Did you mean `select`?"),
        (["--config", "nowhere.toml"], "neither a file nor KEY=VALUE"),
        (["--severity", "pip-cache"], "no `=`"),
        (["--severity", "pip-cache=loud"], "no such level"),
        (["--rules", "nowhere"], "no folder of rules"),
        (["--baseline", "nowhere.json"], "no baseline"),
        (["--fix", "--diff"], "exclude each other"),
        (["nowhere.tar"], "no such file or folder"),
        (["./nowhere"], "no such file or folder"),
        (["cut.tar"], "cut.tar"),
        (["docker:app:1"], "no Docker daemon answers"),
        (["registry:127.0.0.1:9/app:1"], "cannot be reached"),
        (["oci:app.py"], "app.py"),
        (["--offline", "registry:example.com/app:1"], "offline"),
    ],
)
def test_what_cannot_be_done_is_one_clear_sentence_and_exit_code_2(folder: Path, words: list[str], said: str) -> None:
    (folder / "Dockerfile").write_text(CLEAN)
    (folder / "cut.tar").write_bytes(b"\0" * 100)
    targets = (
        []
        if any(
            not word.startswith("-") and (":" in word or word.endswith(".tar") or word.startswith("."))
            for word in words
        )
        else ["Dockerfile"]
    )
    done = lint_image(*words, *targets, cwd=folder, environment={"DOCKER_HOST": "unix:///nowhere/docker.sock"})
    assert done.code == 2
    assert said in done.errors + done.out
    assert "Traceback" not in done.errors + done.out


def test_rubbish_is_linted_and_never_a_crash(folder: Path) -> None:
    (folder / "Dockerfile").write_bytes(bytes(range(256)) * 40)
    done = lint_image("-f", "json", "Dockerfile", cwd=folder)
    assert done.code == 1
    assert {one["rule"] for one in done.report["findings"]} <= {"unknown-instruction", "parse-error"}
    assert done.report["errors"] == []


def test_ctrl_c_ends_at_once_and_without_a_traceback(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "lambda_image_lint", "-"],
        cwd=folder,
        stdin=subprocess.PIPE,  # it waits for a Dockerfile that does not come
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A run in the background has the signal ignored, and its children with it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    time.sleep(0.6)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in errors


def test_a_closed_pipe_is_no_crash(folder: Path) -> None:
    (folder / "Dockerfile").write_text("RUN x\n" * 3000)
    command = f"{sys.executable} -m lambda_image_lint Dockerfile | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in done.stderr


# Targets ------------------------------------------------------------------------------------------------------------


def test_a_folder_is_searched_by_the_names_that_people_use_and_gitignore_is_respected(folder: Path) -> None:
    for name in (
        "Dockerfile",
        "api/Dockerfile.prod",
        "web/site.Dockerfile",
        "job/Containerfile",
        "ignored/Dockerfile",
        "a/DOCKERFILE",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(CLEAN)
    (folder / "api/Dockerfile.prod.dockerignore").write_text("x\n")
    (folder / "node_modules/x").mkdir(parents=True)
    (folder / "node_modules/x/Dockerfile").write_text(CLEAN)
    (folder / ".gitignore").write_text("ignored/\n")
    done = lint_image("-f", "json", "--fail-on", "never", cwd=folder)
    assert [target["name"] for target in done.report["targets"]] == [
        "Dockerfile", "a/DOCKERFILE", "api/Dockerfile.prod", "job/Containerfile", "web/site.Dockerfile",
    ]  # fmt: skip


def test_a_dockerfile_found_by_searching_has_to_show_a_sign_of_lambda(folder: Path) -> None:
    (folder / "Dockerfile").write_text('FROM python:3.13-slim\nCOPY app.py /\nCMD ["python", "/app.py"]\n')
    assert "no-runtime-client" not in lint_image(".", cwd=folder).out
    assert "no-runtime-client" in lint_image("Dockerfile", cwd=folder).out
    assert "no-runtime-client" not in lint_image("--detect", "Dockerfile", cwd=folder).out
    assert "no-runtime-client" in lint_image(".", "--config", "lambda=true", cwd=folder).out


def test_a_source_file_stands_for_the_dockerfiles_that_copy_it(folder: Path) -> None:
    git(folder, "init", "-q")
    (folder / "service").mkdir()
    (folder / "service/Dockerfile").write_text(BAD)
    (folder / "service/app.py").write_text(APP)
    (folder / "notes.py").write_text("")
    done = lint_image("-f", "json", "service/app.py", cwd=folder)
    assert [target["name"] for target in done.report["targets"]] == ["service/Dockerfile"]
    assert lint_image("notes.py", cwd=folder).code == 3
    assert lint_image("notes.py", "--allow-nothing", cwd=folder).code == 0


def test_standard_input_is_a_dockerfile_without_a_context(folder: Path) -> None:
    done = lint_image("-f", "json", "-", cwd=folder, stdin=BAD.encode())
    assert done.report["targets"][0]["name"] == "<stdin>"
    assert ("pip-user-install", 2) in done.found
    assert "handler-file-missing" not in {rule for rule, _ in done.found}


def test_in_a_monorepo_a_file_of_the_same_name_beside_the_dockerfile_decides_nothing(tmp_path: Path) -> None:
    (tmp_path / ".git" / "objects").mkdir(parents=True)
    (tmp_path / ".git" / "refs").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    api = tmp_path / "apps" / "api"
    (api / "src" / "team_api").mkdir(parents=True)
    (api / "src" / "team_api" / "main.py").write_text(APP)
    (api / "pyproject.toml").write_text('[project]\nname = "team-api"\nversion = "1"\ndependencies = ["requests"]\n')
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "team"\nversion = "1"\ndependencies = ["team-api"]\n'
        '[tool.uv.workspace]\nmembers = ["apps/*"]\n[tool.uv.sources]\nteam-api = { workspace = true }\n'
    )
    (api / "Dockerfile").write_text(
        "FROM python:3.14-slim AS builder\nWORKDIR /app\nRUN pip install --no-cache-dir uv\nCOPY pyproject.toml ./\n"
        "COPY apps/api/pyproject.toml apps/api/pyproject.toml\nCOPY apps/api/src apps/api/src\n"
        "RUN uv sync --no-dev && uv pip install --python .venv/bin/python awslambdaric\n"
        "FROM python:3.14-slim\nWORKDIR /app\nCOPY --from=builder /app /app\n"
        'ENTRYPOINT ["/app/.venv/bin/python", "-m", "awslambdaric"]\nCMD ["team_api.main.handler"]\n'
    )
    done = lint_image("check", "apps/api/Dockerfile", "--select", "handler-file-missing", "-v", cwd=tmp_path)
    assert done.out == (
        "apps/api/Dockerfile: handler-file-missing not decided: uv sync --no-dev may have brought it\n"
        "No problems in apps/api/Dockerfile.\nNot decided: 1 rule.\n"
    )


def test_a_bare_target_and_none_at_all_are_check(folder: Path) -> None:
    (folder / "Dockerfile").write_text(BAD)
    assert lint_image("Dockerfile", cwd=folder).out == lint_image("check", "Dockerfile", cwd=folder).out
    assert "pip-user-install" in lint_image(cwd=folder).out


def test_build_arguments_and_target_choose_what_is_built(folder: Path) -> None:
    (folder / "Dockerfile").write_text(
        'ARG V=3.13\nFROM public.ecr.aws/lambda/python:${V} AS function\nCMD ["app.handler"]\nFROM function AS local\nEXPOSE 1\n'
    )
    assert ("no-effect-instruction", 5) in lint_image("-f", "json", "Dockerfile", cwd=folder).found
    assert (
        lint_image("-f", "json", "--target", "function", "Dockerfile", cwd=folder).report["summary"]["findings"]["info"]
        == 0
    )
    old = lint_image("-f", "json", "--build-arg", "V=3.8", "Dockerfile", cwd=folder)
    assert "deprecated-runtime" in {rule for rule, _ in old.found}


# Fixes --------------------------------------------------------------------------------------------------------------


def test_diff_prints_a_patch_that_git_applies_and_writes_nothing(folder: Path) -> None:
    git(folder, "init", "-q")
    (folder / "Dockerfile").write_text(BAD)
    done = lint_image("--diff", "Dockerfile", cwd=folder)
    assert done.code == 1
    assert (folder / "Dockerfile").read_text() == BAD
    (folder / "fix.patch").write_text(done.out)
    git(folder, "apply", "fix.patch")
    patched = (folder / "Dockerfile").read_text()
    (folder / "Dockerfile").write_text(BAD)
    lint_image("--fix", "Dockerfile", cwd=folder)
    assert (folder / "Dockerfile").read_text() == patched
    assert lint_image("--diff", "Dockerfile", cwd=folder).out == ""


def test_a_fix_may_write_a_new_file_and_the_patch_makes_it(folder: Path) -> None:
    git(folder, "init", "-q")
    text = CLEAN.replace("COPY app.py", "COPY .")
    (folder / "Dockerfile").write_text(text)
    done = lint_image("--diff", "--unsafe-fixes", "Dockerfile", cwd=folder)
    (folder / "fix.patch").write_text(done.out)
    git(folder, "apply", "fix.patch")
    assert ".git" in (folder / ".dockerignore").read_text()


def test_fixes_keep_line_ends_byte_order_mark_mode_and_comments(folder: Path) -> None:
    file = folder / "Dockerfile"
    file.write_bytes("\ufeff# é \udcff\r\n".encode("utf-8", "surrogateescape") + BAD.replace("\n", "\r\n").encode())
    file.chmod(0o640)
    lint_image("--fix", "Dockerfile", cwd=folder)
    assert (
        file.read_bytes()
        == "\ufeff# é \udcff\r\n".encode("utf-8", "surrogateescape")
        + BAD.replace("\n", "\r\n").replace("install --user", "install --no-cache-dir").encode()
    )
    assert file.stat().st_mode & 0o777 == 0o640


def test_fix_on_standard_input_prints_the_mended_text(folder: Path) -> None:
    done = lint_image("--fix", "-", cwd=folder, stdin=BAD.encode())
    assert done.out == BAD.replace("install --user", "install --no-cache-dir")


# Ignores, baselines, configuration ----------------------------------------------------------------------------------


def test_ignores_hide_with_their_reason_and_stay_in_the_report(folder: Path) -> None:
    (folder / "Dockerfile").write_text(
        BAD.replace("RUN", "# lint-image: ignore[pip-user-install, pip-cache] for the build alone\nRUN")
    )
    done = lint_image("-f", "json", "Dockerfile", cwd=folder)
    assert done.code == 0
    hidden = [one["suppressed"] for one in done.report["findings"] if one["rule"] == "pip-user-install"]
    assert hidden == [{"by": "comment", "reason": "for the build alone"}]
    assert done.report["summary"]["suppressed"] == 2


@pytest.mark.parametrize("pragma", ["# hadolint ignore=DL3042", "# check=skip=DL3042"])
def test_pragmas_of_other_linters_are_honoured(folder: Path, pragma: str) -> None:
    (folder / "Dockerfile").write_text(BAD.replace("RUN", f"{pragma}\nRUN"))
    assert "pip-cache" not in {rule for rule, _ in lint_image("-f", "json", "Dockerfile", cwd=folder).found}


def test_add_ignores_silences_today(folder: Path) -> None:
    (folder / "Dockerfile").write_text(BAD)
    lint_image("--add-ignores", "Dockerfile", cwd=folder)
    done = lint_image("-f", "json", "Dockerfile", cwd=folder)
    assert done.found == []
    assert done.report["summary"]["suppressed"] > 0


def test_a_baseline_accepts_today_survives_line_shifts_and_tells_what_is_new(folder: Path) -> None:
    file = folder / "Dockerfile"
    file.write_text(BAD)
    assert lint_image("baseline", "Dockerfile", "-o", "base.json", cwd=folder).code == 0
    assert lint_image("--baseline", "base.json", "Dockerfile", cwd=folder).code == 0
    file.write_text("# a comment\n\n" + BAD)
    shifted = lint_image("--baseline", "base.json", "-f", "json", "Dockerfile", cwd=folder)
    assert shifted.code == 0
    assert shifted.report["summary"]["baselined"] > 0
    file.write_text("# a comment\n\n" + BAD.replace("CMD", "RUN pip install --user boto3\nCMD"))
    assert ("pip-user-install", 6) in lint_image(
        "--baseline", "base.json", "-f", "json", "Dockerfile", cwd=folder
    ).found


def test_configuration_is_the_nearest_file_with_overrides_and_extend(folder: Path) -> None:
    (folder / "Dockerfile").write_text(BAD)
    (folder / "tools").mkdir()
    (folder / "tools/Dockerfile").write_text(BAD)
    (folder / "base.toml").write_text('ignore = ["pip-cache"]\n')
    (folder / "pyproject.toml").write_text(
        '[tool.lint-image]\nextend = "base.toml"\n[tool.lint-image.severity]\npip-user-install = "info"\n'
        '[[tool.lint-image.overrides]]\nfiles = ["tools/**"]\nselect = ["pip-cache"]\nignore = []\n'
    )
    done = lint_image("-f", "json", "Dockerfile", cwd=folder)
    assert done.code == 0
    assert "pip-cache" not in {rule for rule, _ in done.found}
    assert {rule for rule, _ in lint_image("-f", "json", "tools/Dockerfile", cwd=folder).found} == {"pip-cache"}
    assert lint_image("--isolated", "Dockerfile", cwd=folder).code == 1
    shown = lint_image("config", "Dockerfile", cwd=folder).out
    assert "pyproject.toml" in shown
    (folder / "lint-image.toml").write_text('fail-no = "error"\n')
    wrong = lint_image("Dockerfile", cwd=folder)
    assert wrong.code == 2
    assert "Did you mean `fail-on`?" in wrong.errors


def test_rules_of_your_own_go_through_the_same_loader_and_a_crash_is_told_with_its_name(folder: Path) -> None:
    (folder / "Dockerfile").write_text(CLEAN)
    rules = folder / "our/house"
    rules.mkdir(parents=True)
    body = (
        "from collections.abc import Iterator\nfrom lambda_image_lint import Dockerfile, Finding, Severity, rule\n\n"
        '@rule("ACME1", Severity.WARNING, sources=("own: house",), help="Do.")\n'
        "def house_rule(dockerfile: Dockerfile) -> Iterator[Finding]:\n"
        '    """A rule of the house."""\n'
    )
    (rules / "house_rule.md").write_text("# House\n")
    (rules / "house_rule.py").write_text(body + '    yield Finding("told", dockerfile.instructions[0].place)\n')
    done = lint_image("-f", "json", "--rules", "our", "Dockerfile", cwd=folder)
    assert ("house-rule", 1) in done.found
    (rules / "house_rule.py").write_text(body + "    raise ValueError('broken')\n    yield\n")
    crashed = lint_image("--rules", "our", "Dockerfile", cwd=folder)
    assert crashed.code == 2
    assert "rule house-rule (ACME1) crashed: ValueError: broken" in crashed.out
    (rules / "house_rule.py").write_text(body.replace("ACME1", "LIL315") + "    yield from ()\n")
    clash = lint_image("--rules", "our", "Dockerfile", cwd=folder)
    assert clash.code == 2
    assert "pip-user-install" in clash.errors
    assert "house-rule" in clash.errors


# Reports ------------------------------------------------------------------------------------------------------------


def test_several_reports_in_one_run_and_nothing_on_standard_output_but_what_was_asked(folder: Path) -> None:
    (folder / "Dockerfile").write_text(BAD)
    done = lint_image("-f", "sarif=out/lint.sarif", "-f", "json=out/lint.json", "Dockerfile", cwd=folder)
    assert done.code == 1
    assert done.out == ""
    assert json.loads((folder / "out/lint.sarif").read_text())["version"] == "2.1.0"
    assert json.loads((folder / "out/lint.json").read_text())["summary"]["exit_code"] == 1


def test_the_json_report_is_the_same_bytes_each_time_and_fits_its_schema(folder: Path) -> None:
    import jsonschema

    (folder / "Dockerfile").write_text(BAD)
    first = lint_image("-f", "json", "Dockerfile", cwd=folder)
    assert first.out == lint_image("-f", "json", "Dockerfile", cwd=folder).out
    jsonschema.validate(first.report, report_schema())


@pytest.mark.parametrize(
    ("redirect", "said"),
    [("> /dev/full", "cannot write to standard output: No space left on device"), (">&-", "standard output is closed")],
)
def test_a_standard_output_that_takes_nothing_is_told_in_a_sentence(folder: Path, redirect: str, said: str) -> None:
    (folder / "Dockerfile").write_text(BAD)
    command = f"{sys.executable} -m lambda_image_lint Dockerfile {redirect}"
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, f"error: {said}")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        (["-f", "json", "--fail-on", "never", "Dockerfile"], set()),
        # Targets alone are what a pre-commit hook gives; each of these is milliseconds of its start.
        (["Dockerfile"], {"typer", "click", "dataclasses", "_hashlib", "tomllib"}),
    ],
)
def test_a_dockerfile_check_imports_nothing_that_reads_images_and_opens_no_socket(
    folder: Path, words: list[str], unwanted: set[str]
) -> None:
    (folder / "Dockerfile").write_text(BAD)
    heavy = {
        "docker",
        "oras",
        "requests",
        "rich",
        "isal",
        "elftools",
        "jsonschema",
        "asyncio",
        "importlib.metadata",
        "yaml",
    }
    script = (
        "import os, sys, socket\n"
        "os._exit = sys.exit\n"
        "def refuse(*a, **k): raise AssertionError('a socket was opened')\n"
        "socket.socket.connect = refuse\n"
        f"sys.argv = ['lint-image', *{words!r}]\n"
        "from lambda_image_lint.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code in (0, 1), end.code\n"
        f"print(sorted({heavy | unwanted!r} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == "[]"


def test_explain_leads_from_an_error_to_its_rules(folder: Path) -> None:
    for text, rule in {
        "Runtime.ImportModuleError": "handler-file-missing",
        "entrypoint requires the handler name": "cmd-missing",
        "exec format error": "architecture-mismatch",
        "The image manifest, config or layer media type for the source image x is not supported": "manifest-is-index",
    }.items():
        done = lint_image("explain", text, cwd=folder)
        assert done.code == 0
        assert rule in done.out
        assert "Look first" in done.out
    assert lint_image("explain", "pip-cach", cwd=folder).code == 2


def test_help_fits_a_screen_and_leads_with_what_people_need(folder: Path) -> None:
    out = lint_image("--help", cwd=folder).out
    assert len(out.splitlines()) <= 30
    assert out.index("check") < out.index("explain") < out.index("rules") < out.index("baseline")
