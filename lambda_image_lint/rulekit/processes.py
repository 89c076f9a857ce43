"""Uses of Python's semaphores between processes, which live in ``/dev/shm``. Imported only where there is Python."""

import ast
from collections.abc import Iterator

from lambda_image_lint.function.languages.python.nodes import every_node
from lambda_image_lint.function.model import File
from lambda_image_lint.rulekit.python_code import dotted_name, text_of, tree_of

_NEEDS = frozenset(
    f"multiprocessing.{name}"
    for name in "Pool Queue JoinableQueue Lock RLock Semaphore BoundedSemaphore Condition Event Barrier Value Array".split()
) | {
    "multiprocessing.pool.Pool", "multiprocessing.queues.Queue", "multiprocessing.synchronize.Lock",
    "multiprocessing.shared_memory.SharedMemory", "concurrent.futures.ProcessPoolExecutor",
    "concurrent.futures.process.ProcessPoolExecutor",
}  # fmt: skip
"""Each makes a POSIX semaphore, or maps shared memory. Source: CPython's ``Lib/multiprocessing``, read 2026-11-23."""
_WORDS = (b"multiprocessing", b"ProcessPoolExecutor", b"joblib")
"""Without one of these, a source has none of those calls."""
_THREADS = ("threading", "threads")


def uses_of_semaphores(file: File) -> Iterator[tuple[str, int]]:
    """Calls of such classes, by full name, with their lines; those in a ``try`` or under ``__main__`` left out."""
    content = text_of(file, *_WORDS)
    tree = tree_of(content) if content is not None else None
    if tree is None:
        return
    nodes = every_node(tree)
    names = _imported(nodes)
    spared = {id(node) for one in nodes if _spares(one) for node in every_node(one)}
    found = []
    for node in nodes:
        if isinstance(node, ast.Call) and id(node) not in spared:
            full = _full(dotted_name(node.func), names)
            if full in _NEEDS or _is_parallel(full, node):
                found.append((full, node.lineno))
    yield from sorted(found, key=lambda one: one[1])


def _spares(node: ast.AST) -> bool:
    """``try``, and ``if __name__ == "__main__"``, which no runtime enters."""
    if isinstance(node, ast.If):
        return any(isinstance(one, ast.Name) and one.id == "__name__" for one in ast.walk(node.test))
    return isinstance(node, ast.Try | ast.TryStar)


def _imported(nodes: list[ast.AST]) -> dict[str, str]:
    """Name in the module → what it stands for."""
    names = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                names[name] = alias.name if alias.asname else name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return names


def _full(dotted: str, names: dict[str, str]) -> str:
    first, dot, rest = dotted.partition(".")
    return f"{names.get(first, '?')}{dot}{rest}"


def _is_parallel(full: str, call: ast.Call) -> bool:
    """``joblib.Parallel`` with several jobs in processes."""
    if full != "joblib.Parallel":
        return False
    given = {one.arg: one.value.value for one in call.keywords if isinstance(one.value, ast.Constant)}
    if {given.get("backend"), given.get("prefer")} & {*_THREADS} or given.get("require") == "sharedmem":
        return False
    jobs = next((one.value for one in call.keywords if one.arg == "n_jobs"), call.args[0] if call.args else None)
    if isinstance(jobs, ast.UnaryOp):
        return True
    return isinstance(jobs, ast.Constant) and isinstance(jobs.value, int) and jobs.value != 1
