"""A short run of each fuzz target, so that it keeps working; the long runs are made by hand."""

import pytest

from tests.fuzz.image_reader import executions, fuzz, seeds


def test_the_image_reader_survives_two_thousand_broken_inputs() -> None:
    assert fuzz(2000, seed=2026, seconds=120) == 2000


def test_every_target_takes_its_seeds_and_gets_its_turn() -> None:
    for target, inputs in seeds().items():
        for data in inputs:
            target(data)
    stream = executions(1)
    assert {next(stream)[0] for _ in range(200)} == set(seeds())


def test_a_crash_shows_the_input(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("tests.fuzz.image_reader.flatten", crash)
    with pytest.raises(ZeroDivisionError) as caught:
        fuzz(200, seed=1, seconds=60)
    assert "read_layer(bytes.fromhex(" in caught.value.__notes__[0]
