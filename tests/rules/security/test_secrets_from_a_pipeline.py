"""A file of the context into which a pipeline writes a secret before it builds is told where a COPY takes it."""

from pathlib import Path

import pytest

from tests.commands import lint_image
from tests.rules.linting import named, only, run_context

DOCKERFILE = 'FROM public.ecr.aws/lambda/nodejs:24\nCOPY {sources} ./\nCMD ["index.handler"]\n'
NAMED = DOCKERFILE.format(sources="index.js .env")
WORKFLOW = ".github/workflows/deploy.yml"
FILES = {"index.js": "exports.handler = async () => 1;\n"}
ERROR = [("secret-file-copied", "error")]
WARNING = [("secret-file-copied", "warning")]
BUILD = "docker build -t app ."


def workflow(*lines: str, top: str = "", job: str = "", step: str = "") -> str:
    """A workflow of one job that runs the lines in one step; `top`, `job` and `step` are further keys of each."""
    script = "".join(f"          {line}\n" for line in lines)
    return (
        f"{top}jobs:\n  build:\n{job}    steps:\n      - uses: actions/checkout@v4\n"
        f"      - name: Build\n{step}        run: |\n{script}"
    )


def severities(text: str, dockerfile: str = NAMED, path: str = WORKFLOW, **files: str) -> list[tuple[str, str]]:
    return named(run_context(dockerfile, {**FILES, path: text, **files}, "secret-file-copied"))


def test_the_finding_names_the_copy_the_pipeline_and_the_secret() -> None:
    text = workflow("npm ci", 'echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}" > .env', BUILD)
    finding = only(run_context(NAMED, {**FILES, WORKFLOW: text}, "secret-file-copied"))
    assert finding.message == f"COPY brings .env, into which {WORKFLOW} writes the secret DB_PASSWORD"
    assert [(one.path, one.span.line) for one in finding.related] == [(WORKFLOW, 8)]  # type: ignore[union-attr]
    assert text.splitlines()[7].strip().startswith("echo")


@pytest.mark.parametrize(
    "lines",
    [
        ("echo 'DB_PASSWORD=${{ secrets.DB_PASSWORD }}' >> .env",),
        ("echo STAGE=prod > .env", "echo DB_PASSWORD=${{secrets.DB_PASSWORD}} >> ./.env"),
        ('printf "A=%s\\n" "${{ secrets.API_KEY }}" > .env',),
        ("cat > .env <<EOF", "STAGE=prod", "DB_PASSWORD=${{ secrets.DB_PASSWORD }}", "EOF"),
        ("cat <<'EOF' > .env", "DB_PASSWORD=${{ secrets['DB_PASSWORD'] }}", "EOF"),
        ("cat <<-EOF | tee -a .env", "DB_PASSWORD=${{ secrets.DB_PASSWORD }}", "EOF"),
        ("{", '  echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}"', "  echo STAGE=prod", "} > .env"),
        ('echo "${{ secrets.ENV_FILE }}" > .env',),
        ('echo "${{ secrets.DOTENV_BASE64 }}" | base64 -d > .env',),
        ("PASSWORD='${{ secrets.DB_PASSWORD }}'", 'echo "DB_PASSWORD=$PASSWORD" > "$GITHUB_WORKSPACE/.env"'),
        ("cp .env.example .env", 'sed -i "s|__PW__|${{ secrets.DB_PASSWORD }}|" .env'),
        ('echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}" > .env.production', "mv .env.production .env"),
        ('echo "DATABASE_URL=${{ secrets.DATABASE_URL }}" > .env',),
        ('echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}" > .env', "rm -rf node_modules /tmp/*"),
        ("cd app", 'echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}" > ../.env', "cd .."),
    ],
)
def test_ways_to_write_it(lines: tuple[str, ...]) -> None:
    assert severities(workflow(*lines, BUILD)) == ERROR


def test_a_name_that_promises_nothing_is_a_secret_only_by_the_place_where_it_is_kept() -> None:
    assert severities(workflow("echo BROKER=${{ secrets.KAFKA_BROKER }} > .env", BUILD)) == WARNING


@pytest.mark.parametrize("level", ["top", "job", "step"])
def test_a_variable_that_is_mapped_to_a_secret_at_any_level(level: str) -> None:
    keys = {
        "top": "env:\n  PW: ${{ secrets.DB_PASSWORD }}\n",
        "job": "    env:\n      PW: ${{ secrets.DB_PASSWORD }}\n",
        "step": "        env:\n          PW: ${{ secrets.DB_PASSWORD }}\n",
    }
    given = {level: keys[level]}
    assert severities(workflow('echo "DB_PASSWORD=$PW" > .env', BUILD, **given)) == ERROR
    assert severities(workflow('echo "DB_PASSWORD=${{ env.PW }}" > .env', BUILD, **given)) == ERROR
    assert severities(workflow("cat > .env <<EOF", "DB_PASSWORD=${PW}", "EOF", BUILD, **given)) == ERROR
    assert severities(workflow("cat > .env <<'EOF'", "DB_PASSWORD=${PW}", "EOF", BUILD, **given)) == []
    assert severities(workflow('echo "LENGTH=${#PW} SET=${PW:+yes}" > .env', BUILD, **given)) == []


@pytest.mark.parametrize(
    "lines",
    [
        ("echo STAGE=prod > .env", BUILD),
        ('echo "STAGE=${{ vars.STAGE }}" > .env', BUILD),
        ('echo "ROLE=${{ secrets.AWS_ROLE_ARN }}" > .env', BUILD),
        ('echo "${{ secrets.AWS_ROLE_ARN }}" > .env', BUILD),
        ('echo "A=${{ secrets.AWS_ACCOUNT_ID }} R=${{ secrets.AWS_REGION }}" > .env', BUILD),
        ('echo "NODE_ENV=${{ secrets.NODE_ENV }}" > .env', BUILD),
        ('echo "HOST=${{ secrets.DB_HOST }} IP=${{ secrets.SERVER_IP }}" > .env', BUILD),
        ('echo "API=${{ secrets.API_URL }} N=${{ secrets.NEXT_PUBLIC_KEY }}" > .env', BUILD),
        ('echo "//npm.pkg.github.com/:_authToken=${{ secrets.GITHUB_TOKEN }}" > .env', BUILD),
        ('echo "DB_PASSWORD=${DB_PASSWORD}" > .env', BUILD),
        ('echo "${{ secrets.DB_PASSWORD }}" | sha256sum > .env', BUILD),
        ('echo "${{ secrets.DB_PASSWORD }}" | docker login -u a --password-stdin > .env', BUILD),
        ('curl -H "Authorization: ${{ secrets.API_TOKEN }}" https://example.com > .env', BUILD),
        ('echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}" > "$GITHUB_ENV"', BUILD),
        ('echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}" > /tmp/.env', BUILD),
        ('echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}" > other/.env', BUILD),
        ("cd other", 'echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}" > .env', "cd ..", BUILD),
        ('echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}" > .env', "npm test", "rm .env", BUILD),
        ('echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}" > .env', "git clean -fdx", BUILD),
        ('echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}" > .env', "echo STAGE=prod > .env", BUILD),
        (BUILD, 'echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}" > .env'),
        ('echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}" > .env', "npm test"),
        ('echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}" > .env', "docker build -t app other"),
        ('echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}" > .env', "docker build -f Dockerfile.web ."),
        ('echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}" > .env', "docker build $FOLDER"),
        ('echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}" > .env', "docker run app ."),
    ],
)
def test_what_is_no_secret_or_not_there_when_the_image_is_built(lines: tuple[str, ...]) -> None:
    assert severities(workflow(*lines)) == []


def test_another_job_has_other_files() -> None:
    write = workflow('echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}" > .env')
    assert severities(write + "  other:\n    steps:\n      - run: docker build .\n") == []
    assert severities(write + "      - run: docker build .\n") == ERROR
    assert severities(write + "      - uses: actions/checkout@v4\n      - run: docker build .\n") == []


WRITE = workflow('echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}" > .env')
PUSH = "      - uses: docker/build-push-action@v6\n        with:\n          push: true\n"


@pytest.mark.parametrize(
    ("further", "expected"),
    [
        (f"{PUSH}          context: .\n", ERROR),
        (f"{PUSH}          context: .\n          file: ./Dockerfile\n", ERROR),
        (f"{PUSH}          context: other\n", []),
        (f"{PUSH}          context: .\n          file: web.Dockerfile\n", []),
        # Git's own tree, as it is on the server.
        (PUSH, []),
        ("      - run: docker buildx build --platform linux/arm64 --push -t app .\n", ERROR),
        ("      - run: podman build .\n", ERROR),
        ("      - run: sam build\n", ERROR),
        ("      - run: npx cdk deploy --all\n", ERROR),
        ("      - run: npx serverless deploy\n", ERROR),
        ("      - run: sam deploy\n", []),
    ],
)
def test_what_builds(further: str, expected: list[tuple[str, str]]) -> None:
    assert severities(WRITE + further) == expected


@pytest.mark.parametrize(
    ("sources", "further", "ignored", "expected"),
    [
        (".", BUILD, "", ERROR),
        (".env*", BUILD, "", ERROR),
        (".", BUILD, ".env\n", []),
        (".env", BUILD, ".env*\n", []),
        ("--exclude=.env .", BUILD, "", []),
        ("index.js", BUILD, "", []),
        # Which folder is built, a template says.
        (".", "sam build", "", WARNING),
    ],
)
def test_what_brings_it(sources: str, further: str, ignored: str, expected: list[tuple[str, str]]) -> None:
    files = {".dockerignore": ignored} if ignored else {}
    text = f"{WRITE}      - run: {further}\n"
    assert severities(text, DOCKERFILE.format(sources=sources), **files) == expected


def test_a_builder_s_copy_counts_where_it_goes_on() -> None:
    final = 'FROM public.ecr.aws/lambda/nodejs:24\nCOPY --from=build /app{taken} ./\nCMD ["index.handler"]\n'
    builder = "FROM node:24-slim AS build\nWORKDIR /app\nCOPY . .\nRUN npm run build\n"
    text = f"{WRITE}      - run: {BUILD}\n"
    assert severities(text, builder + final.format(taken="")) == WARNING
    assert severities(text, builder + final.format(taken="/dist")) == []


def test_a_file_that_holds_a_secret_already_is_told_once() -> None:
    text = f"{WRITE}      - run: {BUILD}\n"
    outcome = run_context(NAMED, {**FILES, WORKFLOW: text, ".env": "DB_PASSWORD=k3wQ9zL1vT\n"}, "secret-file-copied")
    assert only(outcome).message == "COPY brings .env, which holds a secret (value of DB_PASSWORD)"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('echo "DB_PASSWORD=$DB_PASSWORD" > .env', ERROR),
        ('echo "STAGE=$STAGE" > .env', []),
        ('echo "//gitlab.com/:_authToken=$CI_JOB_TOKEN" > .env', []),
        ('echo "TEST_TOKEN=$TEST_TOKEN" > .env', []),
    ],
)
def test_gitlab_has_its_secrets_in_the_settings_of_the_project(line: str, expected: list[tuple[str, str]]) -> None:
    text = f"variables:\n  TEST_TOKEN: none\nbuild:\n  script:\n    - '{line}'\n    - docker build -t app .\n"
    assert severities(text, path=".gitlab-ci.yml") == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("PW", WARNING), ("STAGE", []), ("AWS_ACCOUNT_ID", []), ("DB_PASSWORD", ERROR), ("TEST_TOKEN", [])],
)
def test_codebuild_has_them_in_a_store(name: str, expected: list[tuple[str, str]]) -> None:
    text = (
        "env:\n  variables:\n    TEST_TOKEN: none\n  secrets-manager:\n    PW: db:password\n    AWS_ACCOUNT_ID: db:account\n"
        f'phases:\n  pre_build:\n    commands:\n      - echo "VALUE=${name}" > .env\n'
        "  build:\n    commands:\n      - docker build -t app .\n"
    )
    assert severities(text, path="buildspec.yml") == expected


@pytest.mark.parametrize("text", ["a: [", "{{ .Values }}: - x", "jobs: 1", "jobs:\n  a:\n    steps: {}\n", "[" * 5000])
def test_what_is_no_workflow_says_nothing(text: str) -> None:
    assert severities(text) == []


def test_the_build_of_a_folder_in_a_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    for name in ("orders", "invoices"):
        folder = tmp_path / "functions" / name
        folder.mkdir(parents=True)
        (folder / "Dockerfile").write_text(DOCKERFILE.format(sources=". "))
        (folder / "index.js").write_text(FILES["index.js"])
    text = workflow(
        'echo "DB_PASSWORD=${{ secrets.DB_PASSWORD }}" > functions/orders/.env',
        "cd functions && docker build -t orders -f orders/Dockerfile orders",
    )
    (workflows / "deploy.yml").write_text(text)
    done = lint_image("check", "--select", "secret-file-copied", "-f", "json", "functions", cwd=tmp_path)
    (finding,) = done.report["findings"]
    assert finding["location"]["path"] == "functions/orders/Dockerfile"
    assert finding["related"][0]["path"] == ".github/workflows/deploy.yml"
