"""What the native rules want kept of an image, while its layers go by: the facts of each ELF file, the loader's folders."""

from lambda_image_lint.function.native.elf import MAGIC
from lambda_image_lint.function.native.reader import ElfReader
from lambda_image_lint.image.wishes import Wish

_SMALL = 64 * 1024
"""Bytes; each of these has a few lines."""

WISHES: tuple[Wish, ...] = (
    Wish("/**", magic=MAGIC, reader=ElfReader),
    Wish("/etc/ld.so.conf", limit=_SMALL),
    Wish("/etc/ld.so.conf.d/*.conf", limit=_SMALL),
    Wish("/etc/ld-musl-*.path", limit=_SMALL),
)
