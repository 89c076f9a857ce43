from collections.abc import Iterator

from lambda_image_lint import File, Finding, Function, Place, Severity, Unknown, rule
from lambda_image_lint.rulekit.sizes import shown_size

_PARTS = ("boto3", "botocore", "s3transfer")


@rule(
    "LIL910",
    Severity.INFO,
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html#python-package-dependencies",),
    help="Leave it out to save the bytes; keep it where the function needs a version of its own, which AWS recommends.",
)
def sdk_duplicates_base(function: Function) -> Iterator[Finding | Unknown]:
    """The AWS SDK is installed on a base image that brings it."""
    if function.base is None or function.base.language != "python":
        return
    told: set[Place] = set()
    for one in function.packages.installed:
        if one.manager == "pip" and one.name in _PARTS and one.place not in told:
            told.add(one.place)
            yield Finding(f"{one.name} is installed, which the base image has already", one.place)
    if isinstance(function.files.find("/var/task"), Unknown):
        return
    for part in _PARTS:
        found = function.files.find(f"/var/task/{part}")
        if isinstance(found, File) and found.place not in told:
            below = function.files.known_under(found.path)
            size = sum(file.size for file in below if isinstance(file.size, int))
            yield Finding(f"{found.path} ({shown_size(size)}) is in the base image already", found.place)
