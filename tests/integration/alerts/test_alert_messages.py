"""Who is told of alerts on a real database, once each, and how it is sent over real sockets."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from tests.support.alert_city import ANY, NOW, City, later
from tests.support.stand_ins.alert_sinks import Browser

from siaga_cloud.alerts.service import subscriptions
from siaga_cloud.alerts.store import alerts as db_alerts
from siaga_cloud.platform.delivery.addresses import DeliveryAddress
from siaga_core.rules.flood_state import FloodState

# --- who is told -----------------------------------------------------------------------------------------------


def test_each_subscriber_is_warned_from_the_own_threshold_on_and_only_the_warned_get_the_all_clear(
    alert_city: City,
) -> None:
    early, delayed = (
        alert_city.subscribe("early@example.org"),
        alert_city.subscribe("late@example.org", least_stage=1, least_flood_state=4),
    )
    deep = alert_city.subscribe("deep@example.org", least_stage=1, least_flood_state=1)
    rw = alert_city.subscribe("rw@example.org", areas=("manggarai-rw1",))
    all_of = alert_city.subscribe("city@example.org", areas=("jaksel",))
    gauge = alert_city.subscribe("gauge@example.org", areas=(), gauges=("g1",))
    alert_city.gauge(2)
    alert_city.tick()
    alert_city.flood("manggarai", FloodState.CAUTION)
    alert_city.tick(at=later(5))
    alert_city.gauge(4)
    alert_city.dry("manggarai", at=later(5))
    for minutes in (40, 66, 70):
        alert_city.tick(at=later(minutes))
    assert (
        alert_city.kinds(early) == alert_city.kinds(rw) == alert_city.kinds(all_of) == ["raise", "update", "all_clear"]
    )
    assert alert_city.kinds(deep) == ["update", "all_clear"]
    assert alert_city.kinds(gauge) == ["raise", "all_clear"], "a gauge knows of no streets"
    assert alert_city.kinds(delayed) == []


def test_the_night_is_quiet_until_siaga_1_is_there_or_coming(alert_city: City) -> None:
    sleeper = alert_city.subscribe("sleeper@example.org", quiet_from=time(22), quiet_to=time(5))
    at = NOW.replace(hour=23)  # the city of this test lives by UTC
    alert_city.gauge(2)
    alert_city.tick(at=at)
    assert alert_city.kinds(sleeper) == []
    alert_city.gauge(1)
    alert_city.tick(at=at + timedelta(minutes=10))
    assert alert_city.kinds(sleeper) == ["update"], "woken"
    alert_city.gauge(4)
    alert_city.tick(at=at + timedelta(minutes=20))
    alert_city.tick(at=at + timedelta(minutes=75))
    assert alert_city.kinds(sleeper) == ["update"], "that it is over can wait"
    alert_city.tick(at=NOW.replace(day=16, hour=5))
    alert_city.tick(at=NOW.replace(day=16, hour=6))
    assert alert_city.kinds(sleeper) == ["update", "all_clear"]


def test_what_the_night_held_back_is_sent_in_the_morning_if_it_holds(alert_city: City) -> None:
    sleeper = alert_city.subscribe("sleeper@example.org", quiet_from=time(22), quiet_to=time(5))
    alert_city.gauge(2)
    for hour in (23, 24, 25):
        alert_city.tick(at=NOW.replace(hour=0) + timedelta(hours=hour))
    assert alert_city.kinds(sleeper) == []
    alert_city.tick(at=NOW.replace(day=16, hour=5))
    assert alert_city.kinds(sleeper) == ["raise"]


def test_who_confirms_in_the_middle_receives_the_alert_in_force(alert_city: City) -> None:
    alert_city.gauge(2)
    alert_city.tick()
    requested = alert_city.subscribe("new@example.org")
    assert alert_city.plan(at=later(1)) == 1
    assert alert_city.plan(at=later(2)) == 0
    assert alert_city.kinds(requested) == ["raise"]


def test_a_storm_over_many_areas_is_one_message_and_later_ones_wait_their_turn(alert_city: City) -> None:
    requested = alert_city.subscribe("city@example.org", areas=("jaksel",))
    for number in range(8):
        alert_city.run(
            "INSERT INTO area (id, name, level, parent_id) VALUES (%s, %s, 'kelurahan', 'jaksel')",
            f"k{number}",
            f"K{number}",
        )
    for number in range(8):
        # Three at once, then one more every half minute.
        at = later(max(0, number - 2) / 2)
        alert_city.flood(f"k{number}", FloodState.MINOR, at=at)
        alert_city.tick(at=at)
    before = len(alert_city.states(requested))
    assert before == 3, "what comes thick waits"
    alert_city.plan(at=later(20))
    assert (len(alert_city.states(requested)), alert_city.kinds(requested)) == (4, ["raise"] * 8)
    assert alert_city.send() == 4
    assert alert_city.sinks.mailbox.mails[-1]["Subject"].endswith("(+4)")


def test_a_whole_city_under_water_is_an_alert_message_that_can_be_read(alert_city: City) -> None:
    alert_city.subscribe("city@example.org", areas=("jaksel",))
    for number in range(30):
        alert_city.run(
            "INSERT INTO area (id, name, level, parent_id) VALUES (%s, %s, 'kelurahan', 'jaksel')",
            f"k{number}",
            f"K{number}",
        )
        alert_city.flood(f"k{number}", FloodState.MINOR)
    alert_city.tick()
    assert alert_city.send() == 1
    (text,) = alert_city.sinks.mailbox.texts("city@example.org")
    assert (text.count("PERINGATAN banjir: K"), text.count("Pindahkan barang")) == (30, 5)


# --- how it is sent --------------------------------------------------------------------------------------------


def test_what_could_not_be_sent_is_retried_and_what_is_old_by_then_is_left_out(alert_city: City) -> None:
    requested = alert_city.subscribe("a@example.org")
    alert_city.sinks.mailbox.down = True
    alert_city.gauge(2)
    alert_city.tick()
    assert (alert_city.send(), alert_city.states(requested)) == (0, [("queued", "the mail server answered 451")])
    alert_city.gauge(1)
    alert_city.tick(at=later(5))
    assert alert_city.send() == 0
    alert_city.sinks.mailbox.down = False
    alert_city.plan(at=datetime.now(UTC) + timedelta(minutes=1))
    assert alert_city.send() == 1
    assert alert_city.states(requested) == [("failed", "what is newer was told instead"), ("sent", "")]
    (text,) = alert_city.sinks.mailbox.texts("a@example.org")
    assert text.startswith(
        "BAHAYA banjir: Manggarai, Jakarta Selatan.\n"
        "g1 mencapai Siaga 1 pukul 08.00 UTC; sekarang (pukul 08.00 UTC) 800 cm.\nMatikan listrik."
    )
    assert alert_city.plan(at=datetime.now(UTC) + timedelta(minutes=20)) == 0


def test_a_mail_server_that_is_gone_is_not_contacted_for_every_message(alert_city: City) -> None:
    requested = [alert_city.subscribe(f"{number}@example.org") for number in range(10)]
    alert_city.sinks.mailbox.down = True
    alert_city.gauge(2)
    alert_city.tick()
    alert_city.send()
    attempted = alert_city.run("SELECT sum(attempts)::int AS n FROM alert_message")
    assert attempted == [{"n": 3}]
    alert_city.sinks.mailbox.down = False
    alert_city.plan(at=datetime.now(UTC) + timedelta(minutes=5))
    assert alert_city.send() == len(requested)


def test_a_job_that_runs_twice_notifies_nobody_twice(alert_city: City) -> None:
    alert_city.subscribe("a@example.org")
    alert_city.gauge(2)
    alert_city.tick()
    ids = [
        UUID(one)
        for row in alert_city.run("SELECT args FROM procrastinate_jobs")
        for one in row["args"].get("message_ids", ())
    ]
    assert alert_city.send() == 1
    from siaga_cloud.alerts import jobs as worker_alerts

    assert worker_alerts.send(alert_city.database, alert_city.sinks.channels, ids, public_url="http://x") == 0
    assert len(alert_city.sinks.mailbox.mails) == 1


def test_addresses_that_are_gone_are_forgotten(alert_city: City) -> None:
    browser = Browser(endpoint=f"{alert_city.sinks.url}/push/gone")
    keys = DeliveryAddress(channel="webpush", address=browser.endpoint, keys=browser.keys)
    with alert_city.database.transaction() as conn:
        subscriptions.subscribe(conn, keys, ANY, now=NOW)
    refused = alert_city.subscribe("refused@example.org")
    alert_city.sinks.answers["/push/gone"] = 410
    alert_city.gauge(2)
    alert_city.tick()
    alert_city.send()
    assert alert_city.run("SELECT channel FROM subscription") == [{"channel": "email"}], "one refusal may be a mistake"
    for number in range(1, 5):
        alert_city.run("UPDATE subscription SET failures = %s", number)
    alert_city.gauge(1)
    alert_city.tick(at=later(5))
    alert_city.send()
    assert alert_city.run("SELECT address FROM subscription_address") == []
    assert alert_city.states(refused)[-1] == ("failed", "the mail server answered 550")


def test_an_ended_subscription_gets_nothing_that_was_in_transit(alert_city: City) -> None:
    requested = alert_city.subscribe("+628120000001", "sms")
    alert_city.gauge(2)
    alert_city.tick()
    with alert_city.database.transaction() as conn:
        assert subscriptions.unsubscribe(conn, str(requested.secret))
    assert (alert_city.send(), alert_city.states(requested)) == (0, [("failed", "the subscription was ended")])


def test_the_ledger_records_how_many_were_notified(alert_city: City) -> None:
    for name in ("a", "b", "refused"):
        alert_city.subscribe(f"{name}@example.org")
    alert_city.gauge(1)
    alert_city.tick()
    alert_city.send()
    (alert,) = alert_city.run("SELECT id FROM area_alert WHERE area_id = 'manggarai'")
    with alert_city.database.transaction() as conn:
        (line,) = db_alerts.ledger(conn, alert["id"])
    assert (line.kind, line.subscribers, line.sent, line.failed, line.waiting) == ("raise", 3, 2, 1, 0)
