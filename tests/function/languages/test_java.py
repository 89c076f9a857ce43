"""Java handlers, in class files that a real compiler made."""

import shutil
import subprocess
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_image_lint.function.languages import java_jars_beside_lib, resolve
from lambda_image_lint.function.languages.java.classfile import ClassFile, read_class
from lambda_image_lint.function.languages.start import JAVA_CLIENT_CLASS
from tests.function.languages.memory import MemoryFunction, on_base
from tests.function.languages.words import said

SOURCES = {
    "com/example/App.java": """
        package com.example;
        public class App extends Base implements Runnable {
            public static final long LONG = 5L; public static final double DOUBLE = 1.5; static final String TEXT = "ä\\0";
            public String handleRequest(Object event) { Runnable r = () -> System.out.println(LONG + event.toString()); return ""; }
            public void run() {}
            void hidden() {}
        }
    """,
    "com/example/Base.java": "package com.example; public class Base { public void inherited() {} }",
    "com/example/Plain.java": "package com.example; public class Plain { public void handle(Object event) {} }",
    "com/example/Typed.java": """
        package com.example;
        public class Typed implements com.amazonaws.services.lambda.runtime.RequestHandler<Object, Object> {
            public Object handleRequest(Object event, Object context) { return null; }
        }
    """,
    "com/amazonaws/services/lambda/runtime/RequestHandler.java": """
        package com.amazonaws.services.lambda.runtime;
        public interface RequestHandler<I, O> { O handleRequest(I event, Object context); }
    """,
}


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Path in a jar → class file."""
    if shutil.which("javac") is None:
        pytest.skip("javac is missing")
    folder = tmp_path_factory.mktemp("java")
    for name, text in SOURCES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    subprocess.run(["javac", "-encoding", "UTF-8", "-d", "out", *SOURCES], cwd=folder, check=True, timeout=120)
    out = folder / "out"
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*.class")}


def jar(classes: dict[str, bytes], prefix: str = "") -> bytes:
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        for name, data in classes.items():
            archive.writestr(prefix + name, data)
    return stream.getvalue()


def test_a_class_file_tells_its_name_its_parents_and_its_public_methods(classes: dict[str, bytes]) -> None:
    assert read_class(classes["com/example/App.class"]) == ClassFile(
        "com/example/App", "com/example/Base", ("java/lang/Runnable",), ("<init>", "handleRequest", "run")
    )


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        ("com.example.App::handleRequest", "Resolved file=/var/task/lib/app.jar symbol=handleRequest"),
        ("com.example.App::inherited", "Resolved file=/var/task/lib/app.jar symbol=inherited"),
        ("com.example.Typed", "Resolved file=/var/task/lib/app.jar"),
        (
            "com.example.Plain",
            "FunctionMissing file=/var/task/lib/app.jar error=Class does not implement an appropriate handler interface: "
            "com.example.Plain defined=[handle] near=[handle] suggestion=com.example.Plain::handle",
        ),
        (
            "com.example.Plain::handel",
            "FunctionMissing file=/var/task/lib/app.jar symbol=handel error=No public method named handel with appropriate method "
            "signature found on class com.example.Plain defined=[handle] near=[handle] suggestion=com.example.Plain::handle",
        ),
        (
            "com.example.App.handleRequest",
            "BadFormat why=a dot stands between class and method error=Class not found: com.example.App.handleRequest "
            "suggestion=com.example.App::handleRequest",
        ),
        (
            "example.Plain::handle",
            "FileMissing module=example.Plain error=Class not found: example.Plain looked_in=[/var/task/, /var/task/lib/*.jar, "
            "/opt/java/lib/*.jar, /var/runtime/lib/*.jar] near=[/var/task/lib/app.jar] suggestion=com.example.Plain::handle",
        ),
        ("::handle", "BadFormat why=it lacks the class or the method error=Invalid handler: `::handle'"),
        (
            "com.example.App::",
            "BadFormat why=it lacks the class or the method error=Invalid handler: `com.example.App::'",
        ),
    ],
)
def test_a_java_handler_is_resolved_as_the_client_does(classes: dict[str, bytes], handler: str, expected: str) -> None:
    assert said(resolve(on_base("java", "21", handler, {"/var/task/lib/app.jar": jar(classes)}))) == expected


def test_classes_in_the_task_root_count_and_jars_beside_lib_do_not(classes: dict[str, bytes]) -> None:
    loose = {f"/var/task/{name}": data for name, data in classes.items()}
    expected = "Resolved file=/var/task/com/example/App.class symbol=handleRequest"
    assert said(resolve(on_base("java", "21", "com.example.App::handleRequest", loose))) == expected
    function = on_base("java", "21", "com.example.App::handleRequest", {"/var/task/app.jar": jar(classes)})
    assert said(resolve(function)) == (
        "OutsidePath module=com.example.App error=Class not found: com.example.App looked_in=[/var/task/, /var/task/lib/*.jar, "
        "/opt/java/lib/*.jar, /var/runtime/lib/*.jar] found=[/var/task/app.jar]"
    )
    beside = java_jars_beside_lib(function)
    assert isinstance(beside, tuple)
    assert [file.path for file in beside] == ["/var/task/app.jar"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [("./*", "Resolved"), ("app.jar", "Resolved"), ("/function/app.jar", "Resolved"), ("other/*", "FileMissing")],
)
def test_another_base_looks_where_its_class_path_says(classes: dict[str, bytes], written: str, expected: str) -> None:
    function = MemoryFunction(
        {"/function/app.jar": jar(classes)},
        entrypoint=("/usr/bin/java", "-cp", written, JAVA_CLIENT_CLASS),
        command=("com.example.App::handleRequest",),
        working_dir="/function",
    )
    assert said(resolve(function)).startswith(expected)


@pytest.mark.parametrize("content", [None, b"no jar", b"PK\x05\x06" + bytes(18)])
def test_a_jar_that_cannot_be_read_proves_nothing(content: bytes | None) -> None:
    files = {"/var/task/lib/app.jar": content}
    expected = "FileMissing" if content and content.startswith(b"PK") else "Unknown"
    assert said(resolve(on_base("java", "21", "com.example.App::handleRequest", files))).startswith(expected)


def test_a_parent_that_is_nowhere_leaves_the_method_undecided(classes: dict[str, bytes]) -> None:
    alone = {"/var/task/com/example/App.class": classes["com/example/App.class"]}
    assert said(resolve(on_base("java", "21", "com.example.App::inherited", alone))) == (
        "Resolved file=/var/task/com/example/App.class symbol=inherited doubt=(a parent of com.example.App is not at hand)"
    )


@given(st.binary(max_size=200))
def test_no_bytes_make_the_class_reader_fail(tail: bytes) -> None:
    assert read_class(tail) is None
    read_class(b"\xca\xfe\xba\xbe\0\0\0\x34" + tail)


def test_a_cut_class_file_is_none(classes: dict[str, bytes]) -> None:
    whole = classes["com/example/App.class"]
    found = [read_class(whole[:length]) for length in range(0, len(whole) - 100, 7)]
    assert {type(each) for each in found[: len(found) // 2]} == {type(None)}
