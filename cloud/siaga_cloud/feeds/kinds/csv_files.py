"""Reads reports, readings and rain from CSV. The file feeds.toml names the columns, the encoding and the delimiter."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from siaga_cloud.city.categories import CATEGORIES
from siaga_cloud.feeds import fields
from siaga_cloud.feeds.items import (
    BodyError,
    Found,
    FoundRain,
    FoundReading,
    FoundReport,
    ItemError,
    ParsedResponse,
    RawItem,
    Request,
)
from siaga_cloud.feeds.options import CsvRainTable, CsvReadingsTable, CsvReportsTable, CsvTable
from siaga_cloud.rain.service.retention import RETENTION as RAIN_RETENTION
from siaga_core.rules.rain.spread import MOST_MM_AN_HOUR, most_mm

_MOST_COLUMNS: Final = 200
_MOST_CHARACTERS: Final = 20_000
_NO_VALUE: Final = ("", "-", "null", "nan", "n/a")
_UNITS: Final = {"cm": 1.0, "mm": 0.1, "m": 100.0}


class CsvFeed:
    """Holds what both kinds share: an item is a row together with the header, so that it can be read alone."""

    def __init__(self, options: CsvTable) -> None:
        self._options = options

    def requests(self, *, now: datetime) -> Sequence[Request]:
        """Request the one configured address."""
        return (Request(url=self._options.url),)

    def split(self, body: bytes, request: Request, *, now: datetime) -> ParsedResponse:
        """Raises BodyError for a wrong encoding or header."""
        encoding = self._options.encoding
        try:
            text = body.decode("utf-8-sig" if encoding == "utf-8" else encoding)
        except UnicodeDecodeError as error:
            raise BodyError(f"got bytes that are not {encoding} at {error.start}, expected {encoding}") from None
        try:
            rows = [row for row in csv.reader(io.StringIO(text), delimiter=self._options.delimiter) if any(row)]
        except csv.Error as error:
            raise BodyError(f"not readable as CSV: {error}") from None
        head = [name.strip() for name in rows[0]] if rows else []
        missing = [name for name in self._options.needed() if name not in head]
        if missing or len(head) > _MOST_COLUMNS:
            raise BodyError(f"header: got {fields.shown(head)}, expected a column {fields.shown(', '.join(missing))}")
        return ParsedResponse(items=[self._item(head, row) for row in rows[1:]])

    def _item(self, head: list[str], row: list[str]) -> RawItem:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([head, row])
        return RawItem(out.getvalue().encode("utf-8", "replace"), self.source_id(dict(zip(head, row, strict=False))))

    def source_id(self, row: Mapping[str, str]) -> str:
        """Readings have a key of their own."""
        return ""

    def cells(self, item: bytes) -> Mapping[str, str]:
        """Return a row by its columns; raises ItemError."""
        try:
            head, row = [*csv.reader(io.StringIO(item.decode("utf-8", "replace"))), [], []][:2]
        except csv.Error as error:
            raise ItemError(f"not readable as CSV: {error}") from None
        if len(head) != len(row):
            raise ItemError(f"got {len(row)} columns, expected {len(head)}")
        if max(map(len, row), default=0) > _MOST_CHARACTERS:
            raise ItemError(f"got a cell of more than {_MOST_CHARACTERS} characters, expected fewer")
        return dict(zip(head, row, strict=True))

    def time(self, words: str, key: str, *, now: datetime) -> datetime:
        """Return a time with its own zone, or in that of the feed; raises ItemError."""
        text = words.strip()
        form = self._options.time_format
        try:
            found = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007 - below
        except ValueError:
            expected = form or "2026-11-20T08:00:00+07:00"
            raise ItemError(f"{key}: got {fields.shown(words)}, expected a time as {expected}") from None
        if found.tzinfo is None:
            found = found.replace(tzinfo=ZoneInfo(self._options.timezone))
        return fields.not_ahead(found.astimezone(UTC), key, now=now)


class CsvReportsFeed(CsvFeed):
    """Reads reports. Without a column of ids, the substitute is a hash of the whole row."""

    def __init__(self, options: CsvReportsTable) -> None:
        super().__init__(options)
        self._own = options

    def source_id(self, row: Mapping[str, str]) -> str:
        """Return the id's column, else a hash of the row."""
        own = fields.plain(row.get(self._own.id_column or "", ""), 200)
        if own:
            return own
        whole = "\x1f".join(f"{key}={row[key]}" for key in sorted(row))
        return hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()

    def read(self, item: bytes, *, now: datetime) -> Sequence[Found]:
        """Return a report; raises ItemError."""
        row, own = self.cells(item), self._own
        label = row.get(own.category_column or "", "").strip()
        category = own.categories.get(label, label) or own.category or ""
        if category not in CATEGORIES:
            category = own.category or ""
        if not category:
            raise ItemError(
                f"{own.category_column}: got {fields.shown(label)}, expected one of categories in feeds.toml"
            )
        lat, lon = fields.place(row.get(own.lat_column), row.get(own.lon_column), key="place")
        return (
            FoundReport(
                channel=own.channel,
                category=category,
                text=fields.plain(row.get(own.text_column, ""), 4000),
                lat=lat,
                lon=lon,
                reporter=row.get(own.reporter_column or "", "") or self.source_id(row),
                happened_at=self.time(row.get(own.time_column, ""), own.time_column, now=now),
            ),
        )


class CsvReadingsFeed(CsvFeed):
    """Reads readings, each of which is identified by its gauge and time."""

    def __init__(self, options: CsvReadingsTable) -> None:
        super().__init__(options)
        self._own = options

    def read(self, item: bytes, *, now: datetime) -> Sequence[Found]:
        """Return a reading; nothing for a gauge that no link names. Raises ItemError."""
        row, own = self.cells(item), self._own
        name = row.get(own.gauge_column, "").strip()
        link = next((link for link in own.gauge if name in link.names or (not link.names and name == link.gauge)), None)
        if link is None:
            return ()
        at = self.time(row.get(own.time_column, ""), own.time_column, now=now)
        words = row.get(own.level_column, "").strip().replace(",", ".")
        if words.lower() in _NO_VALUE:
            return (FoundReading(gauge_id=link.gauge, measured_at=at, level_cm=None, quality="missing"),)
        level = fields.checked_number(words, own.level_column, least=-1e6, most=1e6) * _UNITS[own.unit]
        is_likely = link.least_cm <= level <= link.most_cm
        return (
            FoundReading(
                gauge_id=link.gauge,
                measured_at=at,
                level_cm=round(level, 2),
                quality="good" if is_likely else "bad",
                flags=() if is_likely else ("range",),
            ),
        )


class CsvRainFeed(CsvFeed):
    """Reads rain, each interval of which is identified by its rain gauge and its end."""

    def __init__(self, options: CsvRainTable) -> None:
        super().__init__(options)
        self._own = options

    def read(self, item: bytes, *, now: datetime) -> Sequence[Found]:
        """Return the rain of a row; nothing for a rain gauge that no link names, where nothing was measured, and for
        rain that is stored no longer. Raises ItemError.
        """
        row, own = self.cells(item), self._own
        rain_gauge_id = self._named(row.get(own.rain_gauge_column, "").strip())
        words = row.get(own.mm_column, "").strip().replace(",", ".")
        if rain_gauge_id is None or words.lower() in _NO_VALUE:
            return ()
        at = self.time(row.get(own.time_column, ""), own.time_column, now=now)
        if at < now - RAIN_RETENTION:
            return ()
        mm = self._millimetres(words)
        return (FoundRain(rain_gauge_id=rain_gauge_id, ends_at=at, minutes=own.minutes, mm=mm),)

    def _named(self, name: str) -> str | None:
        """Return the rain gauge of ours that a row names."""
        links = self._own.rain_gauge
        return next((one.rain_gauge for one in links if name in (one.names or (one.rain_gauge,))), None)

    def _millimetres(self, words: str) -> float:
        most = most_mm(self._own.minutes)
        try:
            return fields.checked_number(words, self._own.mm_column, least=0, most=most)
        except ItemError as error:
            limits = f"at most {MOST_MM_AN_HOUR:g} mm an hour, and never less than none"
            raise ItemError(f"{error} in {self._own.minutes} minutes: {limits}") from None
