"""Handlers of .NET and Ruby."""

import pytest

from lambda_image_lint.answer import Answer
from lambda_image_lint.function.languages import missing_dotnet_configuration, resolve
from tests.function.languages.memory import on_base
from tests.function.languages.words import said

ASSEMBLY = b"MZ\x90\0#Strings\0Function\0FunctionHandler\0"
PUBLISHED: dict[str, str | bytes | None] = {
    "/var/task/Shop.dll": ASSEMBLY,
    "/var/task/Shop.deps.json": "{}",
    "/var/task/Shop.runtimeconfig.json": "{}",
    "/var/task/Amazon.Lambda.Core.dll": b"MZ",
}


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        ("Shop::Shop.Function::FunctionHandler", "Resolved file=/var/task/Shop.dll symbol=FunctionHandler"),
        ("Shop", "Resolved file=/var/task/Shop.dll"),
        ("Shop.dll", "Resolved file=/var/task/Shop.dll"),
        (
            "Shop::Shop.Function::Handler2",
            "Resolved file=/var/task/Shop.dll symbol=Handler2 doubt=(Handler2 may be inherited)",
        ),
        (
            "Shop::Shop.Functions::FunctionHandler",
            "FunctionMissing file=/var/task/Shop.dll symbol=Shop.Functions "
            "error=Unable to load type 'Shop.Functions' from assembly 'Shop'.",
        ),
        (
            "Store::Shop.Function::FunctionHandler",
            "FileMissing module=Store error=Could not find the specified handler assembly with the file name 'Store'. The "
            "assembly should be located in the root of your uploaded .zip file. looked_in=[/var/task] near=[/var/task/Shop.dll] "
            "suggestion=Shop::Shop.Function::FunctionHandler",
        ),
        (
            "Store",
            "FileMissing module=Store error=Error: executable assembly /var/task/Store.dll or binary /var/task/Store not found. "
            "looked_in=[/var/task] near=[/var/task/Shop.dll] suggestion=Shop",
        ),
        (
            "Shop::Function",
            "BadFormat why=it is not ASSEMBLY::TYPE::METHOD error=Invalid lambda function handler: 'Shop::Function'. "
            "The valid format is 'ASSEMBLY::TYPE::METHOD'.",
        ),
        (
            "Shop:Shop.Function:FunctionHandler",
            "BadFormat why=it is not ASSEMBLY::TYPE::METHOD error=Invalid lambda function handler: "
            "'Shop:Shop.Function:FunctionHandler'. The valid format is 'ASSEMBLY::TYPE::METHOD'. "
            "suggestion=Shop::Shop.Function::FunctionHandler",
        ),
        (
            "Shop::::FunctionHandler",
            "BadFormat why=it is not ASSEMBLY::TYPE::METHOD error=Invalid lambda function handler: 'Shop::::FunctionHandler', "
            "the type is missing. The valid format is 'ASSEMBLY::TYPE::METHOD'. suggestion=None",
        ),
    ],
)
def test_a_dotnet_handler_is_resolved_as_the_client_does(handler: str, expected: str) -> None:
    assert said(resolve(on_base("dotnet", "8", handler, PUBLISHED))) == expected.removesuffix(" suggestion=None")


@pytest.mark.parametrize(
    ("removed", "added", "expected"),
    [
        ((), {}, "None"),
        (("/var/task/Shop.deps.json",), {"/var/task/Other.deps.json": "{}"}, "None"),
        (("/var/task/Shop.deps.json",), {}, "MissingConfiguration path=/var/task/Shop.deps.json"),
        (
            ("/var/task/Shop.deps.json",),
            {"/var/task/A.deps.json": "{}", "/var/task/B.deps.json": "{}"},
            "MissingConfiguration path=/var/task/Shop.deps.json candidates=[/var/task/A.deps.json, /var/task/B.deps.json]",
        ),
        (("/var/task/Shop.runtimeconfig.json",), {}, "MissingConfiguration path=/var/task/Shop.runtimeconfig.json"),
    ],
)
def test_the_start_script_wants_both_files_of_a_publish(
    removed: tuple[str, ...], added: dict[str, str], expected: str
) -> None:
    files = {path: data for path, data in PUBLISHED.items() if path not in removed} | added
    verdict = said(missing_dotnet_configuration(on_base("dotnet", "8", "Shop::Shop.Function::FunctionHandler", files)))
    assert verdict.partition(" error=")[0] == expected
    if "Missing" in expected:
        suffix, code = (".deps.json", 105) if "deps" in expected else (".runtimeconfig.json", 106)
        assert verdict.endswith(f"The /var/task directory is missing the required {suffix} file. exit_code={code}")


def test_the_main_assembly_may_be_named_by_a_variable() -> None:
    environment: dict[str, Answer[str]] = {"LAMBDA_DOTNET_MAIN_ASSEMBLY": "Shop.dll"}
    files = PUBLISHED | {"/var/task/Lib.deps.json": "{}", "/var/task/Lib.runtimeconfig.json": "{}"}
    function = on_base("dotnet", "8", "Lib::Lib.F::G", files, environment=environment)
    assert missing_dotnet_configuration(function) is None
    assert missing_dotnet_configuration(on_base("dotnet", "8", "Shop", {})) is None


RUBY = "require 'json'\n\ndef handler(event:, context:)\n  1\nend\n"
PLAIN = "def handler(event:, context:)\n  1\nend\n"


@pytest.mark.parametrize(
    ("handler", "files", "expected"),
    [
        ("app.handler", {"app.rb": RUBY}, "Resolved file=/var/task/app.rb symbol=handler line=3"),
        ("src/app.handler", {"src/app.rb": PLAIN}, "Resolved file=/var/task/src/app.rb symbol=handler line=1"),
        (
            "app.Shop::Orders.handler", {"app.rb": PLAIN},
            "Resolved file=/var/task/app.rb symbol=handler doubt=(/var/task/app.rb may define Shop::Orders.handler in a way that "
            "its text does not show)",
        ),
        (
            "app.handle", {"app.rb": "def other\nend\n"},
            "FunctionMissing file=/var/task/app.rb symbol=handle error=NoMethodError: undefined method 'handle' defined=[other]",
        ),
        (
            "app.missing", {"app.rb": RUBY},
            "Resolved file=/var/task/app.rb symbol=missing doubt=(/var/task/app.rb may define missing in a way that its text does "
            "not show)",
        ),
        (
            "app", {"app.rb": RUBY},
            "BadFormat why=it is not FILE.METHOD or FILE.CLASS.METHOD error=ArgumentError: Invalid handler [\"app\"], must be of "
            "form FILENAME.METHOD or FILENAME.CLASS.METHOD",
        ),
        (
            "app.rb.handler", {"app.rb": RUBY},
            "BadFormat why=it names the file with its suffix error=NameError: wrong constant name rb suggestion=app.handler",
        ),
        (
            "app.handler", {"lib/app.rb": RUBY},
            "FileMissing module=app error=LoadError: cannot load such file -- app looked_in=[/var/task] near=[/var/task/lib/app.rb] "
            "suggestion=lib/app.handler",
        ),
        ("app.handler", {}, "FileMissing module=app error=LoadError: cannot load such file -- app looked_in=[/var/task]"),
        (
            "shop.handler", {"vendor/bundle/ruby/3.3.0/gems/shop-1/lib/shop.rb": RUBY},
            "Unknown: shop may be loaded from a gem or from Ruby's own library",
        ),
    ],
)  # fmt: skip
def test_a_ruby_handler_is_resolved_as_the_client_does(handler: str, files: dict[str, str], expected: str) -> None:
    contents = {f"/var/task/{path}": text for path, text in files.items()}
    assert said(resolve(on_base("ruby", "3.3", handler, contents))) == expected


def test_a_ruby_file_outside_the_root_is_told_with_its_place() -> None:
    assert said(resolve(on_base("ruby", "3.3", "app.handler", {"/app/app.rb": RUBY}))) == (
        "OutsidePath module=app error=LoadError: cannot load such file -- app looked_in=[/var/task] found=[/app/app.rb]"
    )


def test_any_string_is_a_handler_of_a_bootstrap() -> None:
    assert said(resolve(on_base("provided", "al2023", "whatever you like", {}))) == "Resolved symbol=whatever you like"
