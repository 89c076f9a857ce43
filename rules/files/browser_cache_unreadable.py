from collections.abc import Iterator

from lambda_image_lint import Applicability, Context, Dockerfile, Finding, Fix, Severity, Unknown, rule
from lambda_image_lint.rulekit.edits import after, before
from lambda_image_lint.rulekit.home_downloads import Cache, HomeDownload, home_downloads
from lambda_image_lint.rulekit.puppeteer_installs import puppeteer_installs


@rule(
    "LIL404",
    Severity.ERROR,
    sources=(
        "https://playwright.dev/docs/browsers#managing-browser-binaries",
        "https://pptr.dev/guides/configuration",
        "https://github.com/puppeteer/puppeteer/blob/main/packages/puppeteer/src/getConfiguration.ts",
        "https://github.com/microsoft/playwright-python/issues/1317",
        "https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables",
    ),
    help="Set the tool's variable to a folder outside the home directory, with ENV and before the download.",
)
def browser_cache_unreadable(dockerfile: Dockerfile, context: Context) -> Iterator[Finding | Unknown]:
    """Browsers or models are downloaded into root's home, where the function does not look and may not read."""
    for found in home_downloads(dockerfile):
        if isinstance(found, Unknown):
            yield found
            continue
        cache = found.cache
        yield Finding(
            f"{cache.what} go to ~/{cache.folder}, which the function does not find: {cache.missing}",
            found.run.at(found.command.span),
            help=f"{_cure(cache)}: HOME is another on Lambda, and /root is closed.",
            fix=_fix(dockerfile, found),
        )
    for install in puppeteer_installs(dockerfile, context):
        if isinstance(install, Unknown):
            yield install
            continue
        found = install.download
        yield Finding(
            f"puppeteer's script puts browsers into ~/{found.cache.folder}, {_WHY[install.carried is not None]}",
            found.run.at(found.command.span),
            help=_COPIED
            if install.carried
            else f"{_cure(found.cache)}: HOME is another on Lambda, and /root is closed.",
            related=(install.carried.place,) if install.carried else (),
            fix=None if install.carried else _fix(dockerfile, found),
        )


_WHY = {
    False: "which the function does not find: PUPPETEER_CACHE_DIR is not set",
    True: "which stays behind in the builder",
}
_COPIED = "Set PUPPETEER_CACHE_DIR to a folder of the application in both stages, and copy it along with node_modules."


def _cure(cache: Cache) -> str:
    if cache.option:
        return f"Pass {cache.option} (in code: download_dir)"
    return f"Set ENV {cache.variables[0]}={cache.elsewhere} before the download"


def _fix(dockerfile: Dockerfile, found: HomeDownload) -> Fix | None:
    """Set the variable before the RUN, where nothing else sets it; else pass the option to the module that is run."""
    cache, variable = found.cache, found.cache.variables[0]
    if cache.option:
        module = next((word for word in found.command.words if word.text == "nltk.downloader"), None)
        title = f"Pass {cache.option}"
        return Fix(title, (after(module.span, f" {cache.option}"),), Applicability.SAFE) if module else None
    if any(pair.name == variable for env in dockerfile.all("ENV") for pair in env.pairs):
        return None
    line = f"ENV {variable}={cache.elsewhere}\n"
    return Fix(f"Set {variable} before the download", (before(found.run.span, line),), Applicability.SAFE)
