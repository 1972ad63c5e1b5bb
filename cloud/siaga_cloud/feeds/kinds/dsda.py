"""Reads the public gauge feed of Jakarta (Dinas SDA): the last state of every gauge as XML, and a gauge's history as
text.

Levels and limits of the XML are millimetres (SIAGA1 3500 is 350 cm), in the history the points are centimetres and the
limits millimetres; both have been seen otherwise, so that a row is held against the limits that the city knows. Times
are WIB (UTC+7) without saying so. What is stored beside the level is the status that was published.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

from siaga_cloud.feeds import fields
from siaga_cloud.feeds.items import (
    BodyError,
    City,
    Found,
    FoundReading,
    FoundStage,
    GaugeFacts,
    ItemError,
    ParsedResponse,
    RawItem,
    Request,
)
from siaga_cloud.feeds.kinds import xml_reading
from siaga_cloud.feeds.options import DsdaHistoryTable, DsdaLink, DsdaTable
from siaga_core.rules.stage import StageLimits, stage_for

WIB: Final = timezone(timedelta(hours=7))
PUBLISHED_BY: Final = "Dinas SDA"
_ROW: Final = "SP_GET_LAST_STATUS_PINTU_AIR"
_TIMES: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d-%m-%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M")
_STAGES: Final = {"1": 1, "2": 2, "3": 3, "4": 4, "i": 1, "ii": 2, "iii": 3, "iv": 4, "normal": 4, "aman": 4}
_STATUS: Final = re.compile(r"(?:siaga\s*)?\b(iv|iii|ii|i|[1-4]|normal|aman)\b")
# "P.S. Pesanggrahan 1", "PS. Angke Hulu", "P.A. KARET 1", "Pos Depok": the prefix of the name states the kind of place.
_KIND_WORDS: Final = re.compile(r"^(?:p\s*\.?\s*[as]\s*\.|p[as]\b|pos\b|pintu air\b|bendung\b)\s*", re.IGNORECASE)
_NON_ALPHANUMERIC: Final = re.compile(r"[^a-z0-9]+")
_JUMP_CM: Final = 300.0
_MOST_POINTS: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """Holds the numbers of a row in its own unit. `limits` are those of Siaga 3, 2 and 1."""

    level: float | None
    before: float | None
    limits: tuple[float | None, float | None, float | None]


class DsdaFeed:
    """Implements `siaga_cloud.feeds.items.Feed` for the XML of all gauges."""

    def __init__(self, options: DsdaTable, city: City) -> None:
        self._options, self._city = options, city

    def requests(self, *, now: datetime) -> Sequence[Request]:
        """Request the one configured address."""
        return (Request(url=self._options.url),)

    def split(self, body: bytes, request: Request, *, now: datetime) -> ParsedResponse:
        """A row each; a row that is over is simply older, so that nothing ends by not being there."""
        root = xml_reading.parse(body)
        rows = [element for element in root.iter() if xml_reading.name_of(element) == _ROW]
        if not rows and xml_reading.name_of(root) != "DocumentElement":
            raise BodyError(f"got {fields.shown(xml_reading.name_of(root))}, expected DocumentElement with {_ROW}")
        return ParsedResponse(items=[RawItem(xml_reading.payload_of(row)) for row in rows])

    def read(self, item: bytes, *, now: datetime) -> Sequence[Found]:
        """Return a reading and the published stage; nothing for a gauge that no link names. Raises ItemError."""
        row = xml_reading.parse_item(item)
        link = link_of(row, self._options.gauge)
        if link is None or xml_reading.child_text(row, "RECORD_STATUS").upper() == "D":
            return ()
        at = wib(xml_reading.needed_text(row, "TANGGAL"), "TANGGAL", now=now)
        facts, parsed = self._city.gauges.get(link.gauge), _row(row)
        stage = stage_of(xml_reading.child_text(row, "STATUS_SIAGA"))
        reading = _reading(parsed, link, facts, stage, at=at)
        if stage is None:
            return (reading,)
        by = self._options.published_by
        published = FoundStage(gauge_id=link.gauge, at=at, stage=stage, level_cm=reading.level_cm, published_by=by)
        return (reading, published)


class DsdaHistoryFeed:
    """Implements `siaga_cloud.feeds.items.Feed` for the history, with one request for each linked gauge."""

    def __init__(self, options: DsdaHistoryTable, city: City) -> None:
        self._options, self._city = options, city

    def requests(self, *, now: datetime) -> Sequence[Request]:
        """Return one for each gauge, over the last days."""
        last = now.astimezone(WIB).date()
        first = last - timedelta(days=self._options.days - 1)
        query = {"StartDate": f"{first:%d-%m-%Y}", "EndDate": f"{last:%d-%m-%Y}"}
        joint = "&" if "?" in self._options.url else "?"
        return [
            Request(
                url=f"{self._options.url}{joint}{urlencode({'IdPintuAir': link.ids[0], **query})}", label=link.gauge
            )
            for link in self._options.gauge
        ]

    def split(self, body: bytes, request: Request, *, now: datetime) -> ParsedResponse:
        """`yyyy-MM-dd HH.mm.ss,<cm>;...|<s1>;<s2>;<s3>`: a point each, with the gauge that was requested."""
        try:
            text = body.decode("utf-8-sig").strip()
        except UnicodeDecodeError as error:
            raise BodyError(f"got bytes that are not UTF-8 at {error.start}, expected text") from None
        points, bar, limits = text.partition("|")
        if not bar and text and not re.match(r"^\d{4}-\d\d-\d\d ", text):
            raise BodyError(f"got {fields.shown(text)}, expected yyyy-MM-dd HH.mm.ss,<cm>;...|<s1>;<s2>;<s3>")
        held = [point.strip() for point in points.split(";") if point.strip()]
        if len(held) > _MOST_POINTS:
            raise BodyError(f"got {len(held)} points, expected at most {_MOST_POINTS}")
        origin = {"gauge": request.label, "limits": limits[:200]}
        return ParsedResponse(items=[RawItem(json.dumps({**origin, "point": point[:200]}).encode()) for point in held])

    def read(self, item: bytes, *, now: datetime) -> Sequence[Found]:
        """Return a reading; raises ItemError."""
        held = fields.item_of(item)
        gauge_id = fields.text(held, "gauge")
        link = next((link for link in self._options.gauge if link.gauge == gauge_id), None)
        if link is None:
            raise ItemError(f"gauge: got {fields.shown(gauge_id)}, expected one of this feed")
        when, _, level = fields.text(held, "point").partition(",")
        at = wib(when.replace(".", ":"), "point", now=now)
        parsed = _Row(level=_level(level), before=None, limits=_history_limits(str(held.get("limits", ""))))
        facts = self._city.gauges.get(gauge_id)
        if parsed.level is None:
            return (FoundReading(gauge_id=gauge_id, measured_at=at, level_cm=None, quality="missing"),)
        flags = [] if _agree(parsed.limits, facts, per_cm=10) in (True, None) else ["limits_differ"]
        return (_judged(parsed.level / self._options.per_cm, None, link, facts, None, flags=flags, at=at),)


def link_of(row: Element, links: Sequence[DsdaLink]) -> DsdaLink | None:
    """Return which gauge of ours a row is, by name and id: the names vary, and the ids have moved.

    The name decides; an id that names one gauge while the name names another is an error (ItemError).
    """
    row_id, name = xml_reading.child_text(row, "ID_PINTU_AIR"), xml_reading.child_text(row, "NAMA_PINTU_AIR")
    named = [link for link in links if plain_name(name) in {plain_name(one) for one in link.names}]
    numbered = [link for link in links if row_id in link.ids]
    if named:
        return named[0]
    if numbered and numbered[0].names:
        expected = " or ".join(numbered[0].names)
        raise ItemError(f"NAMA_PINTU_AIR of id {row_id}: got {fields.shown(name)}, expected {expected}")
    return numbered[0] if numbered else None


def plain_name(name: str) -> str:
    """Return a gauge's name without what it is, case and punctuation: "P.A. KARET 1" is "karet1"."""
    return _NON_ALPHANUMERIC.sub("", _KIND_WORDS.sub("", name.strip()).lower())


def wib(words: str, key: str, *, now: datetime) -> datetime:
    """Return a time of the feed, in UTC; the year may stand first or last. Raises ItemError."""
    for form in _TIMES:
        try:
            found = datetime.strptime(words.strip()[:19], form).replace(tzinfo=WIB)
        except ValueError:
            continue
        return fields.not_ahead(found.astimezone(UTC), key, now=now)
    raise ItemError(f"{key}: got {fields.shown(words)}, expected yyyy-MM-dd HH:mm:ss")


def stage_of(words: str) -> int | None:
    """Return the stage of "Status : Siaga 3", "SIAGA IV " or "Status : Normal"; None where it is unknown."""
    found = _STATUS.findall(words.lower().replace("status", ""))
    return _STAGES[found[-1]] if found else None


def _row(row: Element) -> _Row:
    limits = [_level(xml_reading.child_text(row, f"SIAGA{stage}")) for stage in (3, 2, 1)]
    return _Row(
        level=_level(xml_reading.child_text(row, "TINGGI_AIR")),
        before=_level(xml_reading.child_text(row, "TINGGI_AIR_SEBELUMNYA")),
        limits=(limits[0], limits[1], limits[2]),
    )


def _level(words: str) -> float | None:
    """Return a number, also with a decimal comma; None where there is none, which is never zero. Raises ItemError."""
    text = words.strip().replace(",", ".")
    if text in ("", "-", "--") or text.lower() in ("null", "nan", "n/a"):
        return None
    return fields.checked_number(text, "TINGGI_AIR", least=-1e6, most=1e6)


def _history_limits(words: str) -> tuple[float | None, float | None, float | None]:
    parts = [part for part in words.split(";") if part.strip()]
    found = [_level(part) for part in parts[:3]] + [None] * 3
    return found[2], found[1], found[0]


def _reading(
    parsed: _Row, link: DsdaLink, facts: GaugeFacts | None, stage: int | None, *, at: datetime
) -> FoundReading:
    if parsed.level is None:
        return FoundReading(gauge_id=link.gauge, measured_at=at, level_cm=None, quality="missing")
    per_cm, flags = _unit(parsed, facts)
    before = None if parsed.before is None else parsed.before / per_cm
    return _judged(parsed.level / per_cm, before, link, facts, stage, flags=flags, at=at)


def _unit(parsed: _Row, facts: GaugeFacts | None) -> tuple[float, list[str]]:
    """Return how many of the row's units are a centimetre, by its own limits against those that the city knows."""
    in_mm = _agree(parsed.limits, facts, per_cm=10)
    if in_mm or in_mm is None:
        return 10.0, []
    if _agree(parsed.limits, facts, per_cm=1):
        return 1.0, ["unit_cm"]
    return 10.0, ["limits_differ"]


def _agree(limits: Sequence[float | None], facts: GaugeFacts | None, *, per_cm: float) -> bool | None:
    """Return whether a row's limits are the city's in that unit (a minus may be lost); None: nothing to compare."""
    if facts is None or facts.limits is None:
        return None
    pairs = [
        (abs(parsed) / per_cm, abs(ours))
        for parsed, ours in zip(limits, _limits(facts.limits), strict=True)
        if parsed is not None and ours
    ]
    return all(abs(parsed - ours) <= max(2.0, 0.05 * ours) for parsed, ours in pairs) if pairs else None


def _limits(limits: StageLimits) -> tuple[float | None, ...]:
    return limits.s3_cm, limits.s2_cm, limits.s1_cm


def _judged(
    level_cm: float,
    before_cm: float | None,
    link: DsdaLink,
    facts: GaugeFacts | None,
    stage: int | None,
    *,
    flags: Sequence[str],
    at: datetime,
) -> FoundReading:
    """Return a level with its quality: outside of what is possible it is bad; what does not fit together is suspect."""
    found, quality = list(flags), "suspect" if "limits_differ" in flags else "good"
    if facts is not None and facts.limits is not None and _lost_its_minus(level_cm, facts.limits, stage):
        level_cm, quality = -level_cm, "suspect"
        found.append("minus_restored")
    if not link.least_cm <= level_cm <= link.most_cm:
        quality = "bad"
        found.append("range")
    elif before_cm is not None and abs(abs(level_cm) - abs(before_cm)) > _JUMP_CM:
        quality = "suspect"
        found.append("jump")
    return FoundReading(
        gauge_id=link.gauge, measured_at=at, level_cm=round(level_cm, 1), quality=quality, flags=tuple(found)
    )


def _lost_its_minus(level_cm: float, limits: StageLimits, stage: int | None) -> bool:
    """A polder that is stored below its zero (Waduk Pluit) has been printed without the minus: the stage that was
    published fits the level with it, and is far from the one without.
    """
    if stage is None or level_cm <= 0 or limits.s3_cm >= 0:
        return False
    return stage_for(-level_cm, limits) == stage and stage - stage_for(level_cm, limits) >= 2
