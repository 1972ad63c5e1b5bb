"""Defines `siaga-cloud admin import feeds`, which configures the feeds of the city from feeds.toml."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from siaga_cloud.city.store import imports as load_city
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
    gauges, cameras = load_city.known_ids(conn, "gauge"), load_city.known_ids(conn, "camera")
    for feed in file.feed:
        for key, wanted, known in (("gauge", feed.gauges_named(), gauges), ("camera", feed.cameras_named(), cameras)):
            for name in wanted:
                if name not in known:
                    raise ImportFileError(
                        f'{path}: feed "{feed.id}" {key}: got {shown(name)}, expected a {key} that was imported'
                    )
    rows = [(feed.id, feed.kind, feed.model_dump(mode="json"), feed.enabled) for feed in file.feed]
    gone = db.replace(conn, rows, now=datetime.now(UTC))
    return f"{len(rows)} feeds" + (f", {gone} from before are gone" if gone else "")
