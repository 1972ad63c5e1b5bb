"""A small city whose alerts are decided, planned and sent, with sinks for what goes out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.incidents_core import load_small_city
from tests.support.stand_ins.alert_sinks import Sinks, running_sinks, send_all

from siaga_cloud.alerts.service import alerts, subscriptions
from siaga_cloud.alerts.service import sending as alert_sending
from siaga_cloud.alerts.service.subscriptions import PendingSubscription
from siaga_cloud.alerts.store import alerts as db_alerts
from siaga_cloud.alerts.store.subscriptions import SubscriptionPreferences
from siaga_cloud.gauges.service import knowledge
from siaga_cloud.incidents.service import flood_states
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.platform.delivery.addresses import DeliveryAddress
from siaga_core.rules.flood_state import FloodState
from siaga_sim.stack.postgres import Postgres

NOW = datetime(2026, 1, 15, 8, tzinfo=UTC)
ANY = SubscriptionPreferences(
    areas=("manggarai",), gauges=(), least_stage=3, least_flood_state=2, language="id", quiet_from=None, quiet_to=None
)


def preferences(**changes: Any) -> SubscriptionPreferences:
    return SubscriptionPreferences(
        **{**{name: getattr(ANY, name) for name in SubscriptionPreferences.__slots__}, **changes}
    )


@pytest.fixture(scope="module")
def alert_sinks() -> Iterator[Sinks]:
    with running_sinks() as held:
        yield held


@dataclass(slots=True)
class City:
    database: Database
    sinks: Sinks

    def run(self, query: str, *values: Any) -> list[dict[str, Any]]:
        with self.database.transaction() as conn:
            done = conn.execute(query.encode(), values)
            return done.fetchall() if done.description else []

    def gauge(self, stage: int, *, at: datetime = NOW, gauge: str = "g1", is_lost: bool = False) -> None:
        """A reading at a stage; `is_lost`: and then its node loses it."""
        self.run(
            "INSERT INTO gauge_latest (gauge_id, node_id, measured_at, received_at, level_cm, quality, stage)"
            " VALUES (%s, 'n', %s, %s, 800, 'good', %s) ON CONFLICT (gauge_id) DO UPDATE SET"
            " stage = excluded.stage, measured_at = excluded.measured_at",
            gauge, at, at, stage,
        )  # fmt: skip
        if is_lost:
            with self.database.transaction() as conn:
                knowledge.note_view(conn, gauge_id=gauge, node_id="n", unknown_since=at, at=at)

    def flood(self, area: str, state: FloodState, *, at: datetime = NOW) -> None:
        """An operator sets the flood state of an area."""
        with self.database.transaction() as conn:
            flood_states.override(conn, area, state, by="op", reason="seen", lasting=timedelta(hours=72), now=at)

    def dry(self, area: str, *, at: datetime = NOW) -> None:
        """The operator takes it back."""
        with self.database.transaction() as conn:
            flood_states.lift(conn, area, by="op", reason="dry", now=at)

    def decide(self, *, at: datetime = NOW) -> int:
        with self.database.transaction() as conn:
            return alerts.refresh(conn, now=at)

    def plan(self, *, at: datetime = NOW) -> int:
        with self.database.transaction() as conn:
            return alert_sending.plan_and_queue(conn, now=at)

    def send(self) -> int:
        return send_all(self.database, self.sinks.channels)

    def tick(self, *, at: datetime = NOW) -> int:
        self.decide(at=at)
        return self.plan(at=at)

    def subscribe(
        self, address: str, channel: str = "email", *, now: datetime = NOW, **changes: Any
    ) -> PendingSubscription:
        """Asked for, and confirmed by its owner."""
        with self.database.transaction() as conn:
            requested = subscriptions.subscribe(
                conn, DeliveryAddress(channel=channel, address=address), preferences(**changes), now=now
            )
            conn.execute(
                "UPDATE subscription SET confirmed_at = %s, expires_at = NULL WHERE id = %s", (now, requested.id)
            )
            conn.execute("DELETE FROM alert_message WHERE subscription_id = %s", (requested.id,))
        return requested

    def kinds(self, requested: PendingSubscription) -> list[str]:
        """What a subscription was told."""
        rows = self.run(
            "SELECT kind FROM alert_notified JOIN area_alert_revision AS line USING (alert_id, revision)"
            " WHERE subscription_id = %s ORDER BY line.at, line.kind",
            requested.id,
        )
        return [row["kind"] for row in rows]

    def states(self, requested: PendingSubscription) -> list[tuple[str, str]]:
        rows = self.run(
            "SELECT state, error FROM alert_message WHERE subscription_id = %s ORDER BY created_at", requested.id
        )
        return [(row["state"], row["error"]) for row in rows]

    def shown(self) -> dict[str, Any]:
        with self.database.transaction() as conn:
            (found,) = db_alerts.shown(conn, kind="area")
        return {name: getattr(found, name) for name in found.__slots__}


@pytest.fixture(scope="module")
def alert_city_url(postgres: Postgres, migrated_template: str) -> Iterator[str]:
    """One database for all tests of this module; each empties it of what it needs empty."""
    url = postgres.create_database("siaga_alerts", template=migrated_template)
    with Database(url) as database, database.transaction() as conn:
        load_small_city(conn)
        # These stories are told by single readings, hours apart.
        conn.execute("UPDATE gauge SET stale_seconds = 864000")
    yield url
    postgres.drop_database("siaga_alerts")


@pytest.fixture
def alert_city(alert_city_url: str, alert_sinks: Sinks) -> Iterator[City]:
    with Database(alert_city_url) as database:
        with database.transaction() as conn:
            conn.execute(
                "TRUNCATE area_alert, subscription, subscription_attempt, alert_message, gauge_latest, gauge_view,"
                " gauge_warns, area_flood_state, forecast_run, forecast, gauge_published, procrastinate_jobs CASCADE"
            )
            conn.execute("DELETE FROM area WHERE id NOT IN ('jaksel', 'manggarai', 'manggarai-rw1')")
        alert_sinks.answers.clear()
        alert_sinks.seen.clear()
        alert_sinks.mailbox.mails.clear()
        alert_sinks.mailbox.down, alert_sinks.echoes = False, True
        yield City(database, alert_sinks)


def later(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)
