"""Qlue and Detik Pasangmata: documented lists become reports, or messages for an operator."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from siaga_cloud.feeds.items import BodyError, Feed, Found, FoundMessage, FoundReport, ItemError, Request
from siaga_cloud.feeds.kinds.complaints import DetikFeed, QlueFeed
from siaga_cloud.feeds.options import FEED, DetikTable, QlueTable

NOW = datetime(2018, 2, 6, 4, 0, tzinfo=UTC)
URL = "https://feed.example/list"
QLUE_2016 = {
    "post_id": "77", "post_date": "2018-02-06 10:30:00", "post_title": "Banjir", "post_desc": "Air selutut",
    "post_images": "http:\\/\\/qlue.example\\/a.jpg", "loc_lat": "-6.2079", "loc_lng": "106.8484",
    "profile_name": "9e107d9d",
}  # fmt: skip
QLUE_2018 = {
    "id": 78, "timestamp": "2018-02-06T10:30:00", "title": "Sampah", "description": "Menumpuk, bau",
    "file": {"format": "jpg", "url": "https://qlue.example/b.jpg"}, "location": {"lat": -6.2079, "lng": 106.8484},
}  # fmt: skip
DETIK = {
    "contributionId": "d9", "title": "Macet total", "content": "Macet di depan pasar", "url": "https://detik.example/9",
    "date": {"create": {"sec": 1517887800, "usec": 0}, "update": {"sec": 1517887800}},
    "files": {"photo": "https://detik.example/9.jpg"}, "user": {"creator": {"id": "u1"}},
    "location": {"geospatial": {"latitude": -6.2079, "longitude": 106.8484}},
}  # fmt: skip


def qlue(form: str = "2018", category: str | None = None) -> Feed:
    table = FEED.validate_python({"id": "qlue", "kind": "qlue", "url": URL, "format": form, "category": category})
    assert isinstance(table, QlueTable)
    return QlueFeed(table)


def detik() -> Feed:
    table = FEED.validate_python({"id": "detik", "kind": "detik", "url": URL, "pages": 2})
    assert isinstance(table, DetikTable)
    return DetikFeed(table)


def read(feed: Feed, whole: Any) -> list[tuple[str, Found]]:
    split = feed.split(json.dumps(whole).encode(), Request(url=URL), now=NOW)
    return [(item.source_id, found) for item in split.items for found in feed.read(item.payload, now=NOW)]


@pytest.mark.parametrize(
    ("feed", "whole", "number", "channel", "category", "photo"),
    [
        (lambda: qlue("2016"), [QLUE_2016], "77", "qlue", "flooding", "http://qlue.example/a.jpg"),
        (qlue, {"data": [QLUE_2018]}, "78", "qlue", "trash", "https://qlue.example/b.jpg"),
        (detik, {"result": [DETIK]}, "d9", "detik", "congestion", "https://detik.example/9.jpg"),
    ],
)
def test_a_documented_post_is_a_report(
    feed: Callable[[], Feed], whole: Any, number: str, channel: str, category: str, photo: str
) -> None:
    ((source_id, found),) = read(feed(), whole)
    assert isinstance(found, FoundReport)
    assert (source_id, found.channel, found.category) == (number, channel, category)
    assert (found.lat, found.lon) == (-6.2079, 106.8484)
    assert found.happened_at == datetime(2018, 2, 6, 3, 30, tzinfo=UTC)
    assert found.photo_urls == (photo,)


def test_what_is_unsure_or_nowhere_is_for_an_operator() -> None:
    nowhere = {**QLUE_2018, "location": {"lat": 0, "lng": 0}}
    vague = {**QLUE_2018, "title": "Tolong", "description": "dong"}
    found = [one for _, one in read(qlue(), {"data": [nowhere, vague]})]
    assert [isinstance(one, FoundMessage) for one in found] == [True, True]
    assert [one.place for one in found if isinstance(one, FoundMessage)] == [None, (-6.2079, 106.8484)]
    ((_, known),) = read(qlue(category="flooding"), {"data": [vague]})
    assert isinstance(known, FoundReport)
    assert known.category == "flooding"


@pytest.mark.parametrize("whole", [7, "x", {"data": 7}, {"data": None}, {}, {"result": "x"}])
def test_what_is_no_list_is_refused(whole: Any) -> None:
    for feed in (qlue("2016"), qlue(), detik()):
        with pytest.raises(BodyError):
            feed.split(json.dumps(whole).encode(), Request(url=URL), now=NOW)


@pytest.mark.parametrize(
    "post",
    [7, [], {}, {"id": None}, {"id": True, "timestamp": "2018-02-06 10:30:00"}, {**QLUE_2018, "timestamp": "yesterday"},
     {**QLUE_2018, "timestamp": "2019-02-06 10:30:00"}],
)  # fmt: skip
def test_a_post_that_cannot_be_read_is_explained(post: Any) -> None:
    (item,) = qlue().split(json.dumps({"data": [post]}).encode(), Request(url=URL), now=NOW).items
    with pytest.raises(ItemError, match="expected"):
        qlue().read(item.payload, now=NOW)


def test_hostile_words_remain_words() -> None:
    post = {**QLUE_2018, "description": "<script>\x00\ud800 banjir'; DROP TABLE report; -- 🌊" + "a" * 9000}
    ((_, found),) = read(qlue(), {"data": [post]})
    assert isinstance(found, FoundReport | FoundMessage)
    assert len(found.text) <= 4000
    assert "\x00" not in found.text


def test_detik_is_queried_for_its_first_pages() -> None:
    assert [one.url for one in detik().requests(now=NOW)] == [f"{URL}?page=1", f"{URL}?page=2"]
