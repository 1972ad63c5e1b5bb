"""Subscribing to alerts without an account: asked first, bounded, forgotten on request."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from tests.support.alert_city import ANY, NOW, City, preferences
from tests.support.stand_ins.alert_sinks import Sinks

from siaga_cloud.alerts.service import sending as alert_sending
from siaga_cloud.alerts.service import subscriptions
from siaga_cloud.people.service import scope
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.delivery import addresses
from siaga_cloud.platform.delivery.addresses import AvailableChannels, DeliveryAddress
from siaga_cloud.platform.errors import ConflictError, InvalidError, NotFoundError

# --- subscribing -----------------------------------------------------------------------------------------------


def request(conn: Connection, place: DeliveryAddress, *, now: datetime = NOW, client: str = "10.0.0.1") -> bool:
    return subscriptions.is_too_often(conn, place, client=client, now=now)


def test_nobody_is_pestered_with_confirmations(alert_city: City) -> None:
    victim = DeliveryAddress(channel="email", address="victim@example.org")
    with alert_city.database.transaction() as conn:
        assert [request(conn, victim, client=f"10.0.0.{n}") for n in range(5)] == [False] * 4 + [True]
        assert request(conn, DeliveryAddress(channel="email", address="Victim@Example.org"), client="10.0.0.9"), (
            "however it is written"
        )
        assert not request(conn, victim, now=NOW + timedelta(days=1, minutes=1))
        others = [
            request(conn, DeliveryAddress(channel="email", address=f"{n}@example.org"), client="10.9.9.9")
            for n in range(61)
        ]
        assert (others[:60], others[60]) == ([False] * 60, True)


def test_an_address_has_few_subscriptions_and_unconfirmed_ones_are_forgotten_within_a_day(alert_city: City) -> None:
    place = DeliveryAddress(channel="email", address="a@example.org")
    with alert_city.database.transaction() as conn:
        for _ in range(subscriptions.MOST_AN_ADDRESS):
            subscriptions.subscribe(conn, place, ANY, now=NOW)
        with pytest.raises(ConflictError, match="5 subscriptions"):
            subscriptions.subscribe(conn, place, ANY, now=NOW)
        alert_sending.forget(conn, now=NOW + timedelta(hours=25))
    assert alert_city.run("SELECT count(*) AS n FROM subscription_address") == [{"n": 0}]


def test_a_code_may_be_guessed_five_times(alert_city: City) -> None:
    with alert_city.database.transaction() as conn:
        requested = subscriptions.subscribe(conn, DeliveryAddress(channel="sms", address="+628120000001"), ANY, now=NOW)
        secret = str(requested.secret)
        (held,) = conn.execute("SELECT code FROM subscription_address").fetchall()
        for _ in range(5):
            assert not subscriptions.confirm(conn, secret, code="no", now=NOW)
        with pytest.raises(ConflictError, match="too often"):
            subscriptions.confirm(conn, secret, code=held["code"], now=NOW)


def test_a_link_that_comes_too_late_confirms_nothing(alert_city: City) -> None:
    with alert_city.database.transaction() as conn:
        requested = subscriptions.subscribe(conn, DeliveryAddress(channel="sms", address="+628120000001"), ANY, now=NOW)
        with pytest.raises(NotFoundError, match="too late"):
            subscriptions.confirm(conn, str(requested.secret), code="1", now=NOW + timedelta(hours=25))


def test_a_webhook_that_does_not_answer_the_challenge_is_forgotten(alert_city: City) -> None:
    alert_city.sinks.echoes = False
    with alert_city.database.transaction() as conn:
        place = addresses.check_address(
            DeliveryAddress(channel="webhook", address=f"{alert_city.sinks.url}/hook"),
            alert_city.sinks.available_channels,
        )
        subscriptions.subscribe(conn, place, ANY, now=NOW)
    alert_city.plan()
    assert alert_city.send() == 0
    assert json.loads(alert_city.sinks.posts("/hook")[0])["type"] == "challenge"
    assert alert_city.run("SELECT FROM subscription") == []


def test_subscriptions_can_be_changed_and_places_must_be_there(alert_city: City) -> None:
    requested = alert_city.subscribe("+628120000001", "sms")
    with alert_city.database.transaction() as conn:
        held = subscriptions.change(conn, str(requested.secret), preferences(areas=("manggarai-rw1",), least_stage=1))
        assert (held.areas, held.least_stage) == (["manggarai-rw1"], 1)
        with pytest.raises(InvalidError, match="got atlantis, expected ids of /areas and /gauges"):
            subscriptions.change(conn, str(requested.secret), preferences(areas=("atlantis",)))
    assert alert_city.run("SELECT area_ids FROM subscription") == [{"area_ids": ["manggarai", "manggarai-rw1"]}]


def test_a_person_is_forgotten_on_request(alert_city: City) -> None:
    alert_city.subscribe("+628120000001", "sms")
    with alert_city.database.transaction() as conn:
        assert subscriptions.forget_address(conn, "sms", "08120000001") == 1
    assert alert_city.run("SELECT FROM subscription_address") == []


def test_no_request_can_read_an_address(alert_city: City) -> None:
    alert_city.subscribe("a@example.org")
    for writes in (False, True):
        with alert_city.database.transaction() as conn:
            scope.act_for(conn, None, writes=writes)
            assert conn.execute("SELECT * FROM subscription_address").fetchall() == []
    with alert_city.database.transaction() as conn:
        scope.act_for(conn, None, writes=False)
        assert conn.execute("SELECT * FROM subscription").fetchall() == [], "nor whose it is"


@pytest.mark.parametrize(
    ("place", "complaint"),
    [
        pytest.param(
            DeliveryAddress(channel="email", address="two@example.org,three@example.org"),
            "one address",
            id="two addresses",
        ),
        pytest.param(
            DeliveryAddress(channel="email", address="a@example.org\r\nBcc: b@example.org"),
            "one address",
            id="a header",
        ),
        pytest.param(DeliveryAddress(channel="sms", address="call me"), "a mobile number", id="no number"),
        pytest.param(
            DeliveryAddress(channel="webhook", address="http://169.254.169.254/"), "SIAGA_WEBHOOK_HOSTS", id="inside"
        ),
        pytest.param(
            DeliveryAddress(channel="webpush", address="https://evil.test/push"), "SIAGA_PUSH_HOSTS", id="any host"
        ),
    ],
)
def test_an_address_that_cannot_be_one_is_refused(alert_sinks: Sinks, place: DeliveryAddress, complaint: str) -> None:
    with pytest.raises(InvalidError, match=complaint):
        addresses.check_address(place, alert_sinks.available_channels)


def test_keys_that_are_none_are_refused(alert_sinks: Sinks) -> None:
    place = DeliveryAddress(
        channel="webpush", address=f"{alert_sinks.url}/push", keys={"p256dh": "AAAA", "auth": "AAAA"}
    )
    with pytest.raises(InvalidError, match="p256dh and auth"):
        addresses.check_address(place, alert_sinks.available_channels)


def test_a_channel_that_the_city_does_not_have_is_refused_by_name() -> None:
    with pytest.raises(InvalidError, match="sms is not set up in this city; expected one of: email"):
        addresses.check_address(DeliveryAddress(channel="sms", address="+628120000001"), AvailableChannels(email=True))
