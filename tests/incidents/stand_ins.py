"""Images under the names that people's Dockerfiles use, for as long as a build takes: no registry is asked.

Each has the layout that the incidents are about, and packages of our own to install; what stands on a boot family has
that family's programs. `named` gives the names to the daemon and takes them away again, so that no stand-in is left
under the name of an image that it is not.
"""

import contextlib
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from lambda_image_lint.boot import network_holder
from lambda_image_lint.dockerfile import parse
from tests.boot import images, rootfs
from tests.boot.families import AWS_ENVIRONMENT, PYTHON, go_build, run
from tests.boot.sources import ADAPTER_GO, AWS_ENTRYPOINT
from tests.engines import DockerDaemon, once_in_run, run_wide_lock
from tests.function_image import LIBRARIES
from tests.incidents import packages, programs

OWN = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
OTHER = {"amd64": "arm64", "arm64": "amd64"}[OWN]
LAMBDAS_WORD = {"amd64": "x86_64", "arm64": "arm64"}
"""Docker's word for an architecture → Lambda's."""

AWS = 'ENTRYPOINT ["/lambda-entrypoint.sh"]\nWORKDIR /var/task\n' + "".join(
    f'ENV {name}="{value}"\n' for name, value in AWS_ENVIRONMENT.items()
)
AWS_TOOLS = ("cat", "chmod", "cp", "ls", "mkdir", "mktemp", "rm")

Fill = Callable[[Path, DockerDaemon], str]
"""Fills the folder that is laid over the image; returns the Dockerfile's head and tail, with ``COPY`` between them."""
COPY = "COPY root/ /\n"


def aws_python(root: Path, daemon: DockerDaemon) -> str:
    """Amazon's Python base, with pip and a package manager."""
    base = images.base("aws-python", daemon)
    _installers(root, "/var/lang")
    rootfs.link(root, "/usr/bin/sh", "bash")
    _system_packages(root, "dnf", {"findutils": {"find": programs.FIND}})
    return f"FROM {base.tag}\n{COPY}{AWS}"


def aws_provided(root: Path, daemon: DockerDaemon) -> str:
    """Amazon's base without a language, with a package manager."""
    base = images.base("aws-provided", daemon)
    for name in AWS_TOOLS:
        rootfs.program(root, name)
    _system_packages(root, "dnf", {name: {name: programs.TOOL} for name in ("wget", "git", "tar")})
    return f"FROM {base.tag}\n{COPY}{AWS}"


def bref(root: Path, daemon: DockerDaemon) -> str:
    """A runtime of the community's on Amazon's base."""
    rootfs.text(root, "/var/runtime/bootstrap", programs.SHELL_FUNCTION, executable=True)
    rootfs.text(root, "/opt/bref/etc/php/conf.d/bref.ini", "")
    return f"FROM {tag_of('aws-provided', daemon)}\n{COPY}"


def bref_extension(root: Path, daemon: DockerDaemon) -> str:
    """What is copied from an image of extensions."""
    rootfs.text(root, "/opt/bref/extensions/pdo_pgsql.so", "")
    return f"FROM scratch\n{COPY}"


def python(root: Path, daemon: DockerDaemon) -> str:
    """The official Python image: pip, and no runtime client."""
    base = images.base("python", daemon)
    _installers(root, "/usr/local")
    rootfs.program(root, "cp")
    _system_packages(root, "apt-get", {"nginx": {"nginx": programs.PROXY}})
    return f"FROM {base.tag}\nRUN rm -r /usr/local/lib/{PYTHON}/site-packages\n{COPY}WORKDIR /\n"


def node_alone(root: Path, daemon: DockerDaemon) -> str:
    """This machine's node, and no shell."""
    rootfs.skeleton(root)
    rootfs.program(root, "node", "/usr/local/bin/node")
    rootfs.readable_by_all(root)
    return f'FROM scratch\n{COPY}ENV PATH="/usr/local/bin:/usr/bin:/bin"\n'


def distroless_node(root: Path, daemon: DockerDaemon) -> str:
    """node where distroless has it, which is its entrypoint."""
    rootfs.link(root, "/nodejs/bin/node", "/usr/local/bin/node")
    return f'FROM {tag_of("node-alone", daemon)}\n{COPY}ENTRYPOINT ["/nodejs/bin/node"]\n'


def _node_with(npm: str) -> Fill:
    def fill(root: Path, daemon: DockerDaemon) -> str:
        """The official image: npm, a shell."""
        done = subprocess.run(
            ["npm", "pack", "--silent", f"npm@{npm}"],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise OSError(f"npm {npm} cannot be had: {done.stderr.strip()[-300:]}")
        modules = root / "usr/local/lib/node_modules"
        modules.mkdir(parents=True)
        archive = root / done.stdout.strip()
        shutil.unpack_archive(archive, modules, filter="data")
        archive.unlink()
        (modules / "package").rename(modules / "npm")
        for left_out in ("docs", "man"):
            shutil.rmtree(modules / "npm" / left_out)
        for name in ("npm", "npx"):
            rootfs.link(root, f"/usr/local/bin/{name}", f"../lib/node_modules/npm/bin/{name}-cli.js")
        for name in ("env", "mkdir", "ls"):
            rootfs.program(root, name)
        rootfs.program(root, "dash", "/usr/bin/sh")
        rootfs.text(root, "/usr/local/etc/npmrc", programs.NPM_SETTINGS)
        (root / "home").mkdir()
        rootfs.readable_by_all(root)
        return f"FROM {tag_of('node-alone', daemon)}\n{COPY}"

    return fill


def aws_node(root: Path, daemon: DockerDaemon) -> str:
    """Amazon's Node base."""
    rootfs.link(root, "/var/lang/bin/node", "/usr/local/bin/node")
    rootfs.program(root, "bash")
    rootfs.link(root, "/usr/bin/sh", "bash")
    rootfs.text(root, "/lambda-entrypoint.sh", AWS_ENTRYPOINT, executable=True)
    rootfs.text(
        root, "/var/runtime/bootstrap", "#!/bin/bash\nexec /var/lang/bin/node /var/runtime/index.mjs\n", executable=True
    )
    rootfs.text(root, "/var/runtime/index.mjs", programs.NODE_CLIENT)
    rootfs.readable_by_all(root)
    return f"FROM {tag_of('node-alone', daemon)}\n{COPY}{AWS}"


def aws_for_another_machine(root: Path, daemon: DockerDaemon) -> str:
    """Amazon's base as a machine of the other kind pulls it."""
    shell = root / "usr/bin/bash"
    shell.parent.mkdir(parents=True)
    shell.write_bytes(network_holder.program(OTHER))
    shell.chmod(0o755)
    rootfs.link(root, "/bin", "usr/bin")
    rootfs.text(root, "/lambda-entrypoint.sh", AWS_ENTRYPOINT, executable=True)
    return f"FROM scratch\n{COPY}{AWS}"


def uv(version: str) -> Fill:
    """The image that uv is copied from, with uv itself."""

    def fill(root: Path, daemon: DockerDaemon) -> str:
        run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", root.parent, f"uv=={version}")
        (found,) = root.parent.glob("uv-*.whl")
        shutil.unpack_archive(found, root.parent, "zip")
        shutil.move(root.parent / f"uv-{version}.data/scripts/uv", root / "uv")
        (root / "uv").chmod(0o755)
        return f"FROM scratch\n{COPY}"

    return fill


def adapter(version: str) -> Fill:
    """The image that a version of the web adapter is copied from."""

    def fill(root: Path, daemon: DockerDaemon) -> str:
        source = root.parent / "source"
        rootfs.text(source, "main.go", ADAPTER_GO)
        run("go", "mod", "init", "example.com/adapter", cwd=source)
        go_build(source, root / "lambda-adapter", f"-ldflags=-s -w -X main.version={version}")
        return f"FROM scratch\n{COPY}"

    return fill


STAND_INS: Mapping[str, Fill] = {
    "aws-python": aws_python,
    "aws-provided": aws_provided,
    "aws-node": aws_node,
    "aws-for-another-machine": aws_for_another_machine,
    "bref": bref,
    "bref-extension": bref_extension,
    "python": python,
    "node-alone": node_alone,
    "node-with-npm-8": _node_with("8.15.0"),
    "node-with-npm-10": _node_with("10.9.2"),
    "distroless-node": distroless_node,
    "uv-0.5.1": uv("0.5.1"),
    "uv-0.6.13": uv("0.6.13"),
    "adapter-0.6.4": adapter("0.6.4"),
    "adapter-0.9.1": adapter("0.9.1"),
}
NAMES = {
    r"public\.ecr\.aws/lambda/python:.+": "aws-python",
    r"public\.ecr\.aws/lambda/nodejs:.+": "aws-node",
    r"public\.ecr\.aws/lambda/provided(:.+)?": "aws-provided",
    r"public\.ecr\.aws/awsguru/aws-lambda-adapter:0\.6\.4": "adapter-0.6.4",
    r"public\.ecr\.aws/awsguru/aws-lambda-adapter:0\.9\.1": "adapter-0.9.1",
    r"bref/php-\d+:.+": "bref",
    r"bref/extra-.+": "bref-extension",
    r"python:.+": "python",
    r"node:16\.17.*": "node-with-npm-8",
    r"node:20-.+": "node-with-npm-10",
    r"gcr\.io/distroless/nodejs.*": "distroless-node",
    r"ghcr\.io/astral-sh/uv:0\.5\.1": "uv-0.5.1",
    r"ghcr\.io/astral-sh/uv:0\.6\.13": "uv-0.6.13",
}
"""What people's files call them → what stands in."""


def tag_of(name: str, daemon: DockerDaemon) -> str:
    """The stand-in in the daemon, built by the first test of a run that asks."""

    def make(folder: Path) -> dict[str, str]:
        root = folder / "root"
        root.mkdir()
        text = STAND_INS[name](root, daemon)
        (folder / "Dockerfile").write_text(text)
        machine = OTHER if name == "aws-for-another-machine" else OWN
        tag = daemon.build_with_buildkit(folder, f"stand-in:{name}", "--platform", f"linux/{machine}")
        for path in folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        return {"tag": tag}

    return once_in_run(f"stand-in-{name}", make)["tag"]


@contextlib.contextmanager
def named(dockerfile: str, daemon: DockerDaemon, machine: str = OWN) -> Iterator[None]:
    """The images that a Dockerfile asks for, under the names that it has for them: as a machine would pull them."""
    wanted = {name: tag_of(_stand_in(name, asked or machine), daemon) for name, asked in _references(dockerfile)}
    with run_wide_lock("names-of-stand-ins"):
        for name, tag in wanted.items():
            daemon.run("tag", tag, name)
        try:
            yield
        finally:
            if wanted:
                daemon.run("rmi", *wanted)


def _stand_in(name: str, machine: str) -> str:
    (known,) = {stand_in for pattern, stand_in in NAMES.items() if re.fullmatch(pattern, name)}
    return known if machine == OWN else "aws-for-another-machine"


def _references(text: str) -> Iterator[tuple[str, str | None]]:
    """Each image that the build takes from elsewhere, with the architecture that is asked of it."""
    dockerfile = parse(text)
    for stage in dockerfile.stages:
        base = stage.base_resolved
        if isinstance(base, str) and base != "scratch" and base not in {one.name for one in dockerfile.stages}:
            yield base, stage.platform.rpartition("/")[2] if isinstance(stage.platform, str) else None
    for copy in dockerfile.all("COPY"):
        flag = copy.flag("from")
        if flag is not None and flag.value and ("/" in flag.value or ":" in flag.value):
            yield flag.value, None


def _installers(root: Path, prefix: str) -> None:
    """pip and uv's settings, and the packages that both of them find."""
    library = root / prefix.strip("/") / "lib" / PYTHON / "site-packages"
    spec = subprocess.run(
        [sys.executable, "-c", "import pip; print(pip.__path__[0])"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    shutil.copytree(Path(spec.stdout.strip()), library / "pip", ignore=shutil.ignore_patterns("__pycache__"))
    rootfs.text(root, f"{prefix}/bin/pip", programs.PIP, executable=True)
    rootfs.link(root, f"{prefix}/bin/python", PYTHON)
    # What programs from elsewhere are linked to, and where nobody has a home.
    for name in ("libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "librt.so.1"):
        rootfs.copy(root, Path("/", LIBRARIES, name), f"/{LIBRARIES}/{name}")
    (root / "home").mkdir()
    rootfs.text(root, "/etc/pip.conf", programs.PIP_SETTINGS)
    rootfs.text(root, "/etc/uv/uv.toml", programs.UV_SETTINGS)
    shelf = root / "srv/packages"
    shelf.mkdir(parents=True)
    packages.wheel(shelf, "playwright", "1.50.0", programs.BROWSER, script="playwright.__main__")
    packages.wheel(shelf, "transformers", "4.50.0", programs.MODELS)
    packages.wheel(shelf, "gunicorn", "23.0.0", programs.SERVER, script="gunicorn.__main__")
    packages.wheel(shelf, "aws_lambda_typing", "2.20.0", programs.TYPES)
    source = {
        "awslambdaric-1.0.0/setup.py": (programs.OLD_PYTHON_CLIENT_SETUP, 0o644),
        "awslambdaric-1.0.0/PKG-INFO": ("Metadata-Version: 2.1\nName: awslambdaric\nVersion: 1.0.0\n", 0o644),
        "awslambdaric-1.0.0/awslambdaric/__init__.py": ("", 0o644),
    }
    (shelf / "awslambdaric-1.0.0.tar.gz").write_bytes(packages.tarball(source))
    run(
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "-d",
        shelf,
        "awslambdaric==4.2.2",
        "setuptools==75.8.0",
        "wheel==0.45.1",
    )
    rootfs.readable_by_all(root)


def _system_packages(root: Path, manager: str, contents: Mapping[str, Mapping[str, str]]) -> None:
    rootfs.text(root, f"/usr/bin/{manager}", programs.PACKAGE_MANAGER, executable=True)
    for package, tools in contents.items():
        for name, text in tools.items():
            rootfs.text(root, f"/srv/system/{package}/usr/bin/{name}", text, executable=True)
