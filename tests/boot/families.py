"""The base images that the variants stand on: one a family, built once, FROM scratch, of this machine's own programs.

Those named ``aws-…`` have the layout of Amazon's bases (paths, environment, start scripts), in our own words; what runs
inside them is the real runtime client, as published.
"""

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.boot import rootfs
from tests.boot.sources import (
    ADAPTER_GO,
    AWS_ENTRYPOINT,
    AWS_NODE_BOOTSTRAP,
    AWS_NODE_MAIN,
    AWS_PYTHON_BOOTSTRAP,
    AWS_PYTHON_MAIN,
    GO_FUNCTION,
    GO_IDLE,
    JAVA_FUNCTION,
    JAVA_PROJECT,
    RUST_FUNCTION,
    RUST_MANIFEST,
)
from tests.function_image import LIBRARIES, make_python_base

PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
NODE_CLIENT_VERSION = "3.3.0"
JAVA_CLIENT = "aws-lambda-java-runtime-interface-client"

AWS_ENVIRONMENT = {
    "LANG": "en_US.UTF-8",
    "TZ": ":/etc/localtime",
    "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    "LD_LIBRARY_PATH": "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
}
PLAIN_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


@dataclass(frozen=True)
class Family:
    """A base image: how it is made, and what its config says."""

    build: Callable[[Path, Path], None]
    """Given the root folder to fill, and a folder for artefacts that variants put into their images."""
    programs: tuple[str, ...] = ()
    """What this machine has to have."""
    entrypoint: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=lambda: PLAIN_ENVIRONMENT)
    working_dir: str = "/var/task"


def run(
    *command: str | Path, cwd: Path | None = None, seconds: float = 280, environment: Mapping[str, str] | None = None
) -> None:
    """Run a build tool to its end; what it complained of is in the error."""
    variables = {**os.environ, **(environment or {})}
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=variables, capture_output=True, text=True, timeout=seconds, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(words)[:200]} ended with {done.returncode}: {(done.stdout + done.stderr)[-600:]}")


def python(root: Path, artefacts: Path) -> None:
    """This machine's Python in /usr/local with awslambdaric, a shell and some coreutils."""
    _python_system(root)
    site_packages = root / "usr/local/lib" / PYTHON / "site-packages"
    _awslambdaric(site_packages)
    rootfs.libraries(root, site_packages.glob("*.so"))
    copy_client = artefacts / "site-packages"
    shutil.copytree(site_packages, copy_client)
    rootfs.readable_by_all(root)


def aws_python(root: Path, artefacts: Path) -> None:
    """The layout of Amazon's Python base."""
    _python_system(root)
    lang, runtime = root / "var/lang", root / "var/runtime"
    lang.mkdir()
    for name in ("bin", "lib"):
        (root / "usr/local" / name).rename(lang / name)
    for shared in (root / LIBRARIES).glob("libpython*"):  # found by LD_LIBRARY_PATH alone, as there
        shared.rename(lang / "lib" / shared.name)
    _awslambdaric(runtime)
    rootfs.libraries(root, runtime.glob("*.so"))
    _aws_layout(root, "python")
    rootfs.text(root, "/var/runtime/bootstrap", AWS_PYTHON_BOOTSTRAP.replace("PYTHON", PYTHON), executable=True)
    rootfs.text(root, "/var/runtime/bootstrap.py", AWS_PYTHON_MAIN)
    rootfs.readable_by_all(root)


def aws_provided(root: Path, artefacts: Path) -> None:
    """The layout of Amazon's OS-only base: an entry script, and no bootstrap."""
    rootfs.skeleton(root)
    _aws_layout(root, "provided")
    _shell_tools(root)
    rootfs.readable_by_all(root)


def shell(root: Path, artefacts: Path) -> None:
    """A shell, coreutils and curl."""
    rootfs.skeleton(root)
    _shell_tools(root)
    rootfs.program(root, "bash")
    rootfs.link(root, "/usr/bin/sh", "bash")
    rootfs.readable_by_all(root)


def node(root: Path, artefacts: Path) -> None:
    """This machine's node with npm, in /usr/local, and aws-lambda-ric ready to be laid beside the code."""
    _node_system(root, "/usr/local")
    npm = Path(_output("npm", "root", "-g")) / "npm"
    rootfs.copy(root, npm, "/usr/local/lib/node_modules/npm")
    shutil.rmtree(root / "usr/local/lib/node_modules/npm/docs", ignore_errors=True)
    shutil.rmtree(root / "usr/local/lib/node_modules/npm/man", ignore_errors=True)
    rootfs.link(root, "/usr/local/bin/npx", "../lib/node_modules/npm/bin/npx-cli.js")
    rootfs.program(root, "env")
    rootfs.program(root, "dash", "/usr/bin/sh")
    client = _node_client(artefacts)
    rootfs.copy(root, client, "/var/task/node_modules/aws-lambda-ric")
    rootfs.link(root, "/var/task/node_modules/.bin/aws-lambda-ric", "../aws-lambda-ric/bin/index.mjs")
    rootfs.libraries(root, [client / "dist/rapid-client.node"])
    rootfs.readable_by_all(root)


def aws_node(root: Path, artefacts: Path) -> None:
    """The layout of Amazon's Node base."""
    _node_system(root, "/var/lang")
    client = _node_client(artefacts)
    _aws_layout(root, "nodejs")
    for name in ("index.mjs", "rapid-client.node"):
        rootfs.copy(root, client / "dist" / name, f"/var/runtime/client/{name}")
    rootfs.text(root, "/var/runtime/bootstrap", AWS_NODE_BOOTSTRAP, executable=True)
    rootfs.text(root, "/var/runtime/index.mjs", AWS_NODE_MAIN)
    rootfs.libraries(root, [client / "dist/rapid-client.node"])
    rootfs.readable_by_all(root)


def go(root: Path, artefacts: Path) -> None:
    """Nothing but /etc and /tmp: what a static binary needs."""
    rootfs.skeleton(root)
    rootfs.libraries(root, [])
    source = artefacts / "go"
    rootfs.text(source, "main.go", GO_FUNCTION)
    run("go", "mod", "init", "example.com/function", cwd=source)
    run("go", "get", "github.com/aws/aws-lambda-go@v1.49.0", cwd=source)
    go_build(source, artefacts / "function")
    go_build(source, artefacts / "function-stripped", "-ldflags=-s -w")
    go_build(source, artefacts / "function-arm64", GOARCH="arm64")
    go_build(source, artefacts / "function-dynamic", CGO_ENABLED="1")
    idle = artefacts / "go-idle"
    rootfs.text(idle, "main.go", GO_IDLE)
    run("go", "mod", "init", "example.com/idle", cwd=idle)
    go_build(idle, artefacts / "idle")
    rootfs.readable_by_all(root)


def rust(root: Path, artefacts: Path) -> None:
    """A C library, and a function built with the lambda_runtime crate against it."""
    rootfs.skeleton(root)
    crate = artefacts / "crate"
    rootfs.text(crate, "Cargo.toml", RUST_MANIFEST)
    rootfs.text(crate, "src/main.rs", RUST_FUNCTION)
    run("cargo", "build", cwd=crate, environment={"CARGO_TARGET_DIR": str(artefacts / "target")})
    shutil.copy(artefacts / "target/debug/bootstrap", artefacts / "function")
    shutil.rmtree(artefacts / "target")
    rootfs.libraries(root, [artefacts / "function"])
    (gcc_library,) = (root / LIBRARIES).glob("libgcc_s.so.1")
    shutil.copy(gcc_library, artefacts / gcc_library.name)
    rootfs.readable_by_all(root)


def java(root: Path, artefacts: Path) -> None:
    """A small Java runtime, and the interface client with its core."""
    rootfs.skeleton(root)
    modules = "java.base,java.logging,java.management,java.naming,java.xml,jdk.unsupported"
    run("jlink", "--add-modules", modules, "--strip-debug", "--no-man-pages", "--output", root / "opt/java")
    binaries = [root / "opt/java/bin/java", *(root / "opt/java/lib").rglob("*.so")]
    rootfs.libraries(root, binaries)
    rootfs.link(root, "/usr/bin/java", "/opt/java/bin/java")
    jars = root / "function/lib"
    jars.mkdir(parents=True)
    rootfs.text(artefacts, "pom.xml", JAVA_PROJECT)
    plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
    run("mvn", "-q", "-B", plugin, f"-DoutputDirectory={jars}", "-DincludeScope=runtime", cwd=artefacts)
    with zipfile.ZipFile(next(jars.glob(f"{JAVA_CLIENT}-*.jar"))) as client:
        natives = [name for name in client.namelist() if name.endswith(f"linux-{platform.machine()}.so")]
        rootfs.libraries(root, [Path(client.extract(name, artefacts)) for name in natives])
    rootfs.text(artefacts, "example/Handler.java", JAVA_FUNCTION)
    classes = artefacts / "classes"
    run("javac", "-cp", f"{jars}/*", "-d", classes, artefacts / "example/Handler.java")
    run("jar", "--create", "--file", artefacts / "function.jar", "-C", classes, ".")
    shutil.copy(classes / "example/Handler.class", artefacts / "Handler.class")
    rootfs.readable_by_all(root)


def web(root: Path, artefacts: Path) -> None:
    """A system with Python and no runtime client, and a web adapter of our own."""
    _python_system(root)
    source = artefacts / "adapter-source"
    rootfs.text(source, "main.go", ADAPTER_GO)
    run("go", "mod", "init", "example.com/adapter", cwd=source)
    go_build(source, artefacts / "lambda-adapter", "-ldflags=-s -w")
    rootfs.readable_by_all(root)


def aws_web(root: Path, artefacts: Path) -> None:
    """The layout of Amazon's Python base, and the adapter."""
    aws_python(root, artefacts)
    source = artefacts / "adapter-source"
    rootfs.text(source, "main.go", ADAPTER_GO)
    run("go", "mod", "init", "example.com/adapter", cwd=source)
    go_build(source, artefacts / "lambda-adapter", "-ldflags=-s -w")


def _python_system(root: Path) -> None:
    made = make_python_base(root.parent / "python-context")
    (made / "root").rename(root)
    shutil.rmtree(made)
    rootfs.program(root, "bash")
    library = next(root.glob(f"usr/local/lib/{PYTHON}"))
    # Shipped with its bytecode: what starts from sources at every cold start is another matter than what starts.
    run(
        sys.executable,
        "-m",
        "compileall",
        "-q",
        "--invalidation-mode",
        "unchecked-hash",
        "-s",
        root,
        "-p",
        "/",
        library,
    )


def _awslambdaric(target: Path) -> None:
    run(sys.executable, "-m", "pip", "install", "-q", "--target", target, "awslambdaric==4.2.2")
    shutil.rmtree(target / "bin", ignore_errors=True)


def _node_system(root: Path, prefix: str) -> None:
    rootfs.skeleton(root)
    rootfs.program(root, "node", f"{prefix}/bin/node")
    # The header that tells the version lies in the official images and in Amazon's.
    major, minor = _output("node", "-p", "process.versions.node").split(".")[:2]
    header = f"#define NODE_MAJOR_VERSION {major}\n#define NODE_MINOR_VERSION {minor}\n"
    rootfs.text(root, f"{prefix}/include/node/node_version.h", header)


def _node_client(artefacts: Path) -> Path:
    """aws-lambda-ric with its native part built here: the longest of all builds, so both families share it."""
    node_version = _output("node", "-p", "process.version")
    shared = artefacts.parents[1] / f"aws-lambda-ric-{NODE_CLIENT_VERSION}-{node_version}"
    if not shared.exists():
        headers = Path(_output("node", "-p", "process.execPath")).resolve().parent.parent
        run("npm", "init", "-y", cwd=artefacts)
        install = ("npm", "install", f"aws-lambda-ric@{NODE_CLIENT_VERSION}", "--no-audit", "--no-fund")
        settings = {"npm_config_nodedir": str(headers), "MAKEFLAGS": "-j2"}
        run(*install, cwd=artefacts, seconds=550, environment=settings)
        client = artefacts / "node_modules/aws-lambda-ric"
        for left_over in ("deps", "src", "scripts", "node-addon-api"):
            shutil.rmtree(client / left_over, ignore_errors=True)
        client.rename(shared)
        shutil.rmtree(artefacts / "node_modules")
    copied = artefacts / "aws-lambda-ric"
    shutil.copytree(shared, copied)
    return copied


def go_build(source: Path, output: Path, *flags: str, **environment: str) -> None:
    settings = {"CGO_ENABLED": "0", "GOFLAGS": "-trimpath"} | environment
    run("go", "build", "-tags", "lambda.norpc", *flags, "-o", output, ".", cwd=source, environment=settings)


def _aws_layout(root: Path, language: str) -> None:
    rootfs.program(root, "bash")
    if not (root / "usr/bin/sh").exists():
        rootfs.link(root, "/usr/bin/sh", "bash")
    rootfs.text(root, "/lambda-entrypoint.sh", AWS_ENTRYPOINT, executable=True)
    (root / "var/runtime").mkdir(parents=True, exist_ok=True)
    (root / "opt").mkdir(exist_ok=True)
    if language != "provided":
        version = {"python": sysconfig.get_python_version(), "nodejs": "20"}[language]
        release = f"NAME={language}\nVERSION={version}\nLOGGING=amzn-platform-logging\n"
        rootfs.text(root, "/var/runtime/runtime-release", release)


def _shell_tools(root: Path) -> None:
    for name in ("curl", "cat", "grep", "sed", "tr", "mktemp", "sleep", "env"):
        rootfs.program(root, name)


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()


AWS_START = ("/lambda-entrypoint.sh",)

FAMILIES: Mapping[str, Family] = {
    "python": Family(python, ("bash", "dash"), ("/usr/local/bin/python3", "-m", "awslambdaric")),
    "aws-python": Family(aws_python, ("bash", "dash"), AWS_START, AWS_ENVIRONMENT),
    "aws-provided": Family(aws_provided, ("bash", "curl"), AWS_START, AWS_ENVIRONMENT),
    "shell": Family(shell, ("bash", "curl"), ("/var/task/bootstrap",)),
    "node": Family(
        node,
        ("node", "npm", "cmake", "autoreconf", "libtoolize", "g++", "make"),
        ("/usr/local/bin/node", "/var/task/node_modules/aws-lambda-ric/bin/index.mjs"),
    ),
    "aws-node": Family(
        aws_node, ("node", "npm", "cmake", "autoreconf", "libtoolize", "g++", "make"), AWS_START, AWS_ENVIRONMENT
    ),
    "go": Family(go, ("go", "gcc"), ("/main",)),
    "rust": Family(rust, ("cargo", "gcc"), ("/var/task/bootstrap",)),
    "java": Family(
        java,
        ("java", "javac", "jlink", "jar", "mvn"),
        (
            "/usr/bin/java",
            "-cp",
            "/function:/function/lib/*",
            "com.amazonaws.services.lambda.runtime.api.client.AWSLambda",
        ),
        working_dir="/function",
    ),
    "web": Family(web, ("bash", "dash", "go"), ("/usr/local/bin/python3", "/app/server.py"), working_dir="/app"),
    "aws-web": Family(aws_web, ("bash", "dash", "go"), AWS_START, AWS_ENVIRONMENT),
}
