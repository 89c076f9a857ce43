"""Which commands and actions of a pipeline build an image, and from which folder."""

from collections.abc import Callable
from posixpath import join, normpath

from msgspec import Struct

from lambda_image_lint.dockerfile.shell import Command, ShellWord
from lambda_image_lint.rulekit.pipelines import Step

_ENGINES = frozenset({"docker", "podman", "nerdctl", "buildah"})
_BETWEEN = frozenset({"buildx", "image", "builder"})
"""Words between the program and ``build``."""
_WITH_VALUES = frozenset(
    "-t --tag -f --file --target --build-arg --build-context --platform --secret --ssh --cache-from --cache-to --label"
    " --network --progress -o --output --iidfile --add-host --provenance --sbom --metadata-file --builder --shm-size"
    " --ulimit --annotation --allow --attest --isolation -m --memory --cgroup-parent --arch --format --jobs -v --volume"
    " --authfile --call --no-cache-filter --policy --resource --context -c --config -H --host --log-level -l".split()
)
"""Options of the builders that take the next word. Source: `docker buildx build --help` and
`docker --help`, read 2026-11-29; podman's and buildah's own among them."""
_BY_TEMPLATE = {
    "sam": ("build",),
    "cdk": ("deploy", "synth"),
    "serverless": ("deploy", "package"),
    "sls": ("deploy", "package"),
    "docker-compose": ("build",),
    "copilot": ("deploy",),
}
"""Programs that build the images which a template names → the words that make them do so."""
_RUNNERS = frozenset({"npx", "yarn", "pnpm", "bunx", "exec", "dlx", "bun", "x", "--yes", "-y", "--"})
_BUILD_PUSH = "docker/build-push-action@"


class Built(Struct, frozen=True):
    """A build of an image."""

    context: str | None
    """The folder that it is given, from the top of the checkout; None where a template names it."""
    file: str | None
    """The Dockerfile, from the top of the checkout; None where a template names it."""


def built_by_command(command: Command, path: Callable[[ShellWord | str, Command], str | None]) -> Built | None:
    """The build that a command makes; None where it makes none, or from what is not known.

    `path` gives a word as a path from the top of the checkout.
    """
    program = command.program
    if program in _ENGINES:
        return _by_engine(command, path)
    words = [word.text or "" for word in command.words]
    while words and words[0] in _RUNNERS:
        words = words[1:]
    actions = _BY_TEMPLATE.get(words[0].rpartition("/")[2].split("@")[0], ()) if words else ()
    return Built(None, None) if any(action in words[1:] for action in actions) else None


def built_by_action(step: Step) -> Built | None:
    """The build that docker/build-push-action makes of a folder.

    Without a context it takes git's own tree, which has nothing of what the job wrote.
    Source: https://github.com/docker/build-push-action#git-context, read 2026-11-29.
    """
    context = step.given.get("context", "").replace("${{ github.workspace }}", ".")
    if step.action is None or not step.action.startswith(_BUILD_PUSH) or not context:
        return None
    folder = _plain(context)
    file = _plain(step.given.get("file", "") or join(folder or "", "Dockerfile"))
    return Built(folder, file) if folder is not None and file is not None else None


def _by_engine(command: Command, path: Callable[[ShellWord | str, Command], str | None]) -> Built | None:
    words = list(command.positionals(_WITH_VALUES))
    while words and words[0].text in _BETWEEN:
        words.pop(0)
    if words and words[0].text == "compose":
        return Built(None, None) if any(word.text == "build" for word in words) else None
    if len(words) != 2 or words[0].text not in ("build", "b", "bud"):
        return None
    folder = path(words[1], command)
    written = command.option_value("-f", "--file", with_values=_WITH_VALUES)
    if folder is None:
        return None
    file = join(folder, "Dockerfile") if written is None else path(written, command)
    return Built(folder, file) if file is not None else None


def _plain(text: str) -> str | None:
    """A path from the top, as an action is given it; None where an expression stands in it, or it is elsewhere."""
    path = normpath(text)
    if "$" in text or "://" in text or path.startswith(("/", "..")):
        return None
    return "" if path == "." else path
