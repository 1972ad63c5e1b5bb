"""What Telegram and Twilio deliver besides texts: groups, voice notes, and reports on messages that were sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from siaga_cloud.channels.kinds.channel import IncomingDelivery
from siaga_cloud.channels.kinds.telegram import read_update
from siaga_cloud.channels.kinds.twilio import failed_messages, read_twilio

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PRIVATE, GROUP = {"id": 7, "type": "private"}, {"id": -1001, "type": "supergroup"}
ADDRESS = "https://siaga.example/api/v1/intake/twilio"


@pytest.mark.parametrize(
    ("chat", "fields", "expected"),
    [
        (PRIVATE, {"text": "banjir"}, (False, False)),
        (GROUP, {"text": "banjir"}, (False, True)),
        (PRIVATE, {"voice": {"file_id": "x", "duration": 3}}, (True, False)),
        (PRIVATE, {"sticker": {"file_id": "x"}}, (True, False)),
        (PRIVATE, {"video": {"file_id": "x"}, "caption": "banjir"}, (False, False)),
        (GROUP, {"voice": {"file_id": "x"}}, None),
        (GROUP, {"new_chat_members": [{"id": 8}]}, None),
        (PRIVATE, {"pinned_message": {}}, None),
    ],
)
def test_an_update_of_telegram_states_whether_it_can_be_read_and_who_reads_the_answer(
    chat: dict[str, Any], fields: dict[str, Any], expected: tuple[bool, bool] | None
) -> None:
    found = read_update({"update_id": 1, "message": {"chat": chat, "date": 1_793_000_000, **fields}}, now=NOW)
    assert (found and (found.message.is_unreadable, found.message.is_group)) == expected


def delivery(**form: str) -> IncomingDelivery:
    signed = ADDRESS + "".join(f"{name}{value}" for name, value in sorted(form.items()))
    digest = base64.b64encode(hmac.new(b"token", signed.encode(), hashlib.sha1).digest()).decode()
    body = urlencode(form).encode()
    return IncomingDelivery(body=body, headers={"X-Twilio-Signature": digest}, url=ADDRESS, received_at=NOW)


@pytest.mark.parametrize(
    ("form", "messages", "failures"),
    [
        ({"Body": "banjir"}, [False], []),
        ({"Body": "", "NumMedia": "1", "MediaContentType0": "audio/ogg", "MediaUrl0": "https://x"}, [True], []),
        ({"Body": "", "NumMedia": "1", "MediaContentType0": "image/png", "MediaUrl0": "https://x"}, [False], []),
        ({"Body": "", "NumMedia": "0"}, [False], []),
        ({"MessageStatus": "delivered"}, [], []),
        ({"MessageStatus": "undelivered", "ErrorCode": "30003"}, [], ["a message did not arrive: undelivered 30003"]),
        ({"MessageStatus": "received", "Body": "banjir"}, [False], []),
    ],
)
def test_a_callback_of_twilio_is_no_message(form: dict[str, str], messages: list[bool], failures: list[str]) -> None:
    sent = delivery(From="whatsapp:+62812", MessageSid="SM9", **form)
    assert [one.message.is_unreadable for one in read_twilio(sent, "token")] == messages
    assert failed_messages(sent.body) == failures
