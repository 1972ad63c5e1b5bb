"""Whether a connector works: what the page of their health says at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from siaga_cloud.connectors.service import State, state_of
from siaga_cloud.connectors.store import Health

NOW = datetime(2026, 11, 26, 2, tzinfo=UTC)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("held", "is_set_up", "state"),
    [
        (Health(channel="telegram"), False, "off"),
        (Health(channel="telegram"), True, "waiting"),
        (Health(channel="telegram", last_success_at=ago(90_000)), True, "working"),
        (Health(channel="email", polled_at=ago(9)), False, "working"),
        (Health(channel="email", polled_at=ago(21)), False, "silent"),
        (Health(channel="x", last_error_at=ago(1)), True, "failing"),
        (Health(channel="x", last_error_at=ago(1500)), True, "waiting"),
        (Health(channel="x", last_error_at=ago(1500), last_success_at=ago(3000)), True, "working"),
        (Health(channel="x", last_error_at=ago(2), last_success_at=ago(1)), True, "working"),
        (Health(channel="email", last_success_at=ago(60), last_error_at=ago(5), polled_at=ago(2)), True, "working"),
        (Health(channel="feed:waze", kind="waze", every_seconds=120, last_success_at=ago(6)), True, "working"),
        (Health(channel="feed:waze", kind="waze", every_seconds=120, last_success_at=ago(8)), True, "silent"),
        (Health(channel="feed:waze", kind="waze", every_seconds=120, last_error_at=ago(1)), True, "failing"),
        (Health(channel="feed:waze", kind="waze", enabled=False, last_error_at=ago(1)), True, "off"),
        # A poll that went well but for one linked answer notes both at the same moment.
        (Health(channel="feed:bmkg", every_seconds=60, last_success_at=NOW, last_error_at=NOW), True, "working"),
        (Health(channel="feed:gate", kind="frigate", last_success_at=ago(600)), True, "working"),
    ],
)  # fmt: skip
def test_a_connector_is_in_one_state(held: Health, is_set_up: bool, state: State) -> None:
    assert state_of(held, is_set_up=is_set_up, now=NOW) == state
