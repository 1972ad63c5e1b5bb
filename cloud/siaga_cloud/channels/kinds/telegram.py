"""A bot of Telegram: updates come by webhook or by polling, and answers go out by the Bot API."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Final

from fastapi import Response
from pydantic import Field

from siaga_cloud.channels.conversation.service import DeliveredMessage, IntakeContext, accept
from siaga_cloud.channels.conversation.understanding import TextMessage, clean
from siaga_cloud.channels.fetching.connections import UnreachableError
from siaga_cloud.channels.gateways.photos import PhotoSource, host_of
from siaga_cloud.channels.kinds.channel import (
    CitizenChannel,
    Exchange,
    Gateway,
    IncomingDelivery,
    PollContext,
    PollUntil,
)
from siaga_cloud.channels.sources.fields import (
    JSON,
    MAX_ID,
    MAX_SENDER,
    DeliveryError,
    moment_of,
    object_of,
    prove_secret,
    shown,
    some,
    spot_of,
)
from siaga_cloud.connectors import store as connectors
from siaga_cloud.platform.db.connection import Connection, Database, is_transient
from siaga_cloud.platform.delivery.ports import Channel, Outgoing
from siaga_cloud.platform.delivery.ports import DeliveryError as UnansweredError
from siaga_cloud.platform.delivery.web_api import TIMEOUT_SECONDS, call
from siaga_cloud.settings import ChannelSettings, Settings, SettingsGroup
from siaga_cloud.settings.channels import MIN_SECRET
from siaga_cloud.settings.fields import ApiUrl, OnOff, needed_secret
from siaga_cloud.settings.fields import secret as optional_secret
from siaga_core.hazards import Names

CHANNEL_ID: Final = "telegram"
SERVICE: Final = "Telegram"
MAX_CHARACTERS: Final = 4096
UPDATES_AT_ONCE: Final = 50
WAIT_SECONDS: Final = 25
_GROUPS: Final = frozenset({"group", "supergroup"})
_UNREADABLE: Final = frozenset({"voice", "audio", "video", "video_note", "sticker", "animation", "document", "contact"})

log = logging.getLogger(__name__)


class TelegramBotSettings(SettingsGroup, env_prefix="SIAGA_TELEGRAM_"):
    """A bot. `poll`: the cloud fetches its messages, because no webhook reaches this server."""

    token: Annotated[str, Field(pattern=r"^\d{1,20}:[A-Za-z0-9_-]{20,100}$")] = needed_secret(
        "the token that BotFather gave, as 123456:ABC..."
    )
    api: ApiUrl = "https://api.telegram.org"
    poll: OnOff = False


class TelegramSettings(SettingsGroup, env_prefix="SIAGA_TELEGRAM_"):
    """`secret` proves the deliveries of the webhook; `bot` sends answers outside of the response."""

    secret: str | None = optional_secret(least=MIN_SECRET)
    bot: TelegramBotSettings | None = None


class TelegramBot:
    """Calls the Bot API as one bot."""

    def __init__(self, settings: TelegramBotSettings) -> None:
        self._settings = settings

    def send(self, address: str, message: Outgoing) -> None:
        """Send a message to a chat, as plain text; raises UnansweredError."""
        self._call("sendMessage", {"chat_id": address, "text": message.text[:MAX_CHARACTERS]})

    def updates(self, after: int, *, wait_seconds: int) -> list[dict[str, Any]]:
        """Return the updates after a number, once there are some; the call discards those up to it. Raises
        UnansweredError.
        """
        wanted = {
            "offset": after + 1,
            "timeout": wait_seconds,
            "limit": UPDATES_AT_ONCE,
            "allowed_updates": ["message"],
        }
        found = self._call("getUpdates", wanted, timeout_seconds=wait_seconds + TIMEOUT_SECONDS).get("result")
        if not isinstance(found, list):
            raise UnansweredError(f"{SERVICE}: got no list of updates", is_final=False)
        return [one for one in found if isinstance(one, dict)]

    def file_url(self, file_id: str) -> str:
        """Return the address of a file, which is valid for an hour; raises UnansweredError."""
        result = self._call("getFile", {"file_id": file_id}).get("result")
        path = result.get("file_path") if isinstance(result, dict) else None
        if not isinstance(path, str) or not path or ".." in path or "?" in path or "#" in path:
            raise UnansweredError(f"{SERVICE}: getFile gave no file_path", is_final=True)
        return f"{self._settings.api}/file/bot{self._settings.token}/{path}"

    def _call(
        self, method: str, arguments: Mapping[str, Any], *, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> Mapping[str, Any]:
        url = f"{self._settings.api}/bot{self._settings.token}/{method}"
        return call(SERVICE, "POST", url, json=dict(arguments), timeout_seconds=timeout_seconds)


@dataclass(slots=True, kw_only=True)
class TelegramFetcher:
    """Processes updates. Telegram discards an update once a later call requests those after it."""

    bot: TelegramBot
    database: Database
    make_context: Callable[[Connection], IntakeContext]
    wait_seconds: int = WAIT_SECONDS
    after: int = field(default=0)

    def poll_until(self, stop: threading.Event, well: Callable[[], None]) -> None:
        """Process updates until `stop` is set; raises UnreachableError, psycopg.Error."""
        while not stop.is_set():
            try:
                updates = self.bot.updates(self.after, wait_seconds=self.wait_seconds)
            except UnansweredError as error:
                raise UnreachableError(str(error)) from error
            well()
            for update in updates:
                self._process(update)
                number = update.get("update_id")
                self.after = max(self.after, number if isinstance(number, int) else 0)

    def _process(self, update: Mapping[str, Any]) -> None:
        now = datetime.now(UTC)
        try:
            delivered = read_update(update, now=now)
            if delivered is None:
                return
            with self.database.transaction() as conn:
                accept(conn, replace(delivered, answers_later=True), self.make_context(conn), now)
        except DeliveryError as error:
            self._refuse(str(error))
        except Exception as error:
            if is_transient(error):  # the database's fault and not the message's: it is requested again
                raise
            # It would come again and again, and keep those behind it.
            log.exception("a Telegram update could not be processed")
            self._refuse("an update could not be taken in; see the log")

    def _refuse(self, error: str) -> None:
        with self.database.transaction() as conn:
            connectors.count_refusal(conn, CHANNEL_ID, error=error, now=datetime.now(UTC))


def read_telegram(delivery: IncomingDelivery, secret: str) -> list[DeliveredMessage]:
    """Return the message of an update by webhook, none where there is nothing to read; raises ProofError,
    DeliveryError."""
    name = "X-Telegram-Bot-Api-Secret-Token"
    prove_secret(delivery.header(name), secret, name=name)
    found = read_update(object_of(delivery.body, "an Update"), now=delivery.received_at)
    return [found] if found is not None else []


def read_update(update: Mapping[str, Any], *, now: datetime) -> DeliveredMessage | None:
    """Return the message of an update; None for one without a message of a person (an edit, a channel's post, a
    newcomer), and in a group for what cannot be read."""
    number = some(update.get("update_id"), int, "update_id")
    message_body = update.get("message")
    if not isinstance(message_body, dict):
        return None
    text, place, photos = (
        message_body.get("text", message_body.get("caption")),
        message_body.get("location"),
        _telegram_photos(message_body),
    )
    spot = spot_of(place.get("latitude"), place.get("longitude")) if isinstance(place, dict) else None
    chat = message_body.get("chat")
    is_group = isinstance(chat, dict) and chat.get("type") in _GROUPS
    is_unreadable = not isinstance(text, str) and spot is None and not photos
    if is_unreadable and (is_group or not _UNREADABLE & message_body.keys()):
        return None
    chat_id = some(chat.get("id") if isinstance(chat, dict) else None, int, "message.chat.id")
    message = TextMessage(
        channel="telegram",
        source_id=f"{chat_id}:{number}"[:MAX_ID],
        sender=str(chat_id)[:MAX_SENDER],
        text=clean(text) if isinstance(text, str) else "",
        received_at=moment_of(message_body.get("date"), now, per_second=1),
        spot=spot,
        wanted=photos,
        is_account_proven=True,
        is_unreadable=is_unreadable,
        is_group=is_group,
    )
    return DeliveredMessage(message=message, raw=shown(update))


def _telegram_photos(message_body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the file id of the largest size of a photo, or of an image that was sent as a file and so keeps its
    EXIF."""
    sizes, document = message_body.get("photo"), message_body.get("document")
    if isinstance(sizes, list) and sizes and isinstance(sizes[-1], dict):
        found = sizes[-1].get("file_id")
    elif isinstance(document, dict) and str(document.get("mime_type", "")).startswith("image/"):
        found = document.get("file_id")
    else:
        return ()
    return (found,) if isinstance(found, str) and 0 < len(found) <= MAX_ID and found.isascii() else ()


def _method_call(exchanges: Sequence[Exchange]) -> Response:
    replies = [
        {"method": "sendMessage", "chat_id": int(one.message.sender), "text": one.answer.text} for one in exchanges
    ]
    return Response(json.dumps(replies[0] if replies else {}), media_type=JSON)


def _bot(settings: ChannelSettings) -> TelegramBotSettings | None:
    return settings.of(TelegramSettings).bot


def _secret(settings: ChannelSettings) -> str | None:
    return settings.of(TelegramSettings).secret


def _answers(settings: Settings) -> Channel | None:
    bot = _bot(settings.channels)
    return None if bot is None else TelegramBot(bot)


def _photos(settings: ChannelSettings) -> PhotoSource | None:
    bot = _bot(settings)
    return None if bot is None else PhotoSource(hosts=(host_of(bot.api),), locate=TelegramBot(bot).file_url)


def _polling(context: PollContext) -> PollUntil | None:
    bot = _bot(context.settings.channels)
    if bot is None or not bot.poll:
        return None
    fetcher = TelegramFetcher(bot=TelegramBot(bot), database=context.database, make_context=context.make_context)
    return partial(fetcher.poll_until, context.stop)


CHANNEL: Final = CitizenChannel(
    id=CHANNEL_ID,
    name=Names(indonesian="Telegram", english="Telegram"),
    settings=TelegramSettings,
    is_set_up=lambda settings: _secret(settings) is not None,
    needs_phone=True,
    gateway=Gateway(
        path="telegram",
        summary="Telegram bot",
        description="With the secret token of setWebhook; answered by a method in the response, as the Bot API allows.",
        media_type=JSON,
        example={
            "update_id": 1,
            "message": {"chat": {"id": 7}, "date": 1795500000, "text": "banjir di Kampung Melayu"},
        },
        proof_headers=("x-telegram-bot-api-secret-token",),
        secret=_secret,
        read=read_telegram,
        respond=_method_call,
    ),
    answers=_answers,
    photos=_photos,
    polling=_polling,
)
