"""An outage: what is kept is replayed worth first within the cap, boxes do not begin together, memory stays flat."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from benchmarks.gauges.outage import Outage
from tests.support.edge.parcels import alert, readings

from siaga_edge.outbox.parcels import Lane


def test_two_thousand_messages_are_replayed_by_worth_within_the_cap_and_none_is_lost(tmp_path: Path) -> None:
    outage = Outage(tmp_path, replay_per_second=200, chance=0.5)
    stored = outage.link_down(messages=2_000, lasting=timedelta(hours=1))
    reported = outage.link_up()
    left = outage.left
    outage.close()
    assert reported.arrived == set(stored)
    assert left == 0
    assert reported.most_in_a_second <= 220
    assert reported.lanes_sequenced
    assert reported.all_late
    assert reported.first_alert_after_seconds < 0.1
    assert reported.first_other_after_seconds >= 5  # half of the spread of 10 s, as the dice say


def test_after_a_blink_nobody_waits(tmp_path: Path) -> None:
    outage = Outage(tmp_path, replay_per_second=200, chance=0.5)
    outage.outbox.save([readings(at=outage.system_time()), alert(at=outage.system_time())])
    outage.pass_without_link(timedelta(seconds=20))
    reported = outage.link_up()
    outage.close()
    assert reported.first_other_after_seconds < 0.1
    assert [lane for lane, _ in reported.order] == [Lane.ALERTS, Lane.READINGS]
