"""Which values Docker puts in."""

import pytest

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile import parse
from lambda_image_lint.dockerfile.expansion import expand
from lambda_image_lint.dockerfile.variables import Variables
from lambda_image_lint.finding import Span

VALUES = {"V": "3.12.1", "E": "", "P": "/opt/lib/python"}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("$V", "3.12.1"), ("${V}x", "3.12.1x"), ("$Vx", ""), ("a$", "a$"), ("$-", ""),
        ("${N:-d}", "d"), ("${E:-d}", "d"), ("${E-d}", ""), ("${N-d}", "d"), ("${V:+y}", "y"), ("${N:+y}", ""), ("${E+y}", "y"),
        ("${N:-${V}}", "3.12.1"), ("${N:-a${N:-b}c}", "abc"), ('${N:-"a b"}', "a b"),
        ("${V%.*}", "3.12"), ("${V%%.*}", "3"), ("${V#*.}", "12.1"), ("${V##*.}", "1"), ("${V/./_}", "3_12.1"), ("${V//./_}", "3_12_1"),
        ("$Vé", ""), ("é$V\\", "é3.12.1"), ("${P%/python}", "/opt/lib"), ("${P#/x}", "/opt/lib/python"),
        ("'$V'", "$V"), ('"$V"', "3.12.1"), ("\\$V", "$V"), ('"\\$V"', "$V"), ("a\\ b", "a b"), ('"a\\nb"', "a\\nb"), ("a'b'\"c\"", "abc"),
    ],
)  # fmt: skip
def test_modifiers_quotes_and_escapes(template: str, value: str) -> None:
    assert expand(template, VALUES.get) == value


@pytest.mark.parametrize(
    "template", ["${V", "${}", "'a", '"a', "${V!}", "${N:?no}", "${V/x}", "${V//x}", "${N:-" * 200 + "}" * 200]
)
def test_what_cannot_be_put_in_is_unknown(template: str) -> None:
    assert isinstance(expand(template, VALUES.get), Unknown)


def test_env_goes_before_arg_and_builders_differ_on_the_arg_of_a_base_stage() -> None:
    dockerfile = parse(
        "ARG V=1\nFROM scratch AS a\nARG V\nENV W=$V X=$W\nENV W=2 Y=$W\nARG W=3\nWORKDIR /$V/$W/$X/$Y/$U\n"
        "FROM a\nWORKDIR /$V\nWORKDIR /$W\nARG GIVEN=4\nWORKDIR /$GIVEN\nARG V=6\nWORKDIR /$V\n"
        "FROM scratch\nWORKDIR /$V\n"
    )
    variables = Variables(dockerfile, build_args={"GIVEN": "5"})
    values = [variables.expand(one.value, one) for one in dockerfile.all("WORKDIR")]
    inherited = values.pop(1)
    assert values == ["/1/2//1/", "/2", "/5", "/6", "/"]
    assert isinstance(inherited, Unknown)
    assert inherited.reason == (
        "BuildKit hands ARG V on to a stage that is FROM its stage, the classic builder does not"
    )


def test_on_an_unknown_base_any_other_variable_may_be_set() -> None:
    dockerfile = parse("FROM some/image\nARG A=1\nARG B\nWORKDIR /x\n")
    last = dockerfile.instructions[-1]
    unknown = Variables(dockerfile)
    known = Variables(
        dockerfile, lambda reference: {"LAMBDA_TASK_ROOT": "/var/task"} if reference == "some/image" else None
    )
    assert unknown.value("A", last) == "1"
    assert isinstance(unknown.value("B", last), Unknown)
    assert isinstance(unknown.value("LAMBDA_TASK_ROOT", last), Unknown)
    assert known.value("LAMBDA_TASK_ROOT", last) == "/var/task"
    assert known.value("LAMBDATASKROOT", last) is None
    assert known.environment(dockerfile.stages[0]) == {"LAMBDA_TASK_ROOT": "/var/task"}
    assert isinstance(unknown.environment_complete(dockerfile.stages[0]), Unknown)


def test_predefined_arguments_need_no_declaration_and_platforms_do() -> None:
    dockerfile = parse("FROM --platform=$BUILDPLATFORM scratch\nWORKDIR /\nARG TARGETARCH\nWORKDIR /\n")
    variables = Variables(dockerfile)
    _, before, _, behind = dockerfile.instructions
    assert isinstance(dockerfile.stages[0].platform, Unknown)
    assert isinstance(variables.value("https_proxy", before), Unknown)
    assert variables.value("TARGETARCH", before) is None
    assert isinstance(variables.value("TARGETARCH", behind), Unknown)


def test_uses_are_what_docker_expands_and_not_what_the_shell_does() -> None:
    dockerfile = parse(
        'FROM a\nCOPY --chown=$U x \\\n  "${LAMBDATASKROOT:-y}$A/"\nRUN echo $B\nENV C=\'$D\' E=$F\nCOPY ["x", "$G"]\n'
    )
    variables = Variables(dockerfile)
    uses = [
        [(use.name, use.span, use.modifier, use.quoted) for use in variables.uses(one)]
        for one in dockerfile.instructions
    ]
    assert uses == [
        [],
        [
            ("U", Span(2, 14, 2, 16), "", False),
            ("LAMBDATASKROOT", Span(3, 4, 3, 24), ":-", True),
            ("A", Span(3, 24, 3, 26), "", True),
        ],
        [],
        [("F", Span(5, 14, 5, 16), "", False)],
        [("G", Span(6, 13, 6, 15), "", False)],
    ]


def test_a_heredoc_is_expanded_unless_its_end_word_is_quoted() -> None:
    dockerfile = parse("FROM scratch\nENV A=1\nCOPY <<X <<'Y' /\n\"$A\" \\$A\nX\n$A\nY\n")
    copy = dockerfile.instructions[2]
    assert [Variables(dockerfile).heredoc(one, copy) for one in copy.heredocs] == ['"1" $A\n', "$A\n"]
