"""The command line: parses, calls, prints, exits; no logic. The one file that knows typer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from lambda_image_lint import __version__
from lambda_image_lint.telling import telling

app = typer.Typer(
    name="lint-image",
    help="Find, before the push, what AWS Lambda will refuse, fail to start or run slowly in a container image.",
    epilog="Exit codes: 0 clean, 1 findings, 2 could not do the job, 3 nothing to lint.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

Words = Annotated[
    list[str] | None, typer.Argument(help="Dockerfile, folder, image reference, archive, or - [default: .]")
]
Listed = list[str] | None


@app.command()
def check(
    targets: Words = None,
    select: Annotated[Listed, typer.Option(help="Only these rules: ids, id prefixes, names, groups.")] = None,
    extend_select: Annotated[Listed, typer.Option(help="These rules too.")] = None,
    ignore: Annotated[Listed, typer.Option(help="Not these rules.")] = None,
    severity: Annotated[
        Listed, typer.Option(metavar="RULE=LEVEL", help="Another severity for a rule or group.")
    ] = None,
    fail_on: Annotated[str | None, typer.Option(help="Exit 1 from error, warning (default), info, or never.")] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Mend the Dockerfile by safe fixes.")] = False,
    unsafe_fixes: Annotated[
        bool, typer.Option("--unsafe-fixes", help="By fixes that change what is built, too.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Print what --fix would change, as a patch.")] = False,
    add_ignores: Annotated[
        bool, typer.Option("--add-ignores", help="Write an ignore comment for each finding.")
    ] = False,
    output_format: Annotated[
        Listed,
        typer.Option("-f", "--output-format", metavar="FORMAT[=FILE]", help="human, json, sarif, … ; repeatable."),
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", help="File of a single -f.")] = None,
    statistics: Annotated[bool, typer.Option("--statistics", help="Count findings by rule.")] = False,
    arch: Annotated[str | None, typer.Option(help="The function's architecture: x86_64 or arm64.")] = None,
    platform: Annotated[str | None, typer.Option(help="Platform to choose of an index: linux/amd64.")] = None,
    target: Annotated[str | None, typer.Option(help="Build stage; the last one by default.")] = None,
    build_arg: Annotated[Listed, typer.Option(metavar="K=V", help="Build argument.")] = None,
    context: Annotated[Path | None, typer.Option(help="Build context; the Dockerfile's folder by default.")] = None,
    dockerfile: Annotated[Path | None, typer.Option(help="The Dockerfile an image was built from.")] = None,
    baseline: Annotated[Path | None, typer.Option(help="Accept the findings of this baseline.")] = None,
    config: Annotated[Listed, typer.Option(metavar="FILE|KEY=VALUE", help="Configuration file, or one value.")] = None,
    isolated: Annotated[bool, typer.Option("--isolated", help="Read no configuration file.")] = False,
    rules: Annotated[list[Path] | None, typer.Option(help="Folder of further rules.")] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Neither read nor write the layer cache.")] = False,
    cache_dir: Annotated[Path | None, typer.Option(help="Folder of the layer cache.")] = None,
    no_layers: Annotated[bool, typer.Option("--no-layers", help="What manifest and config alone can decide.")] = False,
    insecure_registry: Annotated[Listed, typer.Option(metavar="HOST", help="Plain HTTP for this registry.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no registry.")] = False,
    jobs: Annotated[int | None, typer.Option("-j", "--jobs", help="Processes for many Dockerfiles.")] = None,
    as_of: Annotated[str | None, typer.Option(metavar="DATE", help="The day that dates are held against.")] = None,
    allow_nothing: Annotated[
        bool, typer.Option("--allow-nothing", help="Exit 0, not 3, with nothing to lint.")
    ] = False,
    detect: Annotated[
        bool, typer.Option("--detect", help="Look for signs of Lambda in named Dockerfiles too.")
    ] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Findings only.")] = False,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Also which rules could not decide, and why.")
    ] = False,
    color: Annotated[str | None, typer.Option(help="auto, always or never.")] = None,
) -> None:
    """Lint Dockerfiles and images (the default command)."""
    with telling():
        from lambda_image_lint.check import Request
        from lambda_image_lint.options import collect
        from lambda_image_lint.output import run_check

        given = {
            "select": select, "extend-select": extend_select, "ignore": ignore, "severity": severity, "fail-on": fail_on,
            "unsafe-fixes": unsafe_fixes or None, "output-format": output_format, "statistics": statistics or None,
            "arch": arch, "platform": platform, "target": target, "build-arg": build_arg, "context": context,
            "dockerfile": dockerfile, "baseline": baseline, "rules": rules, "no-cache": no_cache or None,
            "cache-dir": cache_dir, "no-layers": no_layers or None, "insecure-registry": insecure_registry,
            "offline": offline or None, "jobs": jobs, "as-of": as_of, "color": color,
        }  # fmt: skip
        values, config_file = collect(given, config or ())
        request = Request(
            targets or ["."],
            values,
            config=config_file,
            isolated=isolated,
            fix=fix,
            diff=diff,
            add_ignores=add_ignores,
            allow_nothing=allow_nothing,
            detect=detect,
        )
        code = run_check(request, output=output, quiet=quiet, verbose=verbose)
    raise typer.Exit(code)


@app.command()
def explain(
    subject: Annotated[
        str, typer.Argument(metavar='RULE|"ERROR TEXT"', help="A rule's name or id, or what Lambda printed.")
    ],
    rules: Annotated[list[Path] | None, typer.Option(help="Folder of further rules.")] = None,
) -> None:
    """A rule's page; or the rules behind an error that Lambda printed."""
    with telling():
        from lambda_image_lint.explain import explain as explain_subject

        print(explain_subject(subject, rules or ()))


@app.command(name="rules")
def list_rules(
    output_format: Annotated[str, typer.Option("-f", "--output-format", help="human, json or markdown.")] = "human",
    rules: Annotated[list[Path] | None, typer.Option(help="Folder of further rules.")] = None,
) -> None:
    """Every rule: id, name, group, severity, evidence, fix."""
    with telling():
        from lambda_image_lint.explain import table

        print(table(output_format, rules or ()), end="")


@app.command()
def baseline(
    targets: Words = None,
    output: Annotated[Path, typer.Option("-o", help="Where to write it.")] = Path("lint-image-baseline.json"),
    config: Annotated[Listed, typer.Option(metavar="FILE|KEY=VALUE", help="Configuration file, or one value.")] = None,
    isolated: Annotated[bool, typer.Option("--isolated", help="Read no configuration file.")] = False,
) -> None:
    """Accept today's findings: write a baseline for `check --baseline`."""
    with telling():
        from lambda_image_lint.check import Request
        from lambda_image_lint.options import collect
        from lambda_image_lint.output import write_baseline

        values, config_file = collect({}, config or ())
        code = write_baseline(Request(targets or ["."], values, config=config_file, isolated=isolated), output)
    raise typer.Exit(code)


@app.command()
def boot(
    image: Annotated[str, typer.Argument(help="Image of the local Docker daemon.")],
    event: Annotated[
        str | None, typer.Option(metavar="FILE|NAME", help="Event to send; a file or a sample's name.")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds for the invocation.")] = 10.0,
    memory: Annotated[int, typer.Option(help="Memory in MB.")] = 512,
    network: Annotated[str | None, typer.Option(help="Docker network for the function; none by default.")] = None,
    output_format: Annotated[str, typer.Option("-f", "--output-format", help="human or json.")] = "human",
) -> None:
    """Start an image as Lambda would, and send it an event."""
    with telling():
        from lambda_image_lint.output import run_boot

        code = run_boot(image, event=event, timeout=timeout, memory=memory, network=network, format=output_format)
    raise typer.Exit(code)


@app.command()
def config(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[TARGET] | import FILE", help="The target whose settings to show.")
    ] = None,
    set_: Annotated[
        Listed, typer.Option("--config", metavar="FILE|KEY=VALUE", help="Configuration file, or one value.")
    ] = None,
    isolated: Annotated[bool, typer.Option("--isolated", help="Read no configuration file.")] = False,
) -> None:
    """The effective settings, and where each came from; `config import .hadolint.yaml` translates hadolint's."""
    with telling():
        from lambda_image_lint.options import collect, show

        given = words or []
        if given[:1] == ["import"]:
            from lambda_image_lint.migrate import from_hadolint

            print(from_hadolint(Path(given[1] if len(given) > 1 else ".hadolint.yaml")), end="")
        else:
            values, config_file = collect({}, set_ or ())
            print(show(Path(given[0]) if given else None, values, config=config_file, isolated=isolated), end="")


@app.command()
def schema(
    name: Annotated[str, typer.Argument(metavar="report|config", help="Which document.")],
) -> None:
    """The JSON Schema of the report, or of the configuration."""
    with telling():
        from lambda_image_lint.output import schema_text

        print(schema_text(name))


def _version(wanted: bool) -> None:
    if wanted:
        from lambda_image_lint.knowledge import VERSION

        print(f"lint-image {__version__} (knowledge {VERSION})")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("-V", "--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Global options."""


def run(words: list[str]) -> None:
    """Run a command line. Ends in `SystemExit`."""
    # Typer builds the options of every command at every start; where one is named, the others are not needed.
    named = [command for command in app.registered_commands if words[0] == _name(command)]
    app.registered_commands = named or app.registered_commands
    app(words, prog_name="lint-image")


def _name(command: Any) -> str:
    return str(command.name or command.callback.__name__)


def commands() -> Sequence[Any]:
    """The registered commands, for the tests."""
    return app.registered_commands
