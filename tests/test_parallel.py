"""Many Dockerfiles in several processes: what comes out is what one process gives."""

import os
from pathlib import Path

import pytest

from lambda_image_lint.check import Request, check
from lambda_image_lint.parallel import in_processes
from lambda_image_lint.report.json import document

BAD = 'FROM public.ecr.aws/lambda/python:3.8\nCOPY absent.py ./\nRUN tar xf x\nCMD ["app.handler", "more"]\n'


def test_several_processes_report_what_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for number in range(34):
        folder = tmp_path / f"{number:02}"
        folder.mkdir()
        text = "" if number == 7 else BAD + f"ENV NUMBER={number}\n"
        (folder / "Dockerfile").write_text(text)
    words = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.glob("*/Dockerfile"))
    reports = [
        document(check(Request([*words, "absent"], {"jobs": jobs, "as-of": "2026-11-23"}, isolated=True)).report)
        for jobs in (1, 3)
    ]
    assert reports[0] == reports[1]
    assert [one["name"] for one in reports[0]["targets"]] == [word for word in words if not word.startswith("07")]


def test_results_keep_their_order_and_known_objects_their_identity() -> None:
    thing = object()
    results = in_processes(7, lambda index: (index, thing), 3, {"thing": thing})
    assert results == [(index, thing) for index in range(7)]


def test_a_lost_process_leaves_its_share_to_the_caller() -> None:
    here = os.getpid()

    def work(index: int) -> int:
        if os.getpid() != here:
            os._exit(9)
        return index

    assert in_processes(4, work, 2, {}) == [0, None, 2, None]


def test_a_fault_in_another_process_is_met_again_by_the_caller() -> None:
    here = os.getpid()

    def work(index: int) -> int:
        if os.getpid() != here:
            raise ValueError(index)
        return index

    assert in_processes(4, work, 2, {}) == [0, None, 2, None]
