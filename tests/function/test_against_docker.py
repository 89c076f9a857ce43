"""The interpretation held against what the daemon builds: every path, type, mode and text below one folder."""

import io
import tarfile
from pathlib import Path
from typing import TypeVar

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile import parse
from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.function.from_dockerfile import function_from_dockerfile
from lambda_image_lint.function.model import File, Kind
from tests.engines import DockerDaemon

T = TypeVar("T")

CONTEXT = {
    "app.py": "app",
    "a.txt": "a",
    "b.txt": "b",
    "src/handler.py": "handler",
    "src/util/text.py": "text",
    "src/util/deep/x.json": "{}",
    "with blank/file": "blank",
}

COPIES = """\
FROM scratch
WORKDIR /w
COPY app.py .
COPY app.py renamed.py
COPY app.py folder/
COPY app.py folder/sub/name
COPY src .
COPY src /w/src
COPY src/ /w/slash/
COPY src/. /w/dot
COPY *.txt /w/texts/
COPY src/* /w/star/
COPY a.txt app.py src/util /w/several/
COPY ["with blank/file", "/w/json file"]
COPY ./src/../app.py ../w/up.py
WORKDIR sub
COPY a.txt b
ADD b.txt /w/added
ENV HERE=/w/variable
COPY app.py ${HERE}/
COPY app.py $NOTHING
"""

COMMANDS = """\
mkdir -p a/b c && cp app.py a/copy.py && cp -r src a/b && cp -r src d && mkdir e && cp -r src/. e
cp app.py a.txt c/ && cp *.txt a/b/ && mv b.txt moved.txt && mv src/util a/moved && mv moved.txt c
ln -s app.py link && ln -s ../app.py a/up && ln -sf /w/a absolute && cp link followed.py
rm -f a.txt nothing && rm -rf d/util/deep && touch empty app.py && mkdir -m 700 private
chmod 600 app.py && chmod -R go-rwx e && chmod u+x,o= followed.py && chmod 755 a/copy.py
echo one > text && echo two >> text && echo hello world > c/greeting && (cd c && touch here) && touch there
DIR=made; mkdir $DIR && touch $DIR/x && rmdir made2 2>/dev/null; mkdir made2 && rmdir made2
"""


def write(folder: Path, files: dict[str, str]) -> None:
    folder.chmod(0o755)
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    for made in folder.rglob("*"):
        made.chmod(0o755 if made.is_dir() else 0o644)


def built(docker: DockerDaemon, folder: Path, dockerfile: str, tag: str) -> dict[str, str]:
    """Path → ``TYPE MODE CONTENT`` of what the daemon has built below /w."""
    (folder / "Dockerfile").write_text(dockerfile)
    docker.build(folder, tag)
    container = docker.run("create", tag, "nothing").strip()
    archive = folder.parent / f"{folder.name}.tar"
    docker.run("export", "--output", archive, container)
    docker.run("rm", container)
    found = {}
    with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as tar:
        for member in tar:
            if not member.name.startswith("w/"):
                continue
            stream = tar.extractfile(member) if member.isfile() else None
            text = member.linkname if member.issym() else stream.read().decode() if stream else ""
            kind = Kind.SYMLINK if member.issym() else Kind.DIRECTORY if member.isdir() else Kind.FILE
            found[f"/{member.name}"] = told(kind, member.mode & 0o7777, text)
    return found


def interpreted(folder: Path, dockerfile: str) -> dict[str, str]:
    """The same, without building."""
    files = function_from_dockerfile(parse(dockerfile), Context.at(folder)).files
    under = files.under("/w")
    assert not isinstance(under, Unknown), under
    return {file.path: told(file.kind, known(file.mode), _text(file, files.link(file.path))) for file in under}


def _text(file: File, link: object) -> str:
    if isinstance(link, str):
        return link
    return known(file.read()).decode() if file.kind is Kind.FILE else ""


def known(answer: Answer[T]) -> T:
    assert not isinstance(answer, Unknown), answer
    return answer


def told(kind: Kind, mode: int, text: str) -> str:
    """The mode of a symlink means nothing."""
    return f"{kind} {'' if kind is Kind.SYMLINK else f'{mode:04o}'} {text}"


def test_copies_land_where_the_daemon_puts_them(docker_daemon: DockerDaemon, tmp_path: Path) -> None:
    write(tmp_path, CONTEXT)
    docker = built(docker_daemon, tmp_path, COPIES, "copies:test")
    assert len(docker) > 30
    assert interpreted(tmp_path, COPIES) == docker


def test_commands_leave_what_they_leave_in_a_build(
    docker_daemon: DockerDaemon, python_base: str, tmp_path: Path
) -> None:
    write(tmp_path, CONTEXT)
    # One layer: the daemon of the tests copies the whole base for each.
    commands = " && ".join(f"{{ {line}; }}" for line in COMMANDS.strip().splitlines())
    dockerfile = (
        f"FROM {python_base}\nRUN rm -rf /w && mkdir /w\nWORKDIR /w\nCOPY . .\nRUN rm -f Dockerfile && {commands}\n"
    )
    docker = built(docker_daemon, tmp_path, dockerfile, "commands:test")
    assert len(docker) > 30
    assert interpreted(tmp_path, dockerfile) == docker
