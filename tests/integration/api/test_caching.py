"""No cache stores what a known caller is answered, and every answer says that callers are answered differently."""

from __future__ import annotations

import httpx
import pytest
from tests.support.http_api import Api

PASSWORD = "empat kata acak sekali"
# The same for every caller, and asked for again each time by its ETag; or a feed that is public.
SAME_FOR_ALL = {"no-cache", "public, max-age=5", "public, max-age=30", "public, max-age=300"}
LEFT_OUT = {"/api/v1/live", "/api/v1/session/oidc", "/api/v1/session/oidc/callback"}


def addresses(api: Api) -> list[str]:
    """Every GET without a value in its path."""
    paths = api.app.openapi()["paths"]
    return sorted(path for path, one in paths.items() if "get" in one and "{" not in path and path not in LEFT_OUT)


def varies(answer: httpx.Response) -> set[str]:
    return {one.strip().lower() for one in answer.headers.get("vary", "").split(",")}


def test_no_cache_stores_what_a_known_caller_is_answered(api: Api) -> None:
    found = addresses(api)
    assert len(found) > 50
    with api.client("operator.balaikota") as staff, api.client() as public:
        known = {path: staff.get(path) for path in found}
        unknown = {path: public.get(path) for path in ("/api/v1/tasks", "/api/v1/incidents", "/api/v1/gauges")}
    wrong = {
        path: answer.headers.get("cache-control")
        for path, answer in known.items()
        if "no-store" not in answer.headers.get("cache-control", "")
        and answer.headers.get("cache-control") not in SAME_FOR_ALL
    }
    assert wrong == {}
    for path in ("/api/v1/officers", "/api/v1/tasks", "/api/v1/incidents", "/api/v1/heads/tasks"):
        assert known[path].headers["cache-control"] == "private, no-store", path
    assert all({"cookie", "authorization"} <= varies(answer) for answer in (*known.values(), *unknown.values()))
    assert {answer.headers.get("cache-control") for answer in unknown.values()} == {None}


def test_a_cookie_makes_an_answer_personal(api: Api) -> None:
    with api.client("admin") as admin:
        admin.put("/api/v1/admin/users/operator.balaikota/password", json={"password": PASSWORD}).raise_for_status()
    api.renew_token("operator.balaikota")
    with api.client() as browser:
        sign_in = {"user": "operator.balaikota", "password": PASSWORD}
        browser.post("/api/v1/session", json=sign_in).raise_for_status()
        assert browser.get("/api/v1/tasks").headers["cache-control"] == "private, no-store"
        assert browser.get("/api/v1/tasks", headers={"Cookie": "siaga=forged"}).headers["cache-control"]


@pytest.mark.parametrize("other", ['prefs={"a":1}', "a[b]=1", "flag", 'half="quoted', "words=with spaces"])
def test_a_strange_cookie_of_another_program_does_not_hide_the_session(api: Api, other: str) -> None:
    with api.client() as browser:
        answer = browser.get("/api/v1/tasks", headers={"Cookie": f"{other}; siaga=forged"})
        assert answer.headers["cache-control"] == "private, no-store"
        assert "cache-control" not in browser.get("/api/v1/tasks", headers={"Cookie": other}).headers
