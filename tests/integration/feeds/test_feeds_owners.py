"""Whose gauges and cameras feeds report: what nobody owns is the feed's from then on, and what a node owns is not."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from psycopg import sql
from tests.support.owners import hand_over
from tests.support.stand_ins.feed_source import FeedCity, Source

from siaga_cloud.feeds.frigate.service import FrigateImporter
from siaga_cloud.feeds.options import FrigateTable
from siaga_cloud.fleet.store.sources import SourceName
from siaga_cloud.platform.db.connection import Database

FEED = '[[feed]]\nid = "{id}"\nkind = "csv_readings"\nurl = "{url}/x"\n[[feed.gauge]]\ngauge = "%s"\n'


def poll(city: FeedCity, source: Source, gauge: str) -> tuple[int, int]:
    """Poll a new feed of one gauge; how much of it was accepted and how much refused."""
    city.begin("owner", FEED % gauge, source)
    source.put("/x", f"gauge,time,level\n{gauge},{city.now.isoformat()},100\n")
    counts = city.poll()
    assert counts is not None, city.health()["last_error"]
    return counts.accepted, counts.dead


def owner(city: FeedCity, gauge: str) -> str | None:
    name: str | None = city.rows("SELECT node_id FROM gauge WHERE id = %s", gauge)[0]["node_id"]
    return name


def test_a_gauge_that_nobody_owns_belongs_to_the_feed_that_reports_it(feed_city: FeedCity, feed_source: Source) -> None:
    assert poll(feed_city, feed_source, "depok") == (1, 0)
    first = f"feed-{feed_city.feed_id}"
    assert owner(feed_city, "depok") == first
    audit = "SELECT actor FROM audit WHERE action = 'claim_gauge' AND object_id = 'depok'"
    assert [row["actor"] for row in feed_city.rows(audit)] == [f"node:{first}"]
    feed_source.put("/x", f"gauge,time,level\ndepok,{feed_city.now.replace(microsecond=1).isoformat()},101\n")
    again = feed_city.poll()
    assert again is not None
    assert again.dead == 0, "what is its own stays its own"


def test_another_feed_may_report_a_gauge_of_a_feed(feed_city: FeedCity, feed_source: Source) -> None:
    poll(feed_city, feed_source, "katulampa")
    first = owner(feed_city, "katulampa")
    feed_city.now = feed_city.now.replace(microsecond=2)
    assert poll(feed_city, feed_source, "katulampa") == (1, 0)
    assert owner(feed_city, "katulampa") == first


def test_the_rights_of_the_feeds_role_suffice(feed_city: FeedCity, feed_source: Source) -> None:
    database = feed_city.context.database
    with Database(login_of_feeds(feed_city.database.url), name="siaga-feeds-role") as limited:
        feed_city.context = replace(feed_city.context, database=limited)
        try:
            assert poll(feed_city, feed_source, "angke-hulu") == (1, 0)
            feed_city.now -= timedelta(minutes=30)
            lines = f"angke-hulu,{feed_city.now.isoformat()},90", "angke-hulu,yesterday,2"
            feed_source.put("/x", "\n".join(("gauge,time,level", *lines)))
            late = feed_city.poll()
        finally:
            feed_city.context = replace(feed_city.context, database=database)
    assert late is not None, feed_city.health()["last_error"]
    assert (late.accepted, late.dead) == (1, 1)
    assert owner(feed_city, "angke-hulu") == f"feed-{feed_city.feed_id}"


def login_of_feeds(url: str) -> str:
    """The same database for a login with the rights of the feeds process and no others."""
    login, password = "siaga_feeds_login", secrets.token_hex(12)
    with psycopg.connect(url, autocommit=True) as conn:
        if conn.execute("SELECT FROM pg_roles WHERE rolname = %s", (login,)).fetchone() is None:
            conn.execute("CREATE ROLE siaga_feeds_login LOGIN IN ROLE siaga_feeds")
        conn.execute(sql.SQL("ALTER ROLE siaga_feeds_login PASSWORD {}").format(sql.Literal(password)))
        return f"postgresql://{login}:{password}@127.0.0.1:{conn.info.port}/{conn.info.dbname}"


@pytest.mark.parametrize("to", ["a-node", "feed-by-name"])
def test_a_feed_reports_a_gauge_of_a_node_only_after_a_hand_over(
    to: str, feed_city: FeedCity, feed_source: Source
) -> None:
    hand_over(feed_city.database.url, SourceName("gauge", "karet"), to=to)
    accepted = poll(feed_city, feed_source, "karet")
    assert accepted == ((0, 1) if to == "a-node" else (1, 0))
    reasons = [row["reason"] for row in feed_city.dead_letters()]
    assert reasons == (["gauge karet belongs to node a-node"] if to == "a-node" else [])
    assert owner(feed_city, "karet") == to


def test_a_frigate_that_goes_leaves_a_camera_of_a_node_as_it_is(feed_city: FeedCity) -> None:
    options = FrigateTable.model_validate(
        {
            "id": "boxes",
            "kind": "frigate",
            "host": "127.0.0.1",
            "camera": [{"camera": "cam-manggarai", "name": "own"}, {"camera": "cam-karet", "name": "foreign"}],
        }
    )
    hand_over(feed_city.database.url, SourceName("camera", "cam-karet"), to="a-node")
    FrigateImporter(feed_city.context, options).connected(False)
    unknown = "SELECT camera_id FROM camera_latest WHERE unknown_since IS NOT NULL"
    assert [row["camera_id"] for row in feed_city.rows(unknown)] == ["cam-manggarai"]
    owners = "SELECT id, node_id FROM camera WHERE id = ANY(%s) ORDER BY id"
    assert feed_city.rows(owners, ["cam-karet", "cam-manggarai"]) == [
        {"id": "cam-karet", "node_id": "a-node"},
        {"id": "cam-manggarai", "node_id": "feed-boxes"},
    ]


def test_the_login_of_feeds_may_store_clips_and_change_none(feed_city: FeedCity) -> None:
    grants = feed_city.rows(
        "SELECT privilege_type FROM information_schema.role_table_grants"
        " WHERE grantee = 'siaga_feeds' AND table_name = 'event_clip' ORDER BY 1"
    )
    assert [row["privilege_type"] for row in grants] == ["INSERT", "SELECT"]
