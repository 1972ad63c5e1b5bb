"""Stand-ins of messaging services: they deliver a citizen's words to the city's webhooks as the real services do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from urllib.parse import urlencode

import httpx

from siaga_sim.actors.requests import client

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TEXT_CHANNELS = ("telegram", "whatsapp", "twilio-sms", "lapor", "smssync")


def deliver(
    url: str,
    secrets: Mapping[str, str],
    *,
    channel: str,
    sender: int,
    number: int,
    text: str,
    public_url: str | None = None,
) -> httpx.Response:
    """Deliver a message; `sender` is the number of a phone or chat, `number` that of the message.

    `public_url`: the address that the service was given, if it is not `url`.
    """
    connector, body, headers = _DELIVERIES[channel](public_url or url, secrets, sender, number, text)
    with client(url, "127.0.0.1") as http:
        return http.post(f"/api/v1/intake/{connector}", content=body, headers=headers)


def reply_of(channel: str, response: httpx.Response) -> str:
    """The text that the service delivers to the sender; only Telegram's stand-in reads it out of the response."""
    return str(response.json().get("text", "")) if channel == "telegram" else ""


def _telegram(
    _url: str, secrets: Mapping[str, str], sender: int, number: int, text: str
) -> tuple[str, bytes, dict[str, str]]:
    message = {"chat": {"id": sender}, "date": int(time.time()), "text": text}
    body = json.dumps({"update_id": number, "message": message}).encode()
    return "telegram", body, {"X-Telegram-Bot-Api-Secret-Token": secrets["SIAGA_TELEGRAM_SECRET"]}


def _twilio(
    url: str, secrets: Mapping[str, str], sender: int, number: int, text: str, kind: str = ""
) -> tuple[str, bytes, dict[str, str]]:
    form = {"From": f"{kind}+62{sender}", "Body": text, "MessageSid": f"SM{number}", "NumMedia": "0"}
    signed = f"{url}/api/v1/intake/twilio" + "".join(f"{name}{value}" for name, value in sorted(form.items()))
    digest = hmac.new(secrets["SIAGA_TWILIO_AUTH_TOKEN"].encode(), signed.encode(), hashlib.sha1).digest()
    return "twilio", urlencode(form).encode(), {**FORM, "X-Twilio-Signature": base64.b64encode(digest).decode()}


def _whatsapp(
    url: str, secrets: Mapping[str, str], sender: int, number: int, text: str
) -> tuple[str, bytes, dict[str, str]]:
    return _twilio(url, secrets, sender, number, text, kind="whatsapp:")


def _lapor(
    _url: str, secrets: Mapping[str, str], sender: int, number: int, text: str
) -> tuple[str, bytes, dict[str, str]]:
    form = {"secret": secrets["SIAGA_LAPOR_SECRET"], "from": f"+62{sender}", "message": text, "id": str(number)}
    return "lapor", urlencode(form).encode(), FORM


def _smssync(
    _url: str, secrets: Mapping[str, str], sender: int, number: int, text: str
) -> tuple[str, bytes, dict[str, str]]:
    form = {"secret": secrets["SIAGA_SMSSYNC_SECRET"], "from": f"+62{sender}", "message": text}
    return "smssync", urlencode({**form, "message_id": str(number)}).encode(), FORM


_DELIVERIES = {
    "telegram": _telegram,
    "whatsapp": _whatsapp,
    "twilio-sms": _twilio,
    "lapor": _lapor,
    "smssync": _smssync,
}


def waze_alert(*, number: int, lat: float, lon: float) -> dict[str, object]:
    """A driver's alert of a flooded road, as Waze for Cities lists it."""
    return {
        "uuid": f"demo-{number}",
        "pubMillis": int(time.time() * 1000),
        "location": {"x": lon, "y": lat},
        "type": "HAZARD",
        "subtype": "HAZARD_WEATHER_FLOOD",
        "reliability": 8,
        "confidence": 3,
    }
