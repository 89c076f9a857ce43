"""What the jobs of a pipeline run, in order: of GitHub Actions and its kin, GitLab CI and CodeBuild; and of shell scripts and
Makefiles, so far as they run from top to bottom.

Their keys: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax,
https://docs.gitlab.com/ci/yaml/, https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html.
"""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from lambda_image_lint.dockerfile.repository import WORKFLOW_FOLDERS
from lambda_image_lint.dockerfile.shell import Shell, is_shell, parse_script
from lambda_image_lint.patterns import lazy

if TYPE_CHECKING:
    from yaml.nodes import Node

TOP = "/workspace-of-the-job"
"""Stands for the folder of the checkout, where a script names it by a variable."""
_TOP_NAMES = frozenset({"GITHUB_WORKSPACE", "CI_PROJECT_DIR", "CODEBUILD_SRC_DIR"})
_MOST_LETTERS = 64 * 1024
"""Of one script; a person writes a hundredth of it."""
_MOST_NAMES = 1_000
"""Of a mapping, or items of a list."""

_EXPRESSION = lazy(r"\$\{\{([^\n]*?)\}\}")
_PLACEHOLDER = lazy(r"__expression_(\d+)__")
_MAKE_VARIABLE = lazy(r"\$\((\w+)\)")
_PHASES = ("install", "pre_build", "build", "post_build")
_NO_JOBS = frozenset({"default", "variables", "stages", "include", "workflow", "image", "services", "cache", "spec"})
"""Keys of a ``.gitlab-ci.yml`` that are no jobs."""


class Step(Struct, frozen=True):
    """One step of a job: a script or an action."""

    line: int
    """Where in the file its script begins, or the step."""
    text: str = ""
    """The script, with a name in place of each ``${{ }}``; empty where another interpreter than a shell runs it."""
    expressions: tuple[str, ...] = ()
    """What stands between the braces, by the numbers in `text`."""
    keeps_lines: bool = True
    """Whether a line of the script is a line of the file: not so where YAML folds lines."""
    action: str | None = None
    """``docker/build-push-action@v6``."""
    given: Mapping[str, str] = {}
    """What the action is given, or the script as its environment; expressions are left as they are."""
    folder: str = ""
    """Where it runs, from the top of the checkout, as written."""
    continues: bool = False
    """Whether the shell of the step before goes on: its folder and variables hold."""

    @property
    def shell(self) -> Shell:
        """The script, read."""
        return _read(self.text) if self.text else Shell()


@lru_cache(maxsize=256)
def _read(text: str) -> Shell:
    # Asked for again and again, and of most steps never: reading is what a pipeline costs.
    return parse_script(text)


class Job(Struct, frozen=True):
    """Steps that share their files."""

    steps: tuple[Step, ...]
    environment: Mapping[str, str] = {}
    """What is set for all steps; expressions are left as they are."""
    secrets: frozenset[str] = frozenset()
    """Variables that a store of secrets fills."""
    has_settings: bool = False
    """Whether a variable that nothing sets comes from the settings of the project: so in GitLab and CodeBuild."""


def jobs(path: str, text: str) -> tuple[Job, ...]:
    """The jobs of a file; none where it is no pipeline, or cannot be read."""
    folder, name = path.rpartition("/")[::2]
    if name.endswith((".sh", ".bash")):
        return (Job((_step(text, 1),)),)
    if not name.endswith((".yml", ".yaml")):
        return tuple(Job((step,)) for step in _recipes(text))
    reader = (
        _github_jobs
        if any(f"{folder}/".startswith(f"{one}/") for one in WORKFLOW_FOLDERS)
        else _gitlab_jobs
        if fnmatchcase(name, ".gitlab-ci.y*ml")
        else _codebuild_jobs
        if fnmatchcase(name, "buildspec*.y*ml")
        else None
    )
    root = _composed(text) if reader is not None else None
    return tuple(reader(root)) if reader is not None and root is not None else ()


def expressions_in(text: str, step: Step) -> Iterator[str]:
    """The expressions whose places a text of the step's script holds."""
    for match in _PLACEHOLDER.finditer(text):
        if int(match[1]) < len(step.expressions):
            yield step.expressions[int(match[1])]


def has_expression(text: str) -> bool:
    """Whether a text holds the place of one."""
    return _PLACEHOLDER.search(text) is not None


def is_only_expression(text: str) -> bool:
    """Whether a text is the place of one and nothing else."""
    return _PLACEHOLDER.fullmatch(text.strip()) is not None


def expressions_of(text: str) -> Iterator[str]:
    """The expressions in a text as it is written."""
    return (match[1].strip() for match in _EXPRESSION.finditer(text))


def is_top(name: str) -> bool:
    """Whether a variable names the folder of the checkout."""
    return name in _TOP_NAMES


def _step(text: str, line: int) -> Step:
    found: list[str] = []

    def put(match: re.Match[str]) -> str:
        expression = match[1].strip()
        if expression == "github.workspace":
            return TOP
        found.append(expression)
        return f"__expression_{len(found) - 1}__"

    marked = _EXPRESSION.sub(put, text[:_MOST_LETTERS])
    return Step(line=line, text=marked, expressions=tuple(found))


def _recipes(text: str) -> Iterator[Step]:
    """The recipes of a Makefile, each as the script of its lines."""
    gathered: list[str] = []
    first = 0
    for number, line in enumerate((*text.splitlines(), ""), 1):
        if line.startswith("\t"):
            first = first if gathered else number
            plain = _MAKE_VARIABLE.sub(r"${\1}", line[1:].lstrip("@-+")).replace("$$", "$")
            gathered.append(plain)
        elif gathered:
            yield _step("\n".join(gathered), first)
            gathered = []


def _composed(text: str) -> "Node | None":
    """The nodes of a document, which know their lines; None where it is no YAML."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node: Node | None = yaml.compose(text, Loader=loader)
    except (yaml.YAMLError, RecursionError):  # a template of something else, or deeper than anybody writes
        return None
    return node


def _github_jobs(root: "Node") -> Iterator[Job]:
    top = _mapping(root)
    above = _texts(top.get("env"))
    default = _folder(top)
    for node in _mapping(top.get("jobs")).values():
        job = _mapping(node)
        folder = _folder(job) or default
        steps = tuple(_github_step(one, folder) for one in _items(job.get("steps")))
        # Paths of the steps start elsewhere, or in another repository.
        is_elsewhere = any(
            (step.action or "").startswith("actions/checkout@") and {"path", "repository"} & {*step.given}
            for step in steps
        )
        if not is_elsewhere:
            yield Job(steps, {**above, **_texts(job.get("env"))})


def _github_step(node: "Node", folder: str) -> Step:
    step = _mapping(node)
    line = node.start_mark.line + 1
    action, script = _text(step.get("uses")), step.get("run")
    if action is not None:
        return Step(line=line, action=action, given=_texts(step.get("with")))
    text, interpreter = _text(script), _text(step.get("shell")) or "bash"
    if script is None or text is None or not is_shell(interpreter.split()[0] if interpreter.split() else ""):
        return Step(line=line)
    where = _text(step.get("working-directory")) or folder
    return replace(_script(script, text), given=_texts(step.get("env")), folder=where)


def _gitlab_jobs(root: "Node") -> Iterator[Job]:
    top = _mapping(root)
    default = _mapping(top.get("default"))
    before = top.get("before_script") or default.get("before_script")
    for name, node in top.items():
        job = _mapping(node)
        if name in _NO_JOBS or "script" not in job:
            continue
        environment = {**_texts(top.get("variables")), **_texts(job.get("variables"))}
        steps = _commands(job.get("before_script") or before, job["script"])
        yield Job(tuple(steps), environment, has_settings=True)


def _codebuild_jobs(root: "Node") -> Iterator[Job]:
    top = _mapping(root)
    given = _mapping(top.get("env"))
    phases = _mapping(top.get("phases"))
    steps = _commands(*(_mapping(phases.get(phase)).get("commands") for phase in _PHASES))
    secrets = frozenset(_mapping(given.get("secrets-manager")))
    yield Job(tuple(steps), _texts(given.get("variables")), secrets, has_settings=True)


def _commands(*lists: "Node | None") -> Iterator[Step]:
    """The lines of lists that one shell reads."""
    for node in lists:
        for item in _items(node) or (node,):
            text = _text(item)
            if item is not None and text is not None:
                yield replace(_script(item, text), continues=True)


def _script(node: "Node", text: str) -> Step:
    is_block = getattr(node, "style", None) in ("|", ">")
    # The text of a block begins on the line behind its sign.
    line = node.start_mark.line + (2 if is_block else 1)
    keeps = getattr(node, "style", None) == "|" or node.start_mark.line == node.end_mark.line
    return replace(_step(text, line), keeps_lines=keeps)


def _folder(keys: "Mapping[str, Node]") -> str:
    run = _mapping(_mapping(keys.get("defaults")).get("run"))
    return _text(run.get("working-directory")) or ""


def _mapping(node: "Node | None") -> "dict[str, Node]":
    from yaml.nodes import MappingNode

    pairs = node.value[:_MOST_NAMES] if isinstance(node, MappingNode) else []
    return {name: value for key, value in pairs if (name := _text(key)) is not None}


def _items(node: "Node | None") -> "list[Node]":
    from yaml.nodes import SequenceNode

    return node.value[:_MOST_NAMES] if isinstance(node, SequenceNode) else []


def _text(node: "Node | None") -> str | None:
    from yaml.nodes import ScalarNode

    return str(node.value) if isinstance(node, ScalarNode) else None


def _texts(node: "Node | None") -> dict[str, str]:
    return {key: text for key, value in _mapping(node).items() if (text := _text(value)) is not None}
