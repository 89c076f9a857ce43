"""What an install reads of the build context besides the lists that its tool knows by name: what these lists name in turn."""

from collections.abc import Iterable, Iterator, Mapping
from posixpath import basename, join, normpath

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.context import Context, ContextFile
from lambda_image_lint.dockerfile.installers import Installer
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.dockerfile.shell import ShellWord
from lambda_image_lint.rulekit.node_manifest import Manifest, manifest_of
from lambda_image_lint.rulekit.projects import read_toml

_LIMIT = 1024 * 1024
PROJECT = ""
"""Stands among the paths for the project itself: everything."""
_LOCAL = ("file:", "link:", "portal:", "./", "../", "/")
"""How a version of package.json begins that is a path.
Source: https://docs.npmjs.com/cli/configuring-npm/package-json#local-paths, https://yarnpkg.com/protocols, read 2026-11-23."""
_DEPENDENCIES = (
    "dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "resolutions", "overrides", "pnpm",
)  # fmt: skip
_ARCHIVES = (".whl", ".tar.gz", ".zip", ".tgz")


def named_by_lists(
    dockerfile: Dockerfile, context: Context, run: Instruction, call: Installer
) -> tuple[str, ...] | None:
    """Paths that the lists of an install name, as they write them, without leading dots; `PROJECT` for the project itself.

    None where that is not known: a list is not in the context, or it can say more than is read here.
    """
    if not context.is_known:
        return None
    if call.tool in ("npm", "yarn", "pnpm"):
        manifest = manifest_of(dockerfile, context, run, call)
        return None if manifest is None else _of_node(context, manifest, call)
    copied = {file.path: file for file in copied_before(dockerfile, context, run)}
    if call.tool == "pip" or (call.tool == "uv" and call.action != "sync"):
        return _of_pip(copied, call)
    return _of_project(copied, call)


def copied_before(dockerfile: Dockerfile, context: Context, run: Instruction) -> Iterator[ContextFile]:
    """The files of the context that are copied before a RUN, in its stage and those that it stands on."""
    for stage in dockerfile.stage_chain(dockerfile.stages[run.stage or 0]):
        for copy in stage.all("COPY", "ADD"):
            if copy.index > run.index or copy.flag("from") is not None:
                continue
            for word in copy.sources:
                source = dockerfile.variables.expand(word.template, copy)
                matched = context.match(source) if isinstance(source, str) else ()
                for file in matched if isinstance(matched, tuple) else ():
                    below = context.walk(file.path) if file.is_dir else (file,)
                    yield from (one for one in below if not one.is_dir) if isinstance(below, tuple) else ()


def _of_node(context: Context, manifest: Manifest, call: Installer) -> tuple[str, ...] | None:
    beside = [context.find(join(manifest.folder, name)) for name in ("binding.gyp", "pnpm-workspace.yaml")]
    if manifest.data.get("workspaces") or beside != [None, None]:
        return None
    if manifest.install_scripts and not call.has("--ignore-scripts"):
        return None
    said = [text for key in _DEPENDENCIES for text in _texts(manifest.data.get(key))]
    if any(text.startswith("workspace:") for text in said):
        return None
    return tuple(_path(text.partition(":")[2] or text) for text in said if text.startswith(_LOCAL))


def _of_pip(copied: Mapping[str, ContextFile], call: Installer) -> tuple[str, ...] | None:
    words: tuple[ShellWord, ...] = (*call.requirement_files, *call.values("-c", "--constraint"))
    if call.action == "pip sync":
        words += call.operands
    elif any(word.text is None or word.text.endswith(_ARCHIVES) for word in call.operands):
        return None
    if call.has("-e", "--editable", "-f", "--find-links", "--group"):
        return None
    named: list[str] = []
    waiting = [word.raw.strip("\"'") for word in words if "://" not in word.raw]
    seen: set[str] = set()
    while waiting:
        # The image's folders need not be the context's: a list is known by its name, where only one has it.
        name = basename(waiting.pop())
        found = [file for path, file in copied.items() if basename(path) == name]
        if len(found) != 1 or name.endswith((".toml", ".py", ".cfg")):
            return None
        named.append(name)
        content = found[0].read(_LIMIT)
        if isinstance(content, Unknown):
            return None
        if found[0].path in seen:
            continue
        seen.add(found[0].path)
        for option, value in _requirements(content):
            if "$" in value:
                return None
            if option in ("-r", "-c"):
                waiting.append(value)
            else:
                named.append(_path(value))
    return tuple(named)


_LIST_OPTIONS = {
    "-r": "-r", "--requirement": "-r", "-c": "-c", "--constraint": "-c", "-e": "-e", "--editable": "-e",
    "-f": "-f", "--find-links": "-f",
}  # fmt: skip
"""Source: https://pip.pypa.io/en/stable/reference/requirements-file-format/, read 2026-11-23."""


def _requirements(content: bytes) -> Iterator[tuple[str, str]]:
    """(option, path) of each line of a requirements file that names a path: of -r, -c, -e and -f, and without an option."""
    for line in content.decode("utf-8", "replace").replace("\\\n", "").splitlines():
        text = line.partition(" #")[0].strip()
        if not text or text.startswith("#"):
            continue
        option = ""
        if text.startswith("-"):
            word = text[:2] if text[1:2] != "-" else text.replace("=", " ").partition(" ")[0]
            option = _LIST_OPTIONS.get(word, "")
            text = text[len(word) :].lstrip(" =\t")
            if not option:
                continue
        target = text.partition(";")[0].partition("[")[0].strip()
        if "file:" in target:
            yield option, target.partition("file:")[2]
        elif "://" in target or target.startswith(("git+", "hg+", "svn+", "bzr+")):
            continue
        elif option or target.startswith((".", "/")) or target.endswith(_ARCHIVES) or "/" in target.partition("@")[0]:
            yield option, target


def _of_project(copied: Mapping[str, ContextFile], call: Installer) -> tuple[str, ...] | None:
    """Of Poetry, PDM, uv and Pipenv: their list, where it names no path at all and they do not install the project."""
    name = "Pipfile" if call.tool == "pipenv" else "pyproject.toml"
    found = [file for path, file in copied.items() if basename(path) == name]
    project = read_toml(found[0]) if len(found) == 1 else None
    if project is None or _names_a_path(project):
        return None
    alone = call.tool == "pipenv" or call.has(
        "--no-root", "--no-install-project", "--no-install-workspace", "--no-self"
    )
    tool = project.get("tool")
    own = tool.get(call.tool) if isinstance(tool, dict) else None
    setting = {"poetry": "package-mode", "uv": "package", "pdm": "distribution"}.get(call.tool, "")
    said = own.get(setting) if isinstance(own, dict) else None
    if alone or said is False or (call.tool == "uv" and said is None and "build-system" not in project):
        return ()
    return None


def _names_a_path(value: object) -> bool:
    if isinstance(value, dict):
        return any(
            (key in ("path", "workspace", "file") and bool(one)) or _names_a_path(one) for key, one in value.items()
        )
    if isinstance(value, list):
        return any(_names_a_path(one) for one in value)
    return isinstance(value, str) and "file:" in value


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)


def _path(text: str) -> str:
    """``./lib``, ``../lib/`` and ``///app/lib`` are lib and app/lib; the folder itself is `PROJECT`."""
    path = normpath(text.strip("\"' ")).lstrip("/")
    while path.startswith("../"):
        path = path[3:]
    return PROJECT if path in (".", "..") else path


def touches(paths: Iterable[str], *brought: str) -> bool:
    """Whether something among what a COPY brings is named by one of these paths, or lies in what is: by its last name, as
    the image's folders need not be the context's."""
    parts = {part for path in brought for part in path.split("/")}
    return any(path == PROJECT or basename(path) in parts for path in paths)
