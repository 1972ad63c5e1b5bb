"""Signing in by password, cookies, tokens with limits, and what keeps guessers out."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from tests.support.http_api import Api, SettingsForTests, load_demo_city, serve

from siaga_cloud.people.service import devices, sign_in
from siaga_sim.stack.postgres import Postgres

GOOD = "empat kata acak sekali"
OTHER = "lima kata lain lagi dong"


@pytest.fixture(autouse=True)
def _free_again(api: Api) -> Iterator[None]:
    yield
    with api.connection() as conn:
        conn.execute("DELETE FROM sign_in_guard")
    api.parts.sign_in_limit._buckets.clear()


def set_password(api: Api, user: str, password: str = GOOD) -> None:
    with api.client("admin") as admin:
        answer = admin.put(f"/api/v1/admin/users/{user}/password", json={"password": password})
    assert answer.status_code == 204, answer.text
    api.renew_token(user)


def sign_in_as(client: httpx.Client, user: str, password: str = GOOD) -> httpx.Response:
    return client.post("/api/v1/session", json={"user": user, "password": password})


@pytest.fixture
def lurah(api: Api) -> Iterator[httpx.Client]:
    """A browser that is signed in as the lurah."""
    set_password(api, "lurah.manggarai")
    with api.client() as client:
        assert sign_in_as(client, "lurah.manggarai").status_code == 201
        yield client


def test_a_sign_in_sets_a_cookie_that_scripts_cannot_read_and_the_database_does_not_hold(api: Api) -> None:
    set_password(api, "lurah.manggarai")
    with api.client() as client:
        answer = sign_in_as(client, "lurah.manggarai")
        assert answer.status_code == 201, answer.text
        assert answer.json()["role"] == "area_head"
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=lax" in cookie.lower()
        secret = client.cookies["siaga"]
        me = client.get("/api/v1/session").json()
        assert me["user"] == "lurah.manggarai"
        assert client.get("/api/v1/tasks?mine=true").status_code == 200
    with api.connection() as conn:
        rows = conn.execute("SELECT * FROM user_session").fetchall()
    assert rows
    assert secret not in str(rows)


def test_over_https_the_cookie_is_bound_to_this_host(
    postgres: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    url = postgres.create_database("siaga_https", template=migrated_template)
    tokens = load_demo_city(url)
    settings = SettingsForTests(
        database_url=url, media_dir=tmp_path_factory.mktemp("media"), public_url="https://siaga.example"
    )
    with serve(settings, tokens) as secure:
        set_password(secure, "lurah.manggarai")
        with secure.client() as client:
            cookie = sign_in_as(client, "lurah.manggarai").headers["set-cookie"]
    postgres.drop_database("siaga_https")
    assert cookie.startswith("__Host-siaga=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_whoever_is_wrong_gets_the_same_answer_in_a_similar_time(api: Api) -> None:
    set_password(api, "lurah.manggarai")
    answers: dict[str, httpx.Response] = {}
    seconds: dict[str, list[float]] = {"lurah.manggarai": [], "nobody.at-all": []}
    with api.client() as client:
        for user in seconds:
            sign_in_as(client, user, "warm up the first time")
        for _ in range(4):
            for user, elapsed in seconds.items():
                started = time.perf_counter()
                answers[user] = sign_in_as(client, user, "this is not the one")
                elapsed.append(time.perf_counter() - started)
    assert {answer.status_code for answer in answers.values()} == {401}
    assert answers["lurah.manggarai"].json() == answers["nobody.at-all"].json()
    known, unknown = (statistics.median(elapsed) for elapsed in seconds.values())
    assert 0.4 < known / unknown < 2.5


def test_a_guesser_is_locked_out_with_the_network_until_an_admin_sets_a_new_password(api: Api) -> None:
    set_password(api, "lurah.manggarai")
    with api.client() as client:
        found = [sign_in_as(client, "lurah.manggarai", f"wrong guess {n}").status_code for n in range(7)]
        assert found[:5] == [401] * 5
        assert found[5:] == [429] * 2
        locked = sign_in_as(client, "lurah.manggarai")
        assert locked.status_code == 429
        assert 0 < int(locked.headers["retry-after"]) <= 30
        unknown = [sign_in_as(client, "nobody.here", f"wrong guess {n}").status_code for n in range(7)]
        assert unknown == found  # a lock tells nobody who exists
    with api.connection() as conn:
        conn.execute("UPDATE sign_in_guard SET locked_until = now() - interval '1 second' WHERE key LIKE 'net:%'")
    with api.client() as client:
        assert sign_in_as(client, "lurah.manggarai", "wrong once more").status_code == 401
        assert int(sign_in_as(client, "lurah.manggarai").headers["retry-after"]) > 30  # the delay has grown
        set_password(api, "lurah.manggarai", OTHER)
        assert sign_in_as(client, "lurah.manggarai", OTHER).status_code == 201


def from_address(api: Api, address: str) -> httpx.Client:
    """A browser at another address of this machine."""
    transport = httpx.HTTPTransport(local_address=address, trust_env=False)
    return httpx.Client(base_url=api.url, timeout=20, trust_env=False, transport=transport)


def test_a_stranger_locks_no_named_person_out(api: Api) -> None:
    set_password(api, "lurah.manggarai")
    with from_address(api, "127.0.0.1") as own, from_address(api, "127.9.9.9") as stranger:
        assert sign_in_as(own, "lurah.manggarai").status_code == 201
        assert [sign_in_as(stranger, "lurah.manggarai", f"guess {n}").status_code for n in range(6)][-1] == 429
        assert sign_in_as(own, "lurah.manggarai").status_code == 201
    with from_address(api, "127.0.1.1") as new_phone:
        assert sign_in_as(new_phone, "lurah.manggarai").status_code == 201


def test_a_known_browser_signs_in_from_the_network_of_the_guesser(api: Api) -> None:
    set_password(api, "lurah.manggarai")
    with api.client() as known, api.client() as stranger:
        assert sign_in_as(known, "lurah.manggarai").status_code == 201
        device = next(name for name in known.cookies if name.startswith("siaga-device-"))
        assert [sign_in_as(stranger, "lurah.manggarai", f"guess {n}").status_code for n in range(6)][-1] == 429
        stranger.cookies[device] = known.cookies[device][:-1] + "x"
        assert sign_in_as(stranger, "lurah.manggarai").status_code == 429  # a forged cookie is as good as none
        assert sign_in_as(known, "lurah.manggarai").status_code == 201
        guesses = [sign_in_as(known, "lurah.manggarai", f"guess {n}").status_code for n in range(6)]
        assert guesses == [401] * 5 + [429]  # the browser has a counter of its own


def test_a_device_cookie_is_one_users_and_expires() -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    cookie = devices.new_cookie("op.satu", now=now)
    assert devices.device_of(cookie, "op.satu", now=now + timedelta(days=179))
    device, until, signature = cookie.split(".")
    refused = {
        "another user": devices.device_of(cookie, "op.dua", now=now),
        "expired": devices.device_of(cookie, "op.satu", now=now + timedelta(days=181)),
        "longer": devices.device_of(f"{device}.{int(until) + 9}.{signature}", "op.satu", now=now),
        "other device": devices.device_of(f"x{device}.{until}.{signature}", "op.satu", now=now),
        **{text: devices.device_of(text, "op.satu", now=now) for text in ("", ".", "a.b.c", "a.9", f"a.{'9' * 300}.b")},
    }
    assert set(refused.values()) == {None}


def test_guesses_from_many_networks_leave_each_fewer_tries_and_lock_nobody(api: Api) -> None:
    now = datetime.now(UTC)
    with api.connection() as conn:
        for number in range(sign_in.ATTACKED_FROM):
            origin = sign_in.Origin(address=f"10.0.{number}.1", network=f"10.0.{number}.0/24")
            assert isinstance(sign_in.begin(conn, "op.satu", origin, now=now), sign_in.Attempt)
        late = sign_in.Origin(address="10.1.0.1", network="10.1.0.0/24")
        found = [sign_in.begin(conn, "op.satu", late, now=now) for _ in range(3)]
        conn.rollback()
    assert [type(one) for one in found] == [sign_in.Attempt, sign_in.Attempt, sign_in.Lockout]
    assert found[-1] == sign_in.Lockout(wait_seconds=900)


def test_guesses_at_one_moment_do_not_pass_together(api: Api) -> None:
    from concurrent.futures import ThreadPoolExecutor

    set_password(api, "lurah.manggarai")

    def guess(number: int) -> int:
        with api.client() as client:
            return sign_in_as(client, "lurah.manggarai", f"parallel guess {number}").status_code

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(guess, range(16)))
    assert found.count(401) == 5
    assert found.count(429) == 11


def test_many_users_from_one_address_are_locked_out_by_the_address(api: Api) -> None:
    with api.client() as client:
        found = [sign_in_as(client, f"user-{n}", "a guess at many").status_code for n in range(32)]
    assert found[:30] == [401] * 30
    assert found[-1] == 429


def test_delays_double_up_to_a_quarter_of_an_hour() -> None:
    found = [sign_in.delay(failures, free=5) for failures in (0, 4, 5, 6, 7, 20, 10_000)]
    assert found == [
        timedelta(0), timedelta(0), timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2),
        timedelta(minutes=15), timedelta(minutes=15),
    ]  # fmt: skip


def test_a_planted_cookie_is_worth_nothing_after_sign_in(api: Api) -> None:
    set_password(api, "lurah.manggarai")
    with api.client() as client:
        client.cookies["siaga"] = "planted-by-someone-else"
        answer = sign_in_as(client, "lurah.manggarai")
        assert answer.cookies["siaga"] != "planted-by-someone-else"
    with api.client() as attacker:
        attacker.cookies["siaga"] = "planted-by-someone-else"
        assert attacker.get("/api/v1/session").status_code == 401


def test_signing_in_again_ends_the_sign_in_before(api: Api, lurah: httpx.Client) -> None:
    before = lurah.cookies["siaga"]
    assert sign_in_as(lurah, "lurah.manggarai").status_code == 201
    with api.client() as old:
        old.cookies["siaga"] = before
        assert old.get("/api/v1/session").status_code == 401


def test_another_page_cannot_use_the_cookie(api: Api, lurah: httpx.Client) -> None:
    duty = {"name": "x", "scopes": ["read:tasks"]}
    csrf = lurah.get("/api/v1/session").json()["csrf_token"]
    assert lurah.post("/api/v1/me/tokens", json=duty).status_code == 403
    foreign = lurah.post("/api/v1/me/tokens", json=duty, headers={"Origin": "https://evil.example"})
    assert foreign.json()["type"] == "urn:siaga:problem:cross-site-request"
    assert lurah.post("/api/v1/me/tokens", json=duty, headers={"X-CSRF-Token": "0" * 32}).status_code == 403
    assert lurah.post("/api/v1/me/tokens", json=duty, headers={"X-CSRF-Token": csrf}).status_code == 201
    assert lurah.post("/api/v1/me/tokens", json=duty, headers={"Origin": api.url}).status_code == 201
    with api.client("lurah.manggarai", Origin="https://evil.example") as by_token:
        assert by_token.post("/api/v1/me/tokens", json=duty).status_code == 201  # nobody else sends a token


def test_no_other_site_signs_a_browser_in(api: Api) -> None:
    set_password(api, "lurah.manggarai")
    with api.client(**{"Sec-Fetch-Site": "cross-site"}) as client:
        assert sign_in_as(client, "lurah.manggarai").status_code == 403


def test_sign_ins_end_one_by_one_and_all_at_once(api: Api, lurah: httpx.Client) -> None:
    with api.client() as phone, api.client() as third:
        sign_in_as(phone, "lurah.manggarai")
        sign_in_as(third, "lurah.manggarai")
        own = {"Origin": api.url}
        mine = {one["id"]: one["this"] for one in lurah.get("/api/v1/me/sessions").json()}
        lost = phone.get("/api/v1/session").json()["session_id"]
        assert mine[lost] is False
        assert lurah.delete(f"/api/v1/me/sessions/{lost}", headers=own).status_code == 204
        assert phone.get("/api/v1/session").status_code == 401
        assert third.get("/api/v1/session").status_code == 200
        assert lurah.delete("/api/v1/me/sessions", headers=own).status_code == 204
        assert third.get("/api/v1/session").status_code == 401
        assert lurah.get("/api/v1/session").status_code == 401
        assert lurah.delete(f"/api/v1/me/sessions/{uuid4()}", headers=own).status_code == 401


def test_signing_out_ends_the_sign_in_in_the_database(api: Api, lurah: httpx.Client) -> None:
    stored = lurah.cookies["siaga"]
    assert lurah.delete("/api/v1/session", headers={"Origin": api.url}).status_code == 204
    with api.client() as again:
        again.cookies["siaga"] = stored
        assert again.get("/api/v1/session").status_code == 401


@pytest.mark.parametrize(
    "delayed", ["seen_at = seen_at - interval '13 hours'", "expires_at = now() - interval '1 second'"]
)
def test_a_sign_in_ends_by_idleness_and_by_age(api: Api, lurah: httpx.Client, delayed: str) -> None:
    with api.connection() as conn:
        conn.execute(f"UPDATE user_session SET {delayed} WHERE user_id = 'lurah.manggarai'")  # noqa: S608
    assert lurah.get("/api/v1/session").status_code == 401
    assert lurah.get("/api/v1/tasks?mine=true").status_code == 401


def test_a_disabled_user_is_out_at_once_everywhere(api: Api, lurah: httpx.Client) -> None:
    token = api_token(api, "lurah.manggarai", "read:tasks")
    with api.client("admin") as admin:
        assert admin.patch("/api/v1/admin/users/lurah.manggarai", json={"disabled": True}).status_code == 200
        try:
            assert lurah.get("/api/v1/session").status_code == 401
            with api.client() as again, api.client(Authorization=f"Bearer {token}") as holder:
                assert sign_in_as(again, "lurah.manggarai").status_code == 401
                assert holder.get("/api/v1/tasks").status_code == 401
            assert admin.patch("/api/v1/admin/users/admin", json={"disabled": True}).status_code == 409
        finally:
            admin.patch("/api/v1/admin/users/lurah.manggarai", json={"disabled": False})
    assert lurah.get("/api/v1/session").status_code == 401  # coming back does not bring old sign-ins back


def api_token(api: Api, user: str, *scopes: str) -> str:
    with api.client(user) as client:
        answer = client.post("/api/v1/me/tokens", json={"name": "test", "scopes": list(scopes)})
    assert answer.status_code == 201, answer.text
    secret: str = answer.json()["secret"]
    return secret


def test_a_token_does_only_what_its_scopes_allow(api: Api) -> None:
    reads, public, personal = (
        api_token(api, "operator.balaikota", scope) for scope in ("read:tasks", "read:public", "read:personal")
    )
    admin_token = api_token(api, "admin", "admin")
    verdict, look = f"/api/v1/incidents/{uuid4()}/verdict", f"/api/v1/personal/reports/{uuid4()}?reason=test"
    with api.client(Authorization=f"Bearer {reads}") as client:
        assert client.get("/api/v1/nodes").status_code == 200
        assert (
            client.post(verdict, json={"verdict": "confirmed"}).json()["type"] == "urn:siaga:problem:insufficient-scope"
        )
        assert client.get(look).status_code == 403
        assert client.get("/api/v1/session").json()["scopes"] == ["read:tasks"]
        assert client.post("/api/v1/me/tokens", json={"name": "more", "scopes": ["admin"]}).status_code == 403
    with api.client(Authorization=f"Bearer {public}") as client:
        assert client.get("/api/v1/incidents").status_code == 200
        assert client.get("/api/v1/nodes").status_code == 401
    with api.client(Authorization=f"Bearer {personal}") as client:
        assert client.get(look).status_code == 404
        assert client.get("/api/v1/admin/users").status_code == 403
    with api.client(Authorization=f"Bearer {admin_token}") as client:
        assert client.get("/api/v1/admin/users").status_code == 200
        assert client.get("/api/v1/nodes").status_code == 401
    with api.client("operator.balaikota") as client:
        assert client.post("/api/v1/me/tokens", json={"name": "x", "scopes": ["admin"]}).status_code == 422


def test_a_token_is_listed_without_its_secret_notes_its_use_and_ends(api: Api) -> None:
    secret = api_token(api, "kadis.sda", "read:tasks")
    with api.client(Authorization=f"Bearer {secret}") as holder, api.client("kadis.sda") as owner:
        assert holder.get("/api/v1/tasks").status_code == 200
        listed = owner.get("/api/v1/me/tokens").json()[0]
        assert listed["secret"] is None
        assert listed["used_at"] is not None
        assert owner.delete(f"/api/v1/me/tokens/{listed['id']}").status_code == 204
        assert holder.get("/api/v1/tasks").status_code == 401
        delayed = api_token(api, "kadis.sda", "read:tasks")
    with api.connection() as conn:
        conn.execute("UPDATE api_token SET expires_at = now() WHERE user_id = 'kadis.sda'")
    with api.client(Authorization=f"Bearer {delayed}") as holder:
        assert holder.get("/api/v1/tasks").status_code == 401


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("short1!", id="too short"),
        pytest.param("password123", id="many people's"),
        pytest.param("Jakarta 2026", id="many people's with a blank"),
        pytest.param("aaaaaaaaaaaaab", id="one letter"),
        pytest.param("lurah.manggarai1", id="the own name"),
    ],
)
def test_a_password_that_is_easily_guessed_is_refused(api: Api, password: str) -> None:
    with api.client("admin") as admin:
        answer = admin.put("/api/v1/admin/users/lurah.manggarai/password", json={"password": password})
    assert answer.status_code == 422, answer.text
    assert password not in answer.text


def test_a_user_changes_the_password_and_every_sign_in_ends(api: Api, lurah: httpx.Client) -> None:
    own = {"Origin": api.url}
    wrong = {"old": "not the old one", "new": OTHER}
    assert lurah.put("/api/v1/me/password", json=wrong, headers=own).status_code == 403
    assert lurah.put("/api/v1/me/password", json={"old": GOOD, "new": OTHER}, headers=own).status_code == 204
    assert lurah.get("/api/v1/session").status_code == 401
    assert sign_in_as(lurah, "lurah.manggarai", OTHER).status_code == 201
