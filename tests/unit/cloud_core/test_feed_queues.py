"""The worker and the process of feeds take their own jobs, and no other's."""

from __future__ import annotations

from typing import Any, cast

import pytest

from siaga_cloud import worker
from siaga_cloud.channels.registry import load_settings
from siaga_cloud.feeds import run
from siaga_cloud.feeds.secrets import secret_of
from siaga_cloud.platform.db.jobs import FEEDS_QUEUE, REDACTION_QUEUE
from siaga_cloud.platform.jobs import loop as jobs_loop

SETTINGS = load_settings({"SIAGA_DATABASE_URL": "postgresql://nobody@localhost/none"})


def test_no_queue_is_served_by_both_and_none_is_left_out() -> None:
    nothing = cast(Any, None)
    own = worker.own_queues(worker.build_app(nothing, SETTINGS))
    app = run.build_app(nothing, SETTINGS, nothing)
    assert FEEDS_QUEUE not in own
    assert {"signals", "upkeep", "proofs", "notifications", "alerts"} <= set(own)
    assert {task.queue for task in app.tasks.values()} - {"builtin"} == {FEEDS_QUEUE}


def test_a_secret_may_lie_in_a_file(tmp_path: Any) -> None:
    (tmp_path / "token").write_text("from a file\nand a remark\n")
    environment = {"SIAGA_FEED_A": "plain", "SIAGA_FEED_B_FILE": str(tmp_path / "token"), "SIAGA_FEED_C_FILE": "/none"}
    found = [secret_of(name, environment) for name in ("SIAGA_FEED_A", "SIAGA_FEED_B", "SIAGA_FEED_C")]
    assert found == ["plain", "from a file", None]


def test_photos_have_a_lane_of_their_own_with_one_job_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    lanes: list[Any] = []

    def record(_app: object, *lanes_of_app: object, **_options: object) -> bool:
        lanes.extend(lanes_of_app)
        return True

    monkeypatch.setattr(jobs_loop, "work", record)
    app = worker.build_app(cast(Any, None), SETTINGS)
    assert worker._work(app, SETTINGS, None)
    main, photos = lanes
    assert photos == {"queues": [REDACTION_QUEUE], "concurrency": 1}
    assert sorted([*main["queues"], REDACTION_QUEUE]) == worker.own_queues(app)
