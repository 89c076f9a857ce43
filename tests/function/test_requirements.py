"""What a requirements file asks for."""

import pytest

from lambda_image_lint.function.effects.requirements import (
    Include,
    Local,
    Requirement,
    read_requirements,
    requirement,
    requirements_text,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("requests", Requirement("requests", None)),
        ("requests==2.32.0", Requirement("requests", "2.32.0")),
        ("Flask_Login >= 0.6, <1", Requirement("flask-login", None)),
        ("pandas[aws,s3]==2.2.1 ; python_version > '3.8'", Requirement("pandas", "2.2.1")),
        ("awslambdaric (==2.0)", Requirement("awslambdaric", "2.0")),
        ("zope.interface", Requirement("zope-interface", None)),
        ("pkg @ https://example.com/pkg.whl", Requirement("pkg", None)),
        ("pip[extra] @ file:///x", Requirement("pip", None)),
        (".", Local(".")),
        ("./lib", Local("./lib")),
        ("git+https://example.com/a.git", Local("git+https://example.com/a.git")),
        ("https://example.com/a.whl", Local("https://example.com/a.whl")),
    ],
)
def test_a_word_is_a_distribution_or_something_local(text: str, expected: Requirement | Local) -> None:
    assert requirement(text) == expected


def test_a_file_is_read_line_by_line() -> None:
    text = (
        "# packages\n--index-url https://example.com/simple\nrequests==2.32.0 \\\n    --hash=sha256:00 \\\n"
        "    --hash=sha256:11\n\nboto3  # the client\n-r more.txt\n--requirement=other.txt\n-e ./lib\n-c limits.txt\n"
    )
    assert list(read_requirements(text)) == [
        Requirement("requests", "2.32.0"),
        Requirement("boto3", None),
        Include("more.txt"),
        Include("other.txt"),
        Local("./lib"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_is_decoded_by_its_byte_order_mark(encoding: str) -> None:
    marked = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"") + "r\u00e9quests==1\n".encode(
        encoding
    )
    assert requirements_text(marked) == "r\u00e9quests==1\n"
