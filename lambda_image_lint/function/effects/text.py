"""Commands that write text: in place, or what they read."""

from msgspec.structs import replace

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.effects.call import Call
from lambda_image_lint.function.known import KnownFile, unknown_content
from lambda_image_lint.function.model import File, Kind


def sed(call: Call) -> None:
    """Only ``-i`` writes; the file stays, its text is another."""
    in_place = any(text.startswith(("-i", "--in-place")) or _joined(text) for text in call.texts)
    if not in_place:
        return
    options = call.options(("-e", "--expression", "-f", "--file"))
    scripted = any(True for _ in options.all("-e", "--expression", "-f", "--file"))
    for argument in options.positionals[0 if scripted else 1 :]:
        paths = call.existing(argument)
        for path in () if isinstance(paths, Unknown) else paths:
            rewrite(call, path)


def _joined(text: str) -> bool:
    """``-Ei``, ``-ri``."""
    return text[:1] == "-" and text[1:2] in ("E", "r", "n", "s") and "i" in text and "-" not in text[1:]


def rewrite(call: Call, path: str) -> None:
    """The file at a path keeps its name, its mode and owner; what is in it is not known any more."""
    found = call.files.find(path)
    unknown = call.unknown(f"{call.line} rewrote it")
    if isinstance(found, KnownFile) and found.kind is Kind.FILE:
        call.files.put(replace(found, size=unknown, reader=unknown_content(unknown)))
    elif not isinstance(found, File):
        call.files.blur(path, unknown)


def tee(call: Call) -> None:
    for argument in call.options().positionals:
        path = call.path(argument)
        if isinstance(path, Unknown):
            call.blur(path)
        elif path != "/dev/null":
            unknown = call.unknown("its text came through a pipe")
            file = KnownFile(
                call.files.resolve(path), Kind.FILE, 0o644, 0, 0, unknown, call.place, unknown_content(unknown)
            )
            call.files.put(file)


def dos2unix(call: Call) -> None:
    for argument in call.options().positionals:
        paths = call.existing(argument)
        for path in () if isinstance(paths, Unknown) else paths:
            rewrite(call, path)


EFFECTS = {"sed": sed, "gsed": sed, "tee": tee, "dos2unix": dos2unix, "unix2dos": dos2unix}
