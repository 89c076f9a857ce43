"""A check, and its report written in every format that was asked for."""

import io
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from msgspec.structs import replace

from lambda_image_lint.check import Checked, Progress, Request, check
from lambda_image_lint.engine import baseline
from lambda_image_lint.engine.result import Report
from lambda_image_lint.errors import UsageError
from lambda_image_lint.report import FORMATS, Style, write
from lambda_image_lint.report.view import line as shown_line
from lambda_image_lint.settings import load, nearest


def run_check(request: Request, *, output: Path | None, quiet: bool, verbose: bool) -> int:
    """Check, print, and give the exit code."""
    _tolerate_odd_names()
    shown = load(Path(), request.command_line, config=request.config, isolated=request.isolated)
    outputs = _outputs(tuple(shown.values.get("output-format", ())), output)
    if request.diff and request.fix:
        raise UsageError("--diff and --fix exclude each other", "--diff shows what --fix would change")
    with _progress(quiet) as progress:
        checked = check(replace(request, progress=progress))
    _print_instead(checked, diff=request.diff)
    spoken_for = request.diff or checked.fixed_input is not None
    color = str(shown.values.get("color", "auto"))
    for format, file in outputs:
        if file is None and not spoken_for:
            with _to_standard_output() as stream:
                write(checked.report, format, stream, _style(stream, color, shown.flag("statistics"), quiet, verbose))
        elif file is not None:
            _write_file(checked.report, format, file, _style(None, color, shown.flag("statistics"), quiet, verbose))
    if not any(file is None and format == "human" for format, file in outputs) or spoken_for:
        for failure in checked.report.errors:
            print(f"error: {shown_line(failure.target)}: {shown_line(failure.message)}", file=sys.stderr)
            if failure.help:
                print(f"  help: {shown_line(failure.help)}", file=sys.stderr)
    return checked.report.exit_code


@contextmanager
def _to_standard_output() -> Iterator[TextIO]:
    """Standard output, written to its last byte. Raises `UsageError` where it takes none."""
    if sys.stdout is None:
        raise UsageError("standard output is closed", "Open it, or name a file with -o")
    try:
        yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        # What is left in the buffer would be tried, and complained about, once more while Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise UsageError(
            f"cannot write to standard output: {error.strerror}", "Make room, or name a file with -o"
        ) from error


def write_baseline(request: Request, output: Path) -> int:
    """Accept what a check finds now; exit code 2 where something could not be linted."""
    report = check(request).report
    for failure in report.errors:
        print(f"error: {shown_line(failure.target)}: {shown_line(failure.message)}", file=sys.stderr)
    if report.errors:
        return report.exit_code
    text = baseline.text(report.results)
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}", "Name another file with -o") from error
    print(f"{output} accepts {text.count('fingerprint')} findings; check with --baseline {output}")
    return 0


def run_boot(image: str, *, event: str | None, timeout: float, memory: int, network: str | None, format: str) -> int:
    """Boot, print what happened, and give the exit code: 0 where the function answered, 1 where it failed."""
    from lambda_image_lint.boot import BootOptions, Outcome, boot, render_human, render_json

    if format not in ("human", "json"):
        raise UsageError(f"no format `{format}`", nearest(format, ("human", "json")))
    if timeout <= 0 or memory < 1:
        raise UsageError("--timeout and --memory take numbers above 0", "The defaults are 10 seconds and 512 MB")
    result = boot(image, BootOptions(event=event, timeout=timeout, memory=memory, network=network))
    print(render_json(result) if format == "json" else render_human(result))
    return 0 if result.outcome is Outcome.OK else 1


def schema_text(name: str) -> str:
    """The JSON Schema of ``report`` or ``config``."""
    import json

    from lambda_image_lint.report.schema import report_schema
    from lambda_image_lint.schema import config_schema

    schemas = {"report": report_schema, "config": config_schema}
    if name not in schemas:
        raise UsageError(f"no schema `{name}`", nearest(name, schemas))
    return json.dumps(schemas[name](), indent=2)


def _outputs(specs: Sequence[str], single: Path | None) -> list[tuple[str, Path | None]]:
    """(format, file or None for standard output) for each ``-f``."""
    outputs: list[tuple[str, Path | None]] = []
    for spec in specs or ("human",):
        format, equals, file = spec.partition("=")
        if format not in FORMATS:
            raise UsageError(f"no format `{format}`", nearest(format, FORMATS))
        if equals and not file:
            raise UsageError(f"-f {spec}: no file after `=`", f"Write -f {format}=FILE, or -f {format}")
        outputs.append((format, Path(file) if file else None))
    if single is not None:
        if len(outputs) > 1 or outputs[0][1] is not None:
            raise UsageError("-o goes with a single -f FORMAT", "Write -f FORMAT=FILE for each")
        outputs = [(outputs[0][0], single)]
    if sum(file is None for _, file in outputs) > 1:
        raise UsageError("two formats on standard output", "Give all but one a file: -f FORMAT=FILE")
    return outputs


def _style(out: TextIO | None, color: str, statistics: bool, quiet: bool, verbose: bool) -> Style:
    terminal = out is not None and out.isatty()
    if color == "auto":
        colored = bool(os.environ.get("FORCE_COLOR")) or (
            terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        )
    else:
        colored = color == "always"
    return Style(
        color=colored and out is not None,
        width=shutil.get_terminal_size().columns if terminal else 0,
        hyperlinks=terminal and colored,
        verbose=verbose,
        quiet=quiet,
        statistics=statistics,
    )


def _write_file(report: Report, format: str, file: Path, style: Style) -> None:
    buffer = io.StringIO()
    write(report, format, buffer, style)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(buffer.getvalue().encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}", "Name another file") from error


def _print_instead(checked: Checked, *, diff: bool) -> None:
    """A patch, or the mended standard input, takes the place of the report on standard output."""
    text = checked.patch if diff else checked.fixed_input
    if text is not None:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()


def _tolerate_odd_names() -> None:
    """A file name that is no text in the terminal's encoding is shown escaped, not a crash."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


class _progress:  # noqa: N801 - reads as a function where it is used
    """A bar on standard error while layers are read, on a terminal only."""

    def __init__(self, quiet: bool) -> None:
        self.wanted = not quiet and sys.stderr.isatty()
        self.bar: Any = None
        self.tasks: dict[tuple[str, int], Any] = {}

    def __enter__(self) -> Progress | None:
        return self.advance if self.wanted else None

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def advance(self, target: str, layer: int, count: int, done: int, total: int | None) -> None:
        """Called from the threads that read layers."""
        if self.bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

            columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
            self.bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self.bar.start()
        if (target, layer) not in self.tasks:
            self.tasks[target, layer] = self.bar.add_task(
                f"{shown_line(target)} layer {layer + 1}/{count}", total=total
            )
        self.bar.update(self.tasks[target, layer], completed=done, total=total)
