"""What the commands of a RUN do to the files, and how much they leave unknown."""

import pytest

from lambda_image_lint.function.languages.own import may_hold
from lambda_image_lint.function.model import Packaged
from tests.function.dockerfiles import AWS_PYTHON, function_of, state

CONTEXT = {
    "app.py": "app",
    "lib/a.py": "a",
    "lib/b.pyc": "b",
    "lib/tests/test_a.py": "test",
    "start.sh": "#!/bin/sh\n",
    "requirements.txt": "requests==2.32.0\n-r more.txt\n# comment\n",
    "more.txt": "Flask_Login>=0.6 ; python_version > '3'\n",
    "package.json": '{"dependencies": {"left-pad": "1.3.0", "aws-lambda-ric": "^3.1.0"}}',
}
BEFORE = f"{AWS_PYTHON}COPY . .\n"
APP, SUB = "/var/task/app.py", "/var/task/lib/a.py"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("mkdir -p /app/x", {"/app/x": "directory", "/app": "directory", APP: "0644 app"}),
        ("mkdir a b", {"/var/task/a": "directory", "/var/task/b": "directory"}),
        ("cp app.py main.py", {"/var/task/main.py": "0644 app", APP: "0644 app"}),
        ("cp -r lib /lib2", {"/lib2/a.py": "0644 a"}),
        # The base may have a folder of that name, and then lib lands in it.
        ("cp -r lib /opt/lib2", {"/opt/lib2/a.py": "unknown", SUB: "0644 a"}),
        ("cp -r lib /opt/extensions", {"/opt/extensions/a.py": "0644 a"}),
        ("mkdir /d && cp -r lib /d", {"/d/lib/a.py": "0644 a", "/d/a.py": "absent"}),
        ("mkdir /d && cp -a lib/. /d", {"/d/a.py": "0644 a", "/d/lib": "absent"}),
        ("mkdir /d && cp app.py start.sh /d", {"/d/app.py": "0644 app", "/d/start.sh": "0644 #!/bin/sh\n"}),
        ("mkdir /d && cp *.py /d/", {"/d/app.py": "0644 app", "/d/start.sh": "absent"}),
        ("cp -t /opt/python app.py", {"/opt/python/app.py": "0644 app"}),
        ("mv app.py main.py", {"/var/task/main.py": "0644 app", APP: "absent"}),
        ("mv lib /lib2", {"/lib2/a.py": "0644 a", SUB: "absent"}),
        ("rm app.py", {APP: "absent", SUB: "0644 a"}),
        ("rm -rf lib", {SUB: "absent", "/var/task/lib": "absent", APP: "0644 app"}),
        ("rm -rf lib/*", {SUB: "absent", "/var/task/lib": "directory"}),
        ("rm -f lib/*.pyc", {SUB: "0644 a", "/var/task/lib/b.pyc": "absent"}),
        ("chmod 755 start.sh", {"/var/task/start.sh": "0755 #!/bin/sh\n"}),
        ("chmod +x start.sh", {"/var/task/start.sh": "0755 #!/bin/sh\n"}),
        ("chmod -R go-rwx lib", {SUB: "0600 a", APP: "0644 app"}),
        ("chmod -R a+rX .", {APP: "0644 app"}),
        ("chmod 600 *.py", {APP: "0600 app", SUB: "0644 a"}),
        ("chmod u=rw,go= app.py", {APP: "0600 app"}),
        ("ln -s app.py main.py", {"/var/task/main.py": "0644 app"}),
        ("ln -s /var/task/lib /l", {"/l/a.py": "0644 a"}),
        ("ln -s nowhere broken", {"/var/task/broken": "0777 ?"}),
        ("touch empty", {"/var/task/empty": "0644 ", APP: "0644 app"}),
        ("install -m 700 -D app.py /opt/python/x.py", {"/opt/python/x.py": "0700 app"}),
        ("install -d /a/b", {"/a/b": "directory"}),
        ("echo hello > greeting", {"/var/task/greeting": "0644 hello\n"}),
        ("echo one > f && echo two >> f", {"/var/task/f": "0644 one\ntwo\n"}),
        ("date > stamp", {"/var/task/stamp": "0644 ?"}),
        ("cat <<EOF > conf\nx=1\nEOF", {"/var/task/conf": "0644 x=1\n"}),
        ("printf 'a\\nb' > f", {"/var/task/f": "0644 a\nb"}),
        ("sed -i s/a/b/ app.py", {APP: "0644 ?"}),
        ("sed -n 1p app.py", {APP: "0644 app"}),
        ("cd / && touch x", {"/x": "0644 ", "/var/task/x": "absent"}),
        ("(cd / && touch x) && touch y", {"/x": "0644 ", "/var/task/y": "0644 "}),
        ("DIR=/opt/python && mkdir $DIR && touch $DIR/x", {"/opt/python/x": "0644 "}),
        ("touch ${LAMBDA_TASK_ROOT}/y", {"/var/task/y": "0644 "}),
        ("curl -fsSLo /opt/bin/tool https://example.com/t", {"/opt/bin/tool": "0644 ?", APP: "0644 app"}),
        ("curl -O https://example.com/t.tar.gz", {"/var/task/t.tar.gz": "0644 ?"}),
        ("curl -s https://example.com/t", {APP: "0644 app", "/var/task/t": "absent"}),
        ("wget https://example.com/t", {"/var/task/t": "0644 ?"}),
        ("wget -O- https://example.com/t > x", {"/var/task/x": "0644 ?"}),
        ("wget -q -P /opt/bin https://example.com/t", {"/opt/bin/t": "0644 ?"}),
        ("git clone https://example.com/a/tool.git", {"/var/task/tool/x": "unknown", "/var/task/x": "absent"}),
        ("tar xzf a.tgz -C /opt/python", {"/opt/python/x": "unknown", APP: "0644 app"}),
        ("unzip a.zip -d /opt/python", {"/opt/python/x": "unknown", "/var/task/x": "absent"}),
        ("find . -name '*.pyc' -delete", {"/var/task/lib/b.pyc": "unknown", SUB: "0644 a"}),
        ("find lib -type d -name tests -exec rm -rf {} +", {"/var/task/lib/tests/test_a.py": "unknown", SUB: "0644 a"}),
        ("find . -type f -exec chmod 600 {} +", {SUB: "0600 a", "/var/task/lib": "directory"}),
        ("find . -name '*.py'", {SUB: "0644 a"}),
        ("ls -la && pwd && which python", {APP: "0644 app", "/var/task/x": "absent"}),
        (
            "python -m compileall -q .",
            {APP: "0644 app", "/var/task/x.py": "absent", "/var/task/__pycache__": "unknown"},
        ),
        ("curl -sSL https://install.python-poetry.org | python3 -", {APP: "0644 app", "/root/.local/bin/x": "unknown"}),
        ("curl -LsSf https://astral.sh/uv/install.sh | sh -s -- -q", {APP: "0644 app", "/function": "absent"}),
        ("python -m spacy download en", {APP: "0644 app", "/var/task/x": "absent"}),
        ("python -m nltk.downloader -d /opt/python punkt", {"/opt/python/x": "unknown", "/var/task/x": "absent"}),
        ("playwright install chromium", {"/root/.cache/ms-playwright/x": "unknown", "/var/task/x": "absent"}),
        ("go version", {APP: "0644 app", "/var/task/x": "absent"}),
        ("GOOS=linux go build -o /var/runtime/bootstrap .", {"/var/runtime/bootstrap": "0755 ?"}),
        ("useradd app", {APP: "0644 app", "/var/task/x": "absent"}),
    ],
)
def test_an_understood_command_does_what_it_does(command: str, expected: dict[str, str]) -> None:
    files = function_of(f"{BEFORE}RUN {command}\n", CONTEXT).files
    assert {path: state(files, path) for path in expected} == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        # It names a path: that, and the directory it runs in.
        ("./build.sh", {APP: "unknown", "/var/task/x": "unknown", "/opt/python": "absent"}),
        ("cd /opt/python && ./build.sh", {APP: "0644 app", "/opt/python/x": "unknown", "/function": "absent"}),
        ("mystery --out=/opt/python", {"/opt/python/x": "unknown", "/function": "absent"}),
        # It names nothing: anything.
        ("mystery", {APP: "unknown", "/opt/python": "unknown", "/function/x": "unknown"}),
        ("make install", {APP: "unknown", "/function/x": "unknown"}),
        ("curl https://example.com | sh", {APP: "unknown", "/function/x": "unknown"}),
        ("curl https://example.com | python3 -", {APP: "unknown", "/function/x": "unknown"}),
        ("$TOOL", {APP: "unknown"}),
        # A build tool stays in its folder.
        ("make", {APP: "unknown", "/opt/python": "absent"}),
        ("mvn -q package", {APP: "unknown", "/opt/python": "absent"}),
        ("npm run build", {APP: "unknown", "/opt/python": "absent"}),
        # What runs in some cases only is not known to have run.
        ("if true; then rm app.py; fi", {APP: "unknown", SUB: "0644 a"}),
        ("false || rm app.py", {APP: "unknown", SUB: "0644 a"}),
        ("for i in 1 2; do touch $i; done", {"/var/task/1": "unknown"}),
        ("test -f x && mkdir /opt/python", {"/opt/python": "unknown", "/opt/nodejs": "absent"}),
        ("cp $UNKNOWN_THING/x /opt/python/x", {"/opt/python/x": "unknown", APP: "0644 app"}),
        ("mkdir -p /opt/{python,nodejs}", {"/opt/python": "unknown", APP: "0644 app"}),
        ("ls | xargs rm", {APP: "unknown"}),
    ],
)
def test_what_is_not_understood_makes_unknown_what_it_may_have_touched(command: str, expected: dict[str, str]) -> None:
    files = function_of(f"{BEFORE}ARG TOOL\nARG UNKNOWN_THING\nRUN {command}\n", CONTEXT).files
    assert {path: state(files, path) for path in expected} == expected


@pytest.mark.parametrize("shell", ['SHELL ["powershell", "-command"]\nRUN x', "RUN <<EOF python3\nimport os\nEOF"])
def test_what_no_shell_of_ours_reads_may_have_done_anything(shell: str) -> None:
    files = function_of(f"{BEFORE}{shell}\n", CONTEXT).files
    assert state(files, APP) == "unknown"


@pytest.mark.parametrize(
    ("command", "expected", "installed"),
    [
        ("pip install -r requirements.txt -t .", {"/var/task/x.py": "packaged", APP: "0644 app", "/opt/python": "absent"},
         {("requests", "2.32.0"), ("flask-login", None)}),
        ("pip install --no-cache-dir 'boto3==1.34.0' pandas[aws]", {"/var/task/x.py": "absent"},
         {("boto3", "1.34.0"), ("pandas", None)}),
        ("python3.12 -m pip install awslambdaric -t /app", {"/app/x": "packaged", "/var/task/x": "absent"},
         {("awslambdaric", None)}),
        ("uv pip install --system -r requirements.txt --target ${LAMBDA_TASK_ROOT}", {"/var/task/x": "packaged"},
         {("requests", "2.32.0"), ("flask-login", None)}),
        ("uv sync --frozen", {"/var/task/.venv/bin/python": "packaged", "/var/task/x": "absent"}, set()),
        ("python -m venv /opt/venv", {"/opt/venv/bin/pip": "packaged", "/var/task/x": "absent"}, set()),
        ("npm ci --omit=dev", {"/var/task/node_modules/x": "packaged", "/var/task/x.js": "absent"},
         {("left-pad", "1.3.0"), ("aws-lambda-ric", None)}),
        ("npm install -g aws-lambda-ric@3.1.0", {"/var/task/node_modules": "absent"}, {("aws-lambda-ric", "3.1.0")}),
        ("npm i @scope/a@1.0.0 b", {"/var/task/node_modules/b": "packaged", "/var/task/index.js": "absent"},
         {("@scope/a", "1.0.0"), ("b", None), ("left-pad", "1.3.0"), ("aws-lambda-ric", None)}),
        ("dnf install -y tar-1.34 && dnf clean all", {"/var/task/x": "absent", "/usr/bin/tar": "packaged"},
         {("tar-1.34", None)}),
        ("apt-get update && apt-get install -y --no-install-recommends curl=7.88", {"/var/task/x": "absent"},
         {("curl", "7.88")}),
        ("apk add --no-cache libstdc++", {"/var/task/x": "absent"}, {("libstdc++", None)}),
        ("gem install aws_lambda_ric -v 3.1.0", {"/var/task/x": "absent"}, {("aws_lambda_ric", "3.1.0")}),
    ],
)  # fmt: skip
def test_package_managers_bring_packages_and_touch_nothing_else(
    command: str, expected: dict[str, str], installed: set[tuple[str, str | None]]
) -> None:
    function = function_of(f"{BEFORE}RUN {command}\n", CONTEXT)
    assert {path: state(function.files, path) for path in expected} == expected
    assert {(one.name, one.version) for one in function.packages.installed} == installed


def test_scripts_that_an_install_runs_may_write_anywhere_in_the_project() -> None:
    context = {"package.json": '{"scripts": {"postinstall": "node build.js"}}', "app.py": "app"}
    assert state(function_of(f"{BEFORE}RUN npm ci\n", context).files, APP) == "unknown"
    assert state(function_of(f"{BEFORE}RUN npm ci --ignore-scripts\n", context).files, APP) == "0644 app"


@pytest.mark.parametrize(
    "command", ["pip install -r nowhere.txt", "pip install .", "pip install git+https://example.com/a", "uv sync"]
)
def test_what_an_install_may_bring_besides_is_said(command: str) -> None:
    assert function_of(f"{BEFORE}RUN {command}\n", CONTEXT).packages.gaps


def test_the_packages_of_a_project_are_those_that_it_declares() -> None:
    declared = (
        '[project]\ndependencies = ["requests>=2"]\n[tool.poetry.dependencies]\npython = "^3.12"\nBoto3 = "1.34.0"\n'
    )
    for command in ("poetry install --no-root", "uv sync"):
        function = function_of(f"{BEFORE}RUN {command}\n", {"pyproject.toml": declared, "app.py": "app"})
        assert {(one.name, one.version) for one in function.packages.installed} == {
            ("requests", None),
            ("boto3", "1.34.0"),
        }
        assert function.packages.gaps == ()
        found = function.files.find("/var/task/.venv/lib/x.py")
        assert isinstance(found, Packaged)
        assert set(found.packages or ()) == {"requests", "boto3"}
        assert state(function.files, "/var/task/x.py") == "absent"


_PACKAGE = '[project]\nname = "orders"\ndependencies = ["requests"]\n[build-system]\nrequires = ["hatchling"]\n'


@pytest.mark.parametrize(
    ("command", "project", "brings_itself"),
    [
        ("uv sync --no-editable", _PACKAGE, True),
        ("uv sync --no-install-project", _PACKAGE, False),
        ("uv sync", _PACKAGE + "[tool.uv]\npackage = false\n", False),
        ("uv sync", '[project]\nname = "orders"\ndependencies = ["requests"]\n', False),
        ("uv sync", '[project]\ndependencies = ["requests"]\n[tool.uv.workspace]\nmembers = ["libs/*"]\n', True),
        ("uv export -o all.txt && pip install -r all.txt -t .venv", _PACKAGE, True),
        ("uv export --no-emit-project -o all.txt && pip install -r all.txt -t .venv", _PACKAGE, False),
        ("poetry install --only main", _PACKAGE, True),
        ("poetry install --no-root", _PACKAGE, False),
        ("poetry install", _PACKAGE + "[tool.poetry]\npackage-mode = false\n", False),
    ],
)
def test_a_project_that_is_a_package_is_installed_itself(command: str, project: str, brings_itself: bool) -> None:
    context = {"pyproject.toml": project, "app.py": "app", "src/orders/accept.py": ""}
    files = function_of(f"{BEFORE}COPY src src\nRUN {command}\n", context).files
    found = files.find("/var/task/.venv/lib/x.py")
    assert isinstance(found, Packaged)
    modules = ("accept", "app", "orders", "src") if brings_itself else ()
    assert found.packages == ("requests", *modules)


@pytest.mark.parametrize(
    "settings",
    [
        '[tool.hatch.build.targets.wheel.force-include]\n"app.py" = "x.py"\n',
        '[tool.setuptools.package-dir]\nx = "src"\n',
    ],
)
def test_what_modules_a_project_brings_is_not_known_where_its_backend_renames_them(settings: str) -> None:
    context = {"pyproject.toml": _PACKAGE + settings, "app.py": "app"}
    found = function_of(f"{BEFORE}RUN uv sync --no-editable\n", context).files.find("/var/task/.venv/lib/x.py")
    assert isinstance(found, Packaged)
    assert found.packages is None


def test_what_is_exported_and_installed_again_is_known_by_name() -> None:
    """As uv's guide for Lambda writes it, mounts and all."""
    function = function_of(
        f"{AWS_PYTHON}RUN --mount=from=uv,source=/uv,target=/bin/uv --mount=type=cache,target=/root/.cache/uv \\\n"
        "    --mount=type=bind,source=uv.lock,target=uv.lock \\\n"
        "    --mount=type=bind,source=pyproject.toml,target=pyproject.toml \\\n"
        "    uv export --frozen --no-dev -o requirements.txt && \\\n"
        '    uv pip install -r requirements.txt --target "${LAMBDA_TASK_ROOT}"\n'
        "COPY app.py .\n",
        {"pyproject.toml": '[project]\ndependencies = ["fastapi"]\n', "uv.lock": "", "app.py": "app"},
    )
    found = function.files.find("/var/task/other.py")
    assert isinstance(found, Packaged)
    assert found.packages == ("fastapi",)
    assert state(function.files, "/var/task/pyproject.toml") == "absent"
    assert state(function.files, APP) == "0644 app"


@pytest.mark.parametrize(
    ("mount", "command", "expected"),
    [
        ("type=cache,target=/root/.cache", "touch /root/.cache/x", {"/root/.cache/x": "packaged"}),
        (
            "type=bind,source=app.py,target=/b/app.py",
            "cp /b/app.py /c.py",
            {"/c.py": "0644 app", "/b/app.py": "absent"},
        ),
        ("type=bind,target=/b", "cp -r /b/lib /c", {"/c/a.py": "0644 a", "/b/lib": "absent"}),
        ("target=.", "./build.sh && touch /x", {APP: "0644 app", "/var/task/x": "absent", "/x": "0644 "}),
        ("type=secret,id=token", "cat /run/secrets/token", {APP: "0644 app"}),
    ],
)
def test_what_is_mounted_is_there_while_the_command_runs(mount: str, command: str, expected: dict[str, str]) -> None:
    files = function_of(f"{BEFORE}RUN --mount={mount} {command}\n", CONTEXT).files
    assert {path: state(files, path) for path in expected} == expected


def test_the_exec_form_runs_without_a_shell() -> None:
    files = function_of(
        f'{BEFORE}RUN ["chmod", "600", "app.py"]\nRUN ["/bin/sh", "-c", "rm lib/a.py"]\n', CONTEXT
    ).files
    assert state(files, APP) == "0600 app"
    assert state(files, SUB) == "absent"


def test_a_heredoc_is_read_line_by_line() -> None:
    files = function_of(f"{BEFORE}RUN <<EOF\nmkdir /app\nrm app.py\nEOF\n", CONTEXT).files
    assert (state(files, "/app"), state(files, APP)) == ("directory", "absent")


def test_a_link_in_the_way_is_followed_when_something_is_written() -> None:
    files = function_of(f"{BEFORE}RUN mkdir /real && ln -s /real /alias\nCOPY app.py /alias/\n", CONTEXT).files
    assert state(files, "/real/app.py") == "0644 app"
    assert state(files, "/alias/app.py") == "0644 app"


def test_a_list_that_is_not_there_would_name_packages_and_no_code_of_the_function() -> None:
    function = function_of(f"{BEFORE}RUN pip install -r nowhere.txt -t .\n", CONTEXT)
    found = function.files.find("/var/task/x.py")
    assert isinstance(found, Packaged)
    assert found.packages
    assert not may_hold(found, "nowhere")
    assert function.packages.gaps
