"""Reads the deliveries of X and Facebook: it answers challenges, verifies signatures and parses messages."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from siaga_cloud.channels.conversation.service import DeliveredMessage
from siaga_cloud.channels.conversation.understanding import TextMessage, clean
from siaga_cloud.channels.sources.fields import (
    MAX_ID,
    MAX_SENDER,
    DeliveryError,
    ProofError,
    moment_of,
    object_of,
    shown,
    some,
    spot_of,
)
from siaga_core.rules.geometry import LatLon

MAX_EVENTS: Final = 50
_MENTIONED_AT: Final = "%a %b %d %H:%M:%S %z %Y"


def x_response(crc_token: str, secret: str) -> str:
    """Return the answer to X's challenge: sha256= and the base64 of the token's HMAC under the consumer secret."""
    digest = hmac.new(secret.encode(), crc_token.encode("utf-8", "replace"), hashlib.sha256).digest()
    return "sha256=" + base64.b64encode(digest).decode()


def read_x(body: bytes, *, signature: str, secret: str, now: datetime) -> list[DeliveredMessage]:
    """Direct messages to and mentions of the account, own ones left out. Raises ProofError, DeliveryError."""
    expected = "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
        raise ProofError("x-twitter-webhooks-signature: does not fit the body")
    activity = object_of(body, "an account activity")
    own = str(activity.get("for_user_id", ""))
    direct = [_direct(event, own, now) for event in _objects(activity, "direct_message_events")]
    mentions = [_mention(post, own, now) for post in _objects(activity, "tweet_create_events")]
    return [one for one in (*direct, *mentions) if one is not None]


def _direct(event: Mapping[str, Any], own: str, now: datetime) -> DeliveredMessage | None:
    if event.get("type") != "message_create":
        return None
    created = some(event.get("message_create"), dict, "direct_message_events.message_create")
    sender = _id(created.get("sender_id"), "direct_message_events.message_create.sender_id")
    if sender == own:
        return None
    data = some(created.get("message_data"), dict, "direct_message_events.message_create.message_data")
    media = _at(data, "attachment", "media")
    message = TextMessage(
        channel="x",
        source_id=_id(event.get("id"), "direct_message_events.id"),
        sender=sender,
        text=_text(data.get("text")),
        received_at=moment_of(event.get("created_timestamp"), now),
        spot=_point(_at(data, "attachment", "location", "shared_coordinate", "coordinates")),
        wanted=_urls([media.get("media_url_https")] if isinstance(media, dict) else []),
    )
    return DeliveredMessage(message=message, raw=shown(event), answers_later=True)


def _mention(post: Mapping[str, Any], own: str, now: datetime) -> DeliveredMessage | None:
    """Return a post that names the account; what the account itself posts and what is only passed on is left out."""
    sender = _id(_at(post, "user", "id_str"), "tweet_create_events.user.id_str")
    if sender == own or "retweeted_status" in post:
        return None
    text = _at(post, "extended_tweet", "full_text") or post.get("text")
    media = _at(post, "extended_entities", "media") or _at(post, "entities", "media")
    media_urls = (
        [one.get("media_url_https") for one in media if isinstance(one, dict)] if isinstance(media, list) else []
    )
    message = TextMessage(
        channel="x",
        source_id=_id(post.get("id_str"), "tweet_create_events.id_str"),
        sender=sender,
        text=" ".join(word for word in _text(text).split() if not word.startswith(("@", "https://t.co/"))),
        received_at=_posted_at(post.get("created_at"), now),
        spot=_point(_at(post, "coordinates", "coordinates")),
        wanted=_urls(media_urls),
    )
    return DeliveredMessage(message=message, raw=shown(post), answers_later=True)


def facebook_challenge(mode: str, given: str, challenge: str, *, verify_token: str) -> str:
    """Return the answer to the challenge of Facebook; raises ProofError."""
    if mode != "subscribe" or not hmac.compare_digest(given.encode("utf-8", "replace"), verify_token.encode()):
        raise ProofError("hub.verify_token: is not the one that was set")
    return challenge[:MAX_ID]


def read_facebook(
    body: bytes, *, signature: str, old_signature: str, secret: str, now: datetime
) -> list[DeliveredMessage]:
    """Messages to the page, echoes and receipts left out. Raises ProofError, DeliveryError.

    `signature` is X-Hub-Signature-256; where it is missing, `old_signature` (X-Hub-Signature, SHA-1) must fit.
    """
    digest, given = (hashlib.sha256, signature) if signature else (hashlib.sha1, old_signature)
    expected = f"{digest().name}={hmac.new(secret.encode(), body, digest).hexdigest()}"
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        raise ProofError("X-Hub-Signature-256: does not fit the body")
    payload = object_of(body, "a page's entries")
    events = [event for entry in _objects(payload, "entry") for event in _objects(entry, "messaging")]
    return [one for one in (_messenger(event, now) for event in events[:MAX_EVENTS]) if one is not None]


def _messenger(event: Mapping[str, Any], now: datetime) -> DeliveredMessage | None:
    message_body = event.get("message")
    if not isinstance(message_body, dict) or message_body.get("is_echo"):
        return None
    attached = list(_objects(message_body, "attachments"))
    at = next((_at(one, "payload", "coordinates") for one in attached if one.get("type") == "location"), None)
    media_urls = [_at(one, "payload", "url") for one in attached if one.get("type") == "image"]
    spot = spot_of(at.get("lat"), at.get("long")) if isinstance(at, dict) else None
    text, wanted = _text(message_body.get("text")), _urls(media_urls)
    if not text and spot is None and not wanted:
        return None
    message = TextMessage(
        channel="facebook",
        source_id=_id(message_body.get("mid"), "entry.messaging.message.mid"),
        sender=_id(_at(event, "sender", "id"), "entry.messaging.sender.id"),
        text=text,
        received_at=moment_of(event.get("timestamp"), now),
        spot=spot,
        wanted=wanted,
    )
    return DeliveredMessage(message=message, raw=shown(event), answers_later=True)


def _objects(held: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a list that may be missing; raises DeliveryError for anything else there."""
    found = held.get(name)
    if found is None:
        return
    listed = some(found, list, name)
    if len(listed) > MAX_EVENTS:
        raise DeliveryError(f"{name}: got {len(listed)}, expected at most {MAX_EVENTS}")
    for one in listed:
        yield some(one, dict, name)


def _at(held: Any, *path: str) -> Any:
    for name in path:
        held = held.get(name) if isinstance(held, dict) else None
    return held


def _id(value: Any, name: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not (0 < len(value) <= min(MAX_ID, MAX_SENDER * 2)) or not value.isprintable():
        raise DeliveryError(f"{name}: got no id, expected text of at most {MAX_ID} characters")
    return value


def _text(value: Any) -> str:
    return clean(value) if isinstance(value, str) else ""


def _urls(values: list[Any]) -> tuple[str, ...]:
    return tuple(one for one in values if isinstance(one, str) and one.startswith("http") and len(one) <= 2000)


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
