from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.languages.start import start_of

BROKEN = ("4.0.0",)
"""Versions of aws-lambda-ric whose package lacks its program."""


@rule(
    "LIL318",
    Severity.ERROR,
    sources=("https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/issues/170",),
    help="Install a later version: aws-lambda-ric@4.0.2 or newer, or the last of 3.",
)
def node_ric_broken_version(function: Function) -> Iterator[Finding | Unknown]:
    """The runtime client for Node.js is a version that was published without its program."""
    start = start_of(function)
    if isinstance(start, Unknown) or start is None or start.client != "aws-lambda-ric":
        return
    client = function.runtime_client
    if isinstance(client, Unknown):
        yield client
    elif client is not None and client.version in BROKEN:
        yield Finding(
            f"aws-lambda-ric {client.version} was published without its program, which the entrypoint starts",
            function.where("entrypoint"),
        )
