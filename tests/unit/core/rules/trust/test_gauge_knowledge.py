"""When the level of a gauge is unknown, why, and since when: unknown is never calm."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.trust.gauge_knowledge import GaugeFacts, UnknownLevel, unknown_level

NOW = datetime(2026, 1, 15, 8, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


FRESH = GaugeFacts(
    stale_seconds=900, known_at=ago(20), measured_at=ago(20), node_seen_at=ago(5), node_interval_seconds=60
)


@pytest.mark.parametrize(
    ("facts", "cause", "since"),
    [
        pytest.param(GaugeFacts(stale_seconds=900), "never", None, id="nothing ever came"),
        pytest.param(GaugeFacts(stale_seconds=900, measured_at=ago(5)), "missing", None, id="nothing usable ever came"),
        pytest.param(
            GaugeFacts(stale_seconds=900, lost_since=ago(50), lost_at=ago(5)), "lost", ago(50), id="lost from the start"
        ),
        pytest.param(replace(FRESH, lost_since=ago(20), lost_at=ago(3)), "lost", ago(20), id="the node lost it"),
        pytest.param(replace(FRESH, lost_since=ago(20), lost_at=ago(20)), "lost", ago(20), id="at the same moment"),
        pytest.param(replace(FRESH, measured_at=ago(1)), "missing", ago(20), id="the newest reading has no level"),
        pytest.param(replace(FRESH, is_node_offline=True), "node_offline", ago(20), id="the node is gone"),
        pytest.param(replace(FRESH, node_seen_at=ago(181)), "node_silent", ago(20), id="three health messages missed"),
        pytest.param(
            replace(FRESH, known_at=ago(901), measured_at=ago(901)), "silent", ago(901), id="the gauge sends nothing"
        ),
    ],
)
def test_an_unknown_level_has_a_cause_and_a_time(facts: GaugeFacts, cause: str, since: datetime | None) -> None:
    assert unknown_level(facts, now=NOW) == UnknownLevel(cause=cause, since=since)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(FRESH, id="fresh"),
        pytest.param(replace(FRESH, lost_since=ago(100), lost_at=ago(21)), id="a level after the loss contradicts it"),
        pytest.param(replace(FRESH, lost_at=ago(1)), id="the node sees it"),
        pytest.param(replace(FRESH, node_seen_at=ago(180)), id="not yet three"),
        pytest.param(replace(FRESH, known_at=ago(900), measured_at=ago(900)), id="not yet overdue"),
        pytest.param(
            replace(FRESH, node_interval_seconds=None, is_node_offline=True, node_seen_at=ago(800)),
            id="a node that sleeps between its reports",
        ),
        pytest.param(replace(FRESH, node_seen_at=None), id="a node that nobody saw yet"),
    ],
)
def test_a_level_is_known_while_nothing_speaks_against_it(facts: GaugeFacts) -> None:
    assert unknown_level(facts, now=NOW) is None


times = st.none() | st.integers(-100, 4000).map(ago)
any_facts = st.builds(
    GaugeFacts,
    stale_seconds=st.sampled_from([30.0, 900.0]),
    known_at=times,
    measured_at=times,
    lost_since=times,
    lost_at=times,
    is_node_offline=st.booleans(),
    node_seen_at=times,
    node_interval_seconds=st.none() | st.sampled_from([10.0, 60.0]),
)


@given(any_facts, st.integers(0, 10_000))
def test_time_alone_never_makes_a_level_known(facts: GaugeFacts, seconds: int) -> None:
    if unknown_level(facts, now=NOW) is not None:
        assert unknown_level(facts, now=NOW + timedelta(seconds=seconds)) is not None


@given(any_facts)
def test_a_newer_level_over_a_live_node_makes_it_known(facts: GaugeFacts) -> None:
    newest = max([at for at in (facts.measured_at, facts.lost_at) if at is not None], default=NOW)
    at = newest + timedelta(seconds=1)
    mended = replace(facts, known_at=at, measured_at=at, is_node_offline=False, node_seen_at=at)
    assert unknown_level(mended, now=at) is None


@given(any_facts)
def test_a_level_that_is_known_is_recent_and_the_newest_reading(facts: GaugeFacts) -> None:
    if unknown_level(facts, now=NOW) is None:
        assert facts.known_at is not None
        assert NOW - facts.known_at <= timedelta(seconds=facts.stale_seconds)
        assert facts.measured_at is None or facts.measured_at <= facts.known_at
