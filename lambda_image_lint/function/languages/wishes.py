"""What Python and Node want kept of an image beside the function's own sources, while its layers go by."""

from lambda_image_lint.image.wishes import Wish

_SMALL = 64 * 1024
"""Bytes; each of these has a few lines."""

WISHES: tuple[Wish, ...] = (
    # Which modules beside the code came with a package; what adds to sys.path.
    Wish("/var/task/*.dist-info/RECORD", limit=512 * 1024),
    Wish("/**/site-packages/*.pth", limit=_SMALL),
    Wish("/**/dist-packages/*.pth", limit=_SMALL),
    Wish("/**/pyvenv.cfg", limit=_SMALL),
    Wish("/**/sitecustomize.py", limit=_SMALL),
    # Which Node it is.
    Wish("/usr/local/include/node/node_version.h", limit=_SMALL),
    Wish("/usr/include/node/node_version.h", limit=_SMALL),
)
