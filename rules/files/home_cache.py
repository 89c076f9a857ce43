from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Function, Severity, Unknown, rule
from lambda_image_lint.function.languages.resolution import Language
from lambda_image_lint.rulekit.edits import before
from lambda_image_lint.rulekit.handlers import last_command
from lambda_image_lint.rulekit.home_downloads import HomeDownload, home_downloads
from lambda_image_lint.rulekit.own_code import own_modules
from lambda_image_lint.rulekit.unseen import unseen


@rule(
    "LIL406",
    Severity.WARNING,
    sources=(
        "https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables",
        "https://numba.readthedocs.io/en/stable/reference/envvars.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html",
    ),
    help="Set the library's variable to a folder below /tmp, or bring its files with the image.",
)
def home_cache(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """The code makes a library write below HOME, which does not exist and cannot be made."""
    if (nothing := unseen(function)) is not None:
        yield nothing
        return
    modules = own_modules(function, Language.PYTHON)
    if modules and isinstance(function.environment_complete, Unknown):
        yield function.environment_complete
        return
    # What the build has fetched into root's home is told there, with the same cure.
    downloads = home_downloads(dockerfile) if dockerfile is not None else ()
    fetched = {one.cache.folder for one in downloads if isinstance(one, HomeDownload)}
    told: set[str] = set()
    for module in modules:
        from lambda_image_lint.rulekit.home_caches import writers

        for library, line in writers(module.file):
            if (
                library.name in told
                or library.folder in fetched
                or {*library.variables, "HOME"} & {*function.environment}
            ):
                continue
            told.add(library.name)
            setting = f"{library.variables[0]}={library.to}"
            yield Finding(
                f"{module.file.path}, line {line}: {library.name} writes to ~/{library.folder}, which cannot be made on Lambda",
                module.file.place,
                help=f"Set ENV {setting}, or bring the files with the image and name their folder.",
                fix=_fix(dockerfile, setting),
            )


def _fix(dockerfile: Dockerfile | None, setting: str) -> Fix | None:
    """Set the variable before the last CMD or ENTRYPOINT."""
    last = last_command(dockerfile, "CMD", "ENTRYPOINT") if dockerfile is not None else None
    if last is None:
        return None
    return Fix(f"Set {setting.partition('=')[0]}", (before(last.span, f"ENV {setting}\n"),), Applicability.SAFE)
