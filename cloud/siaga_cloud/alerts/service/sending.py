"""Plans the alert messages, queues them in batches and writes the text of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from siaga_cloud.alerts.service import subscriptions
from siaga_cloud.alerts.store import messages as db
from siaga_cloud.alerts.store.messages import DueMessage
from siaga_cloud.city.service import policy as policies
from siaga_cloud.platform.db import jobs
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.delivery.ports import AlertMessage

BATCH: Final = 100
MOST_A_TURN: Final = 50_000
LEFT_BEHIND_AFTER: Final = timedelta(minutes=10)
MESSAGES_RETENTION: Final = timedelta(days=400)
_SMS_CHARACTERS: Final = 300
_WHOLE: Final = 5

_CONFIRM: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "id": {
        "email": (
            "Konfirmasi: kabar banjir dari Siaga",
            (
                "Seseorang, semoga Anda, meminta kabar banjir ke alamat ini.\n\nBuka alamat ini dan tekan tombolnya "
                "supaya kami mulai mengirim:\n{url}\n\nBila bukan Anda, abaikan saja; alamat ini kami hapus dalam "
                "24 jam."
            ),
        ),
        "sms": ("Siaga", "Kode Siaga Anda: {code}. Bila Anda tidak meminta kabar banjir, abaikan pesan ini."),
        "webhook": ("Siaga", "Kirim kembali isi `challenge` untuk menerima kabar banjir."),
        "webpush": ("Siaga", "Peringatan banjir sudah aktif di perangkat ini."),
    },
    "en": {
        "email": (
            "Please confirm: flood alerts from Siaga",
            (
                "Somebody, we hope you, asked for flood alerts to this address.\n\nOpen this address and press the "
                "button, and we begin to send:\n{url}\n\nIf it was not you, do nothing; we forget this address within "
                "24 hours."
            ),
        ),
        "sms": ("Siaga", "Your Siaga code: {code}. If you did not ask for flood alerts, ignore this message."),
        "webhook": ("Siaga", "Send `challenge` back to receive flood alerts."),
        "webpush": ("Siaga", "Flood alerts are on for this device."),
    },
}


def plan_and_queue(conn: Connection, *, now: datetime) -> int:
    """Makes the messages that are due, and jobs for all that wait; how many messages are new.

    The most urgent go first, also ahead of what waits from before.
    """
    time_of_day = now.astimezone(policies.current(conn).zone).strftime("%H:%M:%S")
    made = db.plan(conn, time_of_day=time_of_day, now=now)
    for batch in db.claim_due(conn, stale_before=now - LEFT_BEHIND_AFTER, now=now, batch=BATCH, limit=MOST_A_TURN):
        jobs.defer_alerts(conn, batch.message_ids, priority=batch.priority)
    return made


def forget(conn: Connection, *, now: datetime) -> None:
    """Deletes subscriptions that were never confirmed, and old messages."""
    subscriptions.forget(conn, now=now)
    db.forget(conn, before=now - MESSAGES_RETENTION)


def alert_message_of(message: DueMessage, *, public_url: str, challenge: str) -> AlertMessage:
    """Return the alert message of a message whose subscription is there."""
    url = f"{public_url}/api/v1/subscriptions/{message.secret}"
    language = message.language or "id"
    if message.kind == "confirm":
        title, text = _CONFIRM[language][message.channel]
        text = text.format(url=url, code=message.code)
        short = text
    else:
        title, text, short = _title(message.parts), _text(message.parts), _short(message.parts, url)
    return AlertMessage(
        id=message.id,
        priority=message.priority,
        language=language,
        title=title,
        text=text,
        short=short,
        manage_url=url,
        unsubscribe_url=f"{url}/unsubscribe",
        created_at=message.created_at,
        challenge=challenge if message.kind == "confirm" and message.channel == "webhook" else None,
        alerts=[_public(part) for part in message.parts],
    )


def _title(parts: Sequence[Mapping[str, Any]]) -> str:
    # A place that is over stands first in the text, but what is worst heads the message.
    worst = max(parts, key=lambda part: int(part["level"]))
    more = f" (+{len(parts) - 1})" if len(parts) > 1 else ""
    return f"{worst['headline']}{more}"


def _text(parts: Sequence[Mapping[str, Any]]) -> str:
    """Return the first few whole, of the others the headlines: nobody reads two hundred instructions."""
    whole = "\n\n".join(part["text"] for part in parts[:_WHOLE])
    return "\n\n".join([whole, "\n".join(part["headline"] for part in parts[_WHOLE:])]).strip()


def _short(parts: Sequence[Mapping[str, Any]], url: str) -> str:
    text = parts[0]["short"] if len(parts) == 1 else "; ".join(part["headline"] for part in parts)
    room = _SMS_CHARACTERS - len(url) - 1
    return f"{text if len(text) <= room else text[: room - 1] + '…'} {url}"


def _public(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return an alert as it is sent to a program."""
    names = (
        "alert_id", "revision", "kind", "level", "place", "stage", "flood_state", "flood_certainty", "severity",
        "urgency", "certainty", "onset_at", "headline", "text",
    )  # fmt: skip
    return {name: part[name] for name in names}
