"""Yarn: which of its two kinds a build uses, and what becomes of its cache."""

from lambda_image_lint.dockerfile.context import Context, ContextFile
from lambda_image_lint.dockerfile.installers import Installer
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.rulekit.runs import has_cache_mount
from lambda_image_lint.rulekit.stages import needed_instructions

_CACHE = "/usr/local/share/.cache/yarn"
"""Of root. Source: Yarn 1.22, src/util/user-home-dir.js: root's files lie below /usr/local/share."""
_SIGNS = (".yarnrc.yml", ".yarn/", "yarn set version", "@yarnpkg", "packageManager", "corepack")
_BERRY_OPTIONS = ("--immutable", "--immutable-cache", "--inline-builds", "--mode", "--check-cache")


def may_be_berry(dockerfile: Dockerfile, context: Context | None) -> bool:
    """Whether anything shows Yarn 2 or later, which keeps its cache elsewhere, and may run the project from it."""
    for run in needed_instructions(dockerfile, "RUN", "COPY", "ENV"):
        if any(sign in run.raw for sign in _SIGNS) or "YARN_VERSION=berry" in run.raw:
            return True
    if context is None or not context.is_known:
        return False
    if context.present(".yarnrc.yml") is True:
        return True
    manifest = context.find("package.json")
    content = manifest.read() if isinstance(manifest, ContextFile) else b""
    return isinstance(content, bytes) and b'"packageManager"' in content


def is_cache_spared(dockerfile: Dockerfile, run: Instruction, call: Installer) -> bool:
    """Whether the cache is emptied in the same RUN, lies in a mount, or nobody can tell where it is."""
    if call.has("--cache-folder", "--help", "--version", "-v", *_BERRY_OPTIONS) or call.command.guards:
        return True
    if dockerfile.variables.value("YARN_CACHE_FOLDER", run) is not None:
        return True
    if any(one.name == "YARN_CACHE_FOLDER" for command in run.shell for one in command.assignments):
        return True
    if has_cache_mount(run, _CACHE):
        return True
    for command in run.shell:
        texts = [word.text or word.prefix for word in command.arguments]
        if command.program in ("yarn", "yarnpkg") and texts[:2] == ["cache", "clean"]:
            return True
        if command.program in ("rm", "find") and any("cache" in text for text in texts):
            return True
    return False
