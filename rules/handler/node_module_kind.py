from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.languages import wrong_module_kind
from lambda_image_lint.rulekit.handlers import fault_place, has_handler, source_place


@rule(
    "LIL309",
    Severity.ERROR,
    sources=(
        "https://github.com/aws/aws-lambda-nodejs-runtime-interface-client",
        "https://nodejs.org/api/packages.html#determining-module-system",
        "own: boots of modules of the wrong kind",
    ),
)
def node_module_kind(function: Function) -> Iterator[Finding | Unknown]:
    """The handler's module is an ES module where Node loads CommonJS, the reverse, or TypeScript alone."""
    found = wrong_module_kind(function) if has_handler(function) else None
    if isinstance(found, Unknown):
        yield found
    if isinstance(found, Unknown) or found is None:
        return
    from lambda_image_lint.function.languages.node.modules import KindFault

    path = found.file.path
    message, cure = {
        KindFault.IMPORT_IN_COMMONJS: (
            f"{path} uses {found.word}, and Node loads it as CommonJS",
            'Call it .mjs, or write "type": "module" into the package.json beside it.',
        ),
        KindFault.REQUIRE_IN_MODULE: (
            f"{path} uses {found.word}, and Node loads it as an ES module",
            "Call it .cjs, or write it with import and export.",
        ),
        KindFault.TYPESCRIPT_ONLY: (
            f"{path} is TypeScript, and no compiled form of it is in the image",
            "Compile it in the build, and copy the JavaScript.",
        ),
    }[found.fault]
    yield Finding(
        message,
        fault_place(function, found.file),
        help=f"{cure} Lambda says: {found.error}",
        related=(source_place(found.file, found.line),),
    )
