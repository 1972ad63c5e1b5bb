"""Passkeys: adding, signing in, removing, and a city that requires them of operators and administrators."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from tests.support.http_api import Api, SettingsForTests, load_demo_city, serve
from tests.support.officer.authenticator import Json, SecurityKey
from typer.testing import CliRunner

from siaga_cloud.cli import app as admin_command
from siaga_sim.stack.postgres import Postgres

PASSWORD = "empat kata acak sekali"
OPERATOR = "operator.balaikota"


@pytest.fixture(scope="module")
def strict(postgres: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A city that requires passkeys."""
    url = postgres.create_database("siaga_passkeys", template=migrated_template)
    settings = SettingsForTests(
        database_url=url, media_dir=tmp_path_factory.mktemp("media"), passkeys="required", public_url="http://localhost"
    )
    with serve(settings, load_demo_city(url)) as served:
        served.url = served.url.replace("127.0.0.1", "localhost")
        yield served
    postgres.drop_database("siaga_passkeys")


def browser(api: Api) -> httpx.Client:
    client = api.client()
    client.headers["Origin"] = api.url
    return client


def by_password(api: Api, client: httpx.Client, user: str) -> httpx.Response:
    with api.client("admin") as admin:
        admin.put(f"/api/v1/admin/users/{user}/password", json={"password": PASSWORD}).raise_for_status()
    api.renew_token(user)
    return client.post("/api/v1/session", json={"user": user, "password": PASSWORD})


def options_of(client: httpx.Client, path: str) -> Json:
    answer = client.post(path)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()["public_key"]
    return found


def add(client: httpx.Client, key: SecurityKey) -> httpx.Response:
    credential = key.make(options_of(client, "/api/v1/me/passkeys/options"))
    return client.post("/api/v1/me/passkeys", json={"name": "Laptop", "credential": credential})


def by_passkey(client: httpx.Client, key: SecurityKey) -> httpx.Response:
    credential = key.sign(options_of(client, "/api/v1/session/passkey/options"))
    return client.post("/api/v1/session/passkey", json={"credential": credential})


def test_whoever_must_use_a_passkey_can_do_nothing_before_the_first_and_everything_with_it(strict: Api) -> None:
    key = SecurityKey(origin=strict.url)
    with browser(strict) as client:
        answer = by_password(strict, client, OPERATOR)
        assert (answer.status_code, answer.json()["needs_passkey"]) == (201, True)
        assert client.get("/api/v1/session").json()["needs_passkey"]
        for path in ("/api/v1/proofs", "/api/v1/me/tokens", "/api/v1/me/sessions"):
            assert client.get(path).status_code in (401, 403), path
        assert client.post("/api/v1/me/tokens", json={"name": "x", "scopes": ["read:tasks"]}).status_code == 403
        assert add(client, key).status_code == 201
        assert client.get("/api/v1/proofs").status_code in (401, 403), "the password alone is still not enough"
        signed_in = by_passkey(client, key)
        assert (signed_in.status_code, signed_in.json()["user"]) == (201, OPERATOR)
        assert client.get("/api/v1/proofs").status_code == 200
        assert client.get("/api/v1/me/sessions").json()[0]["method"] == "passkey"
        [held] = client.get("/api/v1/me/passkeys").json()
        assert held["used_at"] is not None
        assert client.delete(f"/api/v1/me/passkeys/{held['id']}").json()["code"] == "last_passkey"
        assert add(client, SecurityKey(origin=strict.url)).status_code == 201
        assert client.delete(f"/api/v1/me/passkeys/{held['id']}").status_code == 204
        assert by_passkey(client, key).status_code == 401


def test_a_stolen_password_alone_neither_signs_in_nor_adds_a_passkey(strict: Api) -> None:
    key = SecurityKey(origin=strict.url)
    with browser(strict) as thief, browser(strict) as owner:
        assert by_password(strict, thief, "admin").status_code == 201  # before the owner had a passkey
        assert by_password(strict, owner, "admin").status_code == 201
        assert add(owner, key).status_code == 201
        thief_again = thief.post("/api/v1/me/passkeys/options")
        assert thief_again.status_code in (401, 403)
        answer = owner.post("/api/v1/session", json={"user": "admin", "password": PASSWORD})
        assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (403, "passkey-required")
        assert by_passkey(owner, key).json()["user"] == "admin"


def test_other_roles_and_bearer_tokens_need_no_passkey(strict: Api) -> None:
    with browser(strict) as client, strict.client(OPERATOR) as program:
        assert not by_password(strict, client, "lurah.manggarai").json()["needs_passkey"]
        assert client.get("/api/v1/me/sessions").status_code == 200
        assert program.get("/api/v1/proofs").status_code == 200


@pytest.mark.parametrize("lie", ["foreign page", "no user verification", "old challenge", "foreign key", "no response"])
def test_what_is_not_verified_is_refused(strict: Api, lie: str) -> None:
    origin = "https://siaga.example" if lie == "foreign page" else strict.url
    key = SecurityKey(origin=origin, verifies=lie != "no user verification")
    honest = SecurityKey(origin=strict.url)
    with browser(strict) as client:
        by_password(strict, client, "camat.tebet")
        if lie in ("foreign page", "no user verification"):
            assert add(client, key).json()["code"] == "passkey_not_verified"
        assert add(client, honest).status_code == 201
        options = options_of(client, "/api/v1/session/passkey/options")
        signer = SecurityKey(origin=strict.url, id=honest.id) if lie == "foreign key" else honest
        credential = signer.sign(options)
        if lie == "no response":
            credential["response"] = {}
        first = client.post("/api/v1/session/passkey", json={"credential": credential})
        assert first.status_code == (401 if lie in ("foreign key", "no response") else 201)
        again = client.post("/api/v1/session/passkey", json={"credential": credential})
        assert again.status_code == 401, "a response counts once"


def test_an_administrator_removes_the_passkeys_of_a_user_who_lost_them(
    strict: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_DATABASE_URL", strict.database_url)
    key, other = SecurityKey(origin=strict.url), SecurityKey(origin=strict.url)
    with browser(strict) as client, strict.client("admin") as admin:
        by_password(strict, client, "kadis.sda")
        assert add(client, key).status_code == 201
        assert admin.delete("/api/v1/admin/users/kadis.sda/passkeys").status_code == 204
        assert by_passkey(client, key).status_code == 401
        assert client.get("/api/v1/session").status_code == 401
        by_password(strict, client, "kadis.sda")
        assert add(client, other).status_code == 201
        answer = CliRunner().invoke(admin_command, ["user", "remove-passkeys", "kadis.sda"])
        assert answer.exit_code == 0, answer.output
        assert "removed 1 passkeys" in answer.output
        assert by_passkey(client, other).status_code == 401
