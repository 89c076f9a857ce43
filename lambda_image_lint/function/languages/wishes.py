"""What the handlers' languages want kept of an image while its layers go by: the function's own sources.

What lies elsewhere is read again when it is asked for.
"""

from lambda_image_lint.image.wishes import Wish

_FOLDERS = ("/var/task", "/function", "/app", "/usr/src/app", "/home/app", "/opt/app", "/src", "/code", "/workspace")
"""Where images keep the function's own code: AWS's bases and samples, then what people call it elsewhere."""
_DEPTH = 3
"""Folders deep; packages installed beside the code lie deeper for the most part."""
_SOURCE_MAX = 512 * 1024
"""Bytes of a source that is kept unasked."""
_JAR_MAX = 16 * 1024 * 1024


def _sources() -> tuple[Wish, ...]:
    suffixes = ("py", "js", "mjs", "cjs", "rb")
    return tuple(
        Wish(f"{folder}/{'*/' * depth}*.{suffix}", None, _SOURCE_MAX)
        for folder in _FOLDERS
        for depth in range(_DEPTH)
        for suffix in suffixes
    )


WISHES: tuple[Wish, ...] = (
    *_sources(),
    *(Wish(f"{folder}/{'*/' * depth}package.json", None, 64 * 1024) for folder in _FOLDERS for depth in range(2)),
    # Which modules beside the code came with a package.
    *(Wish(f"{folder}/*.dist-info/RECORD", None, _SOURCE_MAX) for folder in _FOLDERS),
    # What adds to sys.path.
    Wish("/**/site-packages/*.pth", None, 64 * 1024),
    Wish("/**/dist-packages/*.pth", None, 64 * 1024),
    Wish("/**/pyvenv.cfg", None, 64 * 1024),
    Wish("/**/sitecustomize.py", None, 64 * 1024),
    Wish("/usr/local/include/node/node_version.h", None, 64 * 1024),
    Wish("/var/task/lib/*.jar", None, _JAR_MAX),
    Wish("/var/task/*.jar", None, _JAR_MAX),
)
