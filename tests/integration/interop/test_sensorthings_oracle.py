"""SensorThings beside FROST-Server: 551 requests on the same entities, with what FROST answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import quote

import httpx
import pytest
from tests.support.http_api import Api, SettingsForTests, serve
from tests.support.sensorthings_oracle import Exchange, differences, exchanges, joined, load_entities

from siaga_cloud.interop.sensorthings.store_functions import FUNCTIONS, Function
from siaga_sim.stack.ports import free_port
from siaga_sim.stack.postgres import Postgres

BASE = "/sta/v1.1"
# now() is when FROST answered, some minutes after the last of the recorded readings.
RECORDED_AT = "2026-12-01T05:00:00Z"
UNESCAPED = "/?&=$'(),;:@!*~%"


@pytest.fixture(scope="module")
def api(postgres: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An API on a database with nothing but the recorded entities."""
    url = postgres.create_database("siaga_sta_oracle", template=migrated_template)
    port = free_port()
    settings = SettingsForTests(
        database_url=url, media_dir=tmp_path_factory.mktemp("media"), public_url=f"http://127.0.0.1:{port}"
    )
    with pytest.MonkeyPatch.context() as patch, serve(settings, {}, port=port) as served:
        patch.setitem(cast(dict[str, Any], FUNCTIONS), "now", (Function((), "time", f"'{RECORDED_AT}'::timestamptz"),))
        with served.connection() as conn:
            load_entities(conn)
        yield served
    postgres.drop_database("siaga_sta_oracle")


def answer(client: httpx.Client, exchange: Exchange) -> tuple[int, Any]:
    """Return the status and body of ours to a recorded request."""
    method, _, kind = exchange.method.partition("-")
    headers = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"} if kind else {}
    path = exchange.path if exchange.is_encoded else quote(exchange.path, safe=UNESCAPED)
    response = client.request(method, f"{BASE}{path}", headers=headers)
    if exchange.is_followed and response.status_code == 200:
        return 200, joined(pages(client, response.json()))
    is_json = response.headers.get("content-type", "").startswith("application/json") and response.content
    return response.status_code, response.json() if is_json else response.text


def pages(client: httpx.Client, first: dict[str, Any]) -> list[dict[str, Any]]:
    found = [first]
    while link := found[-1].get("@iot.nextLink"):
        found.append(client.get(link).json())
    return found


def test_frost_and_this_service_answer_alike(api: Api) -> None:
    root = ""
    unlike, agreed = {}, []
    with api.client() as client:
        root = f"{str(client.base_url).rstrip('/')}{BASE}"
        for exchange in exchanges():
            difference = differences(exchange, *answer(client, exchange), root)
            if difference and not exchange.reason:
                unlike[exchange.number] = f"{exchange.method} {exchange.path}: {difference}"
            if exchange.reason and not difference:
                agreed.append(exchange.number)
    assert not unlike, "\n".join(f"{number} {text}" for number, text in unlike.items())
    assert not agreed, f"listed as different, and equal: {agreed}"
