import posixpath
import re
from collections.abc import Iterator

from lambda_image_lint import Context, Dockerfile, Finding, Severity, Unknown, rule
from lambda_image_lint.knowledge import aws_base, image_name
from lambda_image_lint.rulekit.brought import BUILT_FOLDERS, bringer
from lambda_image_lint.rulekit.copies import ContextSource, context_sources, is_left_out_of_git
from lambda_image_lint.rulekit.handlers import program_word
from lambda_image_lint.rulekit.makers import maker
from lambda_image_lint.rulekit.systems import external_base

_BUILT_ENDINGS = (
    ".jar",
    ".war",
    ".whl",
    ".zip",
    ".so",
    ".dll",
    ".exe",
    ".tar",
    ".gz",
    ".tgz",
    ".rpm",
    ".deb",
    ".class",
    ".min.js",
)
_BUILT_NAMES = frozenset(
    {"bootstrap", "main", "handler", "app", "function", "lambda", "aws-lambda-rie", ".npmrc", "pip.conf"}
)
_SCRIPTED = frozenset({"main", "handler", "app", "function", "lambda"})
"""Of them those that are no programs where the language has none: folders of code in Python and JavaScript."""
_LOCAL = frozenset("model models weights checkpoint checkpoints data dataset datasets assets".split())
_LOCAL_WORDS = frozenset("model models weights checkpoint checkpoints cache".split())
"""As words of a longer name, too: ``hf_cache``, ``bert-model``."""
_SOURCE_ENDINGS = (".py", ".js", ".mjs", ".cjs", ".ts", ".sh", ".rb", ".go", ".rs", ".java")
_LOCAL_ENDINGS = (
    ".env",
    ".pt",
    ".pth",
    ".onnx",
    ".bin",
    ".pkl",
    ".joblib",
    ".h5",
    ".pb",
    ".tflite",
    ".safetensors",
    ".parquet",
    ".csv",
    ".db",
)


@rule(
    "LIL807",
    Severity.ERROR,
    sources=("https://docs.docker.com/reference/dockerfile/#copy",),
    help="Correct the path: it is relative to the build context.",
    aliases=("CopyIgnoredFile",),
)
def copy_source_missing(dockerfile: Dockerfile, context: Context) -> Iterator[Finding | Unknown]:
    """COPY or ADD names a source that the build context does not hold."""
    for source in context_sources(dockerfile, context):
        if source.found:
            continue
        path, place = posixpath.normpath(source.path).lstrip("/"), source.copy.at(source.word.span)
        if _is_kept_out(context, path):
            made_by = maker(context, ".dockerignore")
            if made_by is not None:
                yield Unknown(f"{made_by} writes .dockerignore", place)
            else:
                # Whoever makes the file, the build does not see it.
                message, hint = f"{path} is kept out of the build by .dockerignore", "Take it out of .dockerignore."
                yield Finding(message, place, help=hint)
            continue
        severity = _severity(path, source, _is_scripted(dockerfile, source))
        if severity is None or _is_program(dockerfile, source):
            continue
        made_by = maker(context, path) if severity is not Severity.INFO else None
        brought_by = bringer(context, path) if severity is not Severity.INFO and made_by is None else None
        if made_by is not None or brought_by is not None:
            reason = f"{made_by} writes {path}" if made_by is not None else f"{brought_by} says who brings {path}"
            yield Unknown(reason, place)
            continue
        hint = _near(context, path)
        if severity is Severity.ERROR and is_left_out_of_git(context, path):
            severity, hint = Severity.WARNING, "git leaves it out: whoever builds has to bring it."
        yield Finding(f"{path} is not in the build context", place, help=hint, severity=severity)


def _is_kept_out(context: Context, path: str) -> bool:
    """Whether .dockerignore certainly hides a path, be it there or made later."""
    return not any(letter in path for letter in "*?[") and (
        context.present(path) is True or (context.ignore.ignores(path) and not context.ignore.may_show_below(path))
    )


def _is_scripted(dockerfile: Dockerfile, source: ContextSource) -> bool:
    """Whether the copy certainly brings no program: a folder, or into an image for a language that compiles none."""
    if source.word.text.endswith("/"):
        return True
    base = external_base(dockerfile, dockerfile.stages[source.copy.stage or 0])
    aws = aws_base(base) if base is not None else None
    language = aws.language if aws is not None else image_name(base or "").full
    return language in ("python", "nodejs", "node")


def _is_program(dockerfile: Dockerfile, source: ContextSource) -> bool:
    """Whether the image starts it, and no interpreter is asked for: a program that is built before the image."""
    program, name = program_word(dockerfile), posixpath.basename(source.word.text)
    return (
        program is not None
        and posixpath.basename(program) == name
        and "." not in name
        and not _is_scripted(dockerfile, source)
    )


def _severity(path: str, source: ContextSource, is_scripted: bool) -> Severity | None:
    """None for what a build outside of Docker makes; info for a pattern, which may match nothing."""
    parts = path.split("/")
    name = parts[-1]
    if parts[0] == ".git":
        return None  # every clone has it, though a copy of the files does not
    if (
        not BUILT_FOLDERS.isdisjoint(parts)
        or path.endswith(_BUILT_ENDINGS)
        or (name in _BUILT_NAMES and not (is_scripted and name in _SCRIPTED))
    ):
        return None
    if any(letter in path for letter in "*?["):
        return Severity.INFO if len(source.copy.sources) > 1 or "*" in path else None
    if any(part.lower() in _LOCAL for part in parts) or path.endswith(_LOCAL_ENDINGS) or name.startswith(".env."):
        return Severity.WARNING
    words = re.split(r"[-_.]", name.lower())
    if not _LOCAL_WORDS.isdisjoint(words) and not name.endswith(_SOURCE_ENDINGS):
        return Severity.WARNING
    return Severity.ERROR


def _near(context: Context, path: str) -> str:
    files = context.walk()
    names = [file.path for file in files] if isinstance(files, tuple) else []
    from difflib import get_close_matches

    close = get_close_matches(path, names, n=1, cutoff=0.7)
    return f"Did you mean {close[0]}?" if close else "Correct the path: it is relative to the build context."
