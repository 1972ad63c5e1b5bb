"""Feeds of other complaint services read: Qlue as of 2016 and of 2018, Detik Pasangmata.

Each post becomes a message with its source's own id. Times without a zone are Jakarta's; a place of 0, 0 is none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from siaga_cloud.intake.source_fields import MAX_ID, MAX_SENDER, DeliveryError, moment_of, shown, spot_of
from siaga_cloud.intake.talking import Delivered
from siaga_cloud.intake.text_take import TextMessage, clean

JAKARTA: Final = timezone(timedelta(hours=7))
MAX_POSTS: Final = 500
_FORMS: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d-%m-%Y %H:%M:%S", "%Y-%m-%d %H:%M")

Reader = Callable[[bytes, datetime], "list[Delivered]"]


def read_qlue_2016(body: bytes, now: datetime) -> list[Delivered]:
    """A bare list, the newest first. Raises DeliveryError where it is none; posts without an id are passed over."""
    return _posts(_listed(body), _qlue_2016, now)


def read_qlue_2018(body: bytes, now: datetime) -> list[Delivered]:
    """{"data": [...]}."""
    return _posts(_listed(body, "data"), _qlue_2018, now)


def read_detik(body: bytes, now: datetime) -> list[Delivered]:
    """{"result": [...]}, the newest first."""
    return _posts(_listed(body, "result"), _detik, now)


def _qlue_2016(post: Mapping[str, Any], now: datetime) -> TextMessage | None:
    return _message(
        "qlue",
        post.get("post_id"),
        sender=post.get("profile_name"),
        words=(post.get("post_title"), post.get("post_desc")),
        at=_local(post.get("post_date"), now),
        place=(post.get("loc_lat"), post.get("loc_lng")),
        photo=post.get("post_images"),
    )


def _qlue_2018(post: Mapping[str, Any], now: datetime) -> TextMessage | None:
    return _message(
        "qlue",
        post.get("id"),
        sender=None,
        words=(post.get("title"), post.get("description")),
        at=_local(post.get("timestamp"), now),
        place=(_at(post, "location", "lat"), _at(post, "location", "lng")),
        photo=_at(post, "file", "url"),
    )


def _detik(post: Mapping[str, Any], now: datetime) -> TextMessage | None:
    place = _at(post, "location", "geospatial")
    return _message(
        "detik",
        post.get("contributionId"),
        sender=_at(post, "user", "creator", "id"),
        words=(post.get("title"), post.get("content")),
        at=moment_of(_at(post, "date", "create", "sec"), now, per_second=1),
        place=(_at(place, "latitude"), _at(place, "longitude")),
        photo=_at(post, "files", "photo"),
    )


def _message(
    channel: str,
    number: Any,
    *,
    sender: Any,
    words: Iterable[Any],
    at: datetime,
    place: tuple[Any, Any],
    photo: Any,
) -> TextMessage | None:
    if isinstance(number, bool) or not isinstance(number, str | int) or not clean(str(number)):
        return None
    said = [clean(one) for one in words if isinstance(one, str) and clean(one)]
    who = clean(str(sender))[:MAX_SENDER] if isinstance(sender, str | int) else ""
    url = photo.replace("\\", "").strip() if isinstance(photo, str) else ""
    return TextMessage(
        channel=channel,
        source_id=clean(str(number))[:MAX_ID],
        sender=who or f"post {number}"[:MAX_SENDER],
        text=clean("\n".join(dict.fromkeys(said))),
        received_at=at,
        spot=spot_of(*place),
        # The photos of 2016 are listed as http; their hosts answer https as well.
        wanted=(f"https://{url.partition('://')[2]}",) if url.startswith(("http://", "https://")) else (),
    )


def _listed(body: bytes, name: str | None = None) -> list[Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise DeliveryError("feed: got something else, expected JSON") from None
    listed = found.get(name) if name is not None and isinstance(found, dict) else found
    if not isinstance(listed, list):
        raise DeliveryError(f"feed: got {type(listed).__name__}, expected a list{f' in {name}' if name else ''}")
    return listed[:MAX_POSTS]


def _posts(
    listed: list[Any], read: Callable[[Mapping[str, Any], datetime], TextMessage | None], now: datetime
) -> list[Delivered]:
    """The oldest first, so that a feed that ends in the middle goes on where it ended."""
    found = []
    for post in listed:
        message = read(post, now) if isinstance(post, dict) else None
        if message is not None:
            found.append(Delivered(message=message, raw=shown(post)))
    return sorted(found, key=lambda one: one.message.received_at)


def _local(stamp: Any, now: datetime) -> datetime:
    """A time of Jakarta unless it says otherwise; now where it is none."""
    text = str(stamp).strip()[:40]
    for form in _FORMS:
        try:
            return datetime.strptime(text[:19] if form != _FORMS[3] else text[:16], form).replace(tzinfo=_zone(text))
        except ValueError:
            continue
    return now


def _zone(text: str) -> timezone:
    return UTC if text.endswith("Z") else JAKARTA


def _at(held: Any, *path: str) -> Any:
    for name in path:
        held = held.get(name) if isinstance(held, dict) else None
    return held
