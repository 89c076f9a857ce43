"""A layer's uncompressed length, estimated from a few bytes of it. Only reading the whole layer tells for sure."""

import struct

from lambda_image_lint.image.source import Blob, BlobDamaged
from lambda_image_lint.image.sources.archive_members import GZIP_MAGIC, ZSTD_MAGIC

HEAD_BYTES = 18
"""The longest zstd frame header (RFC 8878 §3.1.1.1), which also covers the magic numbers."""
TAIL_BYTES = 4
"""A gzip member's length modulo 2³² (RFC 1952 §2.3.1)."""
_DEFLATE_MAX_RATIO = 1032
"""Deflate cannot shrink further: a match of 258 bytes takes at least two bits."""
_TAR_BLOCK = 512


def estimate(head: bytes, tail: bytes, size: int) -> int | None:
    """From a blob's first and last bytes and its length; None where they do not tell.

    Of several gzip members only the last one counts, and 4 GiB and above wrap: values that cannot be are left out.
    """
    if head.startswith(GZIP_MAGIC):
        if len(tail) < TAIL_BYTES:
            return None
        length: int = struct.unpack("<I", tail[-TAIL_BYTES:])[0]
        possible = length % _TAR_BLOCK == 0 and size * 0.99 - 1024 <= length <= size * _DEFLATE_MAX_RATIO
        return length if possible else None
    if head.startswith(ZSTD_MAGIC):
        return _zstd_content_size(head)
    return size


def _zstd_content_size(head: bytes) -> int | None:
    """The length that a zstd frame's header states; None where it states none."""
    if len(head) < 5:
        return None
    descriptor = head[4]
    is_single_segment = bool(descriptor & 0x20)
    dictionary_bytes = (0, 1, 2, 4)[descriptor & 3]
    flag = descriptor >> 6
    length_bytes = (1 if is_single_segment else 0, 2, 4, 8)[flag]
    at = 5 + (0 if is_single_segment else 1) + dictionary_bytes
    field = head[at : at + length_bytes]
    if not length_bytes or len(field) < length_bytes:
        return None
    # A length of two bytes is stored less 256, since smaller ones fit into one.
    return int.from_bytes(field, "little") + (256 if length_bytes == 2 else 0)


def estimate_of(blob: Blob) -> int | None:
    """The estimate for a blob that can be opened anywhere; None where it is absent, cut, or its size is not known."""
    if blob.size is None:
        return None
    try:
        with blob.open() as stream:
            head = stream.read(HEAD_BYTES)
        tail = b""
        if blob.size >= TAIL_BYTES:
            with blob.open(blob.size - TAIL_BYTES) as stream:
                tail = stream.read(TAIL_BYTES)
    except BlobDamaged:  # reading the layers says so; here it only means that nothing can be estimated
        return None
    return estimate(head, tail, blob.size)
