"""`siaga-cloud feeds` as a process: polls by itself, with a secret from its environment, and ends when asked."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.cloud_core import cloud_environment, cloud_process, eventually
from tests.support.stand_ins.feed_source import MANGGARAI, FeedCity, Source

from siaga_sim.stack.broker import Broker


def test_the_process_polls_what_is_due(
    feed_city: FeedCity, feed_source: Source, broker: Broker, tmp_path: Path
) -> None:
    at = feed_city.now.timestamp() * 1000
    place = {"x": MANGGARAI[1], "y": MANGGARAI[0]}
    alert = {"uuid": "a", "pubMillis": at, "location": place, "type": "H", "subtype": "HAZARD_WEATHER_FLOOD"}
    feed_source.put("/role/s3cret", json.dumps({"alerts": [alert], "endTimeMillis": at}))
    text = '[[feed]]\nid = "{id}"\nkind = "waze"\nurl = "{url}/role/{{secret}}"\nsecret = "SIAGA_FEED_W"\n'
    feed_city.begin("role", text, feed_source)
    environment = cloud_environment(feed_city.database.url, broker, tmp_path, SIAGA_FEED_W="s3cret")
    log = tmp_path / "feeds.log"
    with cloud_process("feeds", environment, log):
        signals = "SELECT 1 FROM signal WHERE source_key = %s"
        eventually(lambda: bool(feed_city.rows(signals, f"feed:{feed_city.feed_id}")), seconds=60, what="a signal")
    assert "1 items accepted" in log.read_text()
    assert "s3cret" not in log.read_text()
