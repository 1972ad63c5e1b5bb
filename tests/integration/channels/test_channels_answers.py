"""Answers by each port against a local stand-in for the services; photos from allowed hosts alone; Telegram polled."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from tests.support.http_api import MANGGARAI, Api, SettingsForTests, a_photo, channels_of, serve
from tests.support.stand_ins.text_gateways import (
    CONNECTORS,
    FORM,
    WHOLE,
    rows,
    send,
    whatsapp_notification,
    whatsapp_proof,
)

from siaga_cloud.channels import jobs as photo_jobs
from siaga_cloud.channels.conversation.service import IntakeContext
from siaga_cloud.channels.conversation.understanding import ReportContext
from siaga_cloud.channels.gateways.photos import PhotoSource
from siaga_cloud.channels.kinds.telegram import TelegramBot, TelegramFetcher, TelegramSettings
from siaga_cloud.channels.registry import answer_channels, load_settings, photo_sources
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.city.service.gazetteer import GazetteerLookup
from siaga_cloud.notifications import jobs as notification_worker
from siaga_cloud.notifications.service import replies
from siaga_cloud.platform.db.connection import Connection, Database
from siaga_cloud.platform.delivery.ports import DeliveryError, Outgoing
from siaga_cloud.settings import Settings
from siaga_core.wire.ids import uuid7


@pytest.fixture
def client(api: Api) -> Iterator[httpx.Client]:
    api.forget_limits()
    with api.client() as opened:
        yield opened


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
    return load_settings({
        "SIAGA_DATABASE_URL": "postgresql://x@y/z", "SIAGA_TELEGRAM_TOKEN": token, "SIAGA_TELEGRAM_API": services.url,
        "SIAGA_TWILIO_ACCOUNT_SID": "AC1", "SIAGA_TWILIO_AUTH_TOKEN": "twilio-token-of-tests",
        "SIAGA_TWILIO_API": services.url, "SIAGA_TWILIO_SMS_FROM": "+622222", "SIAGA_TWILIO_WHATSAPP_FROM": "+6222222",
        "SIAGA_FACEBOOK_PAGE_TOKEN": "page", "SIAGA_FACEBOOK_API": services.url, "SIAGA_X_API": services.url,
        "SIAGA_X_CONSUMER_KEY": "key", "SIAGA_X_CONSUMER_SECRET": "x-consumer-secret-of-tests",
        "SIAGA_WHATSAPP_NUMBER_ID": "106540352242922", "SIAGA_WHATSAPP_TOKEN": "whatsapp",
        "SIAGA_WHATSAPP_API": services.url, "SIAGA_X_ACCESS_TOKEN": "token", "SIAGA_X_ACCESS_SECRET": "secret",
        "SIAGA_SMS_URL": f"{services.url}/sms",
    })  # fmt: skip


def deliver_all(api: Api, settings: Settings) -> None:
    waiting = rows(api, "SELECT id FROM notification_delivery WHERE state = 'queued' ORDER BY id")
    with Database(api.database_url, name="siaga-answers") as database:
        for row in waiting:
            notification_worker.deliver(database, answer_channels(settings), row["id"])


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
    assert not rows(api, "SELECT FROM notification_delivery WHERE state = 'queued'")


def test_a_spoken_message_is_answered_and_a_failure_is_shown(
    api: Api, client: httpx.Client, services: Services, settings: Settings
) -> None:
    deliver_all(api, settings)
    services.seen.clear()
    spoken = {
        "from": "62855", "id": "wamid.voice", "timestamp": "1", "type": "audio",
        "audio": {"id": "190", "mime_type": "audio/ogg", "voice": True},
    }  # fmt: skip
    status = {"id": "wamid.out", "status": "failed", "errors": [{"code": 131047, "title": "Re-engagement message"}]}
    for body in (whatsapp_notification(messages=[spoken]), whatsapp_notification(statuses=[status])):
        answer = client.post("/api/v1/intake/whatsapp-cloud", content=body, headers=whatsapp_proof(body))
        assert answer.status_code == 200, answer.text
    deliver_all(api, settings)
    ((path, headers, body),) = services.posts("/106540352242922/messages")
    assert (path, headers["Authorization"]) == ("/v21.0/106540352242922/messages", "Bearer whatsapp")
    assert json.loads(body)["text"]["body"].startswith("Pesan suara")
    (health,) = rows(api, "SELECT last_error FROM connector_health WHERE channel = 'whatsapp-cloud'")
    assert health["last_error"] == "a message did not arrive: 131047 Re-engagement message"


def test_a_group_is_answered_without_the_link_of_the_report(client: httpx.Client) -> None:
    message = {"chat": {"id": -100123, "type": "supergroup"}, "date": 1_700_000_000, "text": WHOLE}
    answer = client.post(
        "/api/v1/intake/telegram",
        json={"update_id": 77_001, "message": message},
        headers={"X-Telegram-Bot-Api-Secret-Token": "telegram-secret-of-tests"},
    )
    assert answer.json()["text"].startswith("Terima kasih. Laporan ")
    assert "/r/" not in answer.json()["text"], "the link is the reporter's secret, and the group reads the answer"


def test_answers_wait_for_the_phone_of_smssync_that_requests_them_once(api: Api, client: httpx.Client) -> None:
    by_name = {one.name: one for one in CONNECTORS}
    send(client, by_name["smssync"], WHOLE, sender="777001")
    [received] = rows(api, "SELECT id, sender FROM text_message WHERE channel = 'smssync' AND sender LIKE '%%777001'")
    now, sent = datetime.now(UTC), []
    with api.connection() as conn:
        for text, age in (("Selesai \U0001f64f", 0), ("Terlalu lama", 25)):
            made_at = now - timedelta(hours=age)
            sent.append(
                replies.reply(conn, received["id"], channel="smssync", address="+62777001", text=text, now=made_at)
            )
        conn.commit()
    with Database(api.database_url, name="siaga-answers") as database:
        for row in rows(api, "SELECT id FROM notification_delivery WHERE message_id = ANY(%s)", sent):
            notification_worker.deliver(database, {}, row["id"], {"smssync"})
    states = rows(
        api, "SELECT state, error FROM notification_delivery WHERE message_id = ANY(%s) ORDER BY created_at DESC", sent
    )
    assert [one["state"] for one in states] == ["queued", "failed"]
    assert "did not ask for it" in states[1]["error"]
    channels = channels_of(SIAGA_SMSSYNC_SEND="on")
    server = SettingsForTests(database_url=api.database_url, media_dir=api.media_dir, channels=channels)
    requested = "/api/v1/intake/smssync?task=send&secret="
    assert client.get(f"{requested}smssync-secret-of-tests").json()["payload"]["messages"] == []
    with serve(server, {}) as phone, phone.client() as gateway:
        assert [gateway.get(f"{requested}{wrong}").status_code for wrong in ("", "wrong", "%FF")] == [403, 403, 403]
        first, again = (gateway.get(f"{requested}smssync-secret-of-tests").json() for _ in range(2))
        assert gateway.get("/api/v1/intake/smssync?task=result").status_code == 422
    assert first == {
        "payload": {
            "task": "send",
            "secret": "smssync-secret-of-tests",
            "messages": [{"to": "+62777001", "message": "Selesai \U0001f64f", "uuid": str(sent[0])}],
        }
    }
    assert again["payload"]["messages"] == []


@pytest.mark.parametrize(
    ("channel", "part", "holds"),
    [
        ("telegram", "/sendMessage", b'"chat_id"'),
        ("twilio-sms", "/Messages.json", b"From=%2B622222&"),
        ("whatsapp", "/Messages.json", b"whatsapp%3A"),
        ("lapor", "/sms", b'"to"'),
    ],
)
def test_every_channel_sends_an_answer_in_its_own_format(
    services: Services, settings: Settings, channel: str, part: str, holds: bytes
) -> None:
    services.seen.clear()
    now = datetime.now(UTC)
    message = Outgoing(
        id=uuid7(now),
        priority=4,
        notification_count=1,
        text_id="Selesai",
        text_en="Done",
        created_at=now,
        language="en",
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
    telegram = settings.channels.of(TelegramSettings).bot
    assert telegram is not None
    parts = api.parts
    means = ReportContext(media=parts.media, areas=parts.of(AreaLookup))

    def make_context(conn: Connection) -> IntakeContext:
        return IntakeContext(means=means, known=parts.of(GazetteerLookup).current(conn), public_url="http://siaga.test")

    def an_update(number: int, **message: Any) -> dict[str, Any]:
        return {"update_id": number, "message": {"chat": {"id": 909}, "date": 1_700_000_000, **message}}

    sizes = [{"file_id": "small"}, {"file_id": "large"}]
    services.updates = [
        an_update(1, caption=WHOLE, photo=sizes), an_update(2, photo=[{"file_id": "second"}]),
        an_update(3, text="x" * 5000 + "\x00"), {"update_id": 4, "message": {"text": "no chat"}}, {"update_id": 5},
    ]  # fmt: skip
    token = telegram.token
    evidence = a_photo(size=(800, 600))
    for name in ("large", "second"):
        services.files[f"/file/bot{token}/photos/{name}.jpg"] = (200, {}, evidence if name == "large" else a_photo())
    stop = threading.Event()
    with Database(api.database_url, name="siaga-poll") as database:
        fetcher = TelegramFetcher(
            bot=TelegramBot(telegram), database=database, make_context=make_context, wait_seconds=0
        )
        requested = itertools.count()
        fetcher.poll_until(stop, lambda: stop.set() if next(requested) else None)
        assert fetcher.after == 5
        fetcher.after = 0  # as after a crash before Telegram heard of it
        stop.clear()
        fetcher.poll_until(stop, stop.set)
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
    statement = [json.loads(body)["text"] for _, _, body in services.posts("/sendMessage") if b"909" in body]
    assert any("Foto ditambahkan" in one for one in statement)


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


def test_a_photo_by_whatsapp_is_fetched_with_twilios_name(api: Api, services: Services, settings: Settings) -> None:
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
