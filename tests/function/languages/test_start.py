"""Which handler reaches which client."""

import pytest

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.languages import handler_of, language_of, resolve
from lambda_image_lint.function.languages.resolution import Language, NotResolved
from lambda_image_lint.function.model import NamedBase, RuntimeClient
from tests.function.languages.memory import MemoryFunction, on_base

JAVA = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("python", Language.PYTHON),
        ("nodejs", Language.NODE),
        ("java", Language.JAVA),
        ("dotnet", Language.DOTNET),
        ("ruby", Language.RUBY),
        ("provided", Language.PROVIDED),
        ("go", Language.PROVIDED),
    ],
)
def test_an_aws_base_gives_its_one_word_to_its_own_client(language: str, told: Language) -> None:
    function = on_base(language, "1", "app.handler", {})
    assert (language_of(function), handler_of(function)) == (told, "app.handler")


@pytest.mark.parametrize("command", [(), ("python", "app.py"), ("/bin/sh", "-c", "app.handler")])
def test_an_aws_base_passes_no_handler_on_unless_it_gets_exactly_one_word(command: tuple[str, ...]) -> None:
    function = on_base("python", "3.12", "", {})
    function.command = command
    assert (language_of(function), handler_of(function)) == (Language.PYTHON, None)


@pytest.mark.parametrize(
    ("entrypoint", "command", "language", "handler"),
    [
        (("python", "-m", "awslambdaric"), ("app.f",), Language.PYTHON, "app.f"),
        (("/usr/bin/python3.12", "-u", "-m", "awslambdaric", "app.f"), (), Language.PYTHON, "app.f"),
        (("python", "-um", "awslambdaric"), ("app.f",), Language.PYTHON, "app.f"),
        (("/usr/bin/env", "-i", "A=1", "python3", "-mawslambdaric"), ("app.f",), Language.PYTHON, "app.f"),
        (("tini", "--", "python", "-m", "awslambdaric"), ("app.f",), Language.PYTHON, "app.f"),
        (("python", "-m", "awslambdaric"), (), Language.PYTHON, None),
        (("/usr/local/bin/npx", "aws-lambda-ric"), ("index.f",), Language.NODE, "index.f"),
        (("npx", "--yes", "aws-lambda-ric"), ("index.f",), Language.NODE, "index.f"),
        (("node", "node_modules/aws-lambda-ric/bin/index.mjs"), ("index.f",), Language.NODE, "index.f"),
        (("./node_modules/.bin/aws-lambda-ric",), ("index.f",), Language.NODE, "index.f"),
        (("java", "-cp", "./*", JAVA), ("com.example.App::f",), Language.JAVA, "com.example.App::f"),
        (("/usr/local/bundle/bin/aws_lambda_ric",), ("app.f",), Language.RUBY, "app.f"),
        (("dotnet", "exec", "Amazon.Lambda.RuntimeSupport.dll"), ("A::B::C",), Language.DOTNET, "A::B::C"),
        (("/bin/sh", "-c", "exec python -m awslambdaric app.f"), (), Language.PYTHON, "app.f"),
        (("/bin/sh", "-c", 'python -m awslambdaric "$@"', "sh"), ("app.f",), Language.PYTHON, "app.f"),
        (("/bin/sh", "-c", "python -m awslambdaric"), ("app.f",), Language.PYTHON, None),
    ],
)
def test_a_client_gets_the_word_after_its_own(
    entrypoint: tuple[str, ...], command: tuple[str, ...], language: Language, handler: str | None
) -> None:
    function = MemoryFunction(entrypoint=entrypoint, command=command)
    assert (language_of(function), handler_of(function)) == (language, handler)


GUARDED = """#!/bin/sh
# starts awslambdaric
if [ -z "${AWS_LAMBDA_RUNTIME_API}" ]; then
    exec /usr/local/bin/aws-lambda-rie /usr/local/bin/python -m awslambdaric "$@"
else
    exec /usr/local/bin/python -m awslambdaric "$@"
fi
"""


def test_the_usual_entry_script_starts_the_client_both_ways() -> None:
    function = MemoryFunction({"/entry.sh": GUARDED}, entrypoint=("/entry.sh",), command=("app.f",))
    assert (language_of(function), handler_of(function)) == (Language.PYTHON, "app.f")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("#!/bin/sh\nexec my-program\n", "/entry.sh is not followed"),
        ("#!/bin/sh\nexec python -m awslambdaric $HANDLER\n", "the handler $HANDLER is made by the shell"),
        ('#!/bin/sh\nnpx aws-lambda-ric "$1"\npython -m awslambdaric "$1"\n', "/entry.sh starts more than one client"),
        ("#!/bin/sh\nif x; then exec python -m awslambdaric $1; fi\n", "the shell's command line is not followed"),
    ],
)
def test_a_script_that_is_not_understood_is_unknown(script: str, reason: str) -> None:
    function = MemoryFunction({"/entry.sh": script}, entrypoint=("/entry.sh",), command=("app.f",))
    function.runtime_client = Unknown("my-program is not looked into")
    answer = handler_of(function)
    assert isinstance(answer, Unknown)
    assert answer.reason == reason


@pytest.mark.parametrize("client", ["aws-lambda-go", "shell bootstrap", "own client", "aws-lambda-web-adapter"])
def test_what_a_script_starts_looks_for_no_handler_if_its_client_takes_any(client: str) -> None:
    function = MemoryFunction({"/entry.sh": "#!/bin/sh\nexec x\n"}, entrypoint=("/entry.sh",), command=("app.f",))
    function.runtime_client = RuntimeClient(client, None, None)
    assert (language_of(function), handler_of(function)) == (None, None)
    assert resolve(function) == NotResolved("no client is started that looks for a handler")


@pytest.mark.parametrize("entrypoint", [("/app/server",), ("/missing.sh",)])
def test_a_program_of_its_own_has_no_known_client(entrypoint: tuple[str, ...]) -> None:
    function = MemoryFunction({"/app/server": b"\x7fELF"}, entrypoint=entrypoint, command=("app.f",))
    assert (language_of(function), handler_of(function)) == (None, None)


def test_what_is_unknown_of_the_start_stays_unknown() -> None:
    unread = Unknown("ARG without a value")
    assert language_of(MemoryFunction(entrypoint=unread, runtime_client=unread)) == unread
    python = MemoryFunction(entrypoint=("python", "-m", "awslambdaric"), command=unread, runtime_client=unread)
    assert handler_of(python) == unread
    nameless = MemoryFunction(entrypoint=("/lambda-entrypoint.sh",), command=("app.f",), runtime_client=unread)
    assert isinstance(language_of(nameless), Unknown)
    nameless.base = NamedBase("python", "3.12", "al2023", "python3.12", None)
    assert language_of(nameless) == Language.PYTHON
