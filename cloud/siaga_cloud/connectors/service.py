"""Determines whether each connector works, for the page of their health and for programs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from siaga_cloud.connectors import store as db
from siaga_cloud.connectors.store import Health
from siaga_cloud.connectors.store import count_poll as count_poll
from siaga_cloud.connectors.store import count_refusal as count_refusal
from siaga_cloud.connectors.store import count_success as count_success
from siaga_cloud.connectors.store import note_error as note_error
from siaga_cloud.platform.db.connection import Connection

State: TypeAlias = Literal["off", "waiting", "working", "silent", "failing"]

ALWAYS_OPEN: Final = ("web", "open311")
# A mailbox that sleeps in IDLE answers every 5 minutes; a feed may miss a few polls.
POLLED_RESPONDS_WITHIN: Final = timedelta(minutes=20)
MISSED_POLLS: Final = 3
# Anybody can send a webhook something without proof: that must not colour the page for ever.
TROUBLE_LASTS: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector(Health):
    """Describes a connector and its state. off: not configured or switched off; waiting: nothing has arrived yet;
    silent: its source does not answer any more; failing: its last delivery or poll within a day failed; working: none
    of these.
    """

    state: State


def overview(conn: Connection, *, channels: Collection[str], set_up: Collection[str], now: datetime) -> list[Connector]:
    """Return every connector, in the order of their ids; `set_up` are those of `channels` that this server can use."""
    held = {one.channel: one for one in db.health(conn)}
    ids = sorted({*held, *ALWAYS_OPEN, *channels})
    return [_connector_of(held.get(one, Health(channel=one)), channels, set_up, now) for one in ids]


def _connector_of(held: Health, channels: Collection[str], set_up: Collection[str], now: datetime) -> Connector:
    is_set_up = held.channel not in channels or held.channel in set_up
    values = {one.name: getattr(held, one.name) for one in fields(Health)}
    state = state_of(held, is_set_up=is_set_up, now=now)
    return Connector(**values, state=state)


def state_of(held: Health, *, is_set_up: bool, now: datetime) -> State:
    """Return how a connector fares at a time."""
    answered_at = max(filter(None, (held.last_success_at, held.polled_at)), default=None)
    if not held.enabled or (not is_set_up and answered_at is None):
        return "off"
    if _is_in_trouble(held, answered_at, now):
        return "failing"
    if answered_at is None:
        return "waiting"
    return "silent" if now - answered_at > _patience(held) else "working"


def _is_in_trouble(held: Health, answered_at: datetime | None, now: datetime) -> bool:
    failed_at = held.last_error_at
    if failed_at is None or failed_at <= now - TROUBLE_LASTS:
        return False
    return answered_at is None or failed_at > answered_at


def _patience(held: Health) -> timedelta:
    if held.every_seconds is not None:
        return timedelta(seconds=held.every_seconds * MISSED_POLLS + 60)
    return POLLED_RESPONDS_WITHIN if held.polled_at is not None else timedelta.max
