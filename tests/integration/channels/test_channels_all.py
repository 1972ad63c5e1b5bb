"""Every connector with whatever senders try: repeats, any order, wrong proof, huge, wrong encoding, hostile texts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.http_api import Api
from tests.support.stand_ins.text_gateways import CONNECTORS, FORM, WHOLE, Connector, numbers, reports, rows, send

from siaga_cloud.channels.cli import load_lapor
from siaga_cloud.platform.http.limits import CHALLENGE_BURST
from siaga_cloud.platform.import_errors import ImportFileError

ECHO = {"mid": "m", "text": "x", "is_echo": True}
each = pytest.mark.parametrize("connector", CONNECTORS, ids=lambda one: one.channel)


@pytest.fixture
def client(api: Api) -> Iterator[httpx.Client]:
    api.forget_limits()
    with api.client() as opened:
        yield opened


@each
def test_repetition_and_sequence_do_not_matter(api: Api, client: httpx.Client, connector: Connector) -> None:
    before, number, sender = len(reports(api, connector.channel)), next(numbers), f"81{next(numbers):08}"
    answers = [send(client, connector, WHOLE, number=number, sender=sender) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 200], answers[0].text
    assert len(reports(api, connector.channel)) == before + 1
    # The later message first: what is missing is asked for, and both make one report.
    other = f"82{next(numbers):08}"
    later, sooner = next(numbers) + 5000, next(numbers) + 4000
    send(client, connector, "di kampung melayu ya pak", number=later, sender=other)
    send(client, connector, "ada sampah menumpuk, belum diangkut", number=sooner, sender=other)
    made = reports(api, connector.channel)[before + 1 :]
    assert [one["category"] for one in made] == ["trash"]
    known = rows(api, "SELECT sender FROM text_report WHERE report_id = %s", made[0]["id"])
    assert other in known[0]["sender"]


@each
def test_a_wrong_proof_is_refused(api: Api, client: httpx.Client, connector: Connector) -> None:
    body, headers = connector.deliver(WHOLE, next(numbers), "83")
    before = len(reports(api, connector.channel))
    wrong = {name: value if name == "Content-Type" else f"x{value}" for name, value in headers.items()}
    spoilt = body.replace(b"secret=", b"secret=x")
    assert client.post(connector.path, content=spoilt, headers=wrong).status_code == 403
    assert client.post(connector.path, content=spoilt, headers=FORM).status_code == 403
    assert len(reports(api, connector.channel)) == before
    assert rows(api, "SELECT refused FROM connector_health WHERE channel = %s", connector.channel)[0]["refused"] >= 2


@each
@pytest.mark.parametrize(
    "body", [b"\xff\xfe\x00", b"[" * 60_000, b"x" * 70_000, b"", b"null", b"%FF=%FF", b'{"a":1e999}']
)
def test_broken_bodies_are_refused_or_empty(client: httpx.Client, connector: Connector, body: bytes) -> None:
    _, headers = connector.deliver(WHOLE, 1, "84")
    answer = client.post(connector.path, content=body, headers=headers)
    assert answer.status_code in (400, 403, 413), answer.text
    if len(body) > 65_536:
        assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def _signed(connector: Connector, body: bytes) -> dict[str, str]:
    if connector.name == "x":
        digest = hmac.new(b"x-consumer-secret-of-tests", body, hashlib.sha256).digest()
        return {"x-twitter-webhooks-signature": "sha256=" + base64.b64encode(digest).decode()}
    sha1 = hmac.new(b"facebook-app-secret-of-tests", body, hashlib.sha1).hexdigest()
    return {"X-Hub-Signature": f"sha1={sha1}"}


@pytest.mark.parametrize(
    ("name", "payload", "status"),
    [
        ("x", [], 400),
        ("x", {"direct_message_events": 7}, 400),
        ("x", {"direct_message_events": [7]}, 400),
        ("x", {"direct_message_events": [{"type": "message_create", "id": "1"}]}, 400),
        ("x", {"direct_message_events": [{"type": "message_create"}] * 60}, 400),
        ("x", {"tweet_create_events": [{"user": None}]}, 400),
        ("x", {"for_user_id": "1", "follow_events": [{}]}, 200),
        ("x", {"for_user_id": "5", "tweet_create_events": [{"id_str": "1", "user": {"id_str": "5"}}]}, 200),
        ("facebook", {"object": "page", "entry": "x"}, 400),
        ("facebook", {"object": "page", "entry": [{"messaging": [{"message": {"text": "x"}}]}]}, 400),
        ("facebook", {"object": "page", "entry": [{"messaging": [{"message": ECHO}]}]}, 200),
        ("facebook", {"object": "page", "entry": [{"messaging": [{"delivery": {}}, {"read": {}}]}]}, 200),
        ("facebook", {"object": "page"}, 200),
        ("facebook", {"object": "whatsapp_business_account", "entry": []}, 400),
    ],
)
def test_signed_nonsense_is_refused_and_a_delivery_without_a_message_is_accepted(
    client: httpx.Client, name: str, payload: Any, status: int
) -> None:
    connector = next(one for one in CONNECTORS if one.name == name)
    body = json.dumps(payload).encode()
    answer = client.post(connector.path, content=body, headers=_signed(connector, body))
    assert answer.status_code == status, answer.text
    assert status != 200 or answer.json() == {"messages": 0, "repeated": 0}


@each
@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> banjir di kampung melayu",
        "banjir di kampung melayu'; DROP TABLE report; --",
        "banjir 🌊🌊 di kampung melayu 😭",
        "banjir di kampung melayu \u202e\x00\x01 ]]> & <Message>",
        "banjir di kampung melayu " + "🌊" * 3000,
    ],
    ids=["html", "sql", "emoji", "control", "long"],
)
def test_hostile_texts_become_clean_reports(api: Api, client: httpx.Client, connector: Connector, text: str) -> None:
    before = len(reports(api, connector.channel))
    answer = send(client, connector, text)
    assert answer.status_code in (200, 413), answer.text
    assert "<script>" not in answer.text
    made = reports(api, connector.channel)[before:]
    assert len(made) == (answer.status_code == 200)
    assert all("\0" not in one["body"] and "kampung melayu" in one["body"] for one in made)


def test_challenges_are_answered_with_the_secret(client: httpx.Client) -> None:
    digest = hmac.new(b"x-consumer-secret-of-tests", b"challenge", hashlib.sha256).digest()
    answer = client.get("/api/v1/intake/x", params={"crc_token": "challenge"})
    assert answer.json() == {"response_token": "sha256=" + base64.b64encode(digest).decode()}
    requested = {
        "hub.mode": "subscribe",
        "hub.challenge": "1158201444",
        "hub.verify_token": "facebook-verify-token-of-tests",
    }
    assert client.get("/api/v1/intake/facebook", params=requested).text == "1158201444"
    assert client.get("/api/v1/intake/facebook", params={**requested, "hub.verify_token": "no"}).status_code == 403


def test_the_challenge_of_x_signs_no_delivery(api: Api, client: httpx.Client) -> None:
    """The delivery is sent as a challenge first: its answer must not be the signature that the delivery needs."""
    forged, _ = next(one for one in CONNECTORS if one.name == "x").deliver(WHOLE, next(numbers), "424242")
    before = len(reports(api, "x"))
    answer = client.get("/api/v1/intake/x", params={"crc_token": forged.decode()})
    assert answer.status_code == 422, answer.text
    assert "response_token" not in answer.text
    headers = {"x-twitter-webhooks-signature": answer.json().get("response_token", "sha256=")}
    assert client.post("/api/v1/intake/x", content=forged, headers=headers).status_code == 403
    assert len(reports(api, "x")) == before


@pytest.mark.parametrize("token", ["", "a" * 129, "{}", "a b", "a\n", "\u0661", "[1]"])
def test_a_challenge_of_other_characters_is_refused(client: httpx.Client, token: str) -> None:
    assert client.get("/api/v1/intake/x", params={"crc_token": token}).status_code == 422


def test_a_delivery_that_may_be_a_challenge_is_refused_with_its_signature(client: httpx.Client) -> None:
    for token in ("null", "1158201444", "a" * 128, "YWJj+/=="):
        signed = client.get("/api/v1/intake/x", params={"crc_token": token}).json()["response_token"]
        sent = client.post("/api/v1/intake/x", content=token.encode(), headers={"x-twitter-webhooks-signature": signed})
        assert sent.status_code == 403, sent.text


def test_challenges_are_limited(client: httpx.Client) -> None:
    answers = [client.get("/api/v1/intake/x", params={"crc_token": "limit"}) for _ in range(CHALLENGE_BURST + 1)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 1


def test_the_code_of_an_sms_to_1708_is_no_part_of_the_report(api: Api, client: httpx.Client) -> None:
    lapor = next(one for one in CONNECTORS if one.name == "lapor")
    assert "STATUS" in send(client, lapor, f"JKT {WHOLE}").text
    assert reports(api, "lapor")[-1]["body"] == WHOLE


def test_lapor_csv_with_hostile_texts_in_any_sequence_is_clean_reports(api: Api, tmp_path: Path) -> None:
    hostile = [
        "<script>alert(1)</script> banjir",
        "banjir'; DROP TABLE report; --",
        "banjir \U0001f30a\u202e",
        "=1+1 banjir",
    ]
    lines = [f'{n};"{text} selutut";Kampung Melayu;2026-11-2{n} 08:00\n' for n, text in enumerate(hostile, start=1)]
    file, before = tmp_path / "lapor.csv", len(reports(api, "lapor-csv"))
    made = "4 reports, 0 for an operator, 0 known before", "0 reports, 0 for an operator, 4 known before"
    for command, message in zip((lines[::-1], lines), made, strict=True):
        file.write_text("No laporan;Isi;Lokasi;Tanggal\n" + "".join(command), "utf-8")
        with api.connection() as conn:
            assert load_lapor(conn, file, media_dir=tmp_path, now=datetime.now(UTC)) == message
            conn.commit()
    bodies = [one["body"] for one in reports(api, "lapor-csv")[before:]]
    assert len(bodies) == 4
    assert all(any(text in body for body in bodies) for text in hostile)
    file.write_bytes(b"No laporan;Isi\n" + b"9;" + b"x" * 40_000_000 + b"\n")
    with api.connection() as conn, pytest.raises(ImportFileError):
        load_lapor(conn, file, media_dir=tmp_path, now=datetime.now(UTC))


def test_lapor_csv_is_imported_once(api: Api, tmp_path: Path) -> None:
    file = tmp_path / "lapor.csv"
    file.write_text(
        "Tracking ID;Judul Laporan;Isi Laporan;Lokasi Kejadian;Tanggal Kejadian;Nama Pelapor\n"
        '101;Banjir;"Air masuk rumah; sejak pagi";Kampung Melayu;2026-11-20 08:00;Budi\n'
        "102;Usul;Mohon perhatian pemerintah;;20/11/2026;Ani\n",
        "utf-8-sig",
    )
    with api.connection() as conn:
        done = [load_lapor(conn, file, media_dir=tmp_path, now=datetime.now(UTC)) for _ in range(2)]
        conn.commit()
    assert done == ["1 reports, 1 for an operator, 0 known before", "0 reports, 0 for an operator, 2 known before"]
    assert not rows(api, "SELECT FROM text_message WHERE channel = 'lapor-csv' AND raw LIKE '%%Budi%%'")
    for broken, complaint in (
        (b"id,foo\n1,2\n", "header"), (b"id,isi\n1,\n", "line 2: got no text"), (b"id,isi\n1,\xff\n", "UTF-8"),
        (b"id,isi,tanggal\n1,a,kemarin\n", "date: got 'kemarin'"),
    ):  # fmt: skip
        file.write_bytes(broken)
        with api.connection() as conn, pytest.raises(ImportFileError, match=complaint):
            load_lapor(conn, file, media_dir=tmp_path, now=datetime.now(UTC))
