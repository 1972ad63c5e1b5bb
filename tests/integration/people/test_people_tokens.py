"""What ends a bearer token: expiry, revoking, a new password, another role, ended sign-ins, a disabled account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.http_api import Api, new_token

from siaga_cloud.city.cli.imports import load_users

USER = "lurah.manggarai"


@pytest.fixture
def admin(api: Api) -> Iterator[httpx.Client]:
    with api.client("admin") as client:
        yield client


@pytest.fixture
def stolen(api: Api, admin: httpx.Client) -> list[str]:
    """Two tokens of a user in other hands: one of the command line, and one made with it."""
    admin.delete(f"/api/v1/admin/users/{USER}/sessions").raise_for_status()
    with api.connection() as conn:
        first = new_token(conn, USER)
    with api.client(Authorization=f"Bearer {first}") as thief:
        made = thief.post("/api/v1/me/tokens", json={"name": "more", "scopes": ["read:tasks"], "days": 366})
    assert made.status_code == 201, made.text
    tokens = [first, made.json()["secret"]]
    assert statuses(api, tokens) == [200, 200]
    return tokens


@pytest.fixture(autouse=True)
def _account_as_before(api: Api) -> Iterator[None]:
    yield
    with api.client("admin") as client:
        before = {"role": "area_head", "area_id": "31.74.01.manggarai", "disabled": False}
        assert client.patch(f"/api/v1/admin/users/{USER}", json=before).status_code == 200
    api.renew_token(USER)


def statuses(api: Api, tokens: list[str]) -> list[int]:
    """What each token is answered."""
    answers = []
    for token in tokens:
        with api.client(Authorization=f"Bearer {token}") as client:
            answers.append(client.get("/api/v1/tasks").status_code)
    return answers


def import_as_officer(api: Api, folder: Path) -> None:
    """Another role from the file of the city's users."""
    file = folder / "users.toml"
    file.write_text(f'[[user]]\nid="{USER}"\nname="Lurah"\nrole="officer"\nagency="dinas-sda"\n')
    with api.connection() as conn:
        load_users(conn, file)


ENDS: dict[str, Callable[[Api, httpx.Client, Path], object]] = {
    "a new password": lambda api, admin, _: admin.put(
        f"/api/v1/admin/users/{USER}/password", json={"password": "empat kata acak sekali"}
    ).raise_for_status(),
    "ended sign-ins": lambda api, admin, _: admin.delete(f"/api/v1/admin/users/{USER}/sessions").raise_for_status(),
    "another role": lambda api, admin, _: admin.patch(
        f"/api/v1/admin/users/{USER}", json={"role": "operator"}
    ).raise_for_status(),
    "a disabled account, enabled again": lambda api, admin, _: [
        admin.patch(f"/api/v1/admin/users/{USER}", json={"disabled": disabled}).raise_for_status()
        for disabled in (True, False)
    ],
    "another role by import": lambda api, admin, folder: import_as_officer(api, folder),
}


@pytest.mark.parametrize("end", ENDS)
def test_every_token_ends_with(api: Api, admin: httpx.Client, stolen: list[str], tmp_path: Path, end: str) -> None:
    ENDS[end](api, admin, tmp_path)
    assert statuses(api, stolen) == [401, 401]
    assert admin.get(f"/api/v1/admin/users/{USER}/tokens").json() == []


def test_another_name_ends_no_token(api: Api, admin: httpx.Client, stolen: list[str]) -> None:
    admin.patch(f"/api/v1/admin/users/{USER}", json={"name": "Lurah Baru"}).raise_for_status()
    assert statuses(api, stolen) == [200, 200]


def test_a_user_ends_all_sign_ins_and_tokens(api: Api, stolen: list[str]) -> None:
    with api.client(Authorization=f"Bearer {stolen[0]}") as owner:
        assert owner.delete("/api/v1/me/sessions").status_code == 204
    assert statuses(api, stolen) == [401, 401]


def test_an_expired_token_is_refused(api: Api, stolen: list[str]) -> None:
    with api.connection() as conn:
        conn.execute("UPDATE api_token SET expires_at = now() WHERE user_id = %s AND has_all_scopes", (USER,))
    assert statuses(api, stolen) == [401, 200]


def test_an_administrator_lists_and_revokes_one_token(api: Api, admin: httpx.Client, stolen: list[str]) -> None:
    listed = admin.get(f"/api/v1/admin/users/{USER}/tokens")
    assert not any(token in listed.text for token in stolen)
    by_name = {one["name"]: one for one in listed.json()}
    assert by_name["more"]["scopes"] == ["read:tasks"]
    assert (by_name["test"]["has_all_scopes"], by_name["test"]["secret"]) == (True, None)
    one = f"/api/v1/admin/users/{USER}/tokens/{by_name['more']['id']}"
    assert admin.delete(one).status_code == 204
    assert admin.delete(one).status_code == 404
    assert statuses(api, stolen) == [200, 401]
    lines = admin.get(f"/api/v1/admin/audit?object={USER}&sort=-id&limit=1").json()
    assert (lines[0]["action"], lines[0]["details"]) == ("revoke_token", {"token": by_name["more"]["id"]})
