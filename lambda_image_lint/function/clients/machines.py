"""Whether the machine that a client is written for, Python or Java, finds it where it looks."""

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.model import Function


def may_import(function: Function, interpreter: str, module: str) -> bool:
    """False where a top-level module certainly is nowhere on the path of the Python that is started by this name."""
    from lambda_image_lint.function.languages.python.finder import Finder, NoModule
    from lambda_image_lint.function.languages.python.path import search_path
    from lambda_image_lint.function.languages.resolution import Language
    from lambda_image_lint.function.languages.start import Start

    path = search_path(function, Start(Language.PYTHON, module, None, interpreter))
    if isinstance(path, Unknown):
        return True
    return not isinstance(Finder(function.files, path, function.architecture).find(module), NoModule)


def is_of_standard_library(module: str) -> bool:
    """Whether every Python 3 brings a top-level module."""
    from lambda_image_lint.function.languages.python.stdlib import in_standard_library

    return in_standard_library(module, None) is True


def may_load(function: Function, name: str, arguments: tuple[str, ...]) -> bool:
    """False where a class certainly is nowhere that ``java`` looks with these arguments."""
    from lambda_image_lint.function.languages.java.classpath import Jar, machine_path
    from lambda_image_lint.function.languages.java.handler import Classes

    path = machine_path(function, arguments)
    if isinstance(path, Unknown):
        return True
    classes = Classes(function, path)
    # A jar's manifest may name further jars.
    jars = [classes.jar(file) for file in path.jars]
    leads_on = any(isinstance(jar, Jar) and b"Class-Path:" in (jar.read("META-INF/MANIFEST.MF") or b"") for jar in jars)
    return leads_on or classes.find(name) is not None
