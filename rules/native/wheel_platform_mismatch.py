from collections.abc import Iterator

from lambda_image_lint import Context, Dockerfile, Finding, Function, Severity, Unknown, rule
from lambda_image_lint.rulekit.compiled_packages import carried
from lambda_image_lint.rulekit.mismatched_modules import mismatched_modules
from lambda_image_lint.rulekit.wheel_platforms import foreign_platforms


@rule(
    "LIL506",
    Severity.ERROR,
    sources=(
        "https://packaging.python.org/specifications/platform-compatibility-tags/",
        "own: boots of images whose extension module is for musl, or for another processor",
    ),
    help="Install the packages on the image's own system and for its architecture.",
)
def wheel_platform_mismatch(
    function: Function, dockerfile: Dockerfile | None, context: Context | None
) -> Iterator[Finding | Unknown]:
    """A package's compiled modules are for another C library or processor than the image's."""
    for each in carried(dockerfile, context) if dockerfile is not None else ():
        if each.made_by.libc and each.used_by.libc and each.made_by.libc != each.used_by.libc:
            yield Finding(
                f"{each.package} is installed for {each.made_by.libc} ({each.made_by.image}) "
                f"and imported on {each.used_by.libc}",
                each.copy.place,
                severity=Severity.WARNING,
            )
    for run, word, platform in foreign_platforms(function, dockerfile) if dockerfile is not None else ():
        yield Finding(
            f"packages are installed for {platform}, the image is for {function.architecture}",
            run.at(word.span),
            severity=Severity.WARNING,
        )
    for found in mismatched_modules(function):
        if isinstance(found, Unknown):
            yield found
        elif "version" not in found.mismatch.wrong:
            tag = found.mismatch.tag
            others = f", as are {found.count - 1} more" if found.count > 1 else ""
            yield Finding(
                f"{found.mismatch.file.path} is for {tag.machine} with {_LIBRARY[tag.libc]}{others}, the image is not",
                found.mismatch.file.place,
                severity=None if found.is_certain else Severity.WARNING,
            )


_LIBRARY = {"gnu": "glibc", "musl": "musl"}
