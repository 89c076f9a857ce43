"""Dead bytes and budgets, where a page would need gigabytes or a run that fails."""

from typing import Any

import pytest
from msgspec.structs import replace

from lambda_image_lint.engine.result import Failure
from lambda_image_lint.finding import Finding
from lambda_image_lint.image.layers import Cause, Compression, Death, Layer, Layers
from lambda_image_lint.rulekit.waste import killers
from tests.pages import rules
from tests.rules.linting import SMALL, only, run_recipe

MIB = 2**20
LAYER = Layer(0, None, None, "sha256:0", "COPY . .", None, Compression.GZIP, None, 0, 0, 0)


def layers(live: int, dead: int, cause: Cause = Cause.DELETED_FILE) -> Layers:
    maker = replace(LAYER, payload_bytes=live + dead, dead={cause: dead} if dead else {})
    killer = replace(LAYER, index=1, created_by="RUN rm -rf /opt/big")
    death = Death(cause, 0, 1, dead, 1, (("/opt/big", dead),))
    return Layers((maker, killer), files=1, live_bytes=live, deaths=(death,) if dead else ())


def severities(found: Layers) -> list[str]:
    check = next(rule for rule in rules().values() if rule.name == "dead-bytes").check
    return [str(one.severity) for one in check(found) if isinstance(one, Finding)]


@pytest.mark.parametrize(
    ("live", "dead", "expected"),
    [
        (0, 0, []),
        (0, MIB - 1, []),
        (100 * MIB, MIB, []),
        (99 * MIB, MIB, ["info"]),
        (900 * MIB, 99 * MIB, ["info"]),
        (9 * MIB, MIB, ["warning"]),
        (5000 * MIB, 100 * MIB, ["warning"]),
        (20_000 * MIB, 100 * MIB, ["warning"]),
    ],
)
def test_dead_bytes_count_from_a_mebibyte_and_a_hundredth_and_weigh_from_a_hundred_or_a_tenth(
    live: int, dead: int, expected: list[str]
) -> None:
    assert severities(layers(live, dead)) == expected


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (Cause.DELETED_FILE, "deletes 2.0 MiB of layer 0 (COPY . .)"),
        (Cause.DELETED_DIRECTORY, "deletes 2.0 MiB of layer 0 (COPY . .)"),
        (Cause.OVERWRITTEN_DIFFERENT, "replaces 2.0 MiB of layer 0 (COPY . .)"),
        (
            Cause.OVERWRITTEN_IDENTICAL,
            "writes 2.0 MiB of layer 0 (COPY . .) again unchanged (mode, owner or time only)",
        ),
        (Cause.OPAQUE, "hides 2.0 MiB of layer 0 (COPY . .) behind a new directory"),
        (Cause.REPLACED_BY_OTHER_TYPE, "puts something else in the place of 2.0 MiB of layer 0 (COPY . .)"),
        (Cause.UNREACHABLE, "holds 2.0 MiB that no path leads to"),
    ],
)
def test_each_cause_names_the_layer_that_hid_and_the_one_that_wrote(cause: Cause, said: str) -> None:
    assert killers(layers(MIB, 2 * MIB, cause)).startswith(f"layer 1 (RUN rm -rf /opt/big) {said}. ")


def test_the_whole_advice_of_dead_bytes() -> None:
    recipe = {
        "config": {},
        "layers": [
            {"created_by": "RUN pip install big", "files": {"/opt/big": {"size": 3 * MIB}, "/opt/kept": {"size": MIB}}},
            {"created_by": "RUN rm /opt/big", "whiteouts": ["/opt/big"]},
        ],
    }
    assert only(run_recipe(recipe, "dead-bytes")).help == (
        "layer 1 (RUN rm /opt/big) deletes 3.0 MiB of layer 0 (RUN pip install big). Delete files in the RUN that writes "
        "them, or write them in another stage. They cost pushes, storage and time in Pending, and count towards the 10 GiB; "
        "not cold starts."
    )


@pytest.mark.parametrize(
    ("options", "message", "help"),
    [
        (
            {"max-uncompressed": "2 gigs"},
            "[rules.size-budget] `max-uncompressed` is '2 gigs', not a size like 2GiB or 50MB",
            "Write a size like 2GiB or 50MB",
        ),
        (
            {"max-compressed": True},
            "[rules.size-budget] `max-compressed` is True, not a size like 2GiB or 50MB",
            "Write a size like 2GiB or 50MB",
        ),
        (
            {"min-efficiency": 95},
            "[rules.size-budget] `min-efficiency` is 95, not a number from 0 to 1",
            "Write a number from 0 to 1",
        ),
        (
            {"max-layers": 0},
            "[rules.size-budget] `max-layers` is 0, not a whole number from 1 on",
            "Write a whole number from 1 on",
        ),
        ({"max-layer": 3}, "[rules.size-budget] has no option `max-layer`", "Did you mean `max-layers`?"),
    ],
)
def test_a_budget_that_cannot_be_read_fails_the_run_and_says_what_to_write(
    options: dict[str, Any], message: str, help: str
) -> None:
    outcome = run_recipe(SMALL, "size-budget", rules={"size-budget": options})
    assert outcome.results == ()
    assert outcome.failures == (Failure("app:1", message, help),)


def test_every_part_of_a_budget_is_told_at_once_with_the_largest_layers() -> None:
    options = {"max-uncompressed": 1, "max-compressed": "1B", "max-layers": 1, "min-efficiency": 1, "max-dead-bytes": 0}
    recipe = {
        "config": {},
        "layers": [
            {"created_by": "COPY a /", "files": {"/a": {"size": 5000}, "/b": "x"}},
            {"created_by": "COPY b /", "files": {"/a": "y"}},
        ],
    }
    outcome = run_recipe(recipe, "size-budget", rules={"size-budget": options})
    heads = [result.finding.message.partition(":")[0] for result in outcome.results]
    assert heads == [
        "compressed layers",
        "2 layers, over the budget of 1",
        "uncompressed layers",
        "bytes that are not in the image",
        "efficiency 0.000, under the budget of 1",
    ]
    assert {result.finding.help for result in outcome.results} == {
        "Make the image smaller, or raise the budget in [rules.size-budget]. The largest: layer 0 (COPY a /) 7.5 KiB, "
        "layer 1 (COPY b /) 2.0 KiB."
    }


def test_without_layers_a_budget_on_them_is_not_decided() -> None:
    outcome = run_recipe(SMALL, "size-budget", no_layers=True, rules={"size-budget": {"max-dead-bytes": "1MB"}})
    assert [one.reason for one in outcome.not_run] == ["layers not read"]
    assert run_recipe(SMALL, "size-budget", no_layers=True).not_run == ()
