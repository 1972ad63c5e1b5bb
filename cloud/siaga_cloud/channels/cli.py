"""Defines `siaga-cloud admin import lapor`, which imports complaints that LAPOR! (SP4N) exported as CSV.

The columns of an export differ between cities, so each column has several accepted names. A number and the narrative
are required; title, place, coordinates, date and category are optional. The reporter is never read, because even
exports of anonymous and confidential complaints contain names.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from siaga_cloud.channels.conversation.complete import accept_whole
from siaga_cloud.channels.conversation.service import DeliveredMessage, IntakeContext
from siaga_cloud.channels.conversation.understanding import ReportContext, TextMessage, clean
from siaga_cloud.channels.sources.fields import MAX_ID, spot_of
from siaga_cloud.channels.sources.fields import shown as raw_of
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.city.service.gazetteer import GazetteerLookup
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.import_errors import ImportFileError, read_bytes, shown
from siaga_cloud.platform.media.folder import MediaFolder

CHANNEL: Final = "lapor-csv"
MAX_ROWS: Final = 50_000
JAKARTA: Final = timezone(timedelta(hours=7))
_FORMS: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%d-%m-%Y")
COLUMNS: Final[Mapping[str, frozenset[str]]] = {
    "number": frozenset({"tracking id", "tracking_id", "id laporan", "nomor laporan", "no laporan", "id"}),
    "title": frozenset({"judul", "judul laporan", "title"}),
    "text": frozenset({"isi", "isi laporan", "isi aduan", "narasi", "text", "laporan"}),
    "place": frozenset({"lokasi", "lokasi kejadian", "tempat kejadian", "alamat", "place"}),
    "at": frozenset({"tanggal kejadian", "tanggal laporan", "tanggal", "waktu", "date"}),
    "lat": frozenset({"lat", "latitude", "lintang"}),
    "lon": frozenset({"lon", "lng", "longitude", "bujur"}),
}
_NEEDED: Final = ("number", "text")


def load_lapor(conn: Connection, path: Path, *, media_dir: Path, now: datetime) -> str:
    """Takes each complaint once, however often its file is imported; what became of them, in words."""
    rows = read_lapor(path, now)
    means = ReportContext(media=MediaFolder(media_dir), areas=AreaLookup())
    context = IntakeContext(means=means, known=GazetteerLookup().current(conn), public_url="")
    done = Counter(accept_whole(conn, row, context, now) for row in rows)
    return f"{done['report']} reports, {done['inbox']} for an operator, {done['repeated']} known before"


def read_lapor(path: Path, now: datetime) -> list[DeliveredMessage]:
    """Return the complaints of a file (UTF-8, comma or semicolon); raises ImportFileError at the first wrong line."""
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportFileError(f"{path}: got bytes that are not UTF-8 at {error.start}, expected UTF-8") from None
    head = text.partition("\n")[0]
    rows = csv.reader(text.splitlines(keepends=True), delimiter=";" if head.count(";") > head.count(",") else ",")
    try:
        columns = _columns(path, next(rows, []))
        found = [_row(path, rows.line_num, dict(zip(columns, row, strict=False)), now) for row in rows if any(row)]
    except csv.Error as error:
        raise ImportFileError(f"{path}: line {rows.line_num}: not readable as CSV: {error}") from None
    if len(found) > MAX_ROWS:
        raise ImportFileError(f"{path}: got {len(found)} complaints, expected at most {MAX_ROWS}")
    return found


def _columns(path: Path, head: list[str]) -> list[str]:
    """Our name of each column; of one that is not known, its own."""
    names = [" ".join(name.strip().lower().split()) for name in head]
    ours = [next((key for key, known in COLUMNS.items() if name in known), f"other {name}") for name in names]
    for needed in _NEEDED:
        if ours.count(needed) != 1:
            words = ", ".join(sorted(COLUMNS[needed]))
            raise ImportFileError(f"{path}: header: got {shown(','.join(head))}, expected one column of: {words}")
    return ours


def _row(path: Path, line: int, row: Mapping[str, str], now: datetime) -> DeliveredMessage:
    number, text = clean(row["number"])[:MAX_ID], clean(row.get("text", ""))
    if not number or not text:
        raise ImportFileError(f"{path}: line {line}: got no {'number' if not number else 'text'}, expected one")
    parts = (clean(row.get("title", "")), text, clean(row.get("place", "")))
    message = TextMessage(
        channel=CHANNEL,
        source_id=number,
        sender=f"lapor {number}",
        text=clean("\n".join(dict.fromkeys(filter(None, parts)))),
        received_at=_at(path, line, row.get("at", "").strip(), now),
        spot=spot_of(row.get("lat", "").replace(",", "."), row.get("lon", "").replace(",", ".")),
    )
    selected = {name: value for name, value in row.items() if name in COLUMNS}
    return DeliveredMessage(message=message, raw=raw_of(selected))


def _at(path: Path, line: int, written: str, now: datetime) -> datetime:
    """Return a time of Jakarta; a day alone is its noon."""
    if not written:
        return now
    for form in _FORMS:
        try:
            at = datetime.strptime(written, form).replace(tzinfo=JAKARTA)
        except ValueError:
            continue
        noon = at + timedelta(hours=12) if "%H" not in form else at
        return min(noon.astimezone(UTC), now)
    raise ImportFileError(f"{path}: line {line}: date: got {shown(written)}, expected as 2026-11-20 08:00")
