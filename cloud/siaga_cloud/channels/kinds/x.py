"""Direct messages and mentions of X: the Account Activity API delivers them, version 2 of the API answers them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from oauthlib.oauth1 import Client

from siaga_cloud.channels.conversation.service import DeliveredMessage
from siaga_cloud.channels.conversation.understanding import TextMessage
from siaga_cloud.channels.deliveries import opened
from siaga_cloud.channels.gateways.photos import PhotoSource
from siaga_cloud.channels.kinds.channel import CitizenChannel, DeliveryReceipt, Gateway, IncomingDelivery, receipt
from siaga_cloud.channels.sources.fields import JSON, ProofError, moment_of, object_of, shown, some, spot_of
from siaga_cloud.channels.sources.social import id_of, objects_of, text_of, urls_of, value_at
from siaga_cloud.platform.delivery.ports import Channel, Outgoing
from siaga_cloud.platform.delivery.ports import DeliveryError as UnsentError
from siaga_cloud.platform.delivery.web_api import call
from siaga_cloud.platform.http.limits import client_key
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.parts import Parts, PartsOf
from siaga_cloud.platform.http.problem import Problem
from siaga_cloud.settings import ChannelSettings, Settings, SettingsGroup
from siaga_cloud.settings.channels import MIN_SECRET
from siaga_cloud.settings.fields import ApiUrl, needed_secret
from siaga_cloud.settings.fields import secret as optional_secret
from siaga_core.hazards import Names
from siaga_core.rules.geometry import LatLon

SERVICE: Final = "X"
MAX_CHARACTERS: Final = 2000
_ID: Final = "x"
_HOSTS: Final = ("pbs.twimg.com", "ton.twitter.com", "ton.x.com")
_PRIVATE: Final = ("https://ton.twitter.com/", "https://ton.x.com/")
# The challenge signs what anybody sends, with the secret that proves deliveries. What it signs must never be readable
# as a delivery: a delivery is a JSON object, and no text of these characters is one.
CHALLENGE_PATTERN: Final = r"^[A-Za-z0-9_+/=-]{1,128}$"
_CHALLENGE: Final = re.compile(CHALLENGE_PATTERN.encode())
_MENTIONED_AT: Final = "%a %b %d %H:%M:%S %z %Y"


class XAccountSettings(SettingsGroup, env_prefix="SIAGA_X_"):
    """An account of X, by OAuth 1.0a."""

    consumer_key: str
    consumer_secret: str = needed_secret()
    access_token: str = needed_secret()
    access_secret: str = needed_secret()
    api: ApiUrl = "https://api.x.com"


class XSettings(SettingsGroup, env_prefix="SIAGA_X_"):
    """`consumer_secret` proves deliveries; `account` sends answers."""

    consumer_secret: str | None = optional_secret(least=MIN_SECRET)
    account: XAccountSettings | None = None


class CrcAnswer(ResponseModel):
    """Proves that this server knows the consumer secret."""

    response_token: str


class XAccount:
    """Sends as one account."""

    def __init__(self, settings: XAccountSettings) -> None:
        self._settings = settings

    def send(self, address: str, message: Outgoing) -> None:
        """Send a direct message to a person; raises UnsentError."""
        if not (address.isascii() and address.isdigit()):
            raise UnsentError("the address is not an account's number", is_final=True)
        url = f"{self._settings.api}/2/dm_conversations/with/{address}/messages"
        body = json.dumps({"text": message.text[:MAX_CHARACTERS]})
        call(SERVICE, "POST", url, content=body.encode(), headers=self.signed("POST", url))

    def signed_if_private(self, url: str) -> dict[str, str]:
        """Return headers for an image of a direct message, which only its two sides may see; none for one of a post."""
        return self.signed("GET", url) if url.startswith(_PRIVATE) else {}

    def signed(self, method: str, url: str) -> dict[str, str]:
        """Return headers that sign a request; a body of JSON is not part of what OAuth 1.0a signs."""
        own = self._settings
        client = Client(own.consumer_key, own.consumer_secret, own.access_token, own.access_secret)
        _, headers, _ = client.sign(url, http_method=method)
        return {**headers, **({"Content-Type": "application/json"} if method == "POST" else {})}


routes = APIRouter()


@routes.get(f"/intake/{_ID}", summary="X: the challenge of its webhook")
def verify_x_webhook(
    parts: PartsOf, request: Request, crc_token: Annotated[str, Query(pattern=CHALLENGE_PATTERN)]
) -> CrcAnswer:
    """Requested when the webhook is set, and every hour. Only a token is signed, never what may be a delivery."""
    known = opened(_secret(parts.settings.channels), _ID)
    _limit_challenges(parts, client_key(request.client.host if request.client else None))
    return CrcAnswer(response_token=_signature(crc_token.encode(), known))


def _limit_challenges(parts: Parts, client: str) -> None:
    wait = math.ceil(parts.challenge_limit.wait_seconds(client))
    if wait > 0:
        raise Problem(
            429, "too-many-requests", "Too many challenges", f"try again in {wait} s", retry_after_seconds=wait
        )


def read_x(delivery: IncomingDelivery, secret: str) -> list[DeliveredMessage]:
    """Return direct messages to and mentions of the account without its own; raises ProofError, DeliveryError."""
    if _CHALLENGE.match(delivery.body):
        raise ProofError("body: a challenge token, which this server signs for anybody; expected a JSON object")
    given = delivery.header("x-twitter-webhooks-signature").encode("utf-8", "replace")
    if not hmac.compare_digest(_signature(delivery.body, secret).encode(), given):
        raise ProofError("x-twitter-webhooks-signature: does not fit the body")
    activity, now = object_of(delivery.body, "an account activity"), delivery.received_at
    own = str(activity.get("for_user_id", ""))
    direct = [_direct(event, own, now) for event in objects_of(activity, "direct_message_events")]
    mentions = [_mention(post, own, now) for post in objects_of(activity, "tweet_create_events")]
    return [one for one in (*direct, *mentions) if one is not None]


def _signature(signed: bytes, secret: str) -> str:
    """Return sha256= and the base64 of the HMAC under the consumer secret."""
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def _direct(event: Mapping[str, Any], own: str, now: datetime) -> DeliveredMessage | None:
    if event.get("type") != "message_create":
        return None
    created = some(event.get("message_create"), dict, "direct_message_events.message_create")
    sender = id_of(created.get("sender_id"), "direct_message_events.message_create.sender_id")
    if sender == own:
        return None
    data = some(created.get("message_data"), dict, "direct_message_events.message_create.message_data")
    media = value_at(data, "attachment", "media")
    message = TextMessage(
        channel="x",
        source_id=id_of(event.get("id"), "direct_message_events.id"),
        sender=sender,
        text=text_of(data.get("text")),
        received_at=moment_of(event.get("created_timestamp"), now),
        spot=_point(value_at(data, "attachment", "location", "shared_coordinate", "coordinates")),
        wanted=urls_of([media.get("media_url_https")] if isinstance(media, dict) else []),
    )
    return DeliveredMessage(message=message, raw=shown(event), answers_later=True)


def _mention(post: Mapping[str, Any], own: str, now: datetime) -> DeliveredMessage | None:
    """Return a post that names the account; what the account itself posts and what is only passed on is left out."""
    sender = id_of(value_at(post, "user", "id_str"), "tweet_create_events.user.id_str")
    if sender == own or "retweeted_status" in post:
        return None
    text = value_at(post, "extended_tweet", "full_text") or post.get("text")
    media = value_at(post, "extended_entities", "media") or value_at(post, "entities", "media")
    media_urls = (
        [one.get("media_url_https") for one in media if isinstance(one, dict)] if isinstance(media, list) else []
    )
    message = TextMessage(
        channel="x",
        source_id=id_of(post.get("id_str"), "tweet_create_events.id_str"),
        sender=sender,
        text=" ".join(word for word in text_of(text).split() if not word.startswith(("@", "https://t.co/"))),
        received_at=_posted_at(post.get("created_at"), now),
        spot=_point(value_at(post, "coordinates", "coordinates")),
        wanted=urls_of(media_urls),
    )
    return DeliveredMessage(message=message, raw=shown(post), answers_later=True)


def _point(lon_lat: Any) -> LatLon | None:
    """GeoJSON's order."""
    if isinstance(lon_lat, dict):
        lon_lat = lon_lat.get("coordinates")
    return spot_of(lon_lat[1], lon_lat[0]) if isinstance(lon_lat, list) and len(lon_lat) == 2 else None


def _posted_at(stamp: Any, now: datetime) -> datetime:
    try:
        return datetime.strptime(str(stamp)[:60], _MENTIONED_AT).astimezone(UTC)
    except ValueError:
        return now


def _secret(settings: ChannelSettings) -> str | None:
    return settings.of(XSettings).consumer_secret


def _answers(settings: Settings) -> Channel | None:
    account = settings.channels.of(XSettings).account
    return None if account is None else XAccount(account)


def _photos(settings: ChannelSettings) -> PhotoSource | None:
    found = settings.of(XSettings).account
    if found is None:
        return None
    account = XAccount(found)
    return PhotoSource(hosts=_HOSTS, headers=lambda _method, url: account.signed_if_private(url))


CHANNEL: Final = CitizenChannel(
    id=_ID,
    name=Names(indonesian="X", english="X"),
    settings=XSettings,
    is_set_up=lambda settings: _secret(settings) is not None,
    gateway=Gateway(
        path=_ID,
        summary="X: direct messages and mentions",
        description="Signed by x-twitter-webhooks-signature; answered by direct message.",
        media_type=JSON,
        example={"for_user_id": "1", "direct_message_events": []},
        proof_headers=("x-twitter-webhooks-signature",),
        secret=_secret,
        read=read_x,
        respond=receipt,
        response_model=DeliveryReceipt,
        routes=routes,
    ),
    answers=_answers,
    photos=_photos,
)
