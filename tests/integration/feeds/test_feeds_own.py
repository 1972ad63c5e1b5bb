"""One Siaga reads another that runs: its SensorThings, its incidents and gauges, its CAP feed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.support.http_api import Api, SettingsForTests, add_signal, load_demo_city, serve, set_level
from tests.support.stand_ins.feed_source import FeedCity

from siaga_cloud.alerts.service import alerts
from siaga_sim.stack.ports import free_port
from siaga_sim.stack.postgres import Postgres


@pytest.fixture(scope="module")
def neighbour(
    postgres: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory, feed_city: FeedCity
) -> Iterator[Api]:
    """A city whose gauge at Depok stands at Siaga 2, with a flood that a camera sees, and a rumour from a feed."""
    url, port = postgres.create_database("siaga_neighbour", template=migrated_template), free_port()
    tokens, now = load_demo_city(url), feed_city.now
    settings = SettingsForTests(
        database_url=url,
        media_dir=tmp_path_factory.mktemp("media"),
        public_url=f"http://127.0.0.1:{port}",
        cap_status="Actual",
    )
    with serve(settings, tokens, port=port) as served:
        with served.connection() as conn:
            for number in range(620):
                set_level(conn, "depok", 200 + number / 10, stage=3, at=now - timedelta(seconds=20 * (620 - number)))
            set_level(conn, "depok", 290.5, stage=2, at=now)
            set_level(conn, "manggarai", 860, stage=2, at=now)
            add_signal(conn, source="camera:cam-manggarai")
            add_signal(conn, source="feed:waze", place=(-6.2, 106.8))
            alerts.refresh(conn, now=now)
            conn.commit()
        yield served
    postgres.drop_database("siaga_neighbour")


def test_its_sensorthings(neighbour: Api, feed_city: FeedCity) -> None:
    feed_city.feed_id = "own-sta"
    feed_city.configure(
        f'[[feed]]\nid = "own-sta"\nkind = "sensorthings"\nurl = "{neighbour.url}/sta/v1.1"\n'
        '[[feed.gauge]]\ngauge = "depok"\ndatastream = "depok.level"\n'
    )
    counts = feed_city.poll()
    assert counts is not None, feed_city.health()["last_error"]
    assert (counts.accepted, counts.dead) == (621, 0), "over its pages, in centimetres"
    latest = feed_city.rows("SELECT level_cm, stage FROM gauge_latest WHERE gauge_id = 'depok'")
    assert latest == [{"level_cm": 290.5, "stage": 2}]


def test_its_incidents_and_gauges(neighbour: Api, feed_city: FeedCity) -> None:
    feed_city.feed_id = "own-siaga"
    feed_city.configure(
        f'[[feed]]\nid = "own-siaga"\nkind = "siaga"\nurl = "{neighbour.url}"\n'
        '[[feed.gauge]]\ngauge = "katulampa"\nid = "depok"\n'
    )
    counts = feed_city.poll()
    assert counts is not None, feed_city.health()["last_error"]
    found = feed_city.rows("SELECT category, ended_at FROM signal WHERE source_key = 'feed:own-siaga'")
    assert found == [{"category": "flooding", "ended_at": None}], "what the neighbour has from feeds is not taken"
    level = feed_city.rows("SELECT level_cm FROM reading WHERE gauge_id = 'katulampa'")
    assert [one["level_cm"] for one in level] == [290.5]


def test_its_warnings(neighbour: Api, feed_city: FeedCity) -> None:
    feed_city.feed_id = "own-cap"
    feed_city.configure(f'[[feed]]\nid = "own-cap"\nkind = "cap"\nurl = "{neighbour.url}/cap/v1/feed.xml"\n')
    counts = feed_city.poll()
    assert counts is not None, feed_city.health()["last_error"]
    assert counts.accepted >= 1
    assert counts.dead == 0, feed_city.dead_letters()
    warnings = feed_city.rows("SELECT texts, area_ids, sender FROM feed_warning WHERE feed_id = 'own-cap'")
    assert {text["language"][:2] for one in warnings for text in one["texts"]} == {"id", "en"}
    assert any(one["area_ids"] for one in warnings)
