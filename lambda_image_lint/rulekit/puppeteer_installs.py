"""Installs whose list names puppeteer, so that its script downloads a browser into the home directory.

Source: puppeteer's ``getConfiguration`` and ``install``, and https://pptr.dev/guides/configuration, read 2026-11-23. The
script runs with the install, whatever the command; before version 19 the browser went into the package itself.
"""

import re
from collections.abc import Iterator
from posixpath import basename

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.context import Context, ContextFile
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.patterns import lazy
from lambda_image_lint.rulekit.home_downloads import (
    PUPPETEER,
    PUPPETEER_CACHE_SINCE,
    PUPPETEER_SKIPS,
    HomeDownload,
    is_left_in_home,
)
from lambda_image_lint.rulekit.node_manifest import Manifest, carried_modules, manifest_of, takes_from
from lambda_image_lint.rulekit.runs import installs
from lambda_image_lint.rulekit.stages import final_instructions, final_stages

_BROWSER = lazy(r"(?i)chrom|puppeteer|firefox")
"""In an instruction of the image: a browser comes from elsewhere, or somebody says where."""
_BRINGS_OWN = ("@sparticuz/chromium", "@sparticuz/chromium-min", "chrome-aws-lambda", "chromium", "@puppeteer/browsers")
"""Packages that bring, or fetch, a browser of their own."""
_SAYS_WHERE = lazy(r"executablePath|browserWSEndpoint|browserURL|PUPPETEER_|cacheDirectory")
_NPM_SAYS = lazy(r"(?i)puppeteer|ignore-scripts")
_CODE = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts")
_SOURCES_MAX, _SOURCE_LIMIT = 400, 256 * 1024
"""Sources read for a word on where the browser is; a function's own code has far fewer."""
_CONFIGURATION = lazy(r"\.puppeteerrc(\.\w+)?|puppeteer\.config\.\w+|puppeteerrc(\.\w+)?")
_PLAIN = lazy(r"(?:[\^~=v]|>=)?\s*(\d+)(?:\.\S*)?")


class Install(Struct, frozen=True):
    """Such an install."""

    download: HomeDownload
    carried: Instruction | None
    """The COPY that takes the packages out of a builder and leaves the browser there; None in the image itself."""


def puppeteer_installs(dockerfile: Dockerfile, context: Context) -> Iterator[Install | Unknown]:
    """Each whose browser the function will not find: in a home directory, or left behind in a builder."""
    final = final_stages(dockerfile)
    for run, call in installs(dockerfile.needed_stages(), "npm", "yarn"):
        manifest = manifest_of(dockerfile, context, run, call)
        if manifest is None or call.has("--ignore-scripts") or not _downloads(manifest):
            continue
        in_final = run.stage is not None and dockerfile.stages[run.stage] in final
        carried = None if in_final else _left_behind(dockerfile, run)
        if not in_final and carried is None:
            continue
        download = HomeDownload(run, call.command, PUPPETEER)
        if (
            _is_told_otherwise(dockerfile, run)
            or (call.tool == "yarn" and (manifest.data.get("packageManager") or context.find(".yarnrc.yml")))
            or _is_configured(context)
        ):
            continue
        left = is_left_in_home(dockerfile, download)
        if isinstance(left, Unknown):
            yield left
        elif left:
            yield Install(download, carried)


def _downloads(manifest: Manifest) -> bool:
    """Whether the list names a puppeteer that keeps its browser in the home, and nothing that brings another."""
    version = manifest.names("dependencies").get("puppeteer")
    if version is None or {*_BRINGS_OWN} & {*manifest.names("dependencies", "devDependencies", "optionalDependencies")}:
        return False
    if "puppeteer" in manifest.data or "puppeteer" in str(manifest.data.get("config", "")):
        return False
    match = _PLAIN.fullmatch(version.strip())
    return version in ("latest", "*") or (match is not None and int(match[1]) >= PUPPETEER_CACHE_SINCE)


def _left_behind(dockerfile: Dockerfile, run: Instruction) -> Instruction | None:
    """The COPY of a builder's packages, where nothing takes more than its working directory."""
    copies = list(carried_modules(dockerfile, run))
    stage = dockerfile.stages[run.stage or 0]
    for copy in final_instructions(dockerfile, "COPY"):
        if takes_from(copy, stage) and any(
            word.text in ("/", "/*", "/.")
            or ".cache" in word.text
            or word.text.startswith(("/root", "/home", "$", "~"))
            for word in copy.sources
        ):
            return None
    return copies[0] if copies else None


def _is_told_otherwise(dockerfile: Dockerfile, run: Instruction) -> bool:
    """Whether a variable keeps the download away, or an instruction names a browser."""
    if any(dockerfile.variables.value(name, run) for name in (*PUPPETEER_SKIPS, "npm_config_ignore_scripts")):
        return True
    stages = (*final_stages(dockerfile), dockerfile.stages[run.stage or 0])
    return any(
        _BROWSER.search(one.raw) or "ignore-scripts" in one.raw
        for stage in dict.fromkeys(stages)
        for one in stage.instructions
        if one.keyword in ("RUN", "ENV", "ARG") or (one.keyword == "COPY" and one.flag("from") is not None)
    )


def _is_configured(context: Context) -> bool:
    """Whether a file says where the browser goes or is: puppeteer's, npm's, or the function's own code."""
    files = context.walk()
    if isinstance(files, Unknown):
        return True
    sources = 0
    for file in files:
        name = basename(file.path)
        if _CONFIGURATION.fullmatch(name):
            return True
        if "node_modules/" in file.path or file.is_dir:
            continue
        if name == ".npmrc" and _says(file, _NPM_SAYS):
            return True
        if name.endswith(_CODE):
            sources += 1
            if sources > _SOURCES_MAX or _says(file, _SAYS_WHERE):
                return True
    return False


def _says(file: ContextFile, pattern: re.Pattern[str]) -> bool:
    """Whether the pattern occurs in it; what cannot be read may say anything."""
    content = file.read(_SOURCE_LIMIT)
    return isinstance(content, Unknown) or bool(pattern.search(content.decode("utf-8", "replace")))
