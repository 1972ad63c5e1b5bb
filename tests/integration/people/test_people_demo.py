"""Everybody enters the accounts of a demo, from its own pages on its own machine; a real server has no such door."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.http_api import Api, SettingsForTests, load_demo_city, serve

from siaga_cloud.settings import DemoSettings
from siaga_sim.stack.postgres import Postgres

DEMO, SESSION = "/api/v1/demo", "/api/v1/demo/session"
OPERATOR, LURAH = "operator.balaikota", "lurah.manggarai"


@pytest.fixture(scope="module")
def story_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("story") / "state.json"


@pytest.fixture(scope="module")
def demo(
    postgres: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory, story_file: Path
) -> Iterator[Api]:
    url = postgres.create_database("siaga_demo_entry", template=migrated_template)
    tokens = load_demo_city(url)
    settings = SettingsForTests(
        database_url=url,
        media_dir=tmp_path_factory.mktemp("media"),
        demo=DemoSettings(accounts=(OPERATOR, "nobody", LURAH), river_speed=480, story_file=story_file),
    )
    with serve(settings, tokens) as served:
        yield served
    postgres.drop_database("siaga_demo_entry")


def enter(client: httpx.Client, user: str, token: str | None = None) -> httpx.Response:
    own = token or client.get(DEMO).json()["token"]
    return client.post(SESSION, json={"user": user, "token": own})


def test_one_click_enters_an_account_and_the_next_changes_it(demo: Api) -> None:
    with demo.client() as browser:
        assert [one["user"] for one in browser.get(DEMO).json()["accounts"]] == [OPERATOR, LURAH]
        for user, role in ((OPERATOR, "operator"), (LURAH, "area_head")):
            answer = enter(browser, user)
            assert answer.status_code == 201, answer.text
            assert answer.json()["role"] == role
            assert browser.get("/api/v1/session").json()["user"] == user
            assert [one["method"] for one in browser.get("/api/v1/me/sessions").json()] == ["demo"]
    with demo.connection() as conn:
        (held,) = conn.execute("SELECT count(*) AS n FROM user_session WHERE ended_at IS NULL").fetchall()
    assert held["n"] == 1, "the operator's session ended"


def test_a_token_enters_once_and_other_accounts_never(demo: Api) -> None:
    with demo.client() as browser:
        token = browser.get(DEMO).json()["token"]
        assert enter(browser, OPERATOR, token).status_code == 201
        assert enter(browser, OPERATOR, token).status_code == 403
        for user in ("admin", "nobody-else"):
            assert enter(browser, user).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [{"X-Forwarded-For": "10.0.0.9"}, {"Forwarded": "for=10.0.0.9"}, {"Host": "rebound.example"}],
    ids=["a proxy", "a standard proxy", "a page that gave this address another name"],
)
def test_nobody_from_elsewhere_enters(demo: Api, headers: dict[str, str]) -> None:
    with demo.client() as browser:
        assert browser.get(DEMO, headers=headers).status_code == 404
        token = browser.get(DEMO).json()["token"]
        sent = browser.post(SESSION, json={"user": OPERATOR, "token": token}, headers=headers)
        assert sent.status_code == 404
        foreign = {"Sec-Fetch-Site": "cross-site"}
        sent = browser.post(SESSION, json={"user": OPERATOR, "token": token}, headers=foreign)
        assert sent.status_code == 403


def test_the_pages_of_a_demo_carry_the_mark_and_those_of_a_city_do_not(demo: Api, api: Api) -> None:
    with demo.client() as browser, api.client() as citizen:
        assert 'name="demo" content="480"' in browser.get("/sign-in").text
        assert 'name="demo" content=""' in citizen.get("/sign-in").text
        assert citizen.get(DEMO).status_code == 404
        assert browser.get("/demo").status_code == 200
        assert citizen.get("/demo").status_code == 404
        assert citizen.post(SESSION, json={"user": OPERATOR, "token": "x"}).status_code == 404


def test_the_pages_read_how_the_story_runs(demo: Api, story_file: Path) -> None:
    with demo.client() as browser:
        assert browser.get(f"{DEMO}/story").json() == {"rate": 1.0}, "nobody has stated it yet"
        for written, rate in (('{"rate": 0.0}', 0.0), ('{"rate": 3.0}', 3.0), ("{", 1.0), ("[]", 1.0)):
            story_file.write_text(written)
            assert browser.get(f"{DEMO}/story").json() == {"rate": rate}
        assert browser.get(f"{DEMO}/story", headers={"Host": "rebound.example"}).status_code == 404
