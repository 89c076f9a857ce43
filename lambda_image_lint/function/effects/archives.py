"""Commands that pack and unpack."""

from posixpath import splitext

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.effects.call import Call
from lambda_image_lint.function.known import KnownFile, unknown_content
from lambda_image_lint.function.model import Kind

_TAR_VALUES = (
    "-f",
    "--file",
    "-C",
    "--directory",
    "-T",
    "--files-from",
    "--exclude",
    "--strip-components",
    "-I",
    "-X",
    "--transform",
    "--use-compress-program",
)
_UNZIP_VALUES = ("-d", "-x", "-P")
_ENDINGS = {"gunzip": ".gz", "bunzip2": ".bz2", "unxz": ".xz", "unzstd": ".zst"}
_PACKED = {"gzip": ".gz", "bzip2": ".bz2", "xz": ".xz", "zstd": ".zst"}


def written(call: Call, path: str, mode: int = 0o644) -> None:
    """A file is certainly there now; what is in it is not known."""
    unknown = call.unknown(f"{call.line} wrote it")
    call.files.put(
        KnownFile(call.files.resolve(path), Kind.FILE, mode, 0, 0, unknown, call.place, unknown_content(unknown))
    )


def tar(call: Call) -> None:
    """Unpacks into ``-C`` or the working directory."""
    words = list(call.texts)
    letters = words[0].lstrip("-") if words and not words[0].startswith("--") else ""
    unpacks = "x" in letters or any(word in ("--extract", "--get", "-x") or _has(word, "x") for word in words)
    options = call.options(_TAR_VALUES)
    if unpacks:
        # tar reads -C where it stands, so the last one counts for all that follows.
        folder = options.last("-C", "--directory") or _behind(call, "C")
        call.blur(call.folder if folder is None else call.path(folder))
        return
    name = options.last("-f", "--file")
    if name is not None and ("c" in letters or options.has("--create", "-c")):
        path = call.path(name)
        if isinstance(path, Unknown):
            call.blur(path)
        elif name.text != "-":
            written(call, path)


def _has(word: str, letter: str) -> bool:
    return word.startswith("-") and not word.startswith("--") and letter in word


def _behind(call: Call, letter: str) -> "str | None":
    """The word behind joined letters without a dash: ``tar xzfC FILE FOLDER``."""
    letters, *rest = call.texts or ("",)
    if letters.startswith("-") or letter not in letters:
        return None
    taking = [each for each in letters if each in "fCTXI"]
    position = taking.index(letter)
    return rest[position] if position < len(rest) else None


def unzip(call: Call) -> None:
    options = call.options(_UNZIP_VALUES)
    if options.has("-l", "-t", "-p", "-v", "-Z"):
        return
    folder = options.last("-d")
    call.blur(call.folder if folder is None else call.path(folder))


def zip_files(call: Call) -> None:
    options = call.options(("-x", "-i", "-P", "-b", "-t"))
    if options.positionals:
        path = call.path(options.positionals[0])
        if isinstance(path, Unknown):
            call.blur(path)
        else:
            written(call, path if splitext(path)[1] else f"{path}.zip")


def compress(call: Call) -> None:
    """``gzip FILE`` puts FILE.gz in its place, ``gunzip FILE.gz`` the other way."""
    options = call.options(("-S",))
    if options.has("-c", "--stdout", "--to-stdout", "-t", "-l"):
        return
    unpacks = call.program in _ENDINGS or options.has("-d", "--decompress")
    ending = _ENDINGS.get(call.program) or _PACKED[call.program]
    for argument in options.positionals:
        path = call.path(argument)
        if isinstance(path, Unknown) or argument.glob:
            call.blur(path)
            continue
        if not options.has("-k", "--keep"):
            call.files.remove(call.files.resolve(path))
        written(call, path.removesuffix(ending) if unpacks else path + ending)


EFFECTS = {
    "tar": tar, "bsdtar": tar, "unzip": unzip, "zip": zip_files,
    **dict.fromkeys((*_ENDINGS, *_PACKED), compress),
}  # fmt: skip
