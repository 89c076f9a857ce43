"""Which commands run inside RUN and in scripts, with which words, guarded by what."""

import pytest

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile import parse
from lambda_image_lint.dockerfile.shell import Command, Shell, parse_script
from lambda_image_lint.finding import Span


def shell(run: str) -> Shell:
    return parse(f"FROM a\n{run}\n").instructions[1].shell


def lines(found: Shell) -> list[str]:
    """Each command as one line, words by value."""
    return [" ".join(word.text if word.text is not None else word.raw for word in one.words) for one in found]


def only(run: str) -> Command:
    (command,) = shell(run).commands
    return command


@pytest.mark.parametrize(
    ("run", "commands"),
    [
        ("RUN a x && b || (c; d | e) && f", ["a x", "b", "c", "d", "e", "f"]),
        ("RUN sudo -u root env A=b pip install 'x y'", ["pip install x y"]),
        ("RUN bash -o pipefail -lc \"npm ci && rm -rf ~/.npm\"", ["npm ci", "rm -rf ~/.npm"]),
        ("RUN ls | xargs -n 1 rm -f", ["ls", "rm -f"]),
        ("RUN find . -name '*.pyc' -exec chmod 644 {} \\;", ["find . -name *.pyc -exec chmod 644 {} ;", "chmod 644 {}"]),
        ("RUN V=$(cat version) && timeout -k 5 30 make", ["cat version", "", "make"]),
        ("RUN if command -v yum; then yum install; else apk add; fi", ["command -v yum", "yum install", "apk add"]),
        ("RUN for i in a b; do c $i; done; while d; do e; done; case $x in a|b) f;; esac", ["c $i", "d", "e", "f"]),
        ("RUN g() { h; }; [ -f x ] && [[ -d y ]]", ["h", "[ -f x ]", "[[ -d y ]]"]),
        ("RUN <<EOF\nset -e\ndnf install -y x\nEOF", ["set -e", "dnf install -y x"]),
        ("RUN <<EOF bash\npip install x\nEOF", ["pip install x"]),
        ("RUN bash <<'EOF' && after\npip install x\nEOF", ["pip install x", "after"]),
        ("RUN python3 - <<EOF\nimport os\nEOF", ["python3 -"]),
        ("RUN cat <<A > /x && sh <<B\nnot this\nA\nthis\nB", ["cat", "this"]),
        ('RUN ["sh", "-c", "pip install \\"a b\\""]', ["pip install a b"]),
        ('RUN ["pip", "install", "x"]', ["pip install x"]),
        ("HEALTHCHECK CMD curl x || exit 1", ["curl x", "exit 1"]),
        ("ONBUILD RUN make it", ["make it"]),
        ("COPY a b", []),
    ],
)  # fmt: skip
def test_commands_are_found_in_order_and_wrappers_taken_off(run: str, commands: list[str]) -> None:
    assert lines(shell(run)) == commands


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("RUN <<EOF\n#!/usr/bin/env python3\nimport os\nEOF", "the heredoc is run by python3"),
        ('SHELL ["powershell", "-c"]\nRUN Get-Item', "powershell is no POSIX shell"),
    ],
)
def test_what_no_shell_reads_is_not_read_as_one(text: str, reason: str) -> None:
    last = parse(f"FROM a\n{text}\n").instructions[-1].shell
    assert (last.commands, last.unparsed) == ((), reason)


def test_words_stand_where_they_are_written() -> None:
    text = 'FROM a\nRUN pip install \\\n  # why\n  --target "${LAMBDA_TASK_ROOT}" é \\\n  && echo done\n'
    dockerfile = parse(text)
    pip, echo = dockerfile.instructions[1].shell.commands
    assert [word.span for word in pip.words] == [
        Span(2, 5, 2, 8), Span(2, 9, 2, 16), Span(4, 3, 4, 11), Span(4, 12, 4, 33), Span(4, 34, 4, 35),
    ]  # fmt: skip
    assert [dockerfile.span_text(word.span) for word in echo.words] == ["echo", "done"]
    assert pip.words[3].variables == ("LAMBDA_TASK_ROOT",)


def test_words_in_heredocs_and_inner_scripts_stand_where_they_are_written() -> None:
    text = "FROM a\nRUN <<-EOF\n\tpip install x\n\tEOF\nRUN sh -c 'npm ci'\n"
    dockerfile = parse(text)
    spans = [word.span for one in dockerfile.instructions[1:] for command in one.shell for word in command.words]
    assert [dockerfile.span_text(span) for span in spans] == ["pip", "install", "x", "npm", "ci"]
    assert spans[0] == Span(3, 2, 3, 5)


@pytest.mark.parametrize(
    "text", ["cat <<EOF > a\nx\nEOF\n", "cat > a <<EOF\nx\nEOF\n", "cat <<'EOF' > a && b\nx\nEOF\n"]
)
def test_a_redirection_stands_before_or_behind_the_mark_of_a_heredoc(text: str) -> None:
    command = parse_script(text).commands[0]
    targets = [(one.operator, one.target.text if one.target is not None else one.heredoc) for one in command.redirects]
    assert sorted(targets) == [("<<", "x\n"), (">", "a")]


def test_guards_say_under_which_condition_a_command_runs() -> None:
    found = shell("RUN if ! command -v yum; then a; else b; fi; which apt-get && c; d || e; [ -x /bin/microdnf ] && f")
    by_name = {command.name: command for command in found}
    assert [(guard.kind, guard.negated) for guard in by_name["a"].guards] == [("if", True)]
    assert [(guard.kind, guard.negated) for guard in by_name["b"].guards] == [("if", False)]
    assert by_name["c"].guarded_by("apt-get")
    assert by_name["f"].guarded_by("microdnf")
    assert [(guard.kind, guard.negated) for guard in by_name["e"].guards] == [("or", True)]
    assert by_name["d"].is_certain
    assert not by_name["d"].guarded_by("yum")


def test_pipelines_and_redirects_keep_their_members_apart() -> None:
    curl, bash, tar = shell("RUN curl -s x 2>/dev/null | bash - && tar x < y").commands
    assert bash.piped_from is curl
    assert (curl.pipeline_position, bash.pipeline_position, tar.pipeline_position) == (0, 1, 0)
    assert [(one.operator, one.descriptor, one.target.text if one.target else None) for one in curl.redirects] == [
        (">", 2, "/dev/null")
    ]
    assert bash.redirects == ()
    assert [(one.operator, one.target.text if one.target else None) for one in tar.redirects] == [("<", "y")]


def test_options_are_read_with_the_callers_table_of_those_that_take_values() -> None:
    command = only('RUN pip install -qt /opt --target="$T" -r req.txt --no-cache-dir a -- -b')
    target = command.option_value("--target")
    assert target is not None
    assert target.raw == '"$T"'
    short = command.option_value("-t", with_values=("-r",))
    assert short is not None
    assert short.text == "/opt"
    assert command.has_flag("-q", with_values=("-t",))
    assert not command.has_flag("--user")
    assert [word.text for word in command.positionals(("-t", "-r"))] == ["install", "a", "-b"]


def test_variables_set_by_the_shell_itself_are_known_there() -> None:
    found = shell("RUN X=/opt && pip install -t $X/python -t $Y && read Z && echo $Z")
    pip, echo = (next(found.named(name)) for name in ("pip", "echo"))

    def outer(name: str) -> str | None:
        return {"Y": "/y"}.get(name)

    assert found.expand(pip.words[3], pip, outer) == "/opt/python"
    assert found.expand(pip.words[5], pip, outer) == "/y"
    assert isinstance(found.expand(echo.words[1], echo, outer), Unknown)
    assert [(one.name, one.assigned) for one in found.variables] == [("X", True), ("Y", False), ("Z", True)]


@pytest.mark.parametrize("text", ["$|0", "echo a$ b", "$", 'echo "$"'])
def test_a_lone_dollar_is_no_variable(text: str) -> None:
    assert shell(f"RUN {text}").variables == ()


def test_scripts_are_read_with_their_own_places() -> None:
    text = '#!/bin/sh\nif [ -z "${AWS_LAMBDA_RUNTIME_API}" ]; then\n  exec /usr/local/bin/aws-lambda-rie "$@"\nfi\nexec "$@"\n'
    test, rie, last = parse_script(text).commands
    assert (test.name, rie.program, last.name) == ("[", "aws-lambda-rie", None)
    assert rie.wrappers == ("exec",)
    assert rie.span == Span(3, 3, 3, 42)
    assert [guard.kind for guard in rie.guards] == ["if"]
    assert last.is_certain


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000,
        "$(" * 5_000,
        "if a; then " * 3_000,
        "a | " * 6_000 + "b",
        '"$(' * 5_000,
        "`a" * 10_000,
        "a && " * 6_000 + "b",
    ],
    ids=["groups", "substitutions", "ifs", "pipes", "quotes", "backticks", "chain"],
)
def test_hostile_shell_text_ends_in_a_reason_not_in_a_crash(text: str) -> None:
    found = shell(f"RUN {text}")
    assert len(found.commands) <= 4_000
    assert found.unparsed or found.fault


def test_a_heredoc_that_the_files_end_cuts_off_keeps_its_spans_inside_the_file() -> None:
    dockerfile = parse("FROM a\nRUN <<EOF\necho (x")
    last = dockerfile.instructions[1].shell.commands[-1]
    assert (last.span.end_line, last.span.end_column <= 8) == (3, True)
