from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.languages import missing_dotnet_configuration


@rule(
    "LIL312",
    Severity.ERROR,
    sources=(
        "https://github.com/aws/aws-lambda-dotnet",
        "https://docs.aws.amazon.com/lambda/latest/dg/csharp-image.html",
    ),
    help="Copy the whole output of `dotnet publish`; a library needs GenerateRuntimeConfigurationFiles in its project.",
)
def dotnet_runtime_config_missing(function: Function) -> Iterator[Finding | Unknown]:
    """The .deps.json or .runtimeconfig.json that the base's start script asks for is not in the task root."""
    missing = missing_dotnet_configuration(function)
    if isinstance(missing, Unknown):
        if function.base is not None and function.base.language == "dotnet":
            yield missing
    elif missing is not None:
        there = f", and there are {len(missing.candidates)} others" if missing.candidates else ""
        yield Finding(
            f"{missing.path} is not in the image{there}: the runtime ends with status {missing.exit_code}",
            function.handler_place(),
            help="Copy the whole output of `dotnet publish`; a library needs GenerateRuntimeConfigurationFiles in its "
            f"project. Lambda says: {missing.error}",
        )
