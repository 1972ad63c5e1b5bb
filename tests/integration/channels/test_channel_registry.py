"""A channel that is only registered works from end to end: settings, routes, proof, report, answers, connectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from tests.support.extra_channels import PIGEON, Pigeon, a_note, registered
from tests.support.http_api import Api, SettingsForTests, channels_of, serve
from tests.support.stand_ins.text_gateways import reports, rows

from siaga_cloud.channels import registry
from siaga_cloud.channels.kinds.channel import CitizenChannel
from siaga_cloud.channels.registry import answer_channels, load_settings, registry_of
from siaga_cloud.notifications import jobs as notification_worker
from siaga_cloud.notifications.service import replies
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.settings import SettingsError

SECRET = "ring-of-the-pigeons-of-tests"
ENVIRONMENT = {"SIAGA_DATABASE_URL": "postgresql://x@y/z", "SIAGA_PIGEON_SECRET": SECRET, "SIAGA_PIGEON_LOFT": "Tebet"}
NOTE = a_note("R1", "banjir selutut di kampung melayu")


@pytest.fixture
def pigeons(api: Api) -> Iterator[Api]:
    """The same city, served by an application that knows the extra channel."""
    with registered(PIGEON):
        channels = channels_of(SIAGA_PIGEON_SECRET=SECRET)
        settings = SettingsForTests(database_url=api.database_url, media_dir=api.media_dir, channels=channels)
        with serve(settings, api.tokens) as served:
            yield served


def post(client: httpx.Client, body: bytes, ring: str = SECRET) -> httpx.Response:
    return client.post("/api/v1/intake/pigeon", content=body, headers={"X-Ring": ring})


def test_a_delivery_is_verified_parsed_reported_and_answered(pigeons: Api) -> None:
    with pigeons.client() as client:
        assert post(client, NOTE, ring="wrong").status_code == 403
        assert post(client, b"coo").status_code == 400
        assert reports(pigeons, "pigeon") == []
        answer, again = post(client, NOTE), post(client, NOTE)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert again.text == answer.text != ""
    (made,) = reports(pigeons, "pigeon")
    assert made["category"] == "flooding"
    contact = rows(pigeons, "SELECT phone FROM report_contact WHERE report_id = %s", made["id"])
    assert [one["phone"] for one in contact] == ["+628120000001"]


def test_its_health_is_shown_among_the_connectors(pigeons: Api) -> None:
    with pigeons.client() as client:
        post(client, a_note("R2", "sampah menumpuk di manggarai"))
    with pigeons.client("operator.balaikota") as client:
        found = {one["channel"]: one for one in client.get("/api/v1/connectors").json()}
    assert found["pigeon"]["state"] in ("working", "failing")
    assert found["pigeon"]["received"] >= 1


def test_news_go_out_by_its_own_port(pigeons: Api) -> None:
    with pigeons.client() as client:
        post(client, a_note("R3", "banjir selutut di kampung melayu"))
    (message, *_) = rows(pigeons, "SELECT id FROM text_message WHERE channel = 'pigeon' ORDER BY received_at DESC")
    with pigeons.connection() as conn:
        replies.reply(conn, message["id"], channel="pigeon", address="+62812", text="Selesai", now=datetime.now(UTC))
        conn.commit()
    waiting = rows(pigeons, "SELECT id FROM notification_delivery WHERE state = 'queued' AND channel = 'pigeon'")
    settings = load_settings(ENVIRONMENT)
    with Database(pigeons.database_url, name="siaga-pigeons") as database:
        for row in waiting:
            notification_worker.deliver(database, answer_channels(settings), row["id"])
    assert ("+62812", "Selesai") in Pigeon.carried


def test_its_settings_are_checked_with_all_others() -> None:
    with registered(PIGEON), pytest.raises(SettingsError) as refused:
        load_settings({**ENVIRONMENT, "SIAGA_PIGEON_SECRET": "short"})
    assert str(refused.value) == "SIAGA_PIGEON_SECRET: got something short, expected 16 characters or more"
    with registered(PIGEON):
        assert "pigeon" in answer_channels(load_settings(ENVIRONMENT))
        assert "pigeon" not in answer_channels(load_settings({**ENVIRONMENT, "SIAGA_PIGEON_LOFT": ""}))


def test_it_is_gone_when_it_is_not_registered(api: Api) -> None:
    assert registry.find_channel("pigeon") is None
    with api.client() as client:
        assert post(client, NOTE).status_code == 404
    assert "pigeon" not in answer_channels(load_settings(ENVIRONMENT))


@pytest.mark.parametrize("other", [PIGEON, replace(PIGEON, id="crow")], ids=["id", "path"])
def test_an_id_or_a_path_that_is_there_twice_is_refused(other: CitizenChannel) -> None:
    with pytest.raises(ValueError, match="expected every id and path once, got"):
        registry_of((*registry.all_channels(), PIGEON, other))


def test_names_of_channels_are_there_in_both_languages() -> None:
    assert all(one.name.indonesian and one.name.english for one in registry.all_channels())
