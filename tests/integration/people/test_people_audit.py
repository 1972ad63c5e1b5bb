"""What administrators do to accounts is in the audit, and nobody rewrites the audit."""

from __future__ import annotations

import psycopg
import pytest
from tests.integration.people.test_people_sign_in import set_password, sign_in_as
from tests.support.http_api import Api


def test_an_admin_makes_changes_and_lists_users_and_all_of_it_is_in_the_audit(api: Api) -> None:
    new = {"id": "lurah.baru", "name": "Lurah Baru", "role": "area_head", "area_id": "31.74.01.manggarai"}
    with api.client("admin") as admin:
        area = next(one["area_id"] for one in admin.get("/api/v1/admin/users").json() if one["id"] == "lurah.manggarai")
        assert admin.post("/api/v1/admin/users", json={**new, "area_id": "nowhere"}).status_code == 422
        assert admin.post("/api/v1/admin/users", json={**new, "area_id": None}).status_code == 422
        assert admin.post("/api/v1/admin/users", json={**new, "area_id": area}).status_code == 201
        assert admin.post("/api/v1/admin/users", json={**new, "area_id": area}).status_code == 409
        set_password(api, "lurah.baru")
        with api.client() as client:
            sign_in_as(client, "lurah.baru")
            changed = admin.patch("/api/v1/admin/users/lurah.baru", json={"role": "citizen", "area_id": None})
            assert changed.json()["role"] == "citizen"
            assert client.get("/api/v1/session").status_code == 401  # no sign-in outlives its role
        lines = admin.get("/api/v1/admin/audit?object=lurah.baru").json()
        table = admin.get("/api/v1/admin/audit?format=csv")
    actions = ["add_user", "set_password", "add_token", "sign_in", "revoke_token", "change_user"]
    assert [line["action"] for line in lines] == actions
    assert lines[-1]["details"]["role_before"] == "area_head"
    assert table.headers["content-type"].startswith("text/csv")
    assert "list_users" in table.text
    api.renew_token("lurah.manggarai")
    for user in ("operator.balaikota", "gubernur", "lurah.manggarai"):
        with api.client(user) as other:
            assert other.get("/api/v1/admin/audit").status_code == 403
            assert other.get("/api/v1/admin/users").status_code == 403


def test_nobody_rewrites_the_audit(api: Api) -> None:
    with api.client("admin") as admin:
        admin.get("/api/v1/admin/users")
    with api.connection() as conn:
        for change in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit"):
            with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
                conn.execute(change)
            conn.rollback()
