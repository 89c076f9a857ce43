"""npm, yarn, pnpm and what they run."""

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.effects.call import Call
from lambda_image_lint.function.effects.python import program_folders
from lambda_image_lint.function.effects.unknown import only_asks, works_in_its_folder
from lambda_image_lint.function.model import File, Installed, Packaged
from lambda_image_lint.function.walk import normal

_VALUES = (
    "--prefix",
    "--omit",
    "--only",
    "--include",
    "--registry",
    "--cache",
    "--target",
    "--arch",
    "--platform",
    "--cwd",
    "-C",
    "--dir",
    "--filter",
    "-F",
    "-w",
    "--workspace",
    "--loglevel",
    "--userconfig",
    "--cpu",
    "--os",
    "--libc",
)
_INSTALLS = frozenset(
    ["install", "i", "ci", "clean-install", "add", "update", "upgrade", "rebuild", "install-clean", "prune", "dedupe"]
)
_QUIET = frozenset(
    [
        "config",
        "set",
        "cache",
        "version",
        "audit",
        "fund",
        "ls",
        "list",
        "view",
        "whoami",
        "get",
        "doctor",
        "outdated",
        "help",
        "store",
    ]
)
_SCRIPTS = frozenset(["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"])
"""Scripts of the project itself that an install runs. Source: https://docs.npmjs.com/cli/using-npm/scripts"""


def npm(call: Call) -> None:
    options = call.options(_VALUES)
    texts = [word.text for word in options.positionals]
    verb = next(iter(texts), "install" if call.program in ("yarn", "pnpm", "bun") else "")
    if only_asks(call) or verb in _QUIET:
        return
    if verb == "global":
        texts, verb = texts[1:], "add"
    if not isinstance(verb, str) or verb not in _INSTALLS:
        works_in_its_folder(call)
        return
    names = tuple(text for text in texts[1:] if isinstance(text, str))
    everywhere = options.has("-g", "--global", "--location") or "global" in call.texts[:1]
    if everywhere:
        _note(call, names)
        _bring(call, names, program_folders(call))
        return
    prefix = options.last("--prefix", "--cwd", "-C", "--dir")
    folder = call.folder if prefix is None else call.path(prefix)
    _install(call, folder, names, runs_scripts=not options.has("--ignore-scripts"))


def _install(call: Call, folder: Answer[str], names: tuple[str, ...], *, runs_scripts: bool) -> None:
    if isinstance(folder, Unknown):
        call.blur(folder, changes=False)
        return
    _note(call, names)
    package = _package(call, normal("package.json", folder))
    declared = _declared(call, package)
    if runs_scripts and not isinstance(package, Unknown) and _SCRIPTS & set(_mapping(package.get("scripts"))):
        call.blur(folder)
    _bring(call, None if declared is None else (*names, *declared), [normal("node_modules", folder)])
    for name in ("package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lockb"):
        call.blur(normal(name, folder))
    if names:
        call.blur(normal("package.json", folder))


def _package(call: Call, path: str) -> Answer[dict[str, object]]:
    found = call.files.find(path)
    content = found.read() if isinstance(found, File) else call.unknown(f"{path} is not known")
    if isinstance(content, Unknown):
        return content
    import json

    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return call.unknown(f"{path} is no JSON")
    return document if isinstance(document, dict) else call.unknown(f"{path} is no JSON object")


def _declared(call: Call, package: Answer[dict[str, object]]) -> tuple[str, ...] | None:
    """The dependencies of package.json, noted as installed; None where they are not known."""
    if isinstance(package, Unknown):
        call.building.install_gaps.append(call.unknown(f"what {call.line} installs is not known: {package.reason}"))
        return None
    found: list[str] = []
    for key in ("dependencies", "optionalDependencies", "devDependencies"):
        for name, version in _mapping(package.get(key)).items():
            exact = version if isinstance(version, str) and version[:1].isdigit() else None
            call.building.installed.append(Installed("npm", name, exact, call.place))
            found.append(name)
    return tuple(found)


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _note(call: Call, names: tuple[str, ...]) -> None:
    for name in names:
        package, at, version = name.rpartition("@")
        if not at or not package:
            package, version = name, ""
        exact = version if version[:1].isdigit() else None
        call.building.installed.append(Installed("npm", package, exact, call.place))


def _bring(call: Call, names: tuple[str, ...] | None, folders: list[str]) -> None:
    unknown = Packaged(f"{call.line} may have brought it", call.place, packages=names)
    for folder in folders:
        call.blur(folder, changes=False, unknown=unknown)


def corepack(call: Call) -> None:
    """Puts yarn and pnpm beside itself."""
    for folder in program_folders(call):
        call.blur(folder, changes=False)


EFFECTS = {
    **dict.fromkeys(("npm", "yarn", "pnpm", "bun", "cnpm"), npm),
    **dict.fromkeys(("npx", "pnpx", "bunx", "nx", "turbo", "lerna", "ncc"), works_in_its_folder),
    "corepack": corepack,
}  # fmt: skip
