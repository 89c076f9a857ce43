"""What a person sees at a terminal."""

import pytest
from msgspec.structs import replace

from lambda_image_lint.engine.result import Report
from lambda_image_lint.finding import Severity
from lambda_image_lint.report import Style
from tests.report import samples
from tests.report.rendering import render

ONE_DOCKERFILE = """\
Dockerfile:2:5: error secret-in-env LIL620
  ENV DB_PASSWORD=s3cr**** is in the image for all to read
   2 | ENV DB_PASSWORD=s3cr******************
     |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: Do something about it.

Dockerfile:4:6: info copy-all-no-dockerignore LIL902 [unsafe fix]
  `COPY 包/` takes everything
   4 | COPY 包/ ./
     |      ^^^
  help: Write a `.dockerignore`

Dockerfile:5:18: error pip-user-install LIL315 [fixable]
  `pip install --user` puts packages where the function cannot read them
   5 | RUN pip3 install --user -r requirements.txt && \\
     |                  ^^^^^^
  see Dockerfile:1:6
  see requirements.txt:3:1
  help: Drop --user.

Dockerfile:5:1: info cmd-shell-form LIL303
  RUN spans lines
   5 > RUN pip3 install --user -r requirements.txt && \\
   6 >     export GITHUB_TOKEN=ghp_************************************ && \\
   7 >     npm ci && \\
     > … to line 9
  help: Do something about it.

Dockerfile:10:5: warning cmd-shell-form LIL303 [fixable]
  CMD is in shell form
   10 | CMD app.handler
      |     ^^^^^^^^^^^
  help: Do something about it.

Dockerfile:2:1: warning cmd-shell-form LIL303 [fixable]
  a fix that would show a secret
   2 | ENV DB_PASSWORD=s3cr******************
     | ^^^
  help: Do something about it.

Dockerfile:10:1: warning cmd-shell-form LIL303
  a fix that a person has to choose
   10 | CMD app.handler
      | ^^^
  help: Do something about it.
  fix: Name the handler

Found 7 problems in Dockerfile: 2 errors, 3 warnings, 2 info. 3 fixable with --fix, 1 more with --fix --unsafe-fixes.
Hidden: 1 by ignores, 1 by the baseline.
"""


def test_findings_come_with_their_source_and_what_to_do() -> None:
    assert render(samples.one_dockerfile(), "human") == ONE_DOCKERFILE


def test_a_clean_run_says_what_was_checked() -> None:
    assert render(samples.clean(), "human") == "No problems in clean/Dockerfile.\n"
    image = Report((samples.image_target(),), ())
    assert render(image, "human") == "No problems in image app:1 (Docker daemon).\n"
    both = Report((samples.CLEAN_TARGET, samples.dockerfile_target(), samples.image_target()), ())
    assert render(both, "human") == "No problems in 2 Dockerfiles and 1 image.\n"


def test_a_run_that_failed_says_so_last() -> None:
    assert render(samples.only_errors(), "human") == (
        "error: app:2: no such image\n  help: Build it\nNothing was checked.\n1 error kept the check from being complete.\n"
    )


def test_what_was_fixed_is_counted() -> None:
    assert render(replace(samples.clean(), fixed=2), "human") == "Fixed 2 problems.\nNo problems in clean/Dockerfile.\n"


def test_quiet_keeps_findings_and_errors() -> None:
    text = render(samples.full(), "human", Style(quiet=True))
    assert text.endswith(
        "error: app:2: no such image; asked https://bob:s3cr****@registry.example\n  help: Build it, or pull it\n"
    )
    assert "Found" not in text


def test_verbose_tells_what_is_hidden_and_what_was_not_decided() -> None:
    text = render(samples.full(), "human", Style(verbose=True))
    assert "Dockerfile:5:1: pip-user-install LIL315 hidden by comment: known: token=s3cr****\n" in text
    assert "Dockerfile: handler-file-missing not decided: RUN curl -u bob:s3cr**** may have written it\n" in text
    assert "(-v tells which, and why)" not in text
    assert "Not decided: 1 rule (-v tells which, and why).\n" in render(samples.full(), "human")


def test_statistics_count_each_rule() -> None:
    text = render(samples.one_dockerfile(), "human", Style(statistics=True))
    table = text.partition("fix: Name the handler\n\n")[2].partition("\n\n")[0]
    assert table.split("\n") == [
        "3  warning  cmd-shell-form            LIL303",
        "1  error    pip-user-install          LIL315",
        "1  error    secret-in-env             LIL620",
        "1  info     cmd-shell-form            LIL303",
        "1  info     copy-all-no-dockerignore  LIL902",
    ]


def test_an_image_has_a_heading_with_its_source_and_size() -> None:
    text = render(samples.full(), "human")
    assert "\napp:1: image from Docker daemon, 4 layers, 288.0 MiB uncompressed\n\n" in text


@pytest.mark.parametrize("width", [20, 40, 80])
def test_nothing_but_a_name_is_wider_than_the_terminal(width: int) -> None:
    for line in render(samples.one_dockerfile(), "human", Style(width=width)).split("\n"):
        if not line.startswith(("Dockerfile:", "Found", "Hidden")):
            assert len(line) <= width or width < 40


def test_without_colour_there_is_no_escape_code() -> None:
    assert "\x1b" not in render(samples.full(), "human", Style(verbose=True, statistics=True))


def test_with_colour_the_words_are_the_same() -> None:
    import re

    style = Style(verbose=True, statistics=True, color=True)
    text = render(samples.full(), "human", style)
    assert "\x1b[1;31merror\x1b[0m" in text
    assert re.sub(r"\x1b\[[0-9;]*m", "", text) == render(samples.full(), "human", replace(style, color=False))


def test_a_name_can_neither_colour_nor_move_the_terminal() -> None:
    text = render(samples.full(), "human", Style(verbose=True))
    assert "app:1 /var/task/\\x1b[31mred\\x1b[0m\\x07.py (layer 1): error file-unreadable LIL401\n" in text
    assert "/var/task/new\\nline\\r.py" in text
    assert "/var/task/not-utf8-\\xff\\x80.py" in text
    assert "/var/task/\\u202etxt.py" in text
    assert all(character == "\n" or character.isprintable() for character in text)


def test_rules_are_links_only_when_the_project_has_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    style = Style(color=True, hyperlinks=True)
    assert "\x1b]8;" not in render(samples.one_dockerfile(), "human", style)
    monkeypatch.setattr("lambda_image_lint.report.view.HOME_URL", "https://home.example")
    assert "\x1b]8;;https://home.example/rules/handler/pip_user_install.md\x1b\\" in render(
        samples.one_dockerfile(), "human", style
    )


def test_concise_is_one_line_a_finding() -> None:
    lines = render(samples.one_dockerfile(), "concise").split("\n")
    assert lines[2] == (
        "Dockerfile:5:18: error pip-user-install LIL315 [fixable] "
        "`pip install --user` puts packages where the function cannot read them"
    )
    assert len(lines) == sum(result.counts for result in samples.one_dockerfile().results) + 2


def test_severities_are_counted_apart() -> None:
    report = samples.full()
    assert [report.count(severity) for severity in Severity] == [14, 3, 3]
