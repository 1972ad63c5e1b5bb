"""Rain by CSV: stored once, corrected, skipped where it is not ours, and a dead letter where it cannot be rain."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.support.stand_ins.feed_source import FeedCity, Source

from siaga_cloud.feeds.store.feeds import Counts
from siaga_cloud.platform.import_errors import ImportFileError

FEED = """
[[feed]]
id = "{id}"
kind = "csv_rain"
url = "{url}/rain.csv"
delimiter = ";"
time_format = "%d/%m/%Y %H:%M"
time_column = "waktu"
rain_gauge_column = "pos"
mm_column = "hujan"
minutes = 10
[[feed.rain_gauge]]
rain_gauge = "hujan-katulampa"
names = ["Katulampa", "KTL"]
"""
WIB = ZoneInfo("Asia/Jakarta")


@pytest.fixture
def city(feed_city: FeedCity, feed_source: Source) -> FeedCity:
    with feed_city.database.transaction() as conn:
        conn.execute("DELETE FROM rain_reading")
    feed_city.begin("rain", FEED, feed_source)
    return feed_city


def row(city: FeedCity, minutes_ago: float, mm: str, *, station: str = "Katulampa") -> str:
    return f"{station};{local(city, minutes_ago):%d/%m/%Y %H:%M};{mm}"


def local(city: FeedCity, minutes_ago: float) -> datetime:
    at = city.now.astimezone(WIB) - timedelta(minutes=minutes_ago)
    return at.replace(second=0, microsecond=0)


def poll(city: FeedCity, source: Source, *rows: str) -> Counts:
    source.put("/rain.csv", "\n".join(["pos;waktu;hujan", *rows]))
    counts = city.poll()
    assert counts is not None
    return counts


def stored(city: FeedCity) -> list[tuple[datetime, float, int]]:
    rows = city.rows(
        "SELECT ends_at, mm, minutes FROM rain_reading WHERE rain_gauge_id = 'hujan-katulampa' ORDER BY ends_at"
    )
    return [(one["ends_at"], one["mm"], one["minutes"]) for one in rows]


def test_rain_is_stored_once_and_a_correction_replaces_it(city: FeedCity, feed_source: Source) -> None:
    rows = (row(city, 20, "1,5"), row(city, 10, "0", station="KTL"))
    first, again = poll(city, feed_source, *rows), poll(city, feed_source, *rows)
    assert (first.accepted, first.repeated, again.accepted, again.repeated) == (2, 0, 0, 2)
    assert stored(city) == [(local(city, 20), 1.5, 10), (local(city, 10), 0, 10)]
    corrected = poll(city, feed_source, row(city, 20, "2.5"), rows[1])
    assert (corrected.accepted, corrected.repeated) == (1, 1)
    assert stored(city)[0][1] == 2.5
    assert city.health()["lag_seconds"] == pytest.approx((city.now - local(city, 10)).total_seconds())


def test_what_is_not_ours_or_was_not_measured_is_skipped(city: FeedCity, feed_source: Source) -> None:
    old = 401 * 24 * 60
    rows = [row(city, 10, "3", station="Bogor"), row(city, 10, ""), row(city, 20, "-"), row(city, old, "1")]
    counts = poll(city, feed_source, *rows)
    assert (counts.accepted, counts.skipped, counts.dead) == (0, 4, 0)
    assert stored(city) == []


@pytest.mark.parametrize(
    ("mm", "reason"),
    [
        ("-0.1", "hujan: got '-0.1', expected a number from 0 to 50 in 10 minutes: at most 300 mm an hour"),
        ("50.1", "hujan: got '50.1', expected a number from 0 to 50 in 10 minutes: at most 300 mm an hour"),
        ("heavy", "hujan: got 'heavy', expected a number from 0 to 50"),
        ("inf", "hujan: got 'inf', expected a number from 0 to 50"),
    ],
)
def test_what_cannot_be_rain_is_a_dead_letter_and_the_rest_is_stored(
    city: FeedCity, feed_source: Source, mm: str, reason: str
) -> None:
    counts = poll(city, feed_source, row(city, 20, mm), row(city, 10, "50"))
    assert (counts.accepted, counts.dead) == (1, 1)
    [dead] = city.dead_letters()
    assert dead["reason"].startswith(reason)
    assert mm.encode() in dead["payload"]
    assert stored(city) == [(local(city, 10), 50, 10)]


def test_a_time_that_has_not_come_is_a_dead_letter(city: FeedCity, feed_source: Source) -> None:
    assert poll(city, feed_source, row(city, -30, "1")).dead == 1
    assert "not ahead of ours" in city.dead_letters()[0]["reason"]


def test_rain_of_a_gauge_that_is_gone_is_a_dead_letter(city: FeedCity, feed_source: Source) -> None:
    with city.database.transaction() as conn:
        conn.execute("UPDATE rain_gauge SET id = 'hujan-other'")
    try:
        assert poll(city, feed_source, row(city, 20, "1"), row(city, 10, "1")).dead == 2
        assert "expected one that was imported" in city.dead_letters()[0]["reason"]
    finally:
        with city.database.transaction() as conn:
            conn.execute("UPDATE rain_gauge SET id = 'hujan-katulampa'")


def test_the_example_of_the_documentation_is_accepted(city: FeedCity) -> None:
    section = (Path(__file__).parents[3] / "docs" / "feeds.md").read_text("utf-8").partition("\n## Rain as CSV\n")[2]
    city.configure("\n".join(line[4:] for line in section.partition("\n| ")[0].splitlines()))
    assert city.rows("SELECT id, kind FROM feed WHERE enabled") == [{"id": "hujan", "kind": "csv_rain"}]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("minutes = 10\n", ""), "minutes: got nothing, expected a value"),
        (("minutes = 10", "minutes = 1441"), "minutes: got 1441"),
        (
            ('rain_gauge = "hujan-katulampa"', 'rain_gauge = "nowhere"'),
            "rain_gauge: got 'nowhere', expected a rain gauge",
        ),
        (("[[feed.rain_gauge]]", '[[feed.rain_gauge]]\nrain_gauge = "hujan-katulampa"\n[[feed.rain_gauge]]'), "once"),
    ],
)
def test_wrong_options_are_refused(city: FeedCity, change: tuple[str, str], message: str) -> None:
    with pytest.raises(ImportFileError, match=r"feeds\.toml") as caught:
        city.configure(FEED.replace(*change).format(id="wrong", url="https://example.org"))
    assert message in str(caught.value)
