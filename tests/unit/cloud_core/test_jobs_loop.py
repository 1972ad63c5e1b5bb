"""A worker that ended by itself was not asked to end. Found by chaos: it left with 0 as the database died."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import pytest
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.testing import InMemoryConnector

from siaga_cloud.platform.jobs import loop as jobs_loop


def app_that(do: Any, monkeypatch: pytest.MonkeyPatch) -> App:
    app = App(connector=InMemoryConnector())

    async def run(**words: object) -> None:
        assert words == {"install_signal_handlers": False, "queues": ["q"]}
        await do()

    monkeypatch.setattr(app, "run_worker_async", run)
    return app


def test_a_worker_that_ended_by_itself_was_not_requested_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    async def give_up() -> None:
        await asyncio.sleep(0)

    assert jobs_loop.work(app_that(give_up, monkeypatch), queues=["q"]) is False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_requests_a_stop_and_the_job_in_hand_is_finished(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    finished = []

    async def work_on() -> None:
        os.kill(os.getpid(), number)
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            finished.append("the job in hand")
            raise

    assert jobs_loop.work(app_that(work_on, monkeypatch), queues=["q"]) is True
    assert finished == ["the job in hand"]
    assert signal.getsignal(signal.SIGTERM) in {signal.SIG_DFL, signal.default_int_handler}


def test_a_lane_that_misses_the_request_to_stop_is_requested_again(monkeypatch: pytest.MonkeyPatch) -> None:
    missed = []

    async def miss_the_first() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            missed.append("a request that came while the lane opened its connection")
        await asyncio.sleep(30)

    monkeypatch.setattr(jobs_loop, "STOP_AGAIN_SECONDS", 0.05)
    assert jobs_loop.work(app_that(miss_the_first, monkeypatch), queues=["q"]) is True
    assert len(missed) == 1


def test_when_one_lane_ends_the_others_finish_their_job_and_its_error_is_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app, began, finished = App(connector=InMemoryConnector()), [], []

    async def run(*, queues: list[str], concurrency: int, **_: object) -> None:
        began.append((*queues, concurrency))
        if queues == ["signals"]:
            raise ConnectorException
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            finished.append("the photo in hand")
            raise

    monkeypatch.setattr(app, "run_worker_async", run)
    with pytest.raises(ConnectorException):
        jobs_loop.work(app, {"queues": ["photos"], "concurrency": 1}, {"queues": ["signals"]}, concurrency=4)
    assert sorted(began) == [("photos", 1), ("signals", 4)]
    assert finished == ["the photo in hand"]
