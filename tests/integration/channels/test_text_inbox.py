"""Messages that were unsure: read by operators only, made reports once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from tests.support.http_api import MANGGARAI, Api

from siaga_cloud.channels.conversation import understanding
from siaga_cloud.channels.conversation.understanding import TextMessage
from siaga_cloud.city.service.gazetteer import GazetteerLookup

OPERATOR = "operator.balaikota"
REPORT = {"category": "flooding", "lat": MANGGARAI[0], "lon": MANGGARAI[1]}


@pytest.fixture
def operator(api: Api) -> Iterator[httpx.Client]:
    api.forget_limits()
    with api.client(OPERATOR) as client:
        yield client


def a_message(api: Api, text: str, *, source_id: str | None = None) -> tuple[str, bool]:
    """Lays a message before the operators; its id in the inbox and whether it was new."""
    now = datetime.now(UTC)
    message = TextMessage(
        channel="whatsapp",
        source_id=source_id or f"SM{uuid4().hex}",
        sender="+628120000001",
        text=text,
        received_at=now - timedelta(minutes=20),
    )
    with api.connection() as conn:
        statement = understanding.understand(text, api.parts.of(GazetteerLookup).current(conn))
        is_new = understanding.lay_before_operator(conn, message, statement, now)
        row = conn.execute("SELECT id FROM inbox_item WHERE source_id = %s", (message.source_id,)).fetchone()
        conn.commit()
    assert row is not None
    return str(row["id"]), is_new


def test_a_text_is_classified_by_its_words(api: Api, operator: httpx.Client) -> None:
    statement = operator.post("/api/v1/text/guess", json={"text": "bajir bgt kp melayu rt 3 udh sepinggang"}).json()
    assert (statement["category"], statement["category_sure"], statement["place_sure"]) == ("flooding", True, True)
    assert statement["place"]["name"] == "Kampung Melayu"
    vague = operator.post("/api/v1/text/guess", json={"text": "tolong dong"}).json()
    assert (vague["category"], vague["why_none"], vague["place"]) == (None, "no words", None)
    with api.connection() as conn:
        places = conn.execute("SELECT count(*) AS n FROM gazetteer_place").fetchone()
    assert places is not None
    assert places["n"] >= 100


def test_an_operator_makes_an_ordinary_report_of_a_message_once(api: Api, operator: httpx.Client) -> None:
    item, is_new = a_message(api, "banjir di Jl. Anggrek Neli", source_id="SM-once")
    assert is_new
    assert a_message(api, "banjir di Jl. Anggrek Neli", source_id="SM-once") == (item, False)
    waiting = {one["id"]: one for one in operator.get("/api/v1/inbox").json()}
    assert waiting[item]["category"] == "flooding"
    assert waiting[item]["why"] == "place: none named"
    assert waiting[item]["sender"] == "+628120000001"
    done = operator.post(f"/api/v1/inbox/{item}", json=REPORT)
    assert done.status_code == 200, done.text
    assert operator.post(f"/api/v1/inbox/{item}", json=REPORT).status_code == 409
    with api.connection() as conn:
        row = conn.execute(
            "SELECT channel, external_id, body, area_id, phone, received_at - happened_at AS late FROM report"
            " JOIN report_contact ON report_id = id WHERE id = %s",
            (UUID(done.json()["report_id"]),),
        ).fetchone()
    assert row is not None
    assert (row["channel"], row["external_id"], row["phone"]) == ("whatsapp", "SM-once", "+628120000001")
    assert (row["area_id"], row["body"]) == ("31.74.01.manggarai", "banjir di Jl. Anggrek Neli")
    assert row["late"] >= timedelta(minutes=20)
    assert item in {one["id"] for one in operator.get("/api/v1/inbox", params={"status": "reported"}).json()}
    with api.client("admin") as admin:
        lines = [line for line in admin.get("/api/v1/admin/audit").json() if line["action"] == "look_at_inbox"]
    assert {line["actor"] for line in lines} == {"operator.balaikota"}
    assert item in lines[-1]["details"]["messages"], "each look at senders and their words is on record"


def test_a_message_is_rejected_only_with_a_reason(api: Api, operator: httpx.Client) -> None:
    item, _ = a_message(api, "beli pulsa murah")
    assert operator.post(f"/api/v1/inbox/{item}", json={"reject": True}).status_code == 422
    done = operator.post(f"/api/v1/inbox/{item}", json={"reject": True, "reason": "iklan"})
    assert done.json() == {"id": item, "status": "rejected", "report_id": None}
    assert operator.post(f"/api/v1/inbox/{item}", json=REPORT).status_code == 409


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"category": "flooding"},
        {**REPORT, "category": "dragons"},
        {**REPORT, "lat": 91},
        {**REPORT, "lat": "NaN"},
        {**REPORT, "reject": True, "reason": "both"},
    ],
)
def test_half_a_decision_is_refused(api: Api, operator: httpx.Client, form: dict[str, object]) -> None:
    item, _ = a_message(api, "apa saja")
    assert operator.post(f"/api/v1/inbox/{item}", json=form).status_code == 422
    assert operator.post(f"/api/v1/inbox/{uuid4()}", json=REPORT).status_code == 404


def test_the_inbox_is_for_operators_alone(api: Api) -> None:
    item, _ = a_message(api, "rahasia 081234")
    for person in (None, "petugas.sda", "lurah.manggarai", "kadis.sda", "gubernur"):
        with api.client(person) as client:
            for answer in (client.get("/api/v1/inbox"), client.post(f"/api/v1/inbox/{item}", json=REPORT)):
                assert answer.status_code in (401, 403), person
                assert "081234" not in answer.text
    with api.connection() as conn:
        conn.execute("SET ROLE siaga_api")
        row = conn.execute("SELECT count(*) AS n FROM inbox_item").fetchone()
        assert row == {"n": 0}
        conn.rollback()


def test_hostile_texts_are_stored_clean_and_come_back_as_they_are(api: Api, operator: httpx.Client) -> None:
    for text in (
        "<script>alert(1)</script>",
        "'; DROP TABLE report; --",
        "😭" * 900,
        "\x00nul \ud800half",
        "\u202e" * 50,
    ):
        item, _ = a_message(api, text)
        done = operator.post(f"/api/v1/inbox/{item}", json=REPORT)
        assert done.status_code == 200, (text, done.text)
    assert operator.post("/api/v1/text/guess", json={"text": "x" * 5000}).status_code == 422
