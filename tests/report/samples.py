"""Reports made by hand: everything that a format must bear, at once."""

from collections.abc import Iterator
from hashlib import sha256
from types import FunctionType
from typing import Any

from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.engine.result import Failure, NotRun, Report, Result, Suppression, Target
from lambda_image_lint.engine.rule import Rule
from lambda_image_lint.finding import (
    Applicability,
    Edit,
    FilePlace,
    Finding,
    Fix,
    KeyPlace,
    Place,
    Severity,
    Span,
    TextPlace,
)

SECRET = "s3cr3tPassw0rdOfNobody"
AWS_KEY_ID = "AKIAQYLPMN5HZ3XW7T2B"
GITHUB_TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
SECRETS = (SECRET, AWS_KEY_ID, GITHUB_TOKEN)
"""Stand in the sample's texts, messages, fixes, labels and commands; no format may show them."""

DOCKERFILE = f"""\
FROM public.ecr.aws/lambda/python:3.12
ENV DB_PASSWORD={SECRET}
ENV LEGACY_TOKEN {SECRET}
COPY 包/ ./
RUN\tpip3 install --user -r requirements.txt && \\
    export GITHUB_TOKEN={GITHUB_TOKEN} && \\
    npm ci && \\
    echo "<script>alert(1)</script>" && \\
    true
CMD app.handler
"""

ODD_NAMES = (
    "/var/task/with space.py",
    "/var/task/100%25 sure.py",
    "/var/task/\"quoted\" & 'single'.py",
    "/var/task/new\nline\r.py",
    "/var/task/\x1b[31mred\x1b[0m\x07.py",
    "/var/task/not-utf8-\udcff\udc80.py",
    "/var/task/<script>alert(1)</script>.py",
    "/var/task/pipe|`tick`_[link](http://x).py",
    "/var/task/a:b,c::error::.py",
    "/var/task/\u202etxt.py",
    "/var/task/null\x01]]>\ufffe.py",
)


def fake_rule(
    name: str, id: str, severity: Severity, *, group: str = "handler", help: str = "Do something about it."
) -> Rule:
    """A rule that never runs: only its identity is reported. Its page is not there."""

    def check(dockerfile: Dockerfile) -> Iterator[Finding]:
        """What the rule finds."""
        yield from ()

    file = f"/nowhere/{group}/{name.replace('-', '_')}.py"
    code = check.__code__.replace(co_filename=file)
    named = FunctionType(code, globals(), name.replace("-", "_"))
    named.__doc__ = check.__doc__
    named.__annotations__ = check.__annotations__
    return Rule(id, severity, named, sources=("own: a sample",), help=help, aliases=(), opt_in=False)


PIP_USER = fake_rule("pip-user-install", "LIL315", Severity.ERROR, help="Drop --user.")
SHELL_FORM = fake_rule("cmd-shell-form", "LIL303", Severity.WARNING)
COPY_ALL = fake_rule("copy-all-no-dockerignore", "LIL902", Severity.INFO, group="cache")
SECRET_IN_ENV = fake_rule("secret-in-env", "LIL620", Severity.ERROR, group="security")
UNREADABLE = fake_rule("file-unreadable", "LIL401", Severity.ERROR, group="files", help="Make it readable for all.")
ENTRYPOINT = fake_rule("entrypoint-breaks-runtime", "LIL203", Severity.ERROR, group="startup", help="")
DEAD_BYTES = fake_rule("dead-bytes", "LIL951", Severity.INFO, group="waste")


def text_place(line: int, column: int, end_line: int, end_column: int) -> TextPlace:
    return TextPlace(Span(line, column, end_line, end_column), "Dockerfile", 0)


def fix(title: str, applicability: Applicability, *edits: Edit) -> Fix:
    return Fix(title, edits, applicability)


def dockerfile_results() -> Iterator[Result]:
    """Every severity, fixes of every kind, suppressed and baselined ones, a span of several lines."""

    def result(rule: Rule, message: str, place: Place, mark: str, **more: Any) -> Result:
        severity = more.pop("severity", rule.severity)
        suppressed = more.pop("suppressed", None)
        return Result(rule, Finding(message, place, **more), severity, "Dockerfile", (mark,), suppressed)

    yield result(
        SECRET_IN_ENV, f"ENV DB_PASSWORD={SECRET} is in the image for all to read", text_place(2, 5, 2, 39), "a1"
    )
    yield result(
        COPY_ALL,
        "`COPY 包/` takes everything",
        text_place(4, 6, 4, 8),
        "a2",
        help="Write a `.dockerignore`",
        fix=fix("Write a .dockerignore", Applicability.UNSAFE, Edit(Span(1, 1, 1, 1), ".git\n", ".dockerignore")),
    )
    yield result(
        PIP_USER,
        "`pip install --user` puts packages where the function cannot read them",
        text_place(5, 18, 5, 24),
        "a3",
        related=(text_place(1, 6, 1, 39), TextPlace(Span(3, 1, 3, 5), "requirements.txt")),
        fix=fix("Drop --user", Applicability.SAFE, Edit(Span(5, 17, 5, 24), "")),
    )
    yield result(SHELL_FORM, "RUN spans lines", text_place(5, 1, 9, 9), "a4", severity=Severity.INFO)
    yield result(
        SHELL_FORM,
        "CMD is in shell form",
        text_place(10, 5, 10, 16),
        "a5",
        fix=fix(
            "Write it as a JSON array",
            Applicability.SAFE,
            Edit(Span(10, 5, 10, 5), '["'),
            Edit(Span(10, 16, 10, 16), '"]'),
        ),
    )
    yield result(
        SHELL_FORM,
        "a fix that would show a secret",
        text_place(2, 1, 2, 4),
        "a6",
        fix=fix("Quote it", Applicability.SAFE, Edit(Span(2, 5, 2, 39), f'DB_PASSWORD="{SECRET}"')),
    )
    yield result(
        SHELL_FORM,
        "a fix that a person has to choose",
        text_place(10, 1, 10, 4),
        "a7",
        fix=fix("Name the handler", Applicability.DISPLAY, Edit(Span(10, 5, 10, 16), "other.handler")),
    )
    hidden = Suppression("comment", f"known: token={SECRET}")
    yield result(PIP_USER, "hidden by a comment", text_place(5, 1, 5, 4), "a8", suppressed=hidden)
    yield result(PIP_USER, "accepted by the baseline", text_place(5, 1, 5, 4), "a9", suppressed=Suppression("baseline"))


def fingerprint(mark: str) -> str:
    """That of the result above or below with this mark."""
    return sha256(mark.encode()).hexdigest()[:32]


def image_results() -> Iterator[Result]:
    """Odd names, and the two forms of place that an image has."""
    for number, name in enumerate(ODD_NAMES):
        place = FilePlace(name, 1, "sha256:" + "ab" * 32)
        message = f"mode 0600 hides {name} from Lambda's user"
        yield Result(UNREADABLE, Finding(message, place), Severity.ERROR, "app:1", (f"b{number}",))
    message = f"ENTRYPOINT never polls; --token {SECRET} is in it, and {AWS_KEY_ID}"
    yield Result(ENTRYPOINT, Finding(message, KeyPlace("config.Entrypoint")), Severity.ERROR, "app:1", ("c1",))
    yield Result(DEAD_BYTES, Finding("3 MiB are dead", FilePlace("/opt/x", 2, None)), Severity.INFO, "app:1", ("c2",))


MEBIBYTE = 1024**2
CREATED_BY = (
    "/bin/sh -c #(nop) ADD file:0123456789abcdef in / ",
    f"ENV DB_PASSWORD={SECRET}",
    f"RUN |1 NPM_TOKEN={SECRET} /bin/sh -c npm ci # buildkit",
    "COPY <script>alert(1)</script> /var/task # buildkit",
)


def image_target() -> Target:
    sizes = ((180, 0), (1, 0), (95, 41), (12, 3))
    layers = [
        {
            "digest": f"sha256:{index:064x}",
            "diff_id": f"sha256:{index + 16:064x}",
            "created_by": created_by,
            "compressed_bytes": size * MEBIBYTE // 3,
            "uncompressed_bytes": size * MEBIBYTE,
            "entries": size * 10,
            "dead_bytes": dead * MEBIBYTE,
        }
        for index, (created_by, (size, dead)) in enumerate(zip(CREATED_BY, sizes, strict=True))
    ]
    metrics = {
        "uncompressed_bytes": 288 * MEBIBYTE,
        "compressed_bytes": 96 * MEBIBYTE,
        "manifest_bytes": None,
        "manifest_media_type": None,
        "architecture": "amd64",
        "os": "linux",
        "layers": layers,
        "files": 2_880,
        "live_bytes": 240 * MEBIBYTE,
        "dead_bytes": 44 * MEBIBYTE,
        "efficiency": 0.845,
    }
    function = {
        "base": None,
        "runtime": "python3.12",
        "architecture": "amd64",
        "entrypoint": ["/app/start", "--token", SECRET],
        "command": ["app.handler"],
        "working_dir": "/var/task",
        "runtime_client": None,
    }
    return Target("app:1", "image", function, metrics, answered_by="Docker daemon")


def dockerfile_target() -> Target:
    function = {
        "base": "public.ecr.aws/lambda/python:3.12",
        "runtime": "python3.12",
        "architecture": None,
        "entrypoint": ["/lambda-entrypoint.sh"],
        "command": ["/bin/sh", "-c", "app.handler"],
        "working_dir": "/var/task",
        "runtime_client": "base image",
    }
    return Target("Dockerfile", "dockerfile", function, {}, DOCKERFILE, "Dockerfile")


CLEAN_TARGET = Target("clean/Dockerfile", "dockerfile", None, {}, "FROM scratch\n", "clean/Dockerfile")


def full() -> Report:
    """Everything at once."""
    return Report(
        targets=(dockerfile_target(), image_target(), CLEAN_TARGET),
        results=(*dockerfile_results(), *image_results()),
        not_run=(NotRun("handler-file-missing", "Dockerfile", f"RUN curl -u bob:{SECRET} may have written it"),),
        errors=(
            Failure("app:2", f"no such image; asked https://bob:{SECRET}@registry.example", "Build it, or pull it"),
        ),
        exit_code=2,
    )


def one_dockerfile() -> Report:
    """What a first user sees: one file, some findings."""
    return Report(targets=(dockerfile_target(),), results=tuple(dockerfile_results()), exit_code=1)


def clean() -> Report:
    """One target, nothing found."""
    return Report(targets=(CLEAN_TARGET,), results=())


def nothing_read() -> Report:
    """No target could be opened, and no error says why: still no pass."""
    return Report(targets=(), results=(), exit_code=3)


def only_errors() -> Report:
    """Every target failed."""
    return Report(targets=(), results=(), errors=(Failure("app:2", "no such image", "Build it"),), exit_code=2)


EVERY = {
    "full": full,
    "one_dockerfile": one_dockerfile,
    "clean": clean,
    "nothing_read": nothing_read,
    "only_errors": only_errors,
}
RESULT_COUNT = sum(result.counts for result in full().results)
