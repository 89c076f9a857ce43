from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Severity, rule
from lambda_image_lint.rulekit.distributions import imported_distribution, satisfies

_NEEDS = {
    "boto3": ("botocore", "s3transfer"),
    "s3transfer": ("botocore",),
    "aioboto3": ("aiobotocore",),
    "aiobotocore": ("botocore",),
}


@rule(
    "LIL911",
    Severity.WARNING,
    sources=("https://github.com/boto/botocore/issues/3082",),
    help="Install the parts together, in one folder: pip install --target with boto3 and all that it depends on.",
)
def sdk_versions_mixed(function: Function) -> Iterator[Finding]:
    """Parts of the AWS SDK for Python come from different places, in versions that do not fit."""
    for one, others in _NEEDS.items():
        user = imported_distribution(function, one)
        for other in others if user is not None else ():
            used = imported_distribution(function, other)
            if user is None or used is None or user.folder == used.folder:
                continue
            wanted = user.requires.get(other)
            if wanted and satisfies(used.version, wanted) is False:
                yield Finding(
                    f"{one} {user.version} of {user.folder} wants {other} {wanted}, and gets {used.version} of {used.folder}",
                    user.place,
                    related=(used.place,),
                )
