"""Gateways of text channels as they deliver, proved with the secrets of the tests' server."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from tests.support.http_api import Api

WHOLE = "banjir selutut di kampung melayu"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
numbers = itertools.count(1)
SentMessage = tuple[bytes, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Connector:
    """How a gateway delivers a text. `deliver`: (text, number of the message, sender) to body and headers."""

    name: str
    channel: str
    deliver: Callable[[str, int, str], SentMessage]
    ids: bool = True

    @property
    def path(self) -> str:
        return f"/api/v1/intake/{self.name}"


def _twilio(text: str, number: int, sender: str, kind: str = "") -> SentMessage:
    form = {"From": f"{kind}+62{sender}", "Body": text, "MessageSid": f"SM{number}", "NumMedia": "0"}
    signed = "http://127.0.0.1/api/v1/intake/twilio" + "".join(f"{k}{v}" for k, v in sorted(form.items()))
    digest = hmac.new(b"twilio-token-of-tests", signed.encode(), hashlib.sha1).digest()
    return urlencode(form).encode(), {**FORM, "X-Twilio-Signature": base64.b64encode(digest).decode()}


def _whatsapp(text: str, number: int, sender: str) -> SentMessage:
    return _twilio(text, number, sender, kind="whatsapp:")


def _telegram(text: str, number: int, sender: str) -> SentMessage:
    message = {"chat": {"id": int(sender)}, "date": 1_700_000_000, "text": text}
    body = json.dumps({"update_id": number, "message": message}).encode()
    return body, {"X-Telegram-Bot-Api-Secret-Token": "telegram-secret-of-tests"}


def _sms(secret: str, **more: str) -> Callable[[str, int, str], SentMessage]:
    def deliver(text: str, number: int, sender: str) -> SentMessage:
        ids = {name: str(number) for name in more}
        return urlencode({"secret": secret, "from": f"+62{sender}", "message": text, **ids}).encode(), FORM

    return deliver


def _x(text: str, number: int, sender: str) -> SentMessage:
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


def _facebook(text: str, number: int, sender: str) -> SentMessage:
    """As Messenger documents it."""
    event = {
        "sender": {"id": sender}, "recipient": {"id": "1"}, "timestamp": 1_700_000_000_000,
        "message": {"mid": f"m_{number}", "text": text},
    }  # fmt: skip
    body = json.dumps({"object": "page", "entry": [{"id": "1", "time": 1, "messaging": [event]}]}).encode()
    digest = hmac.new(b"facebook-app-secret-of-tests", body, hashlib.sha256).hexdigest()
    return body, {"X-Hub-Signature-256": f"sha256={digest}"}


def whatsapp_notification(**value: object) -> bytes:
    """A notification of WhatsApp's Cloud API with messages or statuses, as Meta documents it."""
    metadata = {"display_phone_number": "6221555000", "phone_number_id": "106540352242922"}
    change = {"value": {"messaging_product": "whatsapp", "metadata": metadata, **value}, "field": "messages"}
    entry = {"id": "102290129340398", "changes": [change]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def whatsapp_proof(body: bytes, secret: bytes = b"whatsapp-app-secret-of-tests") -> dict[str, str]:
    return {"X-Hub-Signature-256": f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"}


def _whatsapp_cloud(text: str, number: int, sender: str) -> SentMessage:
    message = {
        "from": f"62{sender}", "id": f"wamid.{number}", "timestamp": "1700000000", "type": "text",
        "text": {"body": text},
    }  # fmt: skip
    contact = {"profile": {"name": "Siti"}, "wa_id": f"62{sender}"}
    body = whatsapp_notification(contacts=[contact], messages=[message])
    return body, whatsapp_proof(body)


CONNECTORS = [
    Connector("twilio", "twilio-sms", _twilio),
    Connector("twilio", "whatsapp", _whatsapp),
    Connector("telegram", "telegram", _telegram),
    Connector("smssync", "smssync", _sms("smssync-secret-of-tests", message_id="")),
    Connector("frontlinesms", "frontlinesms", _sms("frontline-secret-of-tests"), ids=False),
    Connector("lapor", "lapor", _sms("lapor-secret-of-tests", id="")),
    Connector("x", "x", _x),
    Connector("facebook", "facebook", _facebook),
    Connector("whatsapp-cloud", "whatsapp-cloud", _whatsapp_cloud),
]


def send(client: httpx.Client, connector: Connector, text: str, *, number: int = 0, sender: str = "") -> httpx.Response:
    number = number or next(numbers)
    body, headers = connector.deliver(text, number, sender or f"8{number:010}")
    return client.post(connector.path, content=body, headers=headers)


def rows(api: Api, query: str, *values: object) -> list[dict[str, Any]]:
    with api.connection() as conn:
        return list(conn.execute(query.encode(), values))


def reports(api: Api, channel: str) -> list[dict[str, Any]]:
    return rows(api, "SELECT * FROM report WHERE channel = %s ORDER BY received_at", channel)
