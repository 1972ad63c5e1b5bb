"""Dead letters of feeds taken in again once their cause is gone, each once; complaints of Qlue and Detik."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.support.stand_ins.feed_source import FeedCity, Source

from siaga_cloud.dead_letters.service import ReplayFailedError, replay
from siaga_cloud.ingest.store import messages

WIB = ZoneInfo("Asia/Jakarta")
CSV = '[[feed]]\nid = "{id}"\nkind = "csv_reports"\nurl = "{url}/r.csv"\ncategory = "trash"\nid_column = "id"\n'
HEAD = "id,time,lat,lon,text\n"


def again(city: FeedCity, message: dict[str, Any]) -> str:
    """What the command says of a letter; raises StillDeadError."""
    with city.database.transaction() as conn:
        messages.prepare_stages(conn)
        return replay(conn, message["id"], context=city.context, now=city.now)


def reports(city: FeedCity) -> int:
    return int(city.rows("SELECT count(*) AS n FROM report")[0]["n"])


def test_an_item_lives_again_once_and_the_next_poll_adds_nothing(feed_city: FeedCity, feed_source: Source) -> None:
    city, before = feed_city, reports(feed_city)
    city.begin("csv", CSV, feed_source)
    at = city.now.astimezone(WIB) - timedelta(hours=2)
    feed_source.put("/r.csv", f"{HEAD}a1,{at:%d/%m/%Y %H.%M},-6.2,106.82,Tumpukan sampah\n")
    counts = city.poll()
    assert counts is not None
    assert counts.dead == 1
    [message] = city.dead_letters()
    assert message["item_id"]
    with pytest.raises(ReplayFailedError, match="time"):
        again(city, message)
    assert (reports(city), city.dead_letters()[0]["times"]) == (before, 1)
    mended = CSV + 'time_format = "%d/%m/%Y %H.%M"\ntimezone = "Asia/Jakarta"\n'
    city.configure(mended.format(url=feed_source.url, id=city.feed_id))
    assert again(city, message) == ": 1 taken, 0 known already, 0 passed over"
    [stored] = city.rows("SELECT body, happened_at FROM report ORDER BY received_at DESC LIMIT 1")
    assert (stored["body"], stored["happened_at"]) == ("Tumpukan sampah", at.replace(second=0, microsecond=0))
    with pytest.raises(ReplayFailedError, match="was replayed at"):
        again(city, message)
    counts = city.poll()
    assert counts is not None
    assert (counts.accepted, counts.repeated, reports(city)) == (0, 1, before + 1)


def test_a_whole_body_lives_again_and_one_of_a_feed_that_is_gone_does_not(
    feed_city: FeedCity, feed_source: Source
) -> None:
    city, before = feed_city, reports(feed_city)
    city.begin("csv", CSV, feed_source)
    feed_source.put("/r.csv", f"{HEAD}b1,{city.now.isoformat()},-6.2,106.82,Sampah\n".replace(",", ";"))
    assert city.poll() is None
    [message] = city.dead_letters()
    assert (message["item_id"], message["body_label"]) == (None, "")
    feed_id = city.feed_id
    city.begin("csv", CSV, feed_source)
    with pytest.raises(ReplayFailedError, match="expected one that is imported and enabled"):
        again(city, message)
    city.configure((CSV + 'delimiter = ";"\n').format(url=feed_source.url, id=feed_id))
    assert again(city, message) == ": 1 taken, 0 known already, 0 passed over"
    assert reports(city) == before + 1


def qlue_2016(post_id: str, at: datetime, text: str) -> dict[str, Any]:
    return {
        "post_id": post_id, "post_date": f"{at.astimezone(WIB):%Y-%m-%d %H:%M:%S}", "post_title": "Qlue",
        "post_desc": text, "post_images": "", "loc_lat": "-6.2079", "loc_lng": "106.8484", "profile_name": "d41d8cd9",
    }  # fmt: skip


def detik(post_id: str, at: datetime, text: str) -> dict[str, Any]:
    return {
        "contributionId": post_id, "title": "Pasangmata", "content": text, "url": "https://detik.example/1",
        "date": {"create": {"sec": int(at.timestamp())}}, "user": {"creator": {"id": "7"}},
        "location": {"geospatial": {"latitude": -6.2079, "longitude": 106.8484}},
    }  # fmt: skip


@pytest.mark.parametrize(("kind", "made"), [("qlue", qlue_2016), ("detik", detik)])
def test_served_complaints_become_reports_or_wait_for_an_operator_once(
    kind: str, made: Any, feed_city: FeedCity, feed_source: Source
) -> None:
    city, before = feed_city, reports(feed_city)
    more = 'format = "2016"\n' if kind == "qlue" else ""
    city.begin(kind, f'[[feed]]\nid = "{{id}}"\nkind = "{kind}"\nurl = "{{url}}/posts"\n{more}', feed_source)
    at = city.now - timedelta(minutes=20)
    posts = [
        made(f"{kind}-1", at, "Banjir selutut, rumah terendam"),
        made(f"{kind}-2", at, "Mohon perhatiannya pak <b>gubernur</b> 🙏'; DROP TABLE report; --"),
    ]
    served = {"result": posts} if kind == "detik" else posts
    for body in (json.dumps(served), json.dumps(served) + " "):  # the second differs, so that it is read again
        feed_source.put("/posts", body)
        assert city.poll() is not None, city.health()["last_error"]
    assert city.dead_letters() == []
    assert reports(city) == before + 1
    assert city.rows("SELECT category FROM report WHERE channel = %s", kind) == [{"category": "flooding"}]
    waiting = city.rows("SELECT body, why, lat, lon, status FROM inbox_item WHERE channel = %s", kind)
    assert len(waiting) == 1
    assert "gubernur" in waiting[0]["body"]
    assert waiting[0]["why"].startswith("category:")
    assert (waiting[0]["lat"], waiting[0]["lon"], waiting[0]["status"]) == (-6.2079, 106.8484, "waiting")
    health = city.health()
    assert (health["received"], health["repeated"], health["refused"]) == (4, 2, 0)
