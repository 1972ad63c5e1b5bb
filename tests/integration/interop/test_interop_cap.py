"""CAP over HTTP, from a gauge's stages through the real alerts: the feed, its messages, a reader from PyPI."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import capparser
import httpx
import pytest
from tests.support.http_api import Api, set_level
from tests.support.standards.cap_schema import NAMESPACE, complaints

from siaga_cloud.alerts.service import alerts

ATOM = {"": "http://www.w3.org/2005/Atom"}
FEED = "/cap/v1/feed.xml"
T0 = datetime.now(UTC) - timedelta(hours=4)


@pytest.fixture
def client(api: Api) -> Iterator[httpx.Client]:
    with api.client() as opened:
        yield opened


def step(api: Api, stage: int, level_cm: float, *, minutes: float) -> int:
    """A gauge at a stage, and what the alerts make of it then."""
    at = T0 + timedelta(minutes=minutes)
    with api.connection() as conn:
        set_level(conn, "manggarai", level_cm, stage=stage, at=at)
        reported = alerts.refresh(conn, now=at)
        conn.commit()
    return reported


def feed(client: httpx.Client, **params: str) -> ET.Element:
    answer = client.get(FEED, params=params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    return ET.fromstring(answer.content)  # noqa: S314 - our own answer


def documents(client: httpx.Client, **params: str) -> list[bytes]:
    links = [one.get("href") or "" for one in feed(client, **params).findall("entry/link", ATOM)]
    answers = [client.get(link.removeprefix("http://127.0.0.1")) for link in links]
    assert {one.headers["content-type"] for one in answers} == {"application/cap+xml; charset=utf-8"}
    return [one.content for one in answers]


def text(content: bytes, path: str) -> str | None:
    return ET.fromstring(content).findtext(path, None, {"": NAMESPACE})  # noqa: S314 - our own answer


def test_a_flood_is_announced_from_its_first_alert_to_its_cancel(api: Api, client: httpx.Client) -> None:
    empty = feed(client)
    assert empty.findall("entry", ATOM) == []
    assert empty.findtext("updated", None, ATOM), "a feed without entries is a feed"

    assert step(api, 2, 860, minutes=0) > 0
    first = documents(client)
    assert first
    assert [complaints(one) for one in first] == [[] for _ in first]
    assert {text(one, "msgType") for one in first} == {"Alert"}
    assert {text(one, "status") for one in first} == {"Test"}
    assert any(b"<polygon>" in one for one in first)
    assert any(text(one, "info/area/geocode/value") == "manggarai" for one in first), "the gauge's own alert"

    (own,) = documents(client, by="gauge")
    assert (text(own, "info/contact"), text(own, "info/web")) == ("+62 21 112", "http://127.0.0.1/gauges/manggarai")
    by_area = documents(client, by="area")
    assert 0 < len(by_area) < len(first), "the same flood by its areas alone"
    assert all("/areas/" in (text(one, "info/web") or "") for one in by_area)

    assert step(api, 1, 960, minutes=10) > 0
    second = documents(client)
    assert [complaints(one) for one in second] == [[] for _ in second]
    assert {text(one, "msgType") for one in second} == {"Update"}
    for one in second:
        assert (text(one, "references") or "").split(",")[1] in {text(old, "identifier") for old in first}

    assert step(api, 4, 500, minutes=20) == 0, "not yet for long enough"
    assert step(api, 4, 500, minutes=100) > 0
    last = documents(client)
    assert [complaints(one) for one in last] == [[] for _ in last]
    assert {text(one, "msgType") for one in last} == {"Cancel"}
    for one in last:
        named = {part.split(",")[1] for part in (text(one, "references") or "").split(" ")}
        assert len(named) == 2

    for held in first:
        again = client.get(f"/cap/v1/alerts/{text(held, 'identifier')}.xml")
        assert again.content == held, "a message stays what it was"


def test_nothing_new_is_not_sent_again(client: httpx.Client) -> None:
    for path in (FEED, feed_link(client)):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]


def feed_link(client: httpx.Client) -> str:
    link = feed(client).find("entry/link", ATOM)
    assert link is not None
    return (link.get("href") or "").removeprefix("http://127.0.0.1")


def test_entries_are_in_the_requested_language(client: httpx.Client) -> None:
    indonesian, english = feed(client), feed(client, lang="en")
    assert indonesian.findtext("title", None, ATOM) == "Peringatan banjir"
    assert english.findtext("title", None, ATOM) == "Flood alerts"
    assert [one.text for one in indonesian.findall("entry/id", ATOM)] == [
        one.text for one in english.findall("entry/id", ATOM)
    ]
    assert indonesian.findtext("entry/title", None, ATOM) != english.findtext("entry/title", None, ATOM)


@pytest.mark.parametrize("name", ["x", "siaga-00000000-0000-0000-0000-000000000007-1-0", "%00", "..%2f..", "'--", "🌊"])
def test_what_is_no_message_is_not_found(client: httpx.Client, name: str) -> None:
    assert client.get(f"/cap/v1/alerts/{name}.xml").status_code == 404


def test_the_reader_from_pypi_reads_every_message(client: httpx.Client) -> None:
    for content in documents(client):
        alert = capparser.parse(stringXML=content.decode())
        assert alert.msgType[0] == "Cancel"
        assert len(alert.info[0]) == 2
        assert alert.info[0][0].area[0][0].areaDesc[0]
