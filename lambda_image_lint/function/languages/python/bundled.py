"""Which modules beside the standard library a well-known base image brings.

Where a base's own files are not at hand, a module that is not among these, and that no build step may have brought, is
not there.
"""

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.languages.python.path import minor_of_official_image
from lambda_image_lint.function.model import Function, Packaged

# Whatever may be there: too many names only keep a fault from being told.
# Sources: docs.aws.amazon.com/lambda/latest/dg/lambda-python.html (the runtime's SDK), the dependencies of boto3 and
# of awslambdaric on their own pages, ensurepip and docker-library/python for pip; read 2026-11-23.
_INSTALLERS = "pip setuptools wheel pkg_resources _distutils_hack"
_SDK = "boto3 botocore s3transfer jmespath dateutil six urllib3"
_AWS = (
    f"{_SDK} awscrt awslambdaric runtime_client simplejson snapshot_restore_py bootstrap lambda_runtime_client "
    "typing_extensions certifi packaging sitecustomize"
)


def certainly_has(function: Function, module: str) -> bool:
    """The AWS base brings the SDK for Python, whatever else is done to the image."""
    return function.base is not None and function.base.language == "python" and module in _SDK.split()


def certainly_lacks(function: Function, unknown: Unknown, module: str) -> bool:
    """Nothing but the base image may have brought the top-level module, and that one does not."""
    if not (isinstance(unknown, Packaged) and unknown.packages == ()):
        return False
    if function.base is not None and function.base.language == "python":
        return module not in f"{_INSTALLERS} {_AWS}".split()
    return minor_of_official_image(function) is not None and module not in _INSTALLERS.split()
