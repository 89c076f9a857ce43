"""A COPY source that something around the build writes is not called missing."""

from pathlib import Path

import pytest

from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.rulekit.makers import maker
from tests.commands import lint_image
from tests.rules.linting import named, run_context

DOCKERFILE = "FROM public.ecr.aws/lambda/python:3.13\nCOPY {path} ./\n"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("build_out", "go build -trimpath -o build_out ./cmd/main"),
        ("build_out", 'go build -o "$PWD/build_out" .'),
        ("build_out", "cd cmd && go build -o ../build_out . && cd .."),
        ("build_out", "go build -o=./build_out"),
        ("output/func", "cp bazel-bin/func output/func"),
        ("output/func", "cp -v bazel-bin/func output/"),
        ("output/func", "cd output && go build -o func ."),
        ("runtime/layer", "mkdir -p runtime/layer/bin"),
        ("runtime/layer", "install -D bootstrap runtime/layer"),
        ("settings.json", 'echo "{}" > settings.json'),
        ("settings.json", "jq . in.json >>settings.json"),
        ("settings.json", "cat <<EOF | tee settings.json"),
        ("deps", "pip install -r requirements.txt -t deps"),
        ("deps", "unzip -q deps.zip -d ./deps"),
        ("vendored", "git clone --depth 1 https://example.com/x.git vendored"),
        ("vendored", "git clone https://example.com/vendored.git"),
        ("tool", "curl -fsSL https://example.com/tool -o tool"),
        ("tool", "wget -O tool https://example.com/tool"),
        ("tool", "wget --quiet https://example.com/releases/tool"),
        ("tool", "curl -sSLO 'https://example.com/tool?raw=1'"),
        ("tool", "NAME=tool\nmake && mv result ${NAME}"),
    ],
)
def test_a_script_names_what_it_writes(path: str, line: str) -> None:
    outcome = run_context(DOCKERFILE.format(path=path), {"build.sh": f"#!/bin/sh\n{line}\n"}, "copy-source-missing")
    assert named(outcome) == []
    assert [str(one.reason) for one in outcome.not_run] == [f"build.sh writes {path}"]


@pytest.mark.parametrize(
    "line",
    [
        "docker build -t tool .",
        "docker build --target tool .",
        "pip install tool",
        "./tool --version",
        "cp tool /usr/local/bin/other",
        "mkdir -p /opt/tool",
        "rm -rf tool",
        "tar -xf tool",
        "aws s3 ls tool",
        "curl https://example.com/tool | sh",
        "wget -O other https://example.com/tool",
    ],
)
def test_a_script_that_only_speaks_of_a_path_makes_nothing(line: str) -> None:
    outcome = run_context(DOCKERFILE.format(path="tool"), {"build.sh": f"#!/bin/sh\n{line}\n"}, "copy-source-missing")
    assert named(outcome) == [("copy-source-missing", "error")]


CALL = '      - run: |\n          ./tool/fetch.sh "$LAYER_ARN" .lambda/extensions/\n'


def test_a_script_that_is_called_with_a_new_folder_fills_it() -> None:
    workflow = ".github/workflows/deploy.yml"
    path = ".lambda/extensions/agent"
    outcome = run_context(DOCKERFILE.format(path=path), {workflow: CALL, "tool/fetch.sh": "x"}, "copy-source-missing")
    assert named(outcome) == []
    assert [str(one.reason) for one in outcome.not_run] == [f"{workflow} writes {path}"]


@pytest.mark.parametrize(
    ("call", "others"),
    [
        (CALL, {".lambda/extensions/other": ""}),
        (CALL.replace(".lambda/extensions/", ".lambda/layers"), {}),
        ("      - run: ls .lambda/extensions\n", {}),
        ("      - run: /opt/fetch.sh .lambda/extensions\n", {}),
    ],
)
def test_a_folder_that_is_there_or_goes_to_no_script_is_not_filled(call: str, others: dict[str, str]) -> None:
    files = {".github/workflows/deploy.yml": call, **others}
    outcome = run_context(DOCKERFILE.format(path=".lambda/extensions/agent"), files, "copy-source-missing")
    assert named(outcome) == [("copy-source-missing", "error")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Makefile", "tool: main.go\n\tgo build $@\n"),
        (".gitlab-ci.yml", "build:\n  script:\n    - go build -o tool .\n"),
        (
            ".github/workflows/a.yml",
            "      - uses: actions/download-artifact@v4\n        with:\n          path: tool\n",
        ),
        ("buildspec.yml", "phases:\n  build:\n    commands:\n      - go build -o tool .\n"),
    ],
)
def test_so_do_other_files_of_a_pipeline(name: str, text: str) -> None:
    assert maker(Context.of({name: text.encode()}), "tool") == name


GORELEASER = "project_name: proxy\nbuilds:\n  - binary: tool\n{dockers}"


@pytest.mark.parametrize("name", [".goreleaser.yml", "goreleaser.yaml", ".goreleaser"])
@pytest.mark.parametrize("path", ["tool", "proxy"])
def test_goreleaser_gives_the_builder_a_folder_with_its_programs(name: str, path: str) -> None:
    given = GORELEASER.format(dockers="dockers:\n  - dockerfile: Dockerfile\n")
    outcome = run_context(DOCKERFILE.format(path=path), {name: given}, "copy-source-missing")
    assert [str(one.reason) for one in outcome.not_run] == [f"{name} says who brings {path}"]
    assert named(outcome) == []


@pytest.mark.parametrize(("path", "dockers"), [("tool", ""), ("other", "dockers:\n  - dockerfile: Dockerfile\n")])
def test_what_it_does_not_name_or_not_for_docker_is_missing(path: str, dockers: str) -> None:
    files = {".goreleaser.yml": GORELEASER.format(dockers=dockers)}
    outcome = run_context(DOCKERFILE.format(path=path), files, "copy-source-missing")
    assert named(outcome) == [("copy-source-missing", "error")]


def test_what_dockerignore_keeps_out_stays_out_whoever_writes_it() -> None:
    files = {"build.sh": "cp a tool\n", "tool": "", ".dockerignore": "tool\n"}
    outcome = run_context(DOCKERFILE.format(path="tool"), files, "copy-source-missing")
    assert named(outcome) == [("copy-source-missing", "error")]


WRITE = "echo A=1 >> settings.json"


def job(*lines: str) -> str:
    script = "".join(f"          {line}\n" for line in lines)
    return f"jobs:\n  lint:\n    steps:\n      - uses: actions/setup-node@v4\n      - run: |\n{script}"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".github/workflows/lint.yml", job(WRITE, "npm ci", "npm run check:types", "rm settings.json")),
        (".github/workflows/lint.yml", job(f"{WRITE} && npm test; rm -f ./settings.json")),
        (".github/workflows/lint.yml", job(WRITE) + "      - run: npx eslint .\n      - run: rm settings.json\n"),
        (".github/workflows/lint.yml", job(WRITE, "rm settings.json", "docker build .")),
        (".gitlab-ci.yml", f"lint:\n  script:\n    - {WRITE}\n    - pytest\n    - rm settings.json\n"),
        ("check.sh", f"#!/bin/sh\n{WRITE}\npython -m pytest \\\n  -q\nrm settings.json\n"),
        ("Makefile", f"lint:\n\t@{WRITE}\n\tnpm run lint\n\t@rm settings.json\n"),
    ],
)
def test_what_is_removed_before_anything_could_build_is_not_there(path: str, text: str) -> None:
    outcome = run_context(DOCKERFILE.format(path="settings.json"), {path: text}, "copy-source-missing")
    assert named(outcome) == [("copy-source-missing", "error")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".github/workflows/lint.yml", job(WRITE, "docker build -t app .", "rm settings.json")),
        (".github/workflows/lint.yml", job(WRITE, "npm run deploy", "rm settings.json")),
        (".github/workflows/lint.yml", job(WRITE, "./build.sh", "rm settings.json")),
        (".github/workflows/lint.yml", job(WRITE, "make image", "rm settings.json")),
        (".github/workflows/lint.yml", job(WRITE, "cd web", "rm settings.json")),
        (".github/workflows/lint.yml", job(WRITE, "npm test || rm settings.json")),
        (".github/workflows/lint.yml", job("rm -f settings.json", WRITE)),
        (".github/workflows/lint.yml", job(WRITE, "rm other.json")),
        (".github/workflows/lint.yml", job(WRITE, "rm settings.json", WRITE)),
        (".github/workflows/lint.yml", job(WRITE) + "      - uses: a/build@v1\n      - run: rm settings.json\n"),
        (".github/workflows/lint.yml", job(WRITE) + "  other:\n    steps:\n      - run: rm settings.json\n"),
        ("build.sh", f"make_settings() {{\n  {WRITE}\n}}\nrm settings.json\nmake_settings\ndocker build .\n"),
        ("build.sh", f"trap 'rm settings.json' EXIT\n{WRITE}\ndocker build .\n"),
        ("Makefile", f"settings.json:\n\t{WRITE}\nclean:\n\trm settings.json\n"),
    ],
)
def test_where_it_may_be_there_for_a_build_nothing_is_said(path: str, text: str) -> None:
    outcome = run_context(DOCKERFILE.format(path="settings.json"), {path: text}, "copy-source-missing")
    assert named(outcome) == []


def test_a_workflow_above_the_context_counts_up_to_the_repository_s_top(tmp_path: Path) -> None:
    folder = tmp_path / "repository" / "functions" / "thumbnail"
    folder.mkdir(parents=True)
    workflows = tmp_path / "repository" / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "deploy.yaml").write_text("run: cd functions/thumbnail && go build -o tool .\n")
    (tmp_path / "other.sh").write_text("cp a beyond\n")
    assert maker(Context.at(folder), "tool") is None
    (tmp_path / "repository" / ".git").mkdir()
    assert maker(Context.at(folder), "tool") == ".github/workflows/deploy.yaml"
    assert maker(Context.at(folder), "beyond") is None


def test_a_folder_whose_content_git_leaves_out_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE.format(path="shots"))
    (tmp_path / ".gitignore").write_text("shots/*\n")
    done = lint_image("check", "--select", "copy-source-missing", "-f", "json", "Dockerfile", cwd=tmp_path)
    assert [(one["rule"], one["severity"]) for one in done.report["findings"]] == [("copy-source-missing", "warning")]
