"""Variables that a Dockerfile uses and nothing sets."""

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Pair
from lambda_image_lint.finding import Span
from lambda_image_lint.knowledge import task_variables
from lambda_image_lint.rulekit.stages import needed_instructions

_FORGIVING = (":-", "-", ":+", "+", ":?", "?")
"""Modifiers that say what an unset variable means."""


_SET_AT_RUN = frozenset(
    """HOME HOSTNAME PWD OLDPWD IFS PS1 PS2 PS4 PPID OPTIND OPTARG LINENO SHLVL SHELL RANDOM SECONDS UID EUID GROUPS
    HOSTTYPE MACHTYPE OSTYPE FUNCNAME PIPESTATUS REPLY TERM COLUMNS LINES COMP_WORDS DIRSTACK""".split()
)
"""Set by the builder or by the shell itself while RUN runs. Source: POSIX.1-2017 §2.5.3 and the manual of bash."""


class Undefined(Struct, frozen=True):
    """A use of a variable that is certainly empty."""

    instruction: Instruction
    name: str
    span: Span
    in_shell: bool
    """Read by the shell of RUN rather than by Docker."""


def undefined(dockerfile: Dockerfile) -> Iterator[Undefined]:
    """Every use, in the stages that are built, of a variable that nothing sets.

    Where Docker itself expands it, and in RUN, where the shell does. What an ENV adds to a variable of its own, as in
    ``PYTHONPATH=/opt:$PYTHONPATH``, serves a list that may well begin empty; a variable that is set to itself and nothing
    else (``PORT=$PORT``) is meant to bring in the caller's, which no builder does.
    """
    variables = dockerfile.variables
    for instruction in needed_instructions(dockerfile):
        own = {pair.name: pair for pair in instruction.pairs} if instruction.keyword == "ENV" else {}
        for use in variables.uses(instruction):
            if use.modifier.startswith(_FORGIVING) or (use.name in own and not is_itself(own[use.name])):
                continue
            if variables.value(use.name, instruction) is None:
                yield Undefined(instruction, use.name, use.span, in_shell=False)
        if instruction.keyword == "RUN":
            yield from _in_shell(dockerfile, instruction)


def is_itself(pair: Pair) -> bool:
    """Whether a variable gets its own value and nothing else: ``PORT=$PORT``, ``PORT="${PORT}"``."""
    written = (pair.raw_value or "").strip()
    if len(written) > 1 and written[0] == written[-1] == '"':
        written = written[1:-1]
    return written in (f"${pair.name}", f"${{{pair.name}}}")


def _in_shell(dockerfile: Dockerfile, instruction: Instruction) -> Iterator[Undefined]:
    printed = _printed_alone(instruction)
    for use in instruction.shell.variables:
        if (
            use.assigned
            or use.name in printed
            or use.name in _SET_AT_RUN
            or use.name.startswith("BASH")
            or use.modifier.startswith(_FORGIVING)
        ):
            continue
        if dockerfile.variables.value(use.name, instruction) is None:
            yield Undefined(instruction, use.name, use.span, in_shell=True)


def _printed_alone(instruction: Instruction) -> frozenset[str]:
    """The variables that a RUN does nothing with but print, for whoever reads the build's output: none of the image's."""
    if ">" in instruction.raw:
        return frozenset()
    piped = {command.piped_from.index for command in instruction.shell.commands if command.piped_from is not None}
    printing = [
        one for one in instruction.shell.named("echo", "printf") if not (one.in_substitution or one.index in piped)
    ]
    left = Counter(use.name for use in instruction.shell.variables)
    printed = Counter(name for one in printing for word in one.arguments for name in word.variables)
    return frozenset(name for name, times in printed.items() if left[name] <= times)


def meant(name: str) -> str | None:
    """The variable of Lambda's that a name misspells: underscores lost, letters swapped; None where it is none."""
    known = task_variables()
    if name in known:
        return None
    folded = {variable.replace("_", ""): variable for variable in known}
    from difflib import get_close_matches

    close = get_close_matches(name.upper().replace("_", ""), folded, n=1, cutoff=0.88)
    return folded[close[0]] if close else None
