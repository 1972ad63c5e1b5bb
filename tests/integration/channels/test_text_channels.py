"""Text channels over HTTP: deliveries proved and read, talks, repeats, and whatever hostile senders try."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx
import pytest
from tests.support.http_api import Api

from siaga_cloud.people.service import personal_data

TWILIO, TELEGRAM = "twilio-token-of-tests", "telegram-secret-of-tests"
SMSSYNC, FRONTLINE = "smssync-secret-of-tests", "frontline-secret-of-tests"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WHOLE = "banjir selutut di kampung melayu"
_numbers = itertools.count(1)


@pytest.fixture
def client(api: Api) -> Iterator[httpx.Client]:
    api.forget_limits()
    with api.client() as opened:
        yield opened


def twilio(client: httpx.Client, text: str, *, sender: str = "", sid: str = "", **more: str) -> httpx.Response:
    """An SMS as Twilio documents it, signed over the public address."""
    form = {
        "AccountSid": "AC00", "To": "+62211", "From": sender or f"+62812{next(_numbers):08}", "Body": text,
        "MessageSid": sid or f"SM{next(_numbers):032}", "NumMedia": "0", **more,
    }  # fmt: skip
    signed = "http://127.0.0.1/api/v1/intake/twilio" + "".join(f"{k}{v}" for k, v in sorted(form.items()))
    signature = base64.b64encode(hmac.new(TWILIO.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    headers = {**FORM, "X-Twilio-Signature": signature}
    return client.post("/api/v1/intake/twilio", content=urlencode(form), headers=headers)


def telegram(client: httpx.Client, update: Any, *, secret: str = TELEGRAM) -> httpx.Response:
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
    return client.post("/api/v1/intake/telegram", json=update, headers=headers)


def an_update(chat: int, **message: Any) -> dict[str, Any]:
    """As the Bot API documents it."""
    return {
        "update_id": next(_numbers),
        "message": {
            "message_id": 5, "date": 1_700_000_000, "chat": {"id": chat, "type": "private"},
            "from": {"id": chat, "is_bot": False, "first_name": "A", "language_code": "id"}, **message,
        },
    }  # fmt: skip


def reports(api: Api, channel: str) -> list[dict[str, Any]]:
    with api.connection() as conn:
        return list(
            conn.execute(
                "SELECT report.*, phone FROM report LEFT JOIN report_contact ON report_id = id WHERE channel = %s"
                " ORDER BY received_at",
                (channel,),
            )
        )


def test_a_whole_sms_is_a_report_once_with_a_number_and_a_link(api: Api, client: httpx.Client) -> None:
    before = len(reports(api, "twilio-sms"))
    first = twilio(client, WHOLE, sender="+6281299", sid="SMsame")
    again = twilio(client, WHOLE, sender="+6281299", sid="SMsame")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.headers["content-type"].startswith("text/xml")
    assert "STATUS " in first.text
    assert "http://127.0.0.1/r/" in first.text
    assert again.text == first.text
    found = reports(api, "twilio-sms")[before:]
    assert [(one["external_id"], one["category"], one["phone"]) for one in found] == [
        ("SMsame", "flooding", "+6281299")
    ]
    number = first.text.split("STATUS ")[1].split(".")[0]
    assert "diterima" in twilio(client, f"STATUS {number}", sender="+6281299").text
    assert f"Tidak ada laporan {number}" in twilio(client, f"STATUS {number}", sender="+6281300").text
    follow = first.text.split("/r/")[1].split(" ")[0]
    assert client.get(f"/api/v1/reports/{follow}").json()["category"] == "flooding"


def test_whatsapp_requests_the_place_and_accepts_a_pin(api: Api, client: httpx.Client) -> None:
    who = "whatsapp:+62813"
    requested = twilio(client, "there is a flood in my street", sender=who)
    assert "Where is it?" in requested.text
    done = twilio(client, "", sender=who, Latitude="-6.2079", Longitude="106.8484")
    assert "Thank you. Report" in done.text
    last = reports(api, "whatsapp")[-1]
    assert (last["lat"], last["lon"], last["body"]) == (-6.2079, 106.8484, "there is a flood in my street")


def test_an_sms_that_remains_unclear_goes_to_an_operator(api: Api, client: httpx.Client) -> None:
    for text in ("ada masalah besar nih", "pokoknya parah", "cepat datang"):
        last = twilio(client, text, sender="+62814")
    assert "petugas" in last.text
    with api.client("operator.balaikota") as operator:
        mine = [one for one in operator.get("/api/v1/inbox").json() if one["sender"] == "+62814"]
    assert [one["text"] for one in mine] == ["ada masalah besar nih\npokoknya parah\ncepat datang"]


def test_telegram_in_any_sequence_and_what_holds_no_message(api: Api, client: httpx.Client) -> None:
    pin = an_update(77, location={"latitude": -6.2079, "longitude": 106.8484})
    requested = telegram(client, pin).json()
    assert (requested["method"], requested["chat_id"]) == ("sendMessage", 77)
    assert "Apa yang terjadi" in requested["text"]
    assert telegram(client, pin).json() == requested
    done = telegram(client, an_update(77, text="sampah numpuk, belum diangkut")).json()
    assert "Terima kasih. Laporan" in done["text"]
    assert reports(api, "telegram")[-1]["category"] == "trash"
    for other in ({"update_id": 1, "edited_message": {}}, {"update_id": 2}):
        assert telegram(client, other).json() == {}
    unreadable = telegram(client, an_update(78, sticker={})).json()
    assert (unreadable["method"], unreadable["chat_id"]) == ("sendMessage", 78)
    assert "belum bisa kami baca" in unreadable["text"]


def test_gateways_without_ids_deliver_once(api: Api, client: httpx.Client) -> None:
    sms = {"secret": SMSSYNC, "from": "+62815", "message": WHOLE, "sent_timestamp": "1700000000000"}
    first, again = (client.post("/api/v1/intake/smssync", content=urlencode(sms), headers=FORM) for _ in range(2))
    assert first.json()["payload"]["success"] is True
    assert first.json()["payload"]["messages"][0]["to"] == "+62815"
    assert again.json()["payload"]["messages"] == []
    assert len(reports(api, "smssync")) == 1
    line = {"secret": FRONTLINE, "from": "+62816", "message": WHOLE}
    statement = [
        client.post("/api/v1/intake/frontlinesms", content=urlencode(line), headers=FORM).text for _ in range(2)
    ]
    assert statement[0] == statement[1]
    assert len(reports(api, "frontlinesms")) == 1


def test_a_delivery_without_proof_is_refused_and_counted(api: Api, client: httpx.Client) -> None:
    form = urlencode({"From": "+62817", "Body": WHOLE, "MessageSid": "SMbad", "secret": "wrong"})
    for path in ("twilio", "smssync", "frontlinesms"):
        refused = client.post(f"/api/v1/intake/{path}", content=form, headers={**FORM, "X-Twilio-Signature": "é=="[1:]})
        assert refused.status_code == 403, refused.text
    assert telegram(client, an_update(1, text=WHOLE), secret="wrong").status_code == 403
    with api.client("operator.balaikota") as operator:
        health = {one["channel"]: one for one in operator.get("/api/v1/connectors").json()}
    assert all(health[name]["refused"] >= 1 for name in ("twilio-sms", "smssync", "frontlinesms", "telegram"))
    assert health["smssync"]["received"] >= 2
    assert health["smssync"]["repeated"] >= 1
    assert health["smssync"]["last_success_at"] is not None
    assert health["smssync"]["state"] == "failing"  # the last delivery was the one without proof
    assert (health["facebook"]["state"], health["email"]["state"]) == ("waiting", "off")
    for person in (None, "petugas.sda", "lurah.manggarai"):
        with api.client(person) as other:
            assert other.get("/api/v1/connectors").status_code in (401, 403)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 403, id="nothing"),
        pytest.param(b"\xff\xfe\x00", 400, id="bytes"),
        pytest.param(b"secret=" + SMSSYNC.encode() + b"&from=%FF&message=x", 400, id="wrong encoding"),
        pytest.param(b"secret=" + SMSSYNC.encode() + b"&from=+1", 400, id="no message"),
        pytest.param(b"secret=" + SMSSYNC.encode() + b"&message=x", 400, id="no sender"),
        pytest.param(b"&".join([b"a=1"] * 100), 400, id="too many fields"),
        pytest.param(b"message=" + b"x" * 70_000, 413, id="huge"),
    ],
)
def test_broken_deliveries_are_refused(client: httpx.Client, body: bytes, status: int) -> None:
    answer = client.post("/api/v1/intake/smssync", content=body, headers=FORM)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    "update", [[], "x", 7, None, {}, {"update_id": "1"}, {"update_id": 1, "message": {"text": "x"}}]
)
def test_broken_updates_are_refused(client: httpx.Client, update: Any) -> None:
    assert telegram(client, update).status_code == 400
    assert client.post(
        "/api/v1/intake/telegram", content=b"[" * 60_000, headers={"X-Telegram-Bot-Api-Secret-Token": TELEGRAM}
    ).status_code == 400  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> banjir di kampung melayu",
        "banjir di kampung melayu'; DROP TABLE report; --",
        "banjir 🌊🌊 di kampung melayu 😭",
        "banjir di kampung melayu \u202e\u0000 ]]> & <Message>",
        "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace") + " banjir di kampung melayu",
        "banjir di kampung melayu " + "a" * 3900,
    ],
)
def test_hostile_texts_become_clean_reports_and_answers(api: Api, client: httpx.Client, text: str) -> None:
    chat = next(_numbers) + 9000
    answer = telegram(client, an_update(chat, text=text))
    assert answer.status_code == 200, answer.text
    assert "Terima kasih. Laporan" in answer.json()["text"]
    sent = twilio(client, text)
    assert sent.status_code == 200, sent.text
    assert sent.text.count("<Message>") == 1
    assert "<script>" not in sent.text
    body = reports(api, "telegram")[-1]["body"]
    assert "\x00" not in body
    assert "kampung melayu" in body


def test_many_messages_of_one_sender_are_held_back(client: httpx.Client) -> None:
    codes = {twilio(client, f"STATUS {n}", sender="+62818").status_code for n in range(40)}
    assert codes == {200, 429}


def test_a_forgotten_reporter_is_forgotten_here_too(api: Api, client: httpx.Client) -> None:
    filed = twilio(client, WHOLE, sender="+62819")
    number = filed.text.split("STATUS ")[1].split(".")[0]
    for text in ("ada masalah lain nih", "pokoknya parah juga", "cepat datang dong"):
        twilio(client, text, sender="+62820")
    with api.client("operator.balaikota") as operator:
        item = next(one for one in operator.get("/api/v1/inbox").json() if one["sender"] == "+62820")
        done = operator.post(f"/api/v1/inbox/{item['id']}", json={"category": "other", "lat": -6.2, "lon": 106.8})
    with api.connection() as conn:
        mine = conn.execute("SELECT report_id FROM text_report WHERE number = %s", (int(number),)).fetchone()
        assert mine is not None
        for report_id in (str(mine["report_id"]), done.json()["report_id"]):
            personal_data.forget(
                conn, UUID(report_id), all_of_reporter=False, media=api.parts.media, by="admin", why="asked",
                now=datetime.now(UTC),
            )  # fmt: skip
        conn.commit()
        for table in ("text_message", "text_report", "inbox_item"):
            left = conn.execute(f"SELECT count(*) AS n FROM {table} WHERE sender IN ('+62819', '+62820')").fetchone()  # noqa: S608
            assert left == {"n": 0}, table
