"""What the native rules want kept of an image while its layers go by: the facts of each ELF file, and the loader's folders."""

from lambda_image_lint.function.native.elf import MAGIC
from lambda_image_lint.function.native.reader import ElfReader
from lambda_image_lint.image.wishes import Wish

WISHES: tuple[Wish, ...] = (
    Wish("/**", magic=MAGIC, reader=ElfReader),
    Wish("/etc/ld.so.conf", None, 64 * 1024),
    Wish("/etc/ld.so.conf.d/*.conf", None, 64 * 1024),
    Wish("/etc/ld-musl-*.path", None, 64 * 1024),
)
