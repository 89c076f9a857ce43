"""What is executed, step by step, from the entrypoint on."""

import pytest

from lambda_image_lint.answer import Absent, Unknown
from lambda_image_lint.function.chain import Step, chain, which
from lambda_image_lint.function.model import File, Function
from tests.function.dockerfiles import AWS_PYTHON, function_of


def told(function: Function) -> list[str]:
    """``KIND NAME: there|absent|unknown`` for each step."""
    return [f"{step.kind} {step.name}: {_state(step)}" for step in steps(function)]


def steps(function: Function) -> tuple[Step, ...]:
    found = chain(function)
    assert not isinstance(found, Unknown)
    return found


def _state(step: Step) -> str:
    return "there" if isinstance(step.found, File) else "absent" if isinstance(step.found, Absent) else "unknown"


@pytest.mark.parametrize(
    ("start", "context", "expected"),
    [
        ('ENTRYPOINT ["/main"]', {"main": "x"}, ["program /main: there"]),
        ('ENTRYPOINT ["/nothing"]', {}, ["program /nothing: absent"]),
        ('CMD ["app.handler"]', {}, ["program app.handler: absent"]),
        ("ENTRYPOINT []", {}, []),
        ("CMD /main --port 8080", {"main": "x"}, ["program /bin/sh: there", "program /main: there"]),
        ('ENTRYPOINT ["/e.sh"]\nCMD ["/main"]', {"e.sh": '#!/bin/sh\nset -e\nexec "$@"\n', "main": "x"},
         ["program /e.sh: there", "interpreter /bin/sh: there", "program /main: there"]),
        ('ENTRYPOINT ["/e.sh", "/main"]', {"e.sh": '#!/bin/sh\nexec $1 x\n', "main": "x"},
         ["program /e.sh: there", "interpreter /bin/sh: there", "program /main: there"]),
        ('ENTRYPOINT ["/e.sh"]', {"e.sh": "#!/opt/extensions/none\n"},
         ["program /e.sh: there", "interpreter /opt/extensions/none: absent"]),
        ('ENTRYPOINT ["/e.sh"]', {"e.sh": "#!/usr/bin/env -S sh -e\nexec /main\n"},
         ["program /e.sh: there", "interpreter /usr/bin/env: unknown", "interpreter sh: there", "program /main: absent"]),
        ('ENTRYPOINT ["/e.sh"]', {"e.sh": "exec /main\n"}, ["program /e.sh: there"]),
        ('ENTRYPOINT ["sh", "/e.sh"]', {"e.sh": "exec /main\n"},
         ["program sh: there", "script /e.sh: there", "program /main: absent"]),
        ('ENTRYPOINT ["bash", "-lc", "exec /main \\"$0\\" $@"]\nCMD ["a", "b"]', {"main": "x"},
         ["program bash: unknown", "program /main: there"]),
        ('ENTRYPOINT ["env", "-u", "X", "A=1", "/main"]', {"main": "x"}, ["program env: unknown", "program /main: there"]),
        ('ENTRYPOINT ["/main", "--", "/usr/bin/python"]', {"main": "x"}, ["program /main: there"]),
        ('ENTRYPOINT ["tini", "--", "/main"]', {"main": "x"}, ["program tini: unknown", "program /main: there"]),
        ('ENTRYPOINT ["python", "-X", "dev", "-m", "awslambdaric"]', {},
         ["program python: there", "module awslambdaric: unknown"]),
        ('ENTRYPOINT ["python", "-u", "app.py"]', {"app.py": "x"}, ["program python: there", "script app.py: there"]),
        ('ENTRYPOINT ["npx", "--yes", "aws-lambda-ric@3.1.0"]', {}, ["program npx: unknown", "package aws-lambda-ric: unknown"]),
        ('ENTRYPOINT ["node", "--require", "./x.js", "index.mjs"]', {"index.mjs": "x"},
         ["program node: unknown", "script index.mjs: there"]),
        ('ENTRYPOINT ["java", "-cp", "./*", "-Xmx1g", "a.b.Main", "h"]', {},
         ["program java: unknown", "class a.b.Main: unknown"]),
        ('ENTRYPOINT ["java", "-jar", "app.jar"]', {"app.jar": "x"}, ["program java: unknown", "script app.jar: there"]),
        ('ENTRYPOINT ["dotnet", "exec", "--runtimeconfig", "a.json", "a.dll"]', {"a.dll": "x"},
         ["program dotnet: unknown", "script a.dll: there"]),
        ('ENTRYPOINT ["bundle", "exec", "aws_lambda_ric"]', {}, ["program bundle: unknown", "program aws_lambda_ric: unknown"]),
        ('ENTRYPOINT ["npm", "run", "start"]', {"package.json": '{"scripts": {"start": "node a.js && node b.js"}}', "a.js": "x"},
         ["program npm: unknown", "program node: unknown", "script a.js: there", "program node: unknown", "script b.js: absent"]),
        ('ENTRYPOINT ["npm", "start"]', {"package.json": "[]"}, ["program npm: unknown", "package start: unknown"]),
    ],
)  # fmt: skip
def test_each_start_is_followed(start: str, context: dict[str, str], expected: list[str]) -> None:
    function = function_of(f"FROM python:3.12-slim\nCOPY . /\n{start}\n", {".keep": "", **context})
    assert told(function) == expected


def test_an_aws_base_executes_its_bootstrap() -> None:
    assert told(function_of(f'{AWS_PYTHON}CMD ["a.b"]\n', {})) == [
        "program /lambda-entrypoint.sh: there",
        "program /var/runtime/bootstrap: there",
    ]


def test_a_script_that_starts_itself_is_followed_to_an_end() -> None:
    function = function_of(
        'FROM python:3.12\nCOPY e.sh /\nENTRYPOINT ["/e.sh"]\n', {"e.sh": "#!/bin/sh\n/e.sh &\n/e.sh\n"}
    )
    assert 1 < len(steps(function)) <= 64


def test_what_runs_only_outside_lambda_is_told_by_its_guard() -> None:
    script = '#!/bin/sh\nif [ -z "$AWS_LAMBDA_RUNTIME_API" ]; then exec aws-lambda-rie /main; fi\nexec /main\n'
    function = function_of('FROM python:3.12\nCOPY . /\nENTRYPOINT ["/e.sh"]\n', {"e.sh": script, "main": "x"})
    guarded = {(step.name, step.depends_on_runtime_api) for step in steps(function)}
    assert {("aws-lambda-rie", True), ("/main", True), ("/main", False)} <= guarded


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ('if [ -n "$AWS_LAMBDA_RUNTIME_API" ]; then\n  exec /main\nfi\nexec aws-lambda-rie /main\n', ["/main"]),
        ('if [ -z "${AWS_LAMBDA_RUNTIME_API}" ]; then aws-lambda-rie /main\nelse exec /main; fi\n/other\n',
         ["aws-lambda-rie", "/main", "/main"]),
        ('[ -n "$AWS_LAMBDA_RUNTIME_API" ] && exec /main\n/other\n', ["/main"]),
        ("exec /main\n/other\n", ["/main"]),
        ('if [ -n "$DEBUG" ]; then exec /main; fi\n/other\n', ["/main", "/other"]),
        ('if [ -n "$AWS_LAMBDA_RUNTIME_API" ]; then (exec /main); fi\n/other\n', ["/main", "/other"]),
    ],
)  # fmt: skip
def test_nothing_is_followed_behind_what_takes_the_shells_place_in_lambda(script: str, expected: list[str]) -> None:
    context = {"e.sh": f"#!/bin/sh\n{script}", "main": "x", "other": "x"}
    function = function_of('FROM python:3.12\nCOPY . /\nENTRYPOINT ["/e.sh"]\n', context)
    assert [step.name for step in steps(function) if step.why.startswith("started by")] == expected


def test_a_step_says_what_started_it_and_where() -> None:
    function = function_of('FROM python:3.12\nCOPY . /\nENTRYPOINT ["/e.sh"]\n', {"e.sh": "#!/bin/sh\nexec /main\n"})
    assert [(step.why, step.place.span.line) for step in steps(function)] == [  # type: ignore[union-attr]
        ("the entrypoint", 3),
        ("the interpreter of /e.sh", 2),
        ("started by /e.sh", 2),
    ]


def test_without_an_entrypoint_that_is_known_nothing_is() -> None:
    assert isinstance(chain(function_of("FROM example.com/base:1\n", {})), Unknown)


def test_a_variable_that_only_lambda_sets_makes_what_it_names_unknown() -> None:
    function = function_of(
        'FROM python:3.12\nENV A=/main\nCOPY . /\nENTRYPOINT ["/e.sh"]\n', {"e.sh": "#!/bin/sh\n$A\n$B\n"}
    )
    assert told(function)[2:] == ["program /main: absent", "program : unknown"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("/usr/local/bin/python", "there"), ("python", "there"), ("nginx", "unknown"), ("app.handler", "absent"),
     ("python3.99", "unknown"), ("./app.py", "there"), ("app.py", "unknown")],
)  # fmt: skip
def test_a_program_is_looked_for_as_the_kernel_does(name: str, expected: str) -> None:
    function = function_of("FROM python:3.12\nWORKDIR /app\nCOPY app.py .\nENV PATH=/app/bin:$PATH\n", {"app.py": "x"})
    found = which(function, name)
    assert expected == ("there" if isinstance(found, File) else "absent" if isinstance(found, Absent) else "unknown")
