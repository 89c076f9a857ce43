"""What a command needs and certainly does not find, and which failures end a build."""

import pytest

from lambda_image_lint.dockerfile import parse
from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.function.from_dockerfile import DockerfileFunction, function_from_dockerfile
from lambda_image_lint.rulekit.reading import fatal_reads

FILES = {
    "requirements.txt": b"",
    "script.sh": b"",
    "sub/app.py": b"",
    "app.zip": b"",
    "package.json": b"{}",
    "index.mjs": b"",
}


def _missing(commands: str, *, copy: str = "COPY . /var/task/") -> list[str]:
    text = f"FROM public.ecr.aws/lambda/python:3.13\n{copy}\nRUN {commands}\n"
    function = function_from_dockerfile(parse(text), Context.of(FILES))
    assert isinstance(function, DockerfileFunction)
    return [read.path for read in fatal_reads(function)]


@pytest.mark.parametrize(
    ("commands", "path"),
    [
        ("pip3.13 install -r absent.txt", "/var/task/absent.txt"),
        ("pip install requests -c constraints.txt", "/var/task/constraints.txt"),
        ("python3 -m pip install --no-cache-dir -rabsent.txt", "/var/task/absent.txt"),
        ("pip install .", "/var/task/pyproject.toml"),
        ("pip install -e /code/lib", "/code/lib/pyproject.toml"),
        ("uv pip install --system -r absent.txt", "/var/task/absent.txt"),
        ("uv pip sync absent.txt", "/var/task/absent.txt"),
        ("uv sync --frozen", "/var/task/pyproject.toml"),
        ("poetry install", "/var/task/pyproject.toml"),
        ("python -u absent.py", "/var/task/absent.py"),
        ("sh absent.sh", "/var/task/absent.sh"),
        ("./absent.sh --now", "/var/task/absent.sh"),
        ("node absent", "/var/task/absent"),
        ("npm ci", "/var/task/package-lock.json"),
        ("cd sub && python absent.py", "/var/task/sub/absent.py"),
        ("cargo build --release", "/var/task/Cargo.toml"),
        ("go mod download", "/var/task/go.mod"),
        ("mvn -q package", "/var/task/pom.xml"),
        ("bundle install", "/var/task/Gemfile"),
        ("composer install", "/var/task/composer.json"),
        ("cp absent.txt /opt/", "/var/task/absent.txt"),
        ("chmod +x absent.sh", "/var/task/absent.sh"),
        ("unzip -q absent.zip -d /opt", "/var/task/absent.zip"),
        ("tar -xzf absent.tgz", "/var/task/absent.tgz"),
        ("set -e; cp absent.txt /opt/; true", "/var/task/absent.txt"),
        ("rm script.sh && sh script.sh", "/var/task/script.sh"),
    ],
)
def test_a_file_that_a_command_cannot_do_without_is_missed(commands: str, path: str) -> None:
    assert _missing(commands) == [path]


@pytest.mark.parametrize(
    "commands",
    [
        "pip install -r requirements.txt -r https://example.com/list.txt requests==2 git+https://example.com/x.git",
        "pip install -r $LIST",
        "pip install -r *.list",
        "pip install --help -r absent.txt",
        "pip list -r absent.txt",
        "python -m compileall absent",
        "python -c 'print(1)' absent.py",
        "sh -c 'true' absent.sh",
        "sh script.sh",
        "node index",
        "node -e 1 absent",
        "npm run build && npm install",
        "npm ci --prefix sub",
        "cd sub && npm run build",
        "mvn archetype:generate",
        "unzip app",
        "touch made.txt && cp made.txt /opt/",
        "git clone https://example.com/x.git x && pip install -r x/requirements.txt",
        "./script.sh && sh made-by-it.sh",
        "pip install -r absent.txt || true",
        "pip install -r absent.txt; true",
        "cat absent.txt | wc -l",
        "cp absent.txt /opt/ | tee log",
        "if [ -f absent.sh ]; then sh absent.sh; fi",
        "test -f absent.sh && sh absent.sh",
        "x=$(python absent.py) && true",
    ],
)
def test_what_may_be_there_or_is_not_needed_is_not_missed(commands: str) -> None:
    assert _missing(commands) == []


def test_nothing_is_missed_where_the_context_is_not_known() -> None:
    dockerfile = parse("FROM public.ecr.aws/lambda/python:3.13\nCOPY . .\nRUN pip install -r absent.txt\n")
    function = function_from_dockerfile(dockerfile, Context.unknown())
    assert list(fatal_reads(function)) == []


def test_a_stage_tells_of_its_own_commands_alone() -> None:
    text = (
        "FROM public.ecr.aws/lambda/python:3.13 AS build\nRUN cp a.sh /opt/\n"
        "FROM build AS more\nRUN cp b.sh /opt/\nFROM scratch\nCOPY --from=more /x /x\n"
    )
    function = function_from_dockerfile(parse(text), Context.of({}))
    assert [(read.instruction.stage, read.path) for read in fatal_reads(function)] == [
        (0, "/var/task/a.sh"),
        (1, "/var/task/b.sh"),
    ]
