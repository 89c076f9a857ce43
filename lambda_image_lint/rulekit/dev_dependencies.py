"""Who needs the development dependencies of a Node project: what the build runs later, and the function itself."""

import json
import re
from collections.abc import Mapping
from posixpath import basename

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.installers import Installer, installer
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.dockerfile.shell import Command, is_shell
from lambda_image_lint.function.languages.resolution import Language
from lambda_image_lint.function.languages.start import BASE_CLIENT, start_of
from lambda_image_lint.function.model import Function
from lambda_image_lint.rulekit.node_manifest import Manifest, manifest_of
from lambda_image_lint.rulekit.own_code import own_modules
from lambda_image_lint.rulekit.stages import needed_instructions

_NODE_MANAGERS = ("npm", "yarn", "pnpm")
_RUNNERS = frozenset({"npx", "pnpx", "bun", "bunx", "node", "make"})
"""Programs that run what may need them."""
_QUIET = frozenset(
    """audit cache config dedupe doctor fund get global help info init link list login logout ls outdated owner ping pkg
    prefix prune remove root set store team token uninstall update upgrade version view whoami why""".split()
) | {""}
"""What package managers are asked for that runs no script of the package."""
_FILE_TOOLS = frozenset("rm cp mv ls du find chmod chown mkdir ln tar zip touch test [ echo cd rsync".split())
_PROGRAMS = {
    "typescript": ("tsc",), "@angular/cli": ("ng",), "@nestjs/cli": ("nest",), "@swc/cli": ("swc",), "@babel/cli": ("babel",),
    "webpack-cli": ("webpack",), "@vercel/ncc": ("ncc",), "serverless": ("sls",), "npm-run-all": ("run-s", "run-p"),
}  # fmt: skip
"""Package → its programs, where they are not called as it is. Source: ``bin`` of each one's package.json, read 2026-11-28."""


def development_manifest(
    dockerfile: Dockerfile, context: Context, run: Instruction, call: Installer
) -> Manifest | None:
    """The package.json that the install reads, where it names any; without certainty, the one in the context's root."""
    manifest = manifest_of(dockerfile, context, run, call)
    if manifest is None:
        file = context.find("package.json")
        content = file.read(1024 * 1024) if file is not None and not isinstance(file, Unknown) else None
        try:
            data = json.loads(content) if isinstance(content, bytes) else None
        except (ValueError, RecursionError):  # npm itself refuses it: another fault
            return None
        manifest = Manifest("", data) if isinstance(data, dict) else None
    return manifest if manifest is not None and manifest.names("devDependencies") else None


def only_for_development(manifest: Manifest) -> frozenset[str]:
    """The packages that an install without the development dependencies leaves out, as far as the list tells."""
    kept = manifest.names("dependencies", "optionalDependencies", "peerDependencies")
    return frozenset(manifest.names("devDependencies")) - frozenset(kept)


def imported(function: Function | None, manifest: Manifest) -> Mapping[str, str]:
    """Development dependencies that the function's own modules import, and the base does not bring: name → module."""
    start = start_of(function) if function is not None else None
    names = only_for_development(manifest)
    found: dict[str, str] = {}
    if function is None or start is None or isinstance(start, Unknown):
        return found
    from lambda_image_lint.function.languages.node.loader import is_builtin
    from lambda_image_lint.function.languages.node.source import parse

    for module in own_modules(function, Language.NODE):
        source = parse(module.file) if module.file.path.endswith((".js", ".mjs", ".cjs")) else None
        for load in () if source is None or isinstance(source, Unknown) else source.loads:
            package = "/".join(load.specifier.split("/")[: 2 if load.specifier.startswith("@") else 1])
            of_base = start.client == BASE_CLIENT and package.startswith(("@aws-sdk/", "@smithy/", "aws-sdk"))
            if package in names and not of_base and not is_builtin(load.specifier):
                found.setdefault(package, module.file.source or module.file.path)
    return found


def later_use(dockerfile: Dockerfile, run: Instruction, call: Installer, manifest: Manifest | None) -> str | None:
    """What may need them behind the install, as ``npm run build in line 6``; None where nothing does before they are
    installed anew, or taken out."""
    programs = _programs(only_for_development(manifest)) if manifest is not None else frozenset()
    moved = False
    for later in needed_instructions(dockerfile, "RUN", "WORKDIR"):
        chain = dockerfile.stage_chain(dockerfile.stages[later.stage or 0])
        if later.index < run.index or run.stage not in [stage.index for stage in chain]:
            continue
        moved = moved or later.keyword == "WORKDIR"
        if later.keyword == "WORKDIR":
            continue
        if later.shell.unparsed is not None:
            return f"RUN in line {later.span.line}"
        for command in later.shell:
            if later is run and command.index <= call.command.index:
                continue
            moved = moved or command.program in ("cd", "pushd")
            other = installer(command)
            if other is not None and other.tool == call.tool and _renews(other) and not moved:
                return None
            if _may_need(command, other, call, programs):
                return f"{' '.join(word.raw for word in command.words[:3])} in line {command.span.line}"
    return None


def _renews(call: Installer) -> bool:
    """Whether it decides anew which packages are there."""
    return (call.installs and not call.has("-g", "--global")) or call.action == "prune"


def _may_need(command: Command, other: Installer | None, call: Installer, programs: frozenset[str]) -> bool:
    if call.tool not in _NODE_MANAGERS:
        return other is not None and other.tool == call.tool and other.action == "run"
    if other is not None:
        return other.tool in _NODE_MANAGERS and not (other.action in _QUIET or other.installs)
    program = command.program
    if program is None:
        return bool(command.words)
    if program in _FILE_TOOLS:
        return False
    if program == "corepack":
        return any(word.text in _NODE_MANAGERS for word in command.arguments[:1])
    if program in _RUNNERS or program in programs or is_shell(program):
        return True
    return (command.name or "").startswith(("./", "../")) or any("node_modules/" in word.raw for word in command.words)


def _programs(packages: frozenset[str]) -> frozenset[str]:
    return frozenset(name for one in packages for name in (one, basename(one), *_PROGRAMS.get(one, ())))


def script_that_needs(call: Installer, manifest: Manifest | None) -> str | None:
    """The package's own script that the install runs, and that is not known to do without them; None where there is none."""
    if manifest is None or call.has("--ignore-scripts"):
        return None
    kept = _programs(frozenset(manifest.names("dependencies", "optionalDependencies")))
    for name, script in manifest.install_scripts.items():
        for part in re.split(r"&&|\|\||[;|&]", script):
            word = part.split()[0] if part.split() else ":"
            if word not in kept and word not in ("echo", "true", ":", "exit"):
                return name
    return None
