"""Rules of acceptance on a Dockerfile, where a page would grow too long."""

from lambda_image_lint.finding import TextPlace
from tests.rules.linting import named, only, run_dockerfile

BASE = "FROM public.ecr.aws/lambda/python:3.13"


def runs(count: int) -> str:
    return "RUN true\n" * count


def line(text: str) -> tuple[str, int]:
    finding = only(run_dockerfile(text, "too-many-layers"))
    assert isinstance(finding.place, TextPlace)
    return finding.message, finding.place.span.line


def test_the_61st_instruction_that_makes_a_layer_is_the_one_that_is_told() -> None:
    text = f'{BASE}\nENV A=b\n{runs(60)}COPY app.py .\nRUN true\nCMD ["app.handler"]\n'
    assert line(text) == ("62 layers of its own, more than the 60 that are plenty", 63)


def test_the_128th_layer_is_an_error() -> None:
    outcome = run_dockerfile(f"{BASE}\n{runs(130)}", "too-many-layers")
    assert named(outcome) == [("too-many-layers", "error")]
    assert line(f"{BASE}\n{runs(130)}") == ("130 layers of its own, more than the 127 that Docker can stack", 129)


def test_stages_that_the_final_one_stands_on_count_and_builders_do_not() -> None:
    stacked = f"{BASE} AS base\n{runs(40)}FROM base\n{runs(30)}"
    assert line(stacked) == ("70 layers of its own, more than the 60 that are plenty", 63)
    built = f"{BASE} AS build\n{runs(100)}{BASE}\nCOPY --from=build /out /var/task/\n"
    assert run_dockerfile(built, "too-many-layers").results == ()


def test_a_fix_keeps_the_rest_of_the_line_and_the_digest_of_a_base_is_left_alone() -> None:
    text = f"{BASE}-arm64@sha256:{'0' * 64}\n"
    assert only(run_dockerfile(text, "architecture-mismatch", arch="x86_64")).fix is None


def test_a_flag_over_two_lines_is_told_without_a_fix() -> None:
    text = "FROM --platform=$BUILDPLATFORM \\\n    public.ecr.aws/lambda/python:3.13\n"
    assert only(run_dockerfile(text, "architecture-mismatch")).fix is None
