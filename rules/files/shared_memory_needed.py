from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.languages.resolution import Language
from lambda_image_lint.rulekit.own_code import own_modules
from lambda_image_lint.rulekit.unseen import unseen


@rule(
    "LIL408",
    Severity.WARNING,
    sources=(
        "https://aws.amazon.com/blogs/compute/parallel-processing-in-python-with-aws-lambda/",
        "https://github.com/nalepae/pandarallel/issues/128",
        "own: boots without /dev/shm",
    ),
    help="Use threads (ThreadPoolExecutor, n_jobs=1 or prefer='threads'), or multiprocessing.Process with Pipe.",
)
def shared_memory_needed(function: Function) -> Iterator[Finding | Unknown]:
    """The function's code makes semaphores or queues between processes, which need /dev/shm."""
    if (nothing := unseen(function)) is not None:
        yield nothing
        return
    for module in own_modules(function, Language.PYTHON):
        from lambda_image_lint.rulekit.processes import uses_of_semaphores

        uses = list(uses_of_semaphores(module.file))
        if uses:
            name, line = uses[0]
            more = f", and {len(uses) - 1} more" if len(uses) > 1 else ""
            yield Finding(
                f"{module.file.path}, line {line}: {name} needs /dev/shm, which Lambda does not have{more}",
                module.file.place,
            )
