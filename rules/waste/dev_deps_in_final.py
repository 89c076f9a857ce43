from collections.abc import Iterator, Mapping

from lambda_image_lint import Applicability, Context, Dockerfile, Finding, Fix, Function, Instruction, Severity, rule
from lambda_image_lint.dockerfile.installers import Installer, installer
from lambda_image_lint.rulekit.dev_dependencies import (
    development_manifest,
    imported,
    later_use,
    only_for_development,
    script_that_needs,
)
from lambda_image_lint.rulekit.edits import after
from lambda_image_lint.rulekit.node_manifest import Manifest, carried_modules, manifest_of
from lambda_image_lint.rulekit.projects import development_groups, project_list, root_project
from lambda_image_lint.rulekit.runs import installs
from lambda_image_lint.rulekit.stages import final_stages, needed_instructions

_OFF = {
    "npm": ("--omit", "--production", "--only"),
    "pnpm": ("--prod", "-P", "--production"),
    "yarn": ("--production", "--prod"),
    "poetry": ("--only", "--without", "--no-dev", "--only-root"),
    "uv": ("--no-dev", "--no-default-groups", "--only-group"),
    "pipenv": (),
}
_OPTION = {"npm": "--omit=dev", "pnpm": "--prod", "yarn": "--production", "poetry": "--only main", "uv": "--no-dev"}
_PRUNE = {"npm": "npm prune --omit=dev", "pnpm": "pnpm prune --prod", "yarn": "yarn install --production"}


@rule(
    "LIL906",
    Severity.INFO,
    sources=("https://docs.npmjs.com/cli/commands/npm-ci#omit", "https://python-poetry.org/docs/cli/#install"),
    help="Install without the development dependencies.",
)
def dev_deps_in_final(dockerfile: Dockerfile, context: Context, function: Function | None) -> Iterator[Finding]:
    """Development dependencies are installed in the final image."""
    for run, call in installs(final_stages(dockerfile), *_OFF):
        if (
            call.operands
            or call.has("-g", "--global", "--dev", *_OFF[call.tool])
            or call.tool == "pipenv"
            or call.action_word is None
        ):
            continue
        manifest = None
        if call.tool in ("npm", "pnpm", "yarn"):
            manifest = development_manifest(dockerfile, context, run, call)
            if manifest is None or _production(dockerfile, run) or _pruned(run):
                continue
        if call.tool == "uv" and call.action != "sync":
            continue
        if call.tool == "poetry" and call.action != "install":
            continue
        if call.tool in ("uv", "poetry") and not _has_groups(dockerfile, context, run, call):
            continue
        taken = imported(function, manifest) if manifest is not None else {}
        if manifest is not None and taken.keys() >= only_for_development(manifest):
            continue
        # Poetry heeds --with only where --only does not stand beside it.
        option = "--without dev" if call.tool == "poetry" and call.has("--with") else _OPTION[call.tool]
        obstacle = _obstacle(dockerfile, run, call, manifest, taken, option)
        yield Finding(
            f"{call.tool} {call.action} installs development dependencies too: no {option}",
            run.at(call.action_word.span),
            help=obstacle or f"Pass {option}; what the build itself needs belongs into a stage of its own.",
            fix=None
            if obstacle
            else Fix(f"Pass {option}", (after(call.action_word.span, f" {option}"),), Applicability.UNSAFE),
        )
    yield from _carried(dockerfile, context, function)


def _obstacle(
    dockerfile: Dockerfile,
    run: Instruction,
    call: Installer,
    manifest: Manifest | None,
    taken: Mapping[str, str],
    option: str,
) -> str:
    """What has to be done before the option can be passed; empty where nothing stands in its way."""
    if taken:
        return f"{_move(taken)}, then pass {option}."
    use = later_use(dockerfile, run, call, manifest)
    if use is not None:
        prune = f", or install, build and {_PRUNE[call.tool]} in one RUN" if call.tool in _PRUNE else ""
        return f"{use} may need them: build in a stage of its own and copy the result{prune}."
    script = script_that_needs(call, manifest)
    if script is not None:
        return f"The {script} script of package.json, which runs at each install, may need them: let it do without, then pass {option}."
    return ""


def _move(taken: Mapping[str, str]) -> str:
    """What to do with packages that the function imports."""
    module, names = next(iter(taken.values())), ", ".join(sorted(taken))
    return f"{module} imports what only devDependencies names: move {names} to dependencies in package.json"


def _carried(dockerfile: Dockerfile, context: Context, function: Function | None) -> Iterator[Finding]:
    """``node_modules`` that a builder installed with everything, and that a COPY takes along as they are."""
    told = set()
    for run, call in installs(dockerfile.needed_stages(), "npm", "pnpm", "yarn"):
        manifest = manifest_of(dockerfile, context, run, call)
        if manifest is None or not manifest.names("devDependencies"):
            continue
        if call.has("--dev", *_OFF[call.tool]) or _production(dockerfile, run) or _is_lessened(dockerfile, run, call):
            continue
        taken = imported(function, manifest)
        if taken.keys() >= only_for_development(manifest):
            continue
        first = f"{_move(taken)}. " if taken else ""
        for copy in carried_modules(dockerfile, run):
            if copy.index in told:
                continue
            told.add(copy.index)
            yield Finding(
                f"COPY takes node_modules with the development dependencies that {call.tool} installed in line {run.span.line}",
                copy.place,
                help=f"{first}Leave them out before the copy: npm prune --omit=dev after the build, or another install with {_OPTION[call.tool]}.",
                related=(run.place,),
            )


def _is_lessened(dockerfile: Dockerfile, run: Instruction, first: Installer) -> bool:
    """Whether anything behind the install, in any stage, may take them out again."""
    for later in needed_instructions(dockerfile, "RUN"):
        if later.index < run.index:
            continue
        for command in later.shell:
            if later is run and command.index <= first.command.index:
                continue
            words = [word.text or word.raw for word in command.arguments]
            if "prune" in words or "focus" in words or "deploy" in words or command.program in ("node-prune", "nprune"):
                return True
            if any("node_modules" in word for word in words) and command.program in ("rm", "mv", "find", "rsync"):
                return True
            call = installer(command)
            if (
                call is not None
                and call.tool in _OPTION
                and (call.has(*_OFF[call.tool]) or (call.installs and _production(dockerfile, later)))
            ):
                return True
    return False


def _has_groups(dockerfile: Dockerfile, context: Context, run: Instruction, call: Installer) -> bool:
    """Whether the project's list names any; without a list it may."""
    if call.has("--all-groups", "--group", "--with"):
        return True
    project = project_list(dockerfile, context, dockerfile.stages[run.stage or 0], run) or root_project(context)
    return project is None or development_groups(project, call.tool)


def _production(dockerfile: Dockerfile, run: Instruction) -> bool:
    values = [
        dockerfile.variables.value(name, run)
        for name in ("NODE_ENV", "NPM_CONFIG_OMIT", "npm_config_omit", "NPM_CONFIG_PRODUCTION")
    ]
    assigned = [
        one.value.text for command in run.shell for one in command.assignments if one.name == "NODE_ENV" and one.value
    ]
    return any(value in ("production", "dev", "true") for value in [*values, *assigned])


def _pruned(run: Instruction) -> bool:
    """``npm prune --production`` afterwards."""
    return any(
        command.program in ("npm", "yarn", "pnpm") and "prune" in [word.text for word in command.arguments]
        for command in run.shell
    )
