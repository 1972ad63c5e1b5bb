"""Alerts on a real database: who is told what and when, once each, by channels over real sockets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.support.alert_sinks import Browser, Sinks, running_sinks, send_all
from tests.support.incidents_core import load_small_city

from siaga_cloud.db import alerts as db_alerts
from siaga_cloud.db import forecasts, gauge_history
from siaga_cloud.db.connection import Connection, Database
from siaga_cloud.db.forecasts import Run
from siaga_cloud.db.subscriptions import Wishes
from siaga_cloud.services import alert_sending, alerts, scope, subscriptions
from siaga_cloud.services.errors import ConflictError, InvalidError, NotFoundError
from siaga_cloud.services.subscriptions import Asked, Place, Ways
from siaga_core.rules.forecast import ForecastPoint
from siaga_sim.stack.postgres import Postgres

NOW = datetime(2026, 1, 15, 8, tzinfo=UTC)
ANY = Wishes(
    areas=("manggarai",), gauges=(), least_stage=3, least_flood_state=2, language="id", quiet_from=None, quiet_to=None
)


def wishes(**changes: Any) -> Wishes:
    return Wishes(**{**{name: getattr(ANY, name) for name in Wishes.__slots__}, **changes})


@pytest.fixture(scope="module")
def sinks() -> Iterator[Sinks]:
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

    def gauge(self, stage: int, *, at: datetime = NOW, gauge: str = "g1", stale: bool = False) -> None:
        self.run(
            "INSERT INTO gauge_latest (gauge_id, node_id, measured_at, received_at, level_cm, quality, stage,"
            " stale_since) VALUES (%s, 'n', %s, %s, 800, 'good', %s, %s) ON CONFLICT (gauge_id) DO UPDATE SET"
            " stage = excluded.stage, measured_at = excluded.measured_at, stale_since = excluded.stale_since",
            gauge, at, at, stage, at if stale else None,
        )  # fmt: skip

    def decide(self, *, at: datetime = NOW) -> int:
        with self.database.transaction() as conn:
            return alerts.refresh(conn, now=at)

    def plan(self, *, at: datetime = NOW) -> int:
        with self.database.transaction() as conn:
            return alert_sending.plan_and_ask(conn, now=at)

    def send(self) -> int:
        return send_all(self.database, self.sinks.channels)

    def tick(self, *, at: datetime = NOW) -> int:
        self.decide(at=at)
        return self.plan(at=at)

    def subscribe(self, address: str, channel: str = "email", *, now: datetime = NOW, **changes: Any) -> Asked:
        """Asked for, and confirmed by its owner."""
        with self.database.transaction() as conn:
            asked = subscriptions.subscribe(conn, Place(channel=channel, address=address), wishes(**changes), now=now)
            conn.execute("UPDATE subscription SET confirmed_at = %s, expires_at = NULL WHERE id = %s", (now, asked.id))
            conn.execute("DELETE FROM alert_message WHERE subscription_id = %s", (asked.id,))
        return asked

    def kinds(self, asked: Asked) -> list[str]:
        """What a subscription was told."""
        rows = self.run(
            "SELECT kind FROM alert_told JOIN area_alert_revision AS line USING (alert_id, revision)"
            " WHERE subscription_id = %s ORDER BY line.at, line.kind",
            asked.id,
        )
        return [row["kind"] for row in rows]

    def states(self, asked: Asked) -> list[tuple[str, str]]:
        rows = self.run(
            "SELECT state, error FROM alert_message WHERE subscription_id = %s ORDER BY created_at", asked.id
        )
        return [(row["state"], row["error"]) for row in rows]

    def shown(self) -> dict[str, Any]:
        with self.database.transaction() as conn:
            (found,) = db_alerts.shown(conn, kind="area")
        return {name: getattr(found, name) for name in found.__slots__}


@pytest.fixture(scope="module")
def city_url(postgres: Postgres, migrated_template: str) -> Iterator[str]:
    """One database for all tests of this module; each empties it of what it needs empty."""
    url = postgres.create_database("siaga_alerts", template=migrated_template)
    with Database(url) as database, database.transaction() as conn:
        load_small_city(conn)
    yield url
    postgres.drop_database("siaga_alerts")


@pytest.fixture
def city(city_url: str, sinks: Sinks) -> Iterator[City]:
    with Database(city_url) as database:
        with database.transaction() as conn:
            conn.execute(
                "TRUNCATE area_alert, subscription, subscription_attempt, alert_message, gauge_latest, gauge_warns,"
                " area_flood_state, forecast_run, forecast, gauge_published, procrastinate_jobs CASCADE"
            )
            conn.execute("DELETE FROM area WHERE id NOT IN ('jaksel', 'manggarai', 'manggarai-rw1')")
        sinks.answers.clear()
        sinks.seen.clear()
        sinks.mailbox.mails.clear()
        sinks.mailbox.down, sinks.echoes = False, True
        yield City(database, sinks)


def later(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


# --- what is decided -------------------------------------------------------------------------------------------


def test_a_forecast_arrival_warns_before_the_water_is_there_with_its_span(city: City) -> None:
    asked = city.subscribe("a@example.org")
    tell_forecast(city, [760, 800, 870, 900], made_at=NOW)
    city.gauge(4)
    city.tick()
    shown = city.shown()
    assert (shown["level"], shown["stage"], shown["coming_stage"]) == (1, 4, 2)
    assert later(60) < shown["arrives_at"] < later(90)
    assert shown["earliest_at"] < shown["arrives_at"] < shown["latest_at"]
    assert (shown["severity"], shown["urgency"], shown["certainty"]) == ("Moderate", "Future", "Likely")
    assert "Air diperkirakan naik ke Siaga 2 di g1 sekitar pukul 09.21 UTC (antara pukul 0" in shown["text_id"]
    assert "expected to reach Siaga 2 at g1 around 09:21 UTC (between 0" in shown["text_en"]
    # An hour later than was told: told again; then the water is there.
    tell_forecast(city, [700, 720, 760, 800, 870, 900], made_at=later(40))
    city.tick(at=later(41))
    city.gauge(2, at=later(60))
    city.tick(at=later(60))
    city.tick(at=later(60))
    assert city.kinds(asked) == ["raise", "update", "update"]
    assert city.shown()["level"] == 2


def tell_forecast(city: City, levels_cm: list[float], *, made_at: datetime) -> None:
    points = [
        ForecastPoint(at=made_at + timedelta(minutes=30 * n), level_cm=cm, low_cm=cm - 20, high_cm=cm + 20)
        for n, cm in enumerate([*levels_cm, levels_cm[-1]], start=1)
    ]
    run = Run(gauge_id="g1", made_at=made_at, seen_until=made_at, level_cm=700, used=("up",), unknown=(), reason="")
    with city.database.transaction() as conn:
        forecasts.save_run(conn, run, points)


def test_a_published_stage_alarms_as_a_computed_one_and_the_worse_counts(city: City) -> None:
    city.gauge(3)
    with city.database.transaction() as conn:
        gauge_history.publish(conn, "g1", stage=1, level_cm=None, source="BPBD DKI", at=NOW, now=NOW)
    city.decide()
    assert city.shown()["level"] == 3
    (line,) = city.run(
        "SELECT evidence FROM area_alert_revision WHERE level = 3 AND evidence ->> 'flood_state' = '0' LIMIT 1"
    )
    gauge = line["evidence"]["gauges"][0]
    assert (gauge["computed_stage"], gauge["published_stage"], gauge["published_by"]) == (3, 1, "BPBD DKI")
    assert "Sumber: g1, BPBD DKI" in city.shown()["text_id"]


def test_a_gauge_warns_the_areas_on_its_list_and_else_its_own(city: City) -> None:
    city.run(
        "INSERT INTO area (id, name, level, parent_id) VALUES ('tebet', 'Tebet', 'kecamatan', 'jaksel'),"
        " ('bukit-duri', 'Bukit Duri', 'kelurahan', 'tebet'), ('kebon-baru', 'Kebon Baru', 'kelurahan', 'tebet')"
    )
    city.gauge(2)
    city.decide()
    assert city.shown()["area_id"] == "manggarai"
    city.run("INSERT INTO gauge_warns VALUES ('g1', 'tebet')")
    city.decide(at=later(1))
    found = city.run("SELECT area_id FROM area_alert WHERE area_id IS NOT NULL ORDER BY 1")
    assert [row["area_id"] for row in found] == ["bukit-duri", "kebon-baru", "manggarai"], (
        "a kecamatan is all of its own"
    )
    city.decide(at=later(62))
    over = city.run("SELECT area_id FROM area_alert WHERE area_id IS NOT NULL AND ended_at IS NOT NULL")
    assert [row["area_id"] for row in over] == ["manggarai"], "which it warns no more"


def test_a_gauge_that_falls_silent_holds_its_alert_and_the_end_says_why(city: City) -> None:
    asked = city.subscribe("a@example.org")
    city.gauge(1)
    city.tick()
    city.gauge(1, stale=True)
    for hours in (1, 2, 3, 4, 5, 6):
        city.tick(at=later(hours * 60))
    assert city.kinds(asked) == ["raise"]
    for minutes in (420, 480, 490):
        city.tick(at=later(minutes))
    assert city.kinds(asked) == ["raise", "all_clear"]
    (line,) = city.run(
        "SELECT text_id, certainty FROM area_alert_revision JOIN area_alert ON area_alert.id = alert_id"
        " WHERE kind = 'all_clear' AND area_id IS NOT NULL"
    )
    assert "Lihat sendiri keadaan air" in line["text_id"]
    assert line["certainty"] == "Unknown"


def test_the_ledger_cannot_be_rewritten(city: City) -> None:
    city.gauge(1)
    city.decide()
    with pytest.raises(Exception, match="append-only"):
        city.run("UPDATE area_alert_revision SET level = 1")


# --- who is told -----------------------------------------------------------------------------------------------


def test_each_is_told_from_the_own_threshold_on_and_only_those_who_were_warned_hear_that_it_is_over(city: City) -> None:
    early, late = (
        city.subscribe("early@example.org"),
        city.subscribe("late@example.org", least_stage=1, least_flood_state=4),
    )
    deep = city.subscribe("deep@example.org", least_stage=1, least_flood_state=1)
    rw = city.subscribe("rw@example.org", areas=("manggarai-rw1",))
    all_of = city.subscribe("city@example.org", areas=("jaksel",))
    gauge = city.subscribe("gauge@example.org", areas=(), gauges=("g1",))
    city.gauge(2)
    city.tick()
    city.run(
        "INSERT INTO area_flood_state (area_id, state, computed, since, updated_at) VALUES ('manggarai', 1, 1, %s, %s)",
        NOW, NOW,
    )  # fmt: skip
    city.tick(at=later(5))
    city.run("UPDATE area_flood_state SET state = 0")
    city.gauge(4)
    for minutes in (40, 66, 70):
        city.tick(at=later(minutes))
    assert city.kinds(early) == city.kinds(rw) == city.kinds(all_of) == ["raise", "update", "all_clear"]
    assert city.kinds(deep) == ["update", "all_clear"]
    assert city.kinds(gauge) == ["raise", "all_clear"], "a gauge knows of no streets"
    assert city.kinds(late) == []


def test_the_night_is_quiet_until_siaga_1_is_there_or_coming(city: City) -> None:
    sleeper = city.subscribe("sleeper@example.org", quiet_from=time(22), quiet_to=time(5))
    at = NOW.replace(hour=23)  # the city of this test lives by UTC
    city.gauge(2)
    city.tick(at=at)
    assert city.kinds(sleeper) == []
    city.gauge(1)
    city.tick(at=at + timedelta(minutes=10))
    assert city.kinds(sleeper) == ["update"], "woken"
    city.gauge(4)
    city.tick(at=at + timedelta(minutes=20))
    city.tick(at=at + timedelta(minutes=75))
    assert city.kinds(sleeper) == ["update"], "that it is over can wait"
    city.tick(at=NOW.replace(day=16, hour=5))
    city.tick(at=NOW.replace(day=16, hour=6))
    assert city.kinds(sleeper) == ["update", "all_clear"]


def test_what_the_night_held_back_is_told_in_the_morning_if_it_still_holds(city: City) -> None:
    sleeper = city.subscribe("sleeper@example.org", quiet_from=time(22), quiet_to=time(5))
    city.gauge(2)
    for hour in (23, 24, 25):
        city.tick(at=NOW.replace(hour=0) + timedelta(hours=hour))
    assert city.kinds(sleeper) == []
    city.tick(at=NOW.replace(day=16, hour=5))
    assert city.kinds(sleeper) == ["raise"]


def test_who_confirms_in_the_middle_hears_of_the_alert_in_force(city: City) -> None:
    city.gauge(2)
    city.tick()
    asked = city.subscribe("new@example.org")
    assert city.plan(at=later(1)) == 1
    assert city.plan(at=later(2)) == 0
    assert city.kinds(asked) == ["raise"]


def test_a_storm_over_many_areas_is_one_message_and_later_ones_wait_their_turn(city: City) -> None:
    asked = city.subscribe("city@example.org", areas=("jaksel",))
    for number in range(8):
        city.run(
            "INSERT INTO area (id, name, level, parent_id) VALUES (%s, %s, 'kelurahan', 'jaksel')",
            f"k{number}",
            f"K{number}",
        )
    for number in range(8):
        # Three at once, then one more every half minute.
        at = later(max(0, number - 2) / 2)
        city.run(
            "INSERT INTO area_flood_state (area_id, state, computed, since, updated_at) VALUES (%s, 2, 2, %s, %s)",
            f"k{number}", at, at,
        )  # fmt: skip
        city.tick(at=at)
    before = len(city.states(asked))
    assert before == 3, "what comes thick waits"
    city.plan(at=later(20))
    assert (len(city.states(asked)), city.kinds(asked)) == (4, ["raise"] * 8)
    assert city.send() == 4
    assert city.sinks.mailbox.mails[-1]["Subject"].endswith("(+4)")


def test_a_whole_city_under_water_is_a_letter_that_can_be_read(city: City) -> None:
    city.subscribe("city@example.org", areas=("jaksel",))
    for number in range(30):
        city.run(
            "INSERT INTO area (id, name, level, parent_id) VALUES (%s, %s, 'kelurahan', 'jaksel')",
            f"k{number}",
            f"K{number}",
        )
        city.run(
            "INSERT INTO area_flood_state (area_id, state, computed, since, updated_at) VALUES (%s, 2, 2, %s, %s)",
            f"k{number}", NOW, NOW,
        )  # fmt: skip
    city.tick()
    assert city.send() == 1
    (text,) = city.sinks.mailbox.texts("city@example.org")
    assert (text.count("PERINGATAN banjir: K"), text.count("Pindahkan barang")) == (30, 5)


# --- how it is sent --------------------------------------------------------------------------------------------


def test_what_could_not_be_sent_is_tried_again_and_what_is_old_by_then_is_left_out(city: City) -> None:
    asked = city.subscribe("a@example.org")
    city.sinks.mailbox.down = True
    city.gauge(2)
    city.tick()
    assert (city.send(), city.states(asked)) == (0, [("queued", "the mail server answered 451")])
    city.gauge(1)
    city.tick(at=later(5))
    assert city.send() == 0
    city.sinks.mailbox.down = False
    city.plan(at=datetime.now(UTC) + timedelta(minutes=1))
    assert city.send() == 1
    assert city.states(asked) == [("failed", "what is newer was told instead"), ("sent", "")]
    (text,) = city.sinks.mailbox.texts("a@example.org")
    assert text.startswith(
        "BAHAYA banjir: Manggarai, Jakarta Selatan.\nTinggi air di g1 sekarang Siaga 1.\nMatikan listrik."
    )
    assert city.plan(at=datetime.now(UTC) + timedelta(minutes=20)) == 0


def test_a_mail_server_that_is_gone_is_not_asked_for_every_letter(city: City) -> None:
    asked = [city.subscribe(f"{number}@example.org") for number in range(10)]
    city.sinks.mailbox.down = True
    city.gauge(2)
    city.tick()
    city.send()
    tried = city.run("SELECT sum(attempts)::int AS n FROM alert_message")
    assert tried == [{"n": 3}]
    city.sinks.mailbox.down = False
    city.plan(at=datetime.now(UTC) + timedelta(minutes=5))
    assert city.send() == len(asked)


def test_a_job_that_runs_twice_tells_nobody_twice(city: City) -> None:
    city.subscribe("a@example.org")
    city.gauge(2)
    city.tick()
    ids = [
        UUID(one)
        for row in city.run("SELECT args FROM procrastinate_jobs")
        for one in row["args"].get("message_ids", ())
    ]
    assert city.send() == 1
    from siaga_cloud import worker_alerts

    assert worker_alerts.send(city.database, city.sinks.channels, ids, public_url="http://x") == 0
    assert len(city.sinks.mailbox.mails) == 1


def test_addresses_that_are_gone_are_forgotten(city: City) -> None:
    browser = Browser(endpoint=f"{city.sinks.url}/push/gone")
    keys = Place(channel="webpush", address=browser.endpoint, keys=browser.keys)
    with city.database.transaction() as conn:
        subscriptions.subscribe(conn, keys, ANY, now=NOW)
    refused = city.subscribe("refused@example.org")
    city.sinks.answers["/push/gone"] = 410
    city.gauge(2)
    city.tick()
    city.send()
    assert city.run("SELECT channel FROM subscription") == [{"channel": "email"}], "one refusal may be a mistake"
    for number in range(1, 5):
        city.run("UPDATE subscription SET failures = %s", number)
    city.gauge(1)
    city.tick(at=later(5))
    city.send()
    assert city.run("SELECT address FROM subscription_address") == []
    assert city.states(refused)[-1] == ("failed", "the mail server answered 550")


def test_an_ended_subscription_gets_nothing_of_what_was_under_way(city: City) -> None:
    asked = city.subscribe("+628120000001", "sms")
    city.gauge(2)
    city.tick()
    with city.database.transaction() as conn:
        assert subscriptions.unsubscribe(conn, str(asked.secret))
    assert (city.send(), city.states(asked)) == (0, [("failed", "the subscription was ended")])


def test_the_ledger_says_how_many_were_told(city: City) -> None:
    for name in ("a", "b", "refused"):
        city.subscribe(f"{name}@example.org")
    city.gauge(1)
    city.tick()
    city.send()
    (alert,) = city.run("SELECT id FROM area_alert WHERE area_id = 'manggarai'")
    with city.database.transaction() as conn:
        (line,) = db_alerts.ledger(conn, alert["id"])
    assert (line.kind, line.subscribers, line.sent, line.failed, line.waiting) == ("raise", 3, 2, 1, 0)


# --- subscribing -----------------------------------------------------------------------------------------------


def ask(conn: Connection, place: Place, *, now: datetime = NOW, client: str = "10.0.0.1") -> bool:
    return subscriptions.is_too_often(conn, place, client=client, now=now)


def test_nobody_is_pestered_with_confirmations(city: City) -> None:
    victim = Place(channel="email", address="victim@example.org")
    with city.database.transaction() as conn:
        assert [ask(conn, victim, client=f"10.0.0.{n}") for n in range(5)] == [False] * 4 + [True]
        assert ask(conn, Place(channel="email", address="Victim@Example.org"), client="10.0.0.9"), (
            "however it is written"
        )
        assert not ask(conn, victim, now=NOW + timedelta(days=1, minutes=1))
        others = [ask(conn, Place(channel="email", address=f"{n}@example.org"), client="10.9.9.9") for n in range(61)]
        assert (others[:60], others[60]) == ([False] * 60, True)


def test_an_address_has_few_subscriptions_and_unconfirmed_ones_are_forgotten_within_a_day(city: City) -> None:
    place = Place(channel="email", address="a@example.org")
    with city.database.transaction() as conn:
        for _ in range(subscriptions.MOST_AN_ADDRESS):
            subscriptions.subscribe(conn, place, ANY, now=NOW)
        with pytest.raises(ConflictError, match="5 subscriptions"):
            subscriptions.subscribe(conn, place, ANY, now=NOW)
        alert_sending.forget(conn, now=NOW + timedelta(hours=25))
    assert city.run("SELECT count(*) AS n FROM subscription_address") == [{"n": 0}]


def test_a_code_may_be_guessed_five_times(city: City) -> None:
    with city.database.transaction() as conn:
        asked = subscriptions.subscribe(conn, Place(channel="sms", address="+628120000001"), ANY, now=NOW)
        secret = str(asked.secret)
        (held,) = conn.execute("SELECT code FROM subscription_address").fetchall()
        for _ in range(5):
            assert not subscriptions.confirm(conn, secret, code="no", now=NOW)
        with pytest.raises(ConflictError, match="too often"):
            subscriptions.confirm(conn, secret, code=held["code"], now=NOW)


def test_a_link_that_comes_too_late_confirms_nothing(city: City) -> None:
    with city.database.transaction() as conn:
        asked = subscriptions.subscribe(conn, Place(channel="sms", address="+628120000001"), ANY, now=NOW)
        with pytest.raises(NotFoundError, match="too late"):
            subscriptions.confirm(conn, str(asked.secret), code="1", now=NOW + timedelta(hours=25))


def test_a_webhook_that_does_not_answer_the_challenge_is_forgotten(city: City) -> None:
    city.sinks.echoes = False
    with city.database.transaction() as conn:
        place = subscriptions.checked(Place(channel="webhook", address=f"{city.sinks.url}/hook"), city.sinks.ways)
        subscriptions.subscribe(conn, place, ANY, now=NOW)
    city.plan()
    assert city.send() == 0
    assert json.loads(city.sinks.posts("/hook")[0])["type"] == "challenge"
    assert city.run("SELECT FROM subscription") == []


def test_wishes_can_be_changed_and_places_must_be_there(city: City) -> None:
    asked = city.subscribe("+628120000001", "sms")
    with city.database.transaction() as conn:
        held = subscriptions.change(conn, str(asked.secret), wishes(areas=("manggarai-rw1",), least_stage=1))
        assert (held.areas, held.least_stage) == (["manggarai-rw1"], 1)
        with pytest.raises(InvalidError, match="got atlantis, expected ids of /areas and /gauges"):
            subscriptions.change(conn, str(asked.secret), wishes(areas=("atlantis",)))
    assert city.run("SELECT hears FROM subscription") == [{"hears": ["manggarai", "manggarai-rw1"]}]


def test_a_person_is_forgotten_on_request(city: City) -> None:
    city.subscribe("+628120000001", "sms")
    with city.database.transaction() as conn:
        assert subscriptions.forget_address(conn, "sms", "08120000001") == 1
    assert city.run("SELECT FROM subscription_address") == []


def test_no_request_can_read_an_address(city: City) -> None:
    city.subscribe("a@example.org")
    for writes in (False, True):
        with city.database.transaction() as conn:
            scope.act_for(conn, None, writes=writes)
            assert conn.execute("SELECT * FROM subscription_address").fetchall() == []
    with city.database.transaction() as conn:
        scope.act_for(conn, None, writes=False)
        assert conn.execute("SELECT * FROM subscription").fetchall() == [], "nor whose it is"


@pytest.mark.parametrize(
    ("place", "complaint"),
    [
        pytest.param(
            Place(channel="email", address="two@example.org,three@example.org"), "one address", id="two addresses"
        ),
        pytest.param(
            Place(channel="email", address="a@example.org\r\nBcc: b@example.org"), "one address", id="a header"
        ),
        pytest.param(Place(channel="sms", address="call me"), "a mobile number", id="no number"),
        pytest.param(Place(channel="webhook", address="http://169.254.169.254/"), "SIAGA_WEBHOOK_HOSTS", id="inside"),
        pytest.param(Place(channel="webpush", address="https://evil.test/push"), "SIAGA_PUSH_HOSTS", id="any host"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused(sinks: Sinks, place: Place, complaint: str) -> None:
    with pytest.raises(InvalidError, match=complaint):
        subscriptions.checked(place, sinks.ways)


def test_keys_that_are_none_are_refused(sinks: Sinks) -> None:
    place = Place(channel="webpush", address=f"{sinks.url}/push", keys={"p256dh": "AAAA", "auth": "AAAA"})
    with pytest.raises(InvalidError, match="p256dh and auth"):
        subscriptions.checked(place, sinks.ways)


def test_a_channel_that_the_city_does_not_have_is_refused_by_name() -> None:
    with pytest.raises(InvalidError, match="sms is not set up in this city; expected one of: email"):
        subscriptions.checked(Place(channel="sms", address="+628120000001"), Ways(email=True))
