"""The function of an image: all of it known, and nothing read before it is needed."""

import pytest

from lambda_image_lint.answer import Absent, Unknown
from lambda_image_lint.finding import FilePlace, KeyPlace
from lambda_image_lint.function.from_image import ImageFunction, function_from_image
from lambda_image_lint.function.model import Barrier, File, Kind
from lambda_image_lint.function.wishes import WISHES
from lambda_image_lint.image.model import Image
from lambda_image_lint.image.sources.memory import image_of

AWS_CONFIG = """
[config]
Entrypoint = ["/lambda-entrypoint.sh"]
Cmd = ["app.handler"]
WorkingDir = "/var/task"
Env = { LAMBDA_TASK_ROOT = "/var/task", LAMBDA_RUNTIME_DIR = "/var/runtime", TZ = ":/etc/localtime" }
"""
AL2023 = "\"/etc/os-release\" = '''NAME=\"Amazon Linux\"\nVERSION_ID=\"2023\"\n'''\n"
AL2 = "\"/etc/os-release\" = '''NAME=\"Amazon Linux\"\nVERSION_ID=\"2\"\n'''\n"


def image(recipe: str) -> Image:
    return image_of(recipe, wishes=WISHES)


def function(recipe: str) -> ImageFunction:
    made = function_from_image(image(recipe))
    assert isinstance(made, ImageFunction)
    return made


def test_the_config_answers_without_a_layer() -> None:
    source = image(AWS_CONFIG + '[files]\n"/var/task/app.py" = ""\n')
    made = function_from_image(source)
    assert made.entrypoint == ("/lambda-entrypoint.sh",)
    assert (made.command, made.working_dir, made.architecture) == (("app.handler",), "/var/task", "amd64")
    assert (made.environment["LAMBDA_TASK_ROOT"], made.environment_complete) == ("/var/task", True)
    assert made.base is not None
    assert made.base.reference is None
    assert made.entrypoint_is_inherited
    assert isinstance(made.base_reference, Unknown)
    assert "layers" not in vars(source)
    assert isinstance(made.files.find("/var/task/app.py"), File)
    assert "layers" in vars(source)


def test_what_the_config_leaves_out_has_docker_s_default() -> None:
    made = function('[config]\n[files]\n"/x" = ""\n')
    assert (made.entrypoint, made.command, made.working_dir, made.user) == ((), (), "/", "")
    assert made.base is None
    assert not made.entrypoint_is_inherited


def test_without_layers_files_say_why_they_do_not_know() -> None:
    made = function_from_image(image(AWS_CONFIG + '[files]\n"/x" = ""\n'), read_layers=False)
    not_read = Unknown("layers not read")
    for answer in (made.files.find("/x"), made.files.under("/"), made.files.glob("/*"), made.files.readable("/x")):
        assert answer == not_read
    assert made.files.known_under("/") == ()
    assert made.base is not None
    assert (made.base.language, made.base.version, made.base.runtime) == ("unknown", None, None)


def test_a_layer_that_cannot_be_read_makes_every_file_unknown() -> None:
    made = function(AWS_CONFIG + '[[layers]]\ntruncate = 40\n[layers.files]\n"/x" = "content"\n')
    found = made.files.find("/x")
    assert isinstance(found, Unknown)
    assert "could not be read whole" in found.reason


def test_files_have_mode_owner_size_place_and_content() -> None:
    made = function(
        '[config]\n[[layers]]\n[layers.files]\n"/a" = "base"\n'
        '[files]\n"/var/task/app.py" = { mode = "0600", uid = 5, gid = 6, content = "def f(): pass" }\n'
    )
    found = made.files.find("/var/task/app.py")
    assert isinstance(found, File)
    assert (found.kind, found.mode, found.uid, found.gid, found.size) == (Kind.FILE, 0o600, 5, 6, 13)
    assert (found.read(), found.read(3)) == (b"def f(): pass", b"def")
    assert isinstance(found.place, FilePlace)
    assert (found.place.file, found.place.layer) == ("/var/task/app.py", 1)
    assert (found.place.digest or "").startswith("sha256:")
    assert made.files.readable("/var/task/app.py") == Barrier("/var/task/app.py", 0o600, found.place)
    assert made.files.find("/b") == Absent("/b")


def test_links_whiteouts_and_closed_folders_count() -> None:
    made = function(
        '[config]\n[[layers]]\n[layers.files]\n"/usr/lib/x" = "x"\n"/gone" = "y"\n"/lib" = { link = "usr/lib" }\n'
        '"/root/" = { mode = "0700" }\n"/root/a" = "a"\n[[layers]]\nwhiteouts = ["/gone"]\n[layers.files]\n"/b" = ""\n'
    )
    found = made.files.find("/lib/x")
    assert isinstance(found, File)
    assert found.path == "/usr/lib/x"
    assert made.files.link("/lib") == "usr/lib"
    assert made.files.find("/gone") == Absent("/gone")
    barrier = made.files.readable("/root/a")
    assert isinstance(barrier, Barrier)
    assert (barrier.path, barrier.mode) == ("/root", 0o700)


def test_lists_are_complete_and_sorted() -> None:
    made = function('[config]\n[files]\n"/t/b.py" = ""\n"/t/a/x.py" = ""\n"/t/c.txt" = ""\n')
    under, glob = made.files.under("/t"), made.files.glob("/t/**/*.py")
    assert not isinstance(under, Unknown)
    assert not isinstance(glob, Unknown)
    assert [file.path for file in under] == ["/t/a", "/t/a/x.py", "/t/b.py", "/t/c.txt"]
    assert [file.path for file in glob] == ["/t/a/x.py", "/t/b.py"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (AL2023 + '"/var/lang/bin/python3.12" = ""\n"/var/lang/bin/python3" = { link = "python3.12" }',
         ("python", "3.12", "al2023", "python3.12")),
        (AL2 + '"/var/lang/bin/python3.9" = ""\n"/var/lang/bin/python3" = ""', ("python", "3.9", "al2", "python3.9")),
        (AL2023 + '"/var/lang/bin/node" = ""\n"/var/lang/include/node/node_version.h" = "#define NODE_MAJOR_VERSION 22\\n"',
         ("nodejs", "22", "al2023", "nodejs22.x")),
        (AL2023 + '"/var/lang/bin/java" = ""\n"/var/lang/release" = \'JAVA_VERSION="17.0.9"\'',
         ("java", "17.al2023", "al2023", "java17.al2023")),
        (AL2 + '"/var/lang/bin/java" = ""\n"/var/lang/release" = \'JAVA_VERSION="1.8.0_402"\'',
         ("java", "8.al2", "al2", "java8.al2")),
        (AL2023 + '"/var/lang/bin/ruby" = ""\n"/var/lang/lib/ruby/3.3.0/x.rb" = ""', ("ruby", "3.3", "al2023", "ruby3.3")),
        (AL2023 + '"/var/lang/bin/dotnet" = ""\n"/var/lang/bin/shared/Microsoft.NETCore.App/8.0.11/x" = ""',
         ("dotnet", "8", "al2023", "dotnet8")),
        (AL2023, ("provided", "al2023", "al2023", "provided.al2023")),
        ('"/var/runtime/runtime-release" = "NAME=nodejs20.x\\n"\n"/var/lang/bin/node" = ""',
         ("nodejs", None, None, "nodejs20.x")),
    ],
)  # fmt: skip
def test_an_aws_base_is_told_by_its_files(files: str, expected: tuple[str | None, ...]) -> None:
    base = function(f"{AWS_CONFIG}[files]\n{files}\n").base
    assert base is not None
    assert (base.language, base.version, base.os, base.runtime) == expected


@pytest.mark.parametrize(
    "environment",
    ['LAMBDA_TASK_ROOT = "/var/task"', 'LAMBDA_TASK_ROOT = "/var/task", LAMBDA_RUNTIME_DIR = "/var/runtime"'],
)
def test_variables_of_lambda_alone_make_no_aws_base(environment: str) -> None:
    recipe = f'[config]\nEnv = {{ {environment} }}\nEntrypoint = ["/x"]\n[files]\n"/x" = ""\n'
    assert function(recipe).base is None


@pytest.mark.parametrize(
    ("old", "new"),
    [('LAMBDA_TASK_ROOT = "/var/task"', 'LAMBDA_TASK_ROOT = "/function"'), ('TZ = ":/etc/localtime"', 'TZ = "UTC"'),
     ('"/lambda-entrypoint.sh"', '"/entry.sh"')],
)  # fmt: skip
def test_an_aws_base_stays_one_though_a_function_sets_one_of_its_marks_anew(old: str, new: str) -> None:
    assert function(f'{AWS_CONFIG.replace(old, new)}[files]\n"/x" = ""\n').base is not None


@pytest.mark.parametrize(
    ("recipe", "key"),
    [('Cmd = ["a.b"]', "config.Cmd"), ('Entrypoint = ["x"]', "config.Entrypoint"),
     ('Entrypoint = ["x"]\nCmd = ["a"]', "config.Cmd"), ("", "config.Cmd")],
)  # fmt: skip
def test_findings_on_the_handler_stand_at_the_key_that_names_it(recipe: str, key: str) -> None:
    made = function(f'[config]\n{recipe}\n[files]\n"/x" = ""\n')
    assert made.handler_place() == KeyPlace(key)
    assert made.where("working_dir") == KeyPlace("config.WorkingDir")
    assert made.where("environment.PATH") == KeyPlace("config.Env")
