"""Defines `siaga-cloud admin import feeds`, which configures the feeds of the city from feeds.toml."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from siaga_cloud.city.store import imports as load_city
from siaga_cloud.feeds.feed_table import FeedTable
from siaga_cloud.feeds.options import FeedsFile
from siaga_cloud.feeds.store import feeds as db
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.import_errors import ImportFileError, read_toml, shown


def load_feeds(conn: Connection, path: Path) -> str:
    """Replace the feeds imported before by those of a file."""
    file = read_toml(path, FeedsFile)
    twice = sorted(name for name, times in Counter(feed.id for feed in file.feed).items() if times > 1)
    if twice:
        raise ImportFileError(f"{path}: feed: got {twice[0]!r} twice, expected each id once")
    known = {key: load_city.known_ids(conn, key) for key in ("gauge", "rain_gauge", "camera")}
    for feed in file.feed:
        _check_named(path, feed, known)
    rows = [(feed.id, feed.kind, feed.model_dump(mode="json"), feed.enabled) for feed in file.feed]
    gone = db.replace(conn, rows, now=datetime.now(UTC))
    return f"{len(rows)} feeds" + (f", {gone} from before are gone" if gone else "")


def _check_named(path: Path, feed: FeedTable, known: Mapping[str, frozenset[str]]) -> None:
    named = {"gauge": feed.gauges_named(), "rain_gauge": feed.rain_gauges_named(), "camera": feed.cameras_named()}
    for key, names in named.items():
        for name in names:
            if name not in known[key]:
                expected = f"expected a {key.replace('_', ' ')} that was imported"
                raise ImportFileError(f'{path}: feed "{feed.id}" {key}: got {shown(name)}, {expected}')
