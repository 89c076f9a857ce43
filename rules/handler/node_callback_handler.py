from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.languages import callback_handler
from lambda_image_lint.rulekit.handlers import fault_place, has_handler, source_place


@rule(
    "LIL310",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html",
        "https://github.com/aws/aws-lambda-nodejs-runtime-interface-client",
    ),
    help="Make it async and return the result, or return a promise: async (event, context) => …",
)
def node_callback_handler(function: Function) -> Iterator[Finding | Unknown]:
    """The handler takes a callback, which the runtime of Node.js 24 and later refuses."""
    found = callback_handler(function) if has_handler(function) else None
    if isinstance(found, Unknown):
        # On other bases than Amazon's nobody knows, and nothing is expected.
        if function.base is not None:
            yield found
    elif found is not None:
        yield Finding(
            f"{found.symbol} of {found.file.path} takes a callback, which Node.js 24 and later refuse",
            fault_place(function, found.file),
            help=f"Make it async and return the result: async (event, context) => …. Lambda says: {found.error}",
            related=(source_place(found.file, found.line),),
        )
