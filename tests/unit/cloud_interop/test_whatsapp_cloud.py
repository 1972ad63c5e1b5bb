"""WhatsApp's Cloud API: each documented payload with its outcome, and what is sent against Meta's documented schema."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jsonschema_rs
import pytest
from tests.support.stand_ins.text_gateways import whatsapp_notification, whatsapp_proof

from siaga_cloud.channels.conversation.understanding import TextMessage
from siaga_cloud.channels.kinds.channel import IncomingDelivery
from siaga_cloud.channels.kinds.whatsapp_cloud import (
    CHANNEL,
    WhatsAppNumber,
    WhatsAppNumberSettings,
    failed_messages,
    read_whatsapp,
)
from siaga_cloud.channels.registry import load_settings
from siaga_cloud.channels.sources.fields import DeliveryError, ProofError
from siaga_cloud.platform.delivery.ports import DeliveryError as UnsentError
from siaga_cloud.platform.delivery.ports import Outgoing
from siaga_core.rules.geometry import LatLon
from siaga_core.wire.ids import uuid7

SECRET = "whatsapp-app-secret-of-tests"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
BASE = {"from": "6281200000001", "id": "wamid.HBgL", "timestamp": "1793000000"}
PHOTO = {"id": "2754859441498128", "mime_type": "image/jpeg", "sha256": "81d3", "caption": "banjir"}
RECORDING = {"id": "1908647269898587", "mime_type": "audio/ogg; codecs=opus", "sha256": "fa9e", "voice": True}

# What Meta documents as the webhook's messages: (fields, text, spot, photos, unreadable), None where none is a message.
PAYLOADS: list[tuple[dict[str, Any], tuple[str, Any, tuple[str, ...], bool] | None]] = [
    ({"type": "text", "text": {"body": "banjir di tebet"}}, ("banjir di tebet", None, (), False)),
    ({"type": "image", "image": PHOTO}, ("banjir", None, ("2754859441498128",), False)),
    ({"type": "document", "document": {"id": "7", "mime_type": "image/jpeg"}}, ("", None, ("7",), False)),
    ({"type": "document", "document": {"id": "7", "mime_type": "application/pdf"}}, ("", None, (), True)),
    (
        {"type": "location", "location": {"latitude": -6.2, "longitude": 106.8, "name": "Tebet"}},
        ("", LatLon(lat=-6.2, lon=106.8), (), False),
    ),
    ({"type": "audio", "audio": RECORDING}, ("", None, (), True)),
    ({"type": "video", "video": {"id": "8", "mime_type": "video/mp4", "caption": "lihat"}}, ("lihat", None, (), False)),
    ({"type": "sticker", "sticker": {"id": "9", "mime_type": "image/webp"}}, ("", None, (), True)),
    ({"type": "button", "button": {"text": "Ya", "payload": "y"}}, ("Ya", None, (), False)),
    (
        {"type": "interactive", "interactive": {"type": "list_reply", "list_reply": {"id": "1", "title": "Banjir"}}},
        ("Banjir", None, (), False),
    ),
    ({"type": "unsupported", "errors": [{"code": 131051}]}, ("", None, (), True)),
    ({"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "U"}}, None),
    ({"type": "system", "system": {"body": "changed number"}}, None),
    ({"type": "text", "text": {"body": "banjir"}, "group_id": "g1"}, None),
]


def delivery(body: bytes, proof: dict[str, str] | None = None) -> IncomingDelivery:
    headers = whatsapp_proof(body) if proof is None else proof
    return IncomingDelivery(body=body, headers=headers, url="https://x", received_at=NOW)


def read(*messages: dict[str, Any], **value: object) -> list[TextMessage]:
    body = whatsapp_notification(messages=list(messages), **value)
    return [one.message for one in read_whatsapp(delivery(body), SECRET)]


@pytest.mark.parametrize(
    ("fields", "expected"), PAYLOADS, ids=lambda one: one.get("type") if isinstance(one, dict) else ""
)
def test_a_documented_payload_has_one_outcome(fields: dict[str, Any], expected: tuple[Any, ...] | None) -> None:
    found = read({**BASE, **fields})
    assert [(one.text, one.spot, one.wanted, one.is_unreadable) for one in found] == ([expected] if expected else [])
    for one in found:
        assert (one.sender, one.source_id) == ("+6281200000001", "wamid.HBgL")
        assert one.received_at == datetime.fromtimestamp(1_793_000_000, UTC)


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        ({"status": "sent"}, []),
        ({"status": "delivered"}, []),
        ({"status": "read"}, []),
        (
            {"status": "failed", "errors": [{"code": 131047, "title": "Re-engagement message"}]},
            ["a message did not arrive: 131047 Re-engagement message"],
        ),
        ({"status": "failed"}, ["a message did not arrive: None"]),
    ],
)
def test_a_status_is_no_message_and_a_failure_is_reported(status: dict[str, Any], failure: list[str]) -> None:
    body = whatsapp_notification(statuses=[{"id": "wamid.x", "timestamp": "1", "recipient_id": "62812", **status}])
    assert read_whatsapp(delivery(body), SECRET) == []
    assert failed_messages(body) == failure


def test_other_fields_of_the_account_are_no_messages() -> None:
    change = {"field": "message_template_status_update", "value": {"event": "APPROVED"}}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}).encode()
    assert (read_whatsapp(delivery(body), SECRET), failed_messages(body)) == ([], [])


@pytest.mark.parametrize(
    ("body", "proof", "error"),
    [
        (whatsapp_notification(), {}, ProofError),
        (whatsapp_notification(), whatsapp_proof(whatsapp_notification(), b"another"), ProofError),
        (whatsapp_notification(), whatsapp_proof(b"another body"), ProofError),
        (b'{"object": "page", "entry": []}', None, DeliveryError),
        (b'{"object": ["whatsapp_business_account"]}', None, DeliveryError),
        (b"[]", None, DeliveryError),
        (b'{"object": "whatsapp_business_account", "entry": 7}', None, DeliveryError),
        (
            b'{"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages"}]}]}',
            None,
            DeliveryError,
        ),
        (whatsapp_notification(messages=[{"type": "text", "text": {"body": "x"}}]), None, DeliveryError),
    ],
)
def test_what_is_not_proved_or_not_a_notification_is_refused(
    body: bytes, proof: dict[str, str] | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        read_whatsapp(delivery(body, proof), SECRET)


# --- sending, against a stand-in that refuses what Meta's reference does not allow -------------------------------

TEXT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["messaging_product", "to", "type", "text"],
    "properties": {
        "messaging_product": {"const": "whatsapp"},
        "recipient_type": {"const": "individual"},
        "to": {"type": "string", "pattern": "^[0-9]{5,20}$"},
        "type": {"const": "text"},
        "text": {
            "type": "object",
            "additionalProperties": False,
            "required": ["body"],
            "properties": {
                "body": {"type": "string", "minLength": 1, "maxLength": 4096},
                "preview_url": {"type": "boolean"},
            },
        },
    },
}
PARAMETER = {
    "type": "object",
    "additionalProperties": False,
    "required": ["type", "text"],
    "properties": {
        "type": {"const": "text"},
        # Neither line breaks and tabs nor more than four spaces in a row: error 132018 otherwise.
        "text": {"type": "string", "minLength": 1, "maxLength": 1024, "pattern": r"^(?!.*(\n|\t| {5}))[\s\S]*$"},
    },
}
COMPONENT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["type", "parameters"],
    "properties": {
        "type": {"const": "body"},
        "parameters": {"type": "array", "minItems": 1, "maxItems": 1, "items": PARAMETER},
    },
}
TEMPLATE = {
    **TEXT,
    "required": ["messaging_product", "to", "type", "template"],
    "properties": {
        **{name: TEXT["properties"][name] for name in ("messaging_product", "recipient_type", "to")},  # type: ignore[index]
        "type": {"const": "template"},
        "template": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name", "language"],
            "properties": {
                "name": {"const": "laporan_siaga"},
                "language": {"type": "object", "required": ["code"], "properties": {"code": {"enum": ["id", "en"]}}},
                "components": {"type": "array", "items": COMPONENT},
            },
        },
    },
}


@dataclass(slots=True)
class Meta:
    """The stand-in. `accepted`: the bodies that fit the schema."""

    url: str = ""
    accepted: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, path: str, authorization: str | None, body: bytes) -> tuple[int, dict[str, Any]]:
        if authorization != "Bearer token-of-the-system-user":
            return 401, {"error": {"code": 190, "type": "OAuthException"}}
        if path == "/v21.0/2754859441498128":
            return 200, {"messaging_product": "whatsapp", "url": f"{self.url}/media", "mime_type": "image/jpeg"}
        content = json.loads(body or b"{}")
        schema = {"oneOf": [TEXT, TEMPLATE]}
        if path != "/v21.0/106540352242922/messages" or not jsonschema_rs.is_valid(schema, content):
            return 400, {"error": {"code": 100, "message": "Invalid parameter"}}
        self.accepted.append(content)
        contacts = [{"input": content["to"], "wa_id": content["to"]}]
        return 200, {"messaging_product": "whatsapp", "contacts": contacts, "messages": [{"id": "wamid.out"}]}


@pytest.fixture
def meta() -> Iterator[Meta]:
    held = Meta()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, answer = held.answer(self.path, self.headers.get("Authorization"), body)
            sent = json.dumps(answer).encode() if self.path != "/media" else b"jpeg"
            self.send_response(200 if self.path == "/media" and status != 401 else status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield held
    server.shutdown()
    thread.join()
    server.server_close()


def number(meta: Meta, **more: Any) -> WhatsAppNumber:
    settings = {"number_id": "106540352242922", "token": "token-of-the-system-user", "api": meta.url, **more}
    return WhatsAppNumber(WhatsAppNumberSettings.model_validate(settings))


def outgoing(text: str, *, is_reply: bool) -> Outgoing:
    return Outgoing(
        id=uuid7(NOW), priority=2, notification_count=0, text_id=text, text_en=text, created_at=NOW, language="id",
        is_reply=is_reply,
    )  # fmt: skip


def test_a_reply_is_a_text_and_everything_later_the_template(meta: Meta) -> None:
    port = number(meta, template="laporan_siaga")
    port.send("+6281200000001", outgoing("Di mana?" + "x" * 5000, is_reply=True))
    port.send(
        "+6281200000001", outgoing("Laporan 1001:\n\tselesai.        Terima kasih\n" + "x" * 2000, is_reply=False)
    )
    reply, later = meta.accepted
    assert (reply["type"], reply["to"], len(reply["text"]["body"])) == ("text", "6281200000001", 4096)
    (component,) = later["template"]["components"]
    assert component["parameters"][0]["text"].startswith("Laporan 1001: selesai. Terima kasih x")
    number(meta).send("+6281200000001", outgoing("selesai", is_reply=False))
    assert meta.accepted[-1]["type"] == "text", "without a template within the day alone, which Meta decides"


@pytest.mark.parametrize(
    ("more", "text", "is_final"),
    [({}, "", True), ({"token": "expired"}, "x", False), ({"number_id": "99999"}, "x", True)],
)
def test_what_meta_refuses_is_reported(meta: Meta, more: dict[str, Any], text: str, is_final: bool) -> None:
    with pytest.raises(UnsentError, match=r"WhatsApp answered 40\d") as refused:
        number(meta, **more).send("+6281200000001", outgoing(text, is_reply=True))
    assert refused.value.is_final is is_final


def test_a_photo_is_fetched_by_its_id_with_the_token(meta: Meta) -> None:
    settings = load_settings({
        "SIAGA_DATABASE_URL": "postgresql://x@y/z", "SIAGA_WHATSAPP_NUMBER_ID": "106540352242922",
        "SIAGA_WHATSAPP_TOKEN": "token-of-the-system-user", "SIAGA_WHATSAPP_API": meta.url,
    })  # fmt: skip
    source = CHANNEL.photos(settings.channels)
    assert source is not None
    assert source.fetch("2754859441498128") == b"jpeg"
