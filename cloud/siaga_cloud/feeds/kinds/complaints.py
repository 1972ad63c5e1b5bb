"""Reads complaints from other services: Qlue as of 2016 and of 2018, and Detik Pasangmata. Each post becomes a report.

Qlue 2016 is a bare list: post_id, post_date (Jakarta's, without a zone), post_title, post_desc, post_images, loc_lat,
loc_lng, profile_name. Qlue 2018 is {"data": [{id, timestamp, title, description, file{url}, location{lat, lng}}]}.
Detik is {"result": [{contributionId, title, content, date{create{sec}}, files{photo}, location{geospatial{latitude,
longitude}}, user{creator{id}}}]}. A post whose words do not surely name a category, where the list has none of its own,
or that has no place, goes to the operators' inbox.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from siaga_cloud.city.word_lists import category_words, short_forms
from siaga_cloud.feeds import fields
from siaga_cloud.feeds.items import (
    BodyError,
    Found,
    FoundMessage,
    FoundReport,
    ItemError,
    ParsedResponse,
    RawItem,
    Request,
)
from siaga_cloud.feeds.options import DetikTable, QlueTable
from siaga_cloud.reports.form import MAX_TEXT
from siaga_core.rules.text.category import guess_category
from siaga_core.rules.text.normal import words_of

JAKARTA: Final = timezone(timedelta(hours=7))
_FORMS: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d-%m-%Y %H:%M:%S", "%Y-%m-%d %H:%M")


class QlueFeed:
    """Implements `siaga_cloud.feeds.items.Feed` for Qlue."""

    def __init__(self, options: QlueTable) -> None:
        self._options = options

    def requests(self, *, now: datetime) -> Sequence[Request]:
        """Request the one configured address."""
        return (Request(url=self._options.url),)

    def split(self, body: bytes, request: Request, *, now: datetime) -> ParsedResponse:
        """Return the newest posts; older ones are left out without being over."""
        root = fields.parse_json(body)
        key = "post_id" if self._options.format == "2016" else "id"
        return ParsedResponse(items=_items(root if self._options.format == "2016" else _under(root, "data"), key))

    def read(self, item: bytes, *, now: datetime) -> Sequence[Found]:
        """Return a report, or a message for an operator."""
        post = fields.item_of(item)
        if self._options.format == "2016":
            number, words = fields.identifier(post, "post_id", most=100), ("post_title", "post_desc")
            at, spot = _local(post, "post_date", now), (post.get("loc_lat"), post.get("loc_lng"))
            who, photo = fields.text(post, "profile_name", most=100, default=""), post.get("post_images")
        else:
            place, file = _inner(post, "location"), _inner(post, "file")
            number, words = fields.identifier(post, "id", most=100), ("title", "description")
            at, spot = _local(post, "timestamp", now), (place.get("lat"), place.get("lng"))
            who, photo = "", file.get("url")
        return _found("qlue", number, _words(post, words), at, spot, who, photo, self._options.category)


class DetikFeed:
    """Implements `siaga_cloud.feeds.items.Feed` for Detik Pasangmata."""

    def __init__(self, options: DetikTable) -> None:
        self._options = options

    def requests(self, *, now: datetime) -> Sequence[Request]:
        """Return the first pages, the newest posts first."""
        mark = "&" if "?" in self._options.url else "?"
        return tuple(Request(url=f"{self._options.url}{mark}page={page}") for page in range(1, self._options.pages + 1))

    def split(self, body: bytes, request: Request, *, now: datetime) -> ParsedResponse:
        """Return the posts of a page."""
        return ParsedResponse(items=_items(_under(fields.parse_json(body), "result"), "contributionId"))

    def read(self, item: bytes, *, now: datetime) -> Sequence[Found]:
        """Return a report, or a message for an operator."""
        post = fields.item_of(item)
        place = _inner(_inner(post, "location"), "geospatial")
        seconds = fields.number(_inner(_inner(post, "date"), "create"), "sec", least=946_684_800, most=4_102_444_800)
        at = fields.not_ahead(datetime.fromtimestamp(seconds, UTC), "date", now=now)
        return _found(
            "detik",
            fields.identifier(post, "contributionId", most=100),
            _words(post, ("title", "content")),
            at,
            (place.get("latitude"), place.get("longitude")),
            fields.identifier(_inner(_inner(post, "user"), "creator"), "id", most=100, default=""),
            _inner(post, "files").get("photo"),
            self._options.category,
        )


def _found(
    channel: str,
    number: str,
    text: str,
    at: datetime,
    spot: tuple[Any, Any],
    who: str,
    photo: Any,
    category: str | None,
) -> Sequence[Found]:
    reporter = who or f"post {number}"
    guess = guess_category(words_of(text, short_forms()), category_words())
    wanted = category or (guess.category if guess.is_sure else None)
    place = _place(spot)
    if wanted is None or place is None:
        return (
            FoundMessage(channel=channel, source_id=number, sender=reporter, text=text, place=place, happened_at=at),
        )
    return (
        FoundReport(
            channel=channel,
            category=wanted,
            text=text,
            lat=place[0],
            lon=place[1],
            reporter=reporter,
            happened_at=at,
            photo_urls=_photo(photo),
        ),
    )


def _items(listed: Any, key: str) -> list[RawItem]:
    if not isinstance(listed, list):
        raise BodyError(f"got {fields.shown(listed)}, expected a list of posts")
    return [RawItem(fields.payload_of(one), _id(one, key)) for one in listed]


def _id(post: Any, key: str) -> str:
    try:
        return fields.identifier(post, key, most=100) if isinstance(post, dict) else ""
    except ItemError:
        return ""  # reading it raises the error


def _under(root: Any, name: str) -> Any:
    if not isinstance(root, dict):
        raise BodyError(f"got {fields.shown(root)}, expected an object with {name}")
    return root.get(name)


def _inner(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = holder.get(name)
    return found if isinstance(found, dict) else {}


def _words(post: Mapping[str, Any], names: Sequence[str]) -> str:
    texts = [fields.text(post, name, most=MAX_TEXT // 2 - 1, default="") for name in names]
    return "\n".join(dict.fromkeys(filter(None, texts)))


def _place(spot: tuple[Any, Any]) -> tuple[float, float] | None:
    try:
        return fields.place(*spot, key="location")
    except ItemError:
        return None


def _photo(found: Any) -> tuple[str, ...]:
    """Return one address; those of 2016 come with backslashes before their slashes."""
    url = found.replace("\\", "").strip() if isinstance(found, str) else ""
    return (url,) if url.startswith(("http://", "https://")) and len(url) <= 1000 else ()


def _local(post: Mapping[str, Any], key: str, now: datetime) -> datetime:
    """Return a time of Jakarta unless it ends in Z; raises ItemError."""
    words = fields.text(post, key, most=40)
    zone = UTC if words.endswith("Z") else JAKARTA
    for form in _FORMS:
        try:
            at = datetime.strptime(words[: 16 if form == _FORMS[3] else 19], form).replace(tzinfo=zone)
        except ValueError:
            continue
        return fields.not_ahead(at.astimezone(UTC), key, now=now)
    raise ItemError(f"{key}: got {fields.shown(words)}, expected a time as 2016-02-01 10:00:00")
