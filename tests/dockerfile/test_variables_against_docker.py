"""Variables and refusals held against a real build: FROM scratch, so nothing has to run."""

import json
import subprocess
from pathlib import Path

import pytest

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile import parse
from lambda_image_lint.dockerfile.variables import Variables
from tests.engines import DockerDaemon

BUILD = r"""
ARG OUTER=outer
ARG UNUSED
FROM scratch AS base
ARG OUTER
ARG LATE=first
ARG LATE=second
ENV A=1 B=$A C='$A' D="x${A:-d}y" E=\$A
ENV A=2 F=${A} G=${U:-u} H=${A:+set} I=${U:+set}
ENV EMPTY= L="${EMPTY:-was empty}"
ENV EMPTY2=${EMPTY:-was}
ENV legacy  two  words $A
ENV quoted a\ b"c d"'$A' back=\\slash tab="a\tb" single='it\s'
ARG A=argument
ENV N=$A O=$OUTER P=$LATE Q=${OUTER}${A}$B R=$ S=a$ T=${PATH} nested=${U:-${V:-${A}}} cut="${U:-ab}"
ENV one=uno two="$one" \
    # between
    three=three\ words
FROM base
ARG OUTER
ENV Z=$OUTER$A
"""
INHERITED = """
FROM scratch AS base
ARG LATE=/srv
FROM base
WORKDIR ${LATE}/x
"""


def test_the_environment_is_what_a_real_build_gives(docker_daemon: DockerDaemon, tmp_path: Path) -> None:
    text = BUILD.replace("ENV quoted a\\ b", "ENV quoted=a\\ b")
    (tmp_path / "Dockerfile").write_text(text)
    docker_daemon.build(tmp_path, "variables:test")
    written = json.loads(docker_daemon.run("inspect", "--format", "{{json .Config.Env}}", "variables:test"))
    docker = dict(entry.split("=", 1) for entry in written)
    dockerfile = parse(text)
    ours = Variables(dockerfile).environment(dockerfile.stages[-1])
    docker.setdefault("PATH", "")
    assert {name: value for name, value in ours.items() if name != "T"} == {
        name: value for name, value in docker.items() if name not in ("T", "PATH")
    }


def test_an_arg_of_a_stage_below_is_one_thing_to_buildkit_and_another_to_the_classic_builder(
    docker_daemon: DockerDaemon, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text(INHERITED)
    docker_daemon.build(tmp_path, "inherited:classic")
    docker_daemon.build_with_buildkit(tmp_path, "inherited:buildkit")
    folders = [
        docker_daemon.run("inspect", "--format", "{{.Config.WorkingDir}}", f"inherited:{builder}").strip()
        for builder in ("classic", "buildkit")
    ]
    assert folders == ["/x", "/srv/x"]
    dockerfile = parse(INHERITED)
    (workdir,) = dockerfile.all("WORKDIR")
    assert isinstance(Variables(dockerfile).expand(workdir.value, workdir), Unknown)


@pytest.mark.parametrize(
    "line",
    [
        "USER", "WORKDIR", "STOPSIGNAL", "EXPOSE", "VOLUME", "COPY", "COPY a", "ADD a", "ENV", "ENV A", "ENV A=1 B", "LABEL", "LABEL a", "ARG",
        "CMD", "ENTRYPOINT", "CMD [1]", "SHELL bash", "SHELL []", "HEALTHCHECK", "HEALTHCHECK CMD", "HEALTHCHECK NONE x", "HEALTHCHECK x", "ONBUILD",
        "ONBUILD FROM a", "ONBUILD ONBUILD CMD x", "ONBUILD MAINTAINER x", "FROM", "FROM a b", "FROM a b c", "FROM a AS", "FROM scratch AS 1x", "FROM scratch AS b c",
        "USER --x y", "CMD --x y", "COPY --x a b", "COPY --from a b", "COPY --chown=1 --chown=2 a b", "ENV =x", "ARG =x", "ENV A=${B", "ENV A=${B!}", 'LABEL a="b',
        "USER a b", "WORKDIR /a b", "MAINTAINER a b", "CMD []", "ENTRYPOINT []", "ENV A=", "ARG A", "ARG A=1 B", "LABEL a=b c=d", "CMD ['x']", "HEALTHCHECK NONE",
        "STOPSIGNAL SIGTERM", "EXPOSE 80", "VOLUME /x", "FROM scratch AS B", "ONBUILD CMD x", "HEALTHCHECK CMD x", "HEALTHCHECK --interval=5s CMD x", "SHELL [\"x\"]", "NOPE x",
    ],
)  # fmt: skip
def test_docker_refuses_what_is_told_and_takes_what_is_not(
    docker_daemon: DockerDaemon, line: str, tmp_path: Path
) -> None:
    told = [problem.kind for problem in parse(f"FROM scratch\n{line}\n").problems]
    # Docker reads the whole file before it builds: where the line is fine, what it refuses is the last one, and no
    # time goes into building.
    (tmp_path / "Dockerfile").write_text(f"FROM scratch\n{line}\n" + ("" if told else "SENTINEL x\n"))
    done = subprocess.run(
        ["docker", "build", "--quiet", "--network", "none", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        env=docker_daemon.environment,
        check=False,
    )
    assert done.returncode != 0
    assert ("SENTINEL" in done.stderr) == (not told), f"{told} {done.stderr}"
