from collections.abc import Iterator
from posixpath import normpath

from lambda_image_lint import Applicability, Context, Dockerfile, Edit, Finding, Fix, Severity, rule
from lambda_image_lint.rulekit.runs import installs

_LOCKS = ("package-lock.json", "npm-shrinkwrap.json")


@rule(
    "LIL818",
    Severity.INFO,
    sources=("https://docs.npmjs.com/cli/commands/npm-ci",),
    help="Use npm ci: it installs what the lock file says, and nothing else.",
)
def npm_install_not_ci(dockerfile: Dockerfile, context: Context) -> Iterator[Finding]:
    """`npm install` where a lock file would let `npm ci` install exactly what was tested."""
    told = set()
    for stage in dockerfile.needed_stages():
        for run, call in installs([stage], "npm"):
            if (
                call.action != "install"
                or call.operands
                or call.has("-g", "--global")
                or call.action_word is None
                or run.index in told
            ):
                continue
            place = run.at(call.action_word.span)
            lock = next(_copied_locks(context, dockerfile, stage.index, run.index), None)
            if lock is not None:
                told.add(run.index)
                yield Finding(
                    f"npm install may resolve other versions than {lock} says",
                    place,
                    fix=Fix("Write npm ci", (Edit(call.action_word.span, "ci"),), Applicability.UNSAFE),
                )
            elif (left := next(_left_locks(context, dockerfile, stage.index, run.index), None)) is not None:
                told.add(run.index)
                yield Finding(
                    f"npm install may resolve other versions than {left} says, which is not copied",
                    place,
                    help="Copy it beside package.json, and use npm ci: it installs what the lock file says.",
                )


def _left_locks(context: Context, dockerfile: Dockerfile, stage: int, before: int) -> Iterator[str]:
    """Lock files that lie beside a package.json which is copied before the install, and are left behind."""
    for source in _copied(context, dockerfile, stage, before):
        folder, _, name = source.rpartition("/")
        if name == "package.json" and "$" not in folder:
            yield from (path for lock in _LOCKS if context.find(path := normpath(f"./{folder}/{lock}")))


def _copied_locks(context: Context, dockerfile: Dockerfile, stage: int, before: int) -> Iterator[str]:
    """Lock files that a COPY before the install brings along."""
    for source in _copied(context, dockerfile, stage, before):
        matched = context.match(source) if "$" not in source else ()
        for file in matched if isinstance(matched, tuple) else ():
            for name in _LOCKS:
                path = f"{file.path}/{name}".lstrip("/") if file.is_dir else file.path
                if path.rpartition("/")[2] == name and context.find(path):
                    yield name


def _copied(context: Context, dockerfile: Dockerfile, stage: int, before: int) -> Iterator[str]:
    """What is copied out of the context before an instruction of a stage; nothing where the context is not known."""
    if context.is_known:
        for copy in dockerfile.stages[stage].all("COPY", "ADD"):
            if copy.index <= before and copy.flag("from") is None:
                yield from (word.text for word in copy.sources)
