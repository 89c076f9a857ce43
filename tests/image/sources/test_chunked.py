"""HTTP's chunked coding, however the network cuts it."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_image_lint.image.sources.chunked import BodyCut, dechunked


def body(chunks: list[bytes], extension: bytes = b"") -> bytes:
    coded = (b"%x%b\r\n%b\r\n" % (len(chunk), extension, chunk) for chunk in chunks)
    return b"".join(coded) + b"0\r\n\r\n"


def content(sent: bytes, step: int) -> bytes:
    stream = BytesIO(sent)
    return b"".join(dechunked(lambda buffer: stream.readinto(buffer[:step])))


@given(st.lists(st.binary(min_size=1, max_size=300)), st.integers(1, 500), st.sampled_from([b"", b";name=value", b" "]))
def test_the_chunks_come_together_wherever_reads_end(chunks: list[bytes], step: int, extension: bytes) -> None:
    assert content(body(chunks, extension), step) == b"".join(chunks)


@given(st.lists(st.binary(min_size=1, max_size=300)), st.integers(1, 500), st.data())
def test_a_body_without_its_last_chunk_is_cut(chunks: list[bytes], step: int, data: st.DataObject) -> None:
    whole = body(chunks).removesuffix(b"0\r\n\r\n")
    with pytest.raises(BodyCut, match="it ended early"):
        content(whole[: data.draw(st.integers(0, len(whole)))], step)


@pytest.mark.parametrize(
    "sent", [b"zz\r\nx", b"-5\r\nx", b"1_0\r\nx", b"\r\nx", b"3\r\nabcX\r\n0\r\n\r\n", b"1" * 2000]
)
def test_a_body_that_is_not_chunked_is_told_as_such(sent: bytes) -> None:
    with pytest.raises(BodyCut, match="it makes no sense"):
        content(sent, 700)
