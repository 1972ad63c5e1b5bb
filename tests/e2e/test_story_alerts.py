"""A family by the river is warned by every channel, hears once that it is over, and is forgotten when it asks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.http_api import SettingsForTests, serve
from tests.support.incidents_core import load_small_city
from tests.support.stand_ins.alert_sinks import Browser, Sinks, running_sinks, send_all

from siaga_cloud.alerts.service import alerts
from siaga_cloud.alerts.service import sending as alert_sending
from siaga_cloud.incidents.service import flood_states
from siaga_cloud.platform.db.connection import Database

MAIL, PHONE = "nenek@example.org", "+6281234567890"


@dataclass(slots=True)
class Story:
    """A served city, the sinks of its alerts, and a river that does what the story says."""

    http: httpx.Client
    database: Database
    sinks: Sinks
    browser: Browser
    began_at: datetime

    def subscribe(self, channel: str, address: str, **more: Any) -> dict[str, Any]:
        form = {"channel": channel, "address": address, "areas": ["manggarai"], **more}
        answer = self.http.post("/api/v1/subscriptions", json=form)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def deliver(self) -> int:
        """What the worker does each few seconds."""
        now = datetime.now(UTC) + timedelta(days=1)  # whatever waits for its next try is tried now
        with self.database.transaction() as conn:
            alert_sending.plan_and_queue(conn, now=now)
        return send_all(self.database, self.sinks.channels)

    def river(self, *, hours: float, stage: int, level_cm: float) -> None:
        """The gauge says this, some hours into the story, and the clock's work is done a few times."""
        for seconds in (0, 10, 20):
            now = self.began_at + timedelta(hours=hours, seconds=seconds)
            with self.database.transaction() as conn:
                conn.execute(
                    "INSERT INTO gauge_latest (gauge_id, node_id, measured_at, received_at, level_cm, quality, stage)"
                    " VALUES ('g1', 'n', %(at)s, %(at)s, %(cm)s, 'good', %(stage)s) ON CONFLICT (gauge_id) DO UPDATE"
                    " SET measured_at = %(at)s, received_at = %(at)s, level_cm = %(cm)s, stage = %(stage)s",
                    {"at": now, "cm": level_cm, "stage": stage},
                )
                flood_states.refresh(conn, now=now)
                alerts.refresh(conn, now=now)
            with self.database.transaction() as conn:
                alert_sending.plan_and_queue(conn, now=now)
        send_all(self.database, self.sinks.channels)

    def sent_messages(self) -> dict[str, list[str]]:
        """The titles or first lines that came by each channel."""
        pushed = [self.browser.read(body)["title"] for body in self.sinks.posts("/push/1")]
        return {
            "email": [text.split("\n")[0].rstrip(".") for text in self.sinks.mailbox.texts(MAIL)],
            "webpush": pushed,
            "webhook": [json.loads(body)["title"] for body in self.sinks.posts("/hook")],
            "sms": [json.loads(body)["text"].split(".")[0] for body in self.sinks.posts("/sms")],
        }


@pytest.fixture
def story(database_url: str, tmp_path: Path) -> Iterator[Story]:
    settings = SettingsForTests(database_url=database_url, media_dir=tmp_path)
    with running_sinks() as sinks, Database(database_url) as database:
        with database.transaction() as conn:
            load_small_city(conn)
        browser = Browser(endpoint=f"{sinks.url}/push/1")
        began_at = datetime.now(UTC).replace(microsecond=0)
        with (
            serve(settings, {}, alert_channels=sinks.available_channels) as api,
            httpx.Client(base_url=api.url, timeout=20) as http,
        ):
            http.follow_redirects = True
            yield Story(http=http, database=database, sinks=sinks, browser=browser, began_at=began_at)


def test_a_family_is_warned_by_every_channel_and_notified_once_that_it_is_over(story: Story) -> None:
    sinks, http = story.sinks, story.http
    assert set(http.get("/api/v1/subscriptions/channels").json()["channels"]) == {"email", "sms", "webhook", "webpush"}

    # Four ways to be told, and each owner is asked in the own way.
    mailed = story.subscribe("email", MAIL)
    texted = story.subscribe("sms", "0812-3456-7890")
    hooked = story.subscribe("webhook", f"{sinks.url}/hook", language="en")
    pushed = story.subscribe("webpush", story.browser.endpoint, keys=story.browser.keys)
    assert mailed["manage"] is None, "only who reads the mail may confirm it"
    assert [one["confirmed"] for one in (mailed, texted, hooked, pushed)] == [False, False, False, True]
    assert story.deliver() == 4

    (requested,) = sinks.mailbox.texts(MAIL)
    link = re.search(r"http://siaga\.test(/api/v1/subscriptions/\S+)", requested)
    assert link is not None
    page = http.get(link[1], headers={"Accept": "text/html"})
    assert (page.status_code, "Ya, kirim kabar banjir" in page.text) == (200, True)
    assert not http.get(link[1]).json()["confirmed"], "opening the link, as programs do, confirms nothing"
    assert "aktif" in http.post(f"{link[1]}/confirm", headers={"Accept": "text/html"}).text
    code = re.search(r"\d{6}", json.loads(sinks.posts("/sms")[0])["text"])
    assert code is not None
    wrong = f"{(int(code[0]) + 1) % 10**6:06d}"
    assert http.post(f"{texted['manage']}/confirm", json={"code": wrong}).status_code == 422
    assert http.post(f"{texted['manage']}/confirm", json={"code": code[0]}).json()["confirmed"]
    assert http.get(hooked["manage"]).json()["confirmed"], "it sent the challenge back"

    # The river rises by night, stays, and rises more.
    story.river(hours=0, stage=4, level_cm=600)
    assert story.http.get("/api/v1/alerts").json() == []
    story.river(hours=1, stage=2, level_cm=870)
    (alert,) = http.get("/api/v1/alerts").json()
    assert (alert["area_name"], alert["level"], alert["stage"]) == ("Manggarai", "warning", 2)
    assert "Siaga 2" in alert["text"]
    assert "Pindahkan barang" in alert["instruction"]
    story.river(hours=1.5, stage=2, level_cm=880)
    story.river(hours=2, stage=1, level_cm=960)
    assert http.get("/api/v1/areas/manggarai-rw1/alert").json()["alert"]["level"] == "danger"
    story.river(hours=2.2, stage=2, level_cm=940)
    story.river(hours=2.4, stage=1, level_cm=955)

    # It falls, and an hour after it was low for the last time it is over.
    story.river(hours=3, stage=4, level_cm=700)
    story.river(hours=3.3, stage=4, level_cm=690)
    story.river(hours=4.1, stage=4, level_cm=650)
    story.river(hours=5, stage=4, level_cm=600)
    assert http.get("/api/v1/areas/manggarai/alert").json()["alert"] is None
    indonesian = [
        "PERINGATAN banjir: Manggarai, Jakarta Selatan",
        "BAHAYA banjir: Manggarai, Jakarta Selatan",
        "AMAN: Manggarai, Jakarta Selatan",
    ]
    english = ["Flood WARNING", "Flood DANGER", "ALL CLEAR"]
    sent_messages = story.sent_messages()
    for channel in ("email", "webpush", "sms"):
        assert sent_messages[channel][1:] == indonesian, channel
    assert [title.split(":")[0] for title in sent_messages["webhook"][1:]] == english

    # All that standards ask: one click to end it, a signature for the push service, the gateway's authorization.
    mail = sinks.mailbox.mails[-1]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert all(sinks.is_signed_for(headers) for path, headers, _ in sinks.seen if path == "/push/1")
    assert {headers["Authorization"] for path, headers, _ in sinks.seen if path == "/sms"} == {
        "Bearer the gateway's own"
    }

    # Who had enough is forgotten, and hears nothing of the next storm.
    one_click = mail["List-Unsubscribe"].strip().strip("<>").removeprefix("http://siaga.test")
    assert [http.post(one_click, data={"List-Unsubscribe": "One-Click"}).status_code for _ in range(2)] == [204, 204]
    for one in (texted, hooked, pushed):
        assert http.delete(one["manage"]).status_code == 204
        assert http.get(one["manage"]).status_code == 404
    with story.database.transaction() as conn:
        left = conn.execute("SELECT count(*) AS n FROM subscription_address").fetchone()
        assert left == {"n": 0}
    story.river(hours=9, stage=1, level_cm=990)
    assert story.sent_messages() == sent_messages
    assert len(http.get("/api/v1/alerts").json()) == 1, "the page still shows it"
