"""Every connector with whatever senders try: repeats, any order, wrong proof, huge, wrong encoding, hostile texts.

And the port of answers against a local stand-in for the services, photos from allowed hosts alone, Telegram by polling.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from tests.support.http_api import MANGGARAI, Api, a_photo

from siaga_cloud import photo_jobs, worker_notices
from siaga_cloud.admin.complaints import ImportFileError
from siaga_cloud.admin.lapor import load_lapor
from siaga_cloud.answer_channels import answer_channels, photo_sources
from siaga_cloud.channels.photos import PhotoSource
from siaga_cloud.channels.ports import DeliveryError, Outgoing
from siaga_cloud.channels.telegram import TelegramBot
from siaga_cloud.db.connection import Connection, Database
from siaga_cloud.fetching.telegram import TelegramFetcher
from siaga_cloud.intake.talking import Desk
from siaga_cloud.intake.text_take import Means
from siaga_cloud.settings import Settings, load
from siaga_core.wire.ids import uuid7

WHOLE = "banjir selutut di kampung melayu"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_numbers = itertools.count(1)
Sent = tuple[bytes, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Connector:
    """How a gateway delivers a text. `deliver`: (text, number of the message, sender) to body and headers."""

    name: str
    channel: str
    deliver: Callable[[str, int, str], Sent]
    ids: bool = True

    @property
    def path(self) -> str:
        return f"/api/v1/intake/{self.name}"


def _twilio(text: str, number: int, sender: str) -> Sent:
    form = {"From": f"+62{sender}", "Body": text, "MessageSid": f"SM{number}", "NumMedia": "0"}
    signed = "http://127.0.0.1/api/v1/intake/twilio" + "".join(f"{k}{v}" for k, v in sorted(form.items()))
    digest = hmac.new(b"twilio-token-of-tests", signed.encode(), hashlib.sha1).digest()
    return urlencode(form).encode(), {**FORM, "X-Twilio-Signature": base64.b64encode(digest).decode()}


def _telegram(text: str, number: int, sender: str) -> Sent:
    message = {"chat": {"id": int(sender)}, "date": 1_700_000_000, "text": text}
    body = json.dumps({"update_id": number, "message": message}).encode()
    return body, {"X-Telegram-Bot-Api-Secret-Token": "telegram-secret-of-tests"}


def _sms(secret: str, **more: str) -> Callable[[str, int, str], Sent]:
    def deliver(text: str, number: int, sender: str) -> Sent:
        ids = {name: str(number) for name in more}
        return urlencode({"secret": secret, "from": f"+62{sender}", "message": text, **ids}).encode(), FORM

    return deliver


def _x(text: str, number: int, sender: str) -> Sent:
    """As the Account Activity API documents it."""
    created = {"target": {"recipient_id": "1"}, "sender_id": sender, "message_data": {"text": text, "entities": {}}}
    event = {
        "type": "message_create",
        "id": str(number),
        "created_timestamp": "1700000000000",
        "message_create": created,
    }
    body = json.dumps({"for_user_id": "1", "direct_message_events": [event]}).encode()
    digest = hmac.new(b"x-consumer-secret-of-tests", body, hashlib.sha256).digest()
    return body, {"x-twitter-webhooks-signature": "sha256=" + base64.b64encode(digest).decode()}


def _facebook(text: str, number: int, sender: str) -> Sent:
    """As Messenger documents it."""
    event = {
        "sender": {"id": sender}, "recipient": {"id": "1"}, "timestamp": 1_700_000_000_000,
        "message": {"mid": f"m_{number}", "text": text},
    }  # fmt: skip
    body = json.dumps({"object": "page", "entry": [{"id": "1", "time": 1, "messaging": [event]}]}).encode()
    digest = hmac.new(b"facebook-app-secret-of-tests", body, hashlib.sha256).hexdigest()
    return body, {"X-Hub-Signature-256": f"sha256={digest}"}


CONNECTORS = [
    Connector("twilio", "twilio-sms", _twilio),
    Connector("telegram", "telegram", _telegram),
    Connector("smssync", "smssync", _sms("smssync-secret-of-tests", message_id="")),
    Connector("frontlinesms", "frontlinesms", _sms("frontline-secret-of-tests"), ids=False),
    Connector("lapor", "lapor", _sms("lapor-secret-of-tests", id="")),
    Connector("x", "x", _x),
    Connector("facebook", "facebook", _facebook),
]
each = pytest.mark.parametrize("connector", CONNECTORS, ids=lambda one: one.name)


@pytest.fixture
def client(api: Api) -> Iterator[httpx.Client]:
    api.forget_limits()
    with api.client() as opened:
        yield opened


def send(client: httpx.Client, connector: Connector, text: str, *, number: int = 0, sender: str = "") -> httpx.Response:
    number = number or next(_numbers)
    body, headers = connector.deliver(text, number, sender or f"8{number:010}")
    return client.post(connector.path, content=body, headers=headers)


def rows(api: Api, query: str, *values: object) -> list[dict[str, Any]]:
    with api.connection() as conn:
        return list(conn.execute(query.encode(), values))


def reports(api: Api, channel: str) -> list[dict[str, Any]]:
    return rows(api, "SELECT * FROM report WHERE channel = %s ORDER BY received_at", channel)


@each
def test_twice_is_once_and_order_does_not_matter(api: Api, client: httpx.Client, connector: Connector) -> None:
    before, number, sender = len(reports(api, connector.channel)), next(_numbers), f"81{next(_numbers):08}"
    answers = [send(client, connector, WHOLE, number=number, sender=sender) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 200], answers[0].text
    assert len(reports(api, connector.channel)) == before + 1
    # The later message first: what is missing is asked for, and both make one report.
    other = f"82{next(_numbers):08}"
    later, sooner = next(_numbers) + 5000, next(_numbers) + 4000
    send(client, connector, "di kampung melayu ya pak", number=later, sender=other)
    send(client, connector, "ada sampah menumpuk, belum diangkut", number=sooner, sender=other)
    made = reports(api, connector.channel)[before + 1 :]
    assert [one["category"] for one in made] == ["trash"]
    known = rows(api, "SELECT sender FROM text_report WHERE report_id = %s", made[0]["id"])
    assert other in known[0]["sender"]


@each
def test_a_wrong_proof_is_refused(api: Api, client: httpx.Client, connector: Connector) -> None:
    body, headers = connector.deliver(WHOLE, next(_numbers), "83")
    before = len(reports(api, connector.channel))
    wrong = {name: value if name == "Content-Type" else f"x{value}" for name, value in headers.items()}
    spoilt = body.replace(b"secret=", b"secret=x")
    assert client.post(connector.path, content=spoilt, headers=wrong).status_code == 403
    assert client.post(connector.path, content=spoilt, headers=FORM).status_code == 403
    assert len(reports(api, connector.channel)) == before
    assert rows(api, "SELECT refused FROM connector_health WHERE channel = %s", connector.name)[0]["refused"] >= 2


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
    digest = hmac.new(b"facebook-app-secret-of-tests", body, hashlib.sha1).hexdigest()
    return {"X-Hub-Signature": f"sha1={digest}"}


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
        ("facebook", {"entry": "x"}, 400),
        ("facebook", {"entry": [{"messaging": [{"message": {"text": "x"}}]}]}, 400),
        ("facebook", {"entry": [{"messaging": [{"message": {"mid": "m", "text": "x", "is_echo": True}}]}]}, 200),
        ("facebook", {"entry": [{"messaging": [{"delivery": {}}, {"read": {}}]}]}, 200),
        ("facebook", {"object": "page"}, 200),
    ],
)
def test_signed_nonsense_is_refused_and_what_holds_no_message_is_taken(
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
    asked = {
        "hub.mode": "subscribe",
        "hub.challenge": "1158201444",
        "hub.verify_token": "facebook-verify-token-of-tests",
    }
    assert client.get("/api/v1/intake/facebook", params=asked).text == "1158201444"
    assert client.get("/api/v1/intake/facebook", params={**asked, "hub.verify_token": "no"}).status_code == 403


def test_the_code_of_an_sms_to_1708_is_no_part_of_the_report(api: Api, client: httpx.Client) -> None:
    lapor = next(one for one in CONNECTORS if one.name == "lapor")
    assert "STATUS" in send(client, lapor, f"JKT {WHOLE}").text
    assert reports(api, "lapor")[-1]["body"] == WHOLE


def test_lapor_csv_is_taken_once(api: Api, tmp_path: Path) -> None:
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


# --- the port of answers, photos and polling, against a stand-in for the services -------------------------------


@dataclass(slots=True)
class Services:
    """A local server in the stead of the services. `seen`: (path, headers, body) of each request."""

    url: str = ""
    seen: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    files: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    updates: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200

    def posts(self, part: str) -> list[tuple[str, dict[str, str], bytes]]:
        return [one for one in self.seen if part in one[0]]


@pytest.fixture(scope="module")
def services() -> Iterator[Services]:
    held = Services()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            held.seen.append((self.path, dict(self.headers), b""))
            self._answer(*held.files.get(self.path, (404, {}, b"")))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            held.seen.append((self.path, dict(self.headers), body))
            result: Any = {"message_id": 1}
            if self.path.endswith("/getUpdates"):
                offset = json.loads(body)["offset"]
                result = [one for one in held.updates if one["update_id"] >= offset]
            if self.path.endswith("/getFile"):
                result = {"file_path": f"photos/{json.loads(body)['file_id']}.jpg"}
            self._answer(held.status, {}, json.dumps({"ok": True, "result": result}).encode())

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield held
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def settings(services: Services) -> Settings:
    """Every channel set up, by its variables."""
    token = "1234:" + "A" * 35
    return load({
        "SIAGA_DATABASE_URL": "postgresql://x@y/z", "SIAGA_TELEGRAM_TOKEN": token, "SIAGA_TELEGRAM_API": services.url,
        "SIAGA_TWILIO_ACCOUNT_SID": "AC1", "SIAGA_TWILIO_AUTH_TOKEN": "twilio-token-of-tests",
        "SIAGA_TWILIO_API": services.url, "SIAGA_TWILIO_SMS_FROM": "+622222", "SIAGA_TWILIO_WHATSAPP_FROM": "+6222222",
        "SIAGA_FACEBOOK_PAGE_TOKEN": "page", "SIAGA_FACEBOOK_API": services.url, "SIAGA_X_API": services.url,
        "SIAGA_X_CONSUMER_KEY": "key", "SIAGA_X_CONSUMER_SECRET": "x-consumer-secret-of-tests",
        "SIAGA_X_ACCESS_TOKEN": "token", "SIAGA_X_ACCESS_SECRET": "secret",
        "SIAGA_SMS_URL": f"{services.url}/sms",
    })  # fmt: skip


def deliver_all(api: Api, settings: Settings) -> None:
    waiting = rows(api, "SELECT id FROM notice_delivery WHERE state = 'queued' ORDER BY id")
    with Database(api.database_url, name="siaga-answers") as database:
        for row in waiting:
            worker_notices.deliver(database, answer_channels(settings), row["id"])


def test_x_and_facebook_are_answered_where_they_wrote(
    api: Api, client: httpx.Client, services: Services, settings: Settings
) -> None:
    deliver_all(api, settings)
    services.seen.clear()
    by_name = {one.name: one for one in CONNECTORS}
    send(client, by_name["x"], "ada banjir di depan rumah", sender="4242")
    send(client, by_name["facebook"], "ada banjir di depan rumah", sender="4343")
    deliver_all(api, settings)
    ((path, headers, body),) = services.posts("/dm_conversations/")
    assert path == "/2/dm_conversations/with/4242/messages"
    assert headers["Authorization"].startswith("OAuth oauth_nonce=")
    assert "Di mana?" in json.loads(body)["text"]
    ((_, headers, body),) = services.posts("/me/messages")
    assert headers["Authorization"] == "Bearer page"
    assert json.loads(body)["recipient"] == {"id": "4343"}
    assert not rows(api, "SELECT FROM notice_delivery WHERE state = 'queued'")


@pytest.mark.parametrize(
    ("channel", "part", "holds"),
    [
        ("telegram", "/sendMessage", b'"chat_id"'),
        ("twilio-sms", "/Messages.json", b"From=%2B622222&"),
        ("whatsapp", "/Messages.json", b"whatsapp%3A"),
        ("lapor", "/sms", b'"to"'),
    ],
)
def test_every_port_says_what_it_is_given(
    services: Services, settings: Settings, channel: str, part: str, holds: bytes
) -> None:
    services.seen.clear()
    now = datetime.now(UTC)
    message = Outgoing(
        id=uuid7(now), priority=4, notices=1, text_id="Selesai", text_en="Done", created_at=now, language="en"
    )
    answer_channels(settings)[channel].send("12345", message)
    ((_, _, body),) = services.posts(part)
    assert holds in body
    assert b"Done" in body
    for status, is_final in ((400, True), (403, True), (429, False), (500, False)):
        services.status = status
        with pytest.raises(DeliveryError) as refused:
            answer_channels(settings)[channel].send("12345", message)
        services.status = 200
        assert refused.value.is_final == is_final or channel == "lapor"
        assert "1234:" not in str(refused.value)


def test_telegram_by_polling_with_a_photo_that_is_fetched(api: Api, services: Services, settings: Settings) -> None:
    assert settings.channels.telegram is not None
    parts = api.parts
    means = Means(media=parts.media, areas=parts.areas)

    def desk(conn: Connection) -> Desk:
        return Desk(means=means, known=parts.gazetteer.current(conn), public_url="http://siaga.test")

    def an_update(number: int, **message: Any) -> dict[str, Any]:
        return {"update_id": number, "message": {"chat": {"id": 909}, "date": 1_700_000_000, **message}}

    sizes = [{"file_id": "small"}, {"file_id": "large"}]
    services.updates = [
        an_update(1, caption=WHOLE, photo=sizes), an_update(2, photo=[{"file_id": "second"}]),
        an_update(3, text="x" * 5000 + "\x00"), {"update_id": 4, "message": {"text": "no chat"}}, {"update_id": 5},
    ]  # fmt: skip
    token = settings.channels.telegram.token
    shot = a_photo(size=(800, 600))
    for name in ("large", "second"):
        services.files[f"/file/bot{token}/photos/{name}.jpg"] = (200, {}, shot if name == "large" else a_photo())
    stop = threading.Event()
    with Database(api.database_url, name="siaga-poll") as database:
        fetcher = TelegramFetcher(
            bot=TelegramBot(settings.channels.telegram), database=database, desk=desk, wait_seconds=0
        )
        asked = itertools.count()
        fetcher.ask(stop, lambda: stop.set() if next(asked) else None)
        assert fetcher.after == 5
        fetcher.after = 0  # as after a crash before Telegram heard of it
        stop.clear()
        fetcher.ask(stop, stop.set)
        wanted = rows(api, "SELECT id FROM text_photo WHERE state = 'wanted' AND channel = 'telegram'")
        for row in wanted:
            photo_jobs.fetch(database, photo_sources(settings.channels), parts.media, row["id"])
    made = rows(api, "SELECT id FROM report WHERE external_id LIKE '909:%%'")
    assert len(made) == 1
    photos = rows(
        api, "SELECT sha256 FROM report_media JOIN media ON id = media_id WHERE report_id = %s", made[0]["id"]
    )
    assert len(photos) == 2
    assert all(b"SecretPhone" not in parts.media.read(one["sha256"]) for one in photos)
    deliver_all(api, settings)
    said = [json.loads(body)["text"] for _, _, body in services.posts("/sendMessage") if b"909" in body]
    assert any("Foto ditambahkan" in one for one in said)


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data", "https://evil.example/x.jpg", "file:///etc/passwd",
        "https://api.twilio.com@evil.example/", "https://api.twilio.com:8443/x", "https://api.twilio.com.evil.example/",
        "http://api.twilio.com/x", "https://[::1]/", "https://evil.example\\@api.twilio.com/", "//api.twilio.com/", "",
        "https://fbcdn.net.evil.example/", "https://127.0.0.1/", "gopher://api.twilio.com/",
    ],
)  # fmt: skip
def test_photos_are_fetched_from_allowed_hosts_alone(address: str) -> None:
    source = PhotoSource(hosts=("api.twilio.com", "*.fbcdn.net"))
    with pytest.raises(DeliveryError, match="photo") as refused:
        source.fetch(address)
    assert refused.value.is_final


def test_a_photo_that_leads_elsewhere_or_never_ends_is_not_fetched(services: Services) -> None:
    source = PhotoSource(hosts=(services.url,), headers=lambda _method, _url: {"Authorization": "Basic secret"})
    services.files["/away"] = (302, {"Location": "http://127.0.0.1:1/x"}, b"")
    services.files["/round"] = (302, {"Location": "/round"}, b"")
    services.files["/big"] = (200, {"Content-Length": str(20 * 1024 * 1024)}, b"")
    services.files["/there"] = (302, {"Location": "/photo"}, b"")
    services.files["/photo"] = (200, {}, b"picture")
    for path in ("/away", "/round", "/big"):
        with pytest.raises(DeliveryError):
            source.fetch(f"{services.url}{path}")
    services.seen.clear()
    assert source.fetch(f"{services.url}/there") == b"picture"
    assert ["Authorization" in headers for _, headers, _ in services.seen] == [True, False]


def test_a_photo_by_whatsapp_is_asked_for_with_twilios_name(api: Api, services: Services, settings: Settings) -> None:
    form = {
        "From": "whatsapp:+62999", "Body": WHOLE, "MessageSid": "SMphoto", "NumMedia": "1",
        "MediaContentType0": "image/jpeg", "MediaUrl0": f"{services.url}/media/1",
    }  # fmt: skip
    signed = "http://127.0.0.1/api/v1/intake/twilio" + "".join(f"{k}{v}" for k, v in sorted(form.items()))
    digest = base64.b64encode(hmac.new(b"twilio-token-of-tests", signed.encode(), hashlib.sha1).digest()).decode()
    services.files["/media/1"] = (200, {}, a_photo(size=(640, 480), gps=MANGGARAI))
    with api.client() as client:
        answer = client.post(
            "/api/v1/intake/twilio", content=urlencode(form), headers={**FORM, "X-Twilio-Signature": digest}
        )
    assert answer.status_code == 200
    (wanted,) = rows(api, "SELECT id FROM text_photo WHERE state = 'wanted' AND channel = 'whatsapp'")
    with Database(api.database_url, name="siaga-photo") as database:
        photo_jobs.fetch(database, photo_sources(settings.channels), api.parts.media, wanted["id"])
    assert services.posts("/media/1")[-1][1]["Authorization"].startswith("Basic ")
    held = rows(api, "SELECT FROM report_media JOIN report ON id = report_id WHERE external_id = 'SMphoto'")
    assert len(held) == 1
