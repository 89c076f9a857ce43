from collections.abc import Iterator

from lambda_image_lint import Context, Dockerfile, Finding, Function, Severity, Unknown, rule
from lambda_image_lint.rulekit.compiled_packages import carried
from lambda_image_lint.rulekit.mismatched_modules import mismatched_modules
from lambda_image_lint.rulekit.python_imports import python_imports


@rule(
    "LIL505",
    Severity.ERROR,
    sources=(
        "https://peps.python.org/pep-3149/",
        "own: boots of images whose extension module is for another Python",
    ),
    help="Install the packages with the Python that runs them: the same version in the builder and in the image.",
)
def python_abi_mismatch(
    function: Function, dockerfile: Dockerfile | None, context: Context | None
) -> Iterator[Finding | Unknown]:
    """A package's compiled modules are for another version of Python than the image's."""
    for each in carried(dockerfile, context) if dockerfile is not None else ():
        if each.made_by.minor != each.used_by.minor:
            yield Finding(
                f"{each.package} is installed by Python 3.{each.made_by.minor} ({each.made_by.image}) "
                f"and imported by Python 3.{each.used_by.minor}",
                each.copy.place,
                severity=Severity.WARNING,
            )
    for found in mismatched_modules(function):
        if isinstance(found, Unknown):
            yield found
            continue
        tag, imports = found.mismatch.tag, python_imports(function)
        # What also fits no other way is told by the rule on platforms.
        if "version" in found.mismatch.wrong and imports is not None:
            others = f", as are {found.count - 1} more" if found.count > 1 else ""
            yield Finding(
                f"{found.mismatch.file.path} is for Python 3.{tag.minor}{others}; the image has 3.{imports.minor}",
                found.mismatch.file.place,
                severity=None if found.is_certain else Severity.WARNING,
            )
