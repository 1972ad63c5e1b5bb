"""What a public alert rests on: people without proof raise none, and a text names only the sources that spoke."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from shapely.geometry import shape
from tests.support.http_api import CHANNEL_SECRETS, Api, a_photo, add_signal, set_level
from tests.support.incidents_core import AREAS
from tests.support.proof_photos import a_scene, as_photo

from siaga_cloud.alerts.service import alerts
from siaga_cloud.city.service import policy as policies
from siaga_cloud.city.service import policy_changes
from siaga_cloud.city.service.policy_file import SourcesTable
from siaga_cloud.incidents.service import flood_states
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.signals import store as signals


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place in a kelurahan of its own, far from every camera, that the public page reports at."""

    api: Api
    area_id: str
    lat: float
    lon: float

    def report(
        self,
        *,
        name: str | None = None,
        network: int = 1,
        agent: str = "a browser",
        photo: bytes | None = None,
    ) -> None:
        """A post of the public page, from an address in a network."""
        form = {"category": "flooding", "text": "banjir", "lat": str(self.lat), "lon": str(self.lon)}
        files = {"photo": ("a.jpg", photo, "image/jpeg")} if photo else None
        with self.api.client(address=f"127.7.{network}.9", **{"User-Agent": agent}) as client:
            answer = client.post("/api/v1/reports", data={**form, **({"reporter": name} if name else {})}, files=files)
        assert answer.status_code == 201, answer.text
        self.api.forget_limits()

    def settle(self) -> None:
        """What the worker does with what waits: signals, the states of areas, alerts."""
        with self.api.connection() as conn:
            rows = conn.execute("SELECT id FROM signal WHERE processed_revision < revision ORDER BY received_at, id")
            for row in rows.fetchall():
                incidents.process_signal(conn, row["id"], areas=AREAS, now=datetime.now(UTC))
            flood_states.refresh(conn, now=datetime.now(UTC))
            conn.commit()
            alerts.refresh(conn, now=datetime.now(UTC))

    def incident(self) -> dict[str, Any]:
        """The one incident, as the public reads it."""
        with self.api.client() as client:
            (found,) = [one for one in client.get("/api/v1/incidents").json() if one["area_id"] == self.area_id]
        return dict(found)

    def alert(self, language: str = "en") -> dict[str, Any] | None:
        """The alert in force, as the public reads it, None where there is none; CAP has the same."""
        with self.api.client() as client:
            found = client.get(f"/api/v1/areas/{self.area_id}/alert", params={"lang": language}).json()["alert"]
            feed = client.get("/cap/v1/feed.xml", params={"lang": language}).text
        assert found is None or found["headline"] in feed
        return dict(found) if found else None

    def is_in_cap(self) -> bool:
        with self.api.client() as client, self.api.connection() as conn:
            row = conn.execute("SELECT name FROM area WHERE id = %s", (self.area_id,)).fetchone()
            assert row is not None
            return f": {row['name']}, " in client.get("/cap/v1/feed.xml").text


@pytest.fixture(scope="module")
def spots(api: Api) -> Iterator[Spot]:
    """Reports need not lie apart in time here."""
    with api.connection() as conn:
        file = policy_changes.draft(conn).document
        sources = SourcesTable.model_validate({**file.sources.model_dump(), "spacing_seconds": 0})
        policies.adopt(conn, file.model_copy(update={"sources": sources}), now=datetime.now(UTC))
        cameras = [(row["lat"], row["lon"]) for row in conn.execute("SELECT lat, lon FROM camera")]
        rows = conn.execute(
            "SELECT id, geometry FROM area WHERE level = 'kelurahan' AND geometry IS NOT NULL ORDER BY id"
        )
        middles = {row["id"]: shape(row["geometry"]).representative_point() for row in rows}
    far = [
        Spot(api=api, area_id=area_id, lat=middle.y, lon=middle.x)
        for area_id, middle in middles.items()
        if all(max(abs(middle.y - lat), abs(middle.x - lon)) > 0.02 for lat, lon in cameras)
    ]
    return iter(far)


@pytest.fixture
def spot(spots: Iterator[Spot]) -> Spot:
    found = next(spots)
    found.api.forget_limits()
    return found


def kinds(shown: dict[str, Any]) -> dict[str, int]:
    return {one["kind"]: one["count"] for one in shown["basis"]}


def test_three_anonymous_posts_of_one_connection_raise_no_alert(spot: Spot) -> None:
    for name in ("a1", "a2", "a3"):
        spot.report(name=name)
    spot.settle()
    assert (spot.alert(), spot.is_in_cap()) == (None, False)
    found = spot.incident()
    assert (found["sources"], found["certainty"]) == (1, "unverified")
    assert found["confidence"] == pytest.approx(0.32)
    assert found["task_state"] == "review", "an operator looks first"
    with spot.api.client() as client:
        state = client.get(f"/api/v1/areas/{spot.area_id}/flood-state").json()
    assert (state["state"], state["certainty"]) == ("caution", "unverified")


def test_two_photos_under_two_names_raise_no_alert_and_no_camera_is_named(spot: Spot) -> None:
    for number in range(2):
        spot.report(name=f"foto-{number}", photo=as_photo(a_scene(870 + number)))
    spot.settle()
    assert (spot.alert("id"), spot.is_in_cap()) == (None, False)
    found = spot.incident()
    assert (found["sources"], found["certainty"], found["source_kinds"]) == (1, "unverified", ["citizen"])
    assert found["task_state"] == "review"


def test_thirty_names_and_photos_of_one_address_are_one_source(spot: Spot) -> None:
    for number in range(30):
        photo = a_photo(size=(320 + number, 240)) if number < 4 else None
        spot.report(name=f"warga-{number}", agent=f"browser {number}", photo=photo)
    spot.settle()
    found = spot.incident()
    assert (found["sources"], spot.alert()) == (1, None)
    assert found["confidence"] <= 0.4 + 1e-6


def test_me_too_with_eight_browsers_of_one_address_adds_one_source(spot: Spot) -> None:
    spot.report()
    spot.settle()
    incident_id = spot.incident()["id"]
    for number in range(8):
        with spot.api.client(address="127.8.1.1", **{"User-Agent": f"browser {number}"}) as client:
            answer = client.post(f"/api/v1/incidents/{incident_id}/me-too", json={})
            assert answer.status_code == 201, answer.text
        spot.api.forget_limits()
    spot.settle()
    assert (spot.incident()["sources"], spot.alert()) == (2, None)


@pytest.mark.parametrize(
    "body", [b'{"vote": 1}', b'{"text": NaN}', b'{"lat": NaN, "lon": 1}', b'{"x": NaN}', b"[]", b"1"]
)
def test_me_too_refuses_what_it_does_not_know(spot: Spot, body: bytes) -> None:
    spot.report()
    spot.settle()
    with spot.api.client(**{"Content-Type": "application/json"}) as client:
        answer = client.post(f"/api/v1/incidents/{spot.incident()['id']}/me-too", content=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_distinct_networks_make_a_possible_alert_and_nothing_more(spot: Spot) -> None:
    for network in range(1, 4):
        spot.report(network=network)
    spot.settle()
    shown = spot.alert()
    assert shown is not None
    assert (shown["certainty"], shown["level"], shown["severity"]) == ("Possible", "advisory", "Minor")
    assert kinds(shown) == {"unverified_citizen": 3}
    assert shown["headline"].startswith("Unconfirmed reports of flooding: ")
    assert "3 citizens from different networks" in shown["text"]
    assert "no camera sees the place" in shown["text"]
    assert "WARNING" not in shown["text"]
    indonesian = spot.alert("id")
    assert indonesian is not None
    assert "3 warga dari jaringan berbeda, pukul " in indonesian["text"]
    assert "tidak ada kamera yang melihat tempat ini" in indonesian["text"]
    for network in range(4, 24):
        spot.report(network=network)
    spot.settle()
    more = spot.alert()
    assert more is not None
    assert (more["certainty"], more["level"]) == ("Possible", "advisory"), "however many"
    found = spot.incident()
    assert (found["sources"], found["certainty"]) == (23, "possible")
    assert found["confidence"] == pytest.approx(0.49)
    assert found["task_state"] == "review"


def test_a_sure_stage_makes_the_flood_beside_it_no_surer(spot: Spot) -> None:
    for network in (41, 42, 43):
        spot.report(network=network)
    with spot.api.connection() as conn:
        conn.execute("INSERT INTO gauge_warns (gauge_id, area_id) VALUES ('karet', %s)", (spot.area_id,))
        set_level(conn, "karet", 455, stage=3)
    spot.settle()
    shown = spot.alert()
    assert shown is not None
    assert (shown["stage"], shown["certainty"]) == (3, "Observed")
    assert (shown["flood_state"], shown["flood_certainty"]) == ("caution", "Possible")
    assert "Water on the street is reported, not confirmed" in shown["text"]
    with spot.api.connection() as conn:
        conn.execute("DELETE FROM gauge_warns WHERE gauge_id = 'karet' AND area_id = %s", (spot.area_id,))
        conn.execute("DELETE FROM gauge_latest WHERE gauge_id = 'karet'")


def test_a_re_used_photo_joins_networks(spot: Spot) -> None:
    photo = a_photo(size=(640, 480))
    for network in range(1, 4):
        spot.report(network=network, photo=photo)
    spot.settle()
    assert (spot.incident()["sources"], spot.alert()) == (1, None)


def test_verified_accounts_make_a_task_and_a_possible_alert(spot: Spot) -> None:
    with spot.api.client(**{"x-telegram-bot-api-secret-token": CHANNEL_SECRETS["SIAGA_TELEGRAM_SECRET"]}) as client:
        for chat in range(1, 4):
            message = {
                "update_id": chat,
                "message": {
                    "message_id": chat, "chat": {"id": chat}, "date": int(datetime.now(UTC).timestamp()),
                    "caption": "banjir", "text": "banjir",
                    "location": {"latitude": spot.lat, "longitude": spot.lon},
                },
            }  # fmt: skip
            assert client.post("/api/v1/intake/telegram", json=message).status_code == 200
    spot.settle()
    shown = spot.alert()
    assert shown is not None
    assert (shown["certainty"], shown["level"], kinds(shown)) == ("Possible", "advisory", {"verified_citizen": 3})
    assert "3 verified citizens" in shown["text"]
    assert spot.incident()["task_state"] == "open"


def test_a_camera_makes_it_observed_and_is_named_only_then(spot: Spot) -> None:
    for network in range(1, 4):
        spot.report(network=network)
    spot.settle()
    before = spot.alert()
    assert before is not None
    with spot.api.connection() as conn:
        add_signal(conn, place=(spot.lat, spot.lon))
    spot.settle()
    shown = spot.alert()
    assert shown is not None
    assert (shown["certainty"], shown["level"]) == ("Observed", "danger")
    assert kinds(shown) == {"unverified_citizen": 3, "camera": 1}
    assert "camera " in shown["text"].replace("no camera", "")
    assert "no camera" not in shown["text"]
    assert spot.incident()["certainty"] == "observed"
    assert shown["revision"] == before["revision"] + 1
    with spot.api.client("gubernur") as leader:
        lines = leader.get(f"/api/v1/alerts/{shown['id']}/revisions").json()
    assert [[one["kind"] for one in line["basis"]] for line in lines] == [
        ["unverified_citizen"],
        ["unverified_citizen", "camera"],
    ]


def test_an_operators_word_makes_it_likely(spot: Spot) -> None:
    spot.report()
    spot.settle()
    incident_id = spot.incident()["id"]
    with spot.api.client("operator.balaikota") as operator:
        judged = operator.post(f"/api/v1/incidents/{incident_id}/verdict", json={"verdict": "confirmed"})
    assert judged.status_code == 200, judged.text
    spot.settle()
    shown = spot.alert()
    assert shown is not None
    assert (shown["certainty"], kinds(shown)) == ("Likely", {"operator": 1, "unverified_citizen": 1})
    assert "the city's staff" in shown["text"]
    assert spot.incident()["certainty"] == "likely"


def test_an_officer_counts_only_at_the_place(spot: Spot) -> None:
    spot.report()
    spot.settle()
    with spot.api.connection() as conn:
        incident_id = UUID(spot.incident()["id"])
        officer = conn.execute("SELECT id FROM app_user WHERE role = 'officer' ORDER BY id LIMIT 1").fetchone()
        assert officer is not None
        conn.execute(
            "UPDATE task SET state = 'on_site', assignee_id = %s WHERE incident_id = %s", (officer["id"], incident_id)
        )
    spot.settle()
    assert spot.alert() is None, "a claim alone"
    _stand(spot.api, officer["id"], (spot.lat + 0.01, spot.lon))
    spot.settle()
    assert spot.alert() is None, "a kilometre away"
    _stand(spot.api, officer["id"], (spot.lat + 0.001, spot.lon))
    spot.settle()
    shown = spot.alert()
    assert shown is not None
    assert (shown["certainty"], kinds(shown)) == ("Observed", {"officer": 1, "unverified_citizen": 1})


def _stand(api: Api, officer: str, spot: tuple[float, float]) -> None:
    at = datetime.now(UTC)
    with api.connection() as conn:
        conn.execute(
            "INSERT INTO officer_position (user_id, measured_at, received_at, lat, lon) VALUES (%s, %s, %s, %s, %s)",
            (officer, at, at, *spot),
        )


def test_reports_that_nobody_confirmed_end_without_an_all_clear_of_a_flood(spot: Spot) -> None:
    for network in range(1, 4):
        spot.report(network=network)
    spot.settle()
    shown = spot.alert()
    assert shown is not None
    later = datetime.now(UTC) + timedelta(hours=5)
    with spot.api.connection() as conn:
        for minutes in (0, 61):
            flood_states.refresh(conn, now=later + timedelta(minutes=minutes))
            alerts.refresh(conn, now=later + timedelta(minutes=minutes))
            conn.commit()
    with spot.api.client("gubernur") as leader:
        last = leader.get(f"/api/v1/alerts/{shown['id']}/revisions").json()[-1]
    assert (last["kind"], last["why"]) == ("all_clear", "unconfirmed")
    assert "tidak pernah dipastikan" in last["text"]
    assert "AMAN" not in last["text"]


def test_where_reporters_connected_from_is_forgotten(spot: Spot) -> None:
    spot.report(network=200)
    with spot.api.connection() as conn:
        assert {"network": "127.7.200.0/24"} in conn.execute("SELECT network FROM signal_origin").fetchall()
        assert signals.forget_origins(conn, before=datetime.now(UTC) + timedelta(days=1)) >= 1
        left = conn.execute("SELECT DISTINCT network, device_key FROM signal_origin").fetchall()
        assert left == [{"network": None, "device_key": None}]
