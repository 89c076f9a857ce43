"""Runtime clients that an image brings though its AWS base has one."""

from lambda_image_lint.answer import Unknown
from lambda_image_lint.finding import Place
from lambda_image_lint.function.languages.resolution import Language
from lambda_image_lint.function.languages.start import BASE_CLIENT, start_of
from lambda_image_lint.function.model import File, Function

_PACKAGES = {
    Language.PYTHON: "awslambdaric",
    Language.NODE: "aws-lambda-ric",
    Language.RUBY: "aws_lambda_ric",
}
"""The client's name in the language's own index."""
_FILES = {
    Language.PYTHON: "/var/task/awslambdaric/__init__.py",
    Language.NODE: "/var/task/node_modules/aws-lambda-ric/package.json",
}
_OWN_PREFIX = "/var/lang/"
"""Where the AWS bases keep their interpreter."""
_JAR = "aws-lambda-java-runtime-interface-client"


def bundled_client(function: Function) -> tuple[str, Place] | None:
    """(name, what brought it) where the base's own client is the one that starts."""
    start = start_of(function)
    if isinstance(start, Unknown) or start is None or start.client != BASE_CLIENT:
        return None
    name = _PACKAGES.get(start.language)
    # What another interpreter was given is no second client of this one.
    own = [one for one in function.packages.installed if one.by is None or one.by.startswith(_OWN_PREFIX)]
    for installed in own:
        if name is not None and installed.name.replace("_", "-") == name.replace("_", "-"):
            return name, installed.place
    path = _FILES.get(start.language)
    found = function.files.find(path) if path is not None else None
    if name is not None and isinstance(found, File):
        return name, found.place
    for file in function.files.known_under("/var/task/lib") if start.language is Language.JAVA else ():
        if file.path.startswith(f"/var/task/lib/{_JAR}") and file.path.endswith(".jar"):
            return _JAR, file.place
    return None
