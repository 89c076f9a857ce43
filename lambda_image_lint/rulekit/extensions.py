"""Extensions: what Lambda starts beside the function."""

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.model import File, Function, Kind
from lambda_image_lint.rulekit.steps import is_program

FOLDER = "/opt/extensions"
_NO_PROGRAMS = (
    ".cfg", ".conf", ".gz", ".ini", ".json", ".jar", ".log", ".md", ".rst", ".so", ".tar", ".tgz", ".toml", ".txt", ".xml",
    ".yaml", ".yml", ".zip",
)  # fmt: skip
"""Ends of names of files that nobody executes, for those whose content is not known."""
_TEXTS = ("CHANGELOG", "LICENSE", "NOTICE", "README")


def extensions(function: Function) -> tuple[File, ...]:
    """The files that Lambda starts as extensions, as far as they are known: those directly in the folder."""
    return tuple(file for file in function.files.known_glob(f"{FOLDER}/*") if file.kind is Kind.FILE)


def is_stray(file: File) -> bool:
    """Whether a file among the extensions certainly is no program: by its content, or else by its name."""
    program = is_program(file)
    name = file.path.rpartition("/")[2]
    if isinstance(program, Unknown):
        return name.endswith(_NO_PROGRAMS) or name in _TEXTS
    # A shared library begins as a program does.
    return not program or name.endswith(".so")
