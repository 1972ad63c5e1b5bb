"""What caches may store, of every route: nothing personal for any time, what is public for two seconds."""

from __future__ import annotations

import re
from uuid import UUID

import httpx
import pytest
from tests.support.http_api import Api

from siaga_cloud.platform.http.caching import PAGE, PERSONAL, PUBLIC, SELDOM

PASSWORD = "empat kata acak sekali"
# The same for every caller: requested again by its ETag, or a feed, a page or a file that is public.
SAME_FOR_ALL = {"no-cache", "public, max-age=5, stale-while-revalidate=10, stale-if-error=600", PAGE}
PAGES = {
    "/", "/map", "/r/{secret}", "/control", "/officer/tasks", "/sw.js", "/static/icon.svg", "/api", "/embed/map",
}  # fmt: skip
LEFT_OUT = {"/api/v1/live", "/api/v1/session/oidc", "/api/v1/session/oidc/callback"}
# Where an answer depends on who requests it, or on the language of the reader; all else is the same for everybody.
DEPENDS = re.compile(r"/(api|cap|fews|ngsi-ld|open311|roads|sta)(/|$)")
SECRET = re.compile(r"\{(secret|token)\}")
OF_ONE_PERSON = re.compile(r"/(me|session|reports|subscriptions/|admin|personal|users)(/|$|\b)")


def addresses(api: Api) -> list[str]:
    """Every GET, with an id in its path that nothing has."""
    described = {path for path, one in api.app.openapi()["paths"].items() if "get" in one}
    return sorted((described | PAGES) - LEFT_OUT)


def filled(path: str) -> str:
    return re.sub(r"\{\w+\}", str(UUID(int=7)), path.replace("{fmt}", "json").replace("{suffix}", "csv"))


def varies(answer: httpx.Response) -> set[str]:
    return {one.strip().lower() for one in answer.headers.get("vary", "").split(",")}


def test_no_cache_stores_what_a_known_caller_is_answered(api: Api) -> None:
    found = addresses(api)
    assert len(found) > 120
    with api.client("operator.balaikota") as staff:
        known = {path: staff.get(filled(path)) for path in found}
    wrong = {path: answer.headers.get("cache-control") for path, answer in known.items()
             if answer.headers.get("cache-control") not in {PERSONAL, *SAME_FOR_ALL}}  # fmt: skip
    assert wrong == {}
    for path in ("/api/v1/officers", "/api/v1/tasks", "/api/v1/incidents", "/api/v1/heads/tasks"):
        assert (known[path].status_code, known[path].headers["cache-control"]) == (200, PERSONAL), path


def test_what_people_without_a_name_are_answered_is_stored_only_where_it_is_public(api: Api) -> None:
    with api.client() as public:
        answers = {path: public.get(filled(path)) for path in addresses(api)}
    caching = {path: answer.headers["cache-control"] for path, answer in answers.items()}
    for path, answer in answers.items():
        if answer.status_code >= 400 or SECRET.search(path):
            assert caching[path] == PERSONAL, path
        if not DEPENDS.match(path) and answer.status_code == 200:
            assert varies(answer) <= {"accept-encoding", "sec-fetch-dest", ""} or caching[path] == PERSONAL, path
        else:
            assert {"cookie", "authorization"} <= varies(answer), path
    stored = {path for path, rule in caching.items() if rule != PERSONAL}
    assert {path for path in stored if OF_ONE_PERSON.search(path)} <= {
        "/api/v1/session/methods", "/api/v1/subscriptions/channels",
    }  # fmt: skip
    for path in ("/api/v1/gauges", "/api/v1/tasks", "/api/v1/flood-states", "/sta/v1.1"):
        assert caching[path] == PUBLIC, path
    for path in ("/api/v1/areas", "/api/v1/categories", "/open311/v2/discovery.{fmt}", "/api"):
        assert caching[path] == SELDOM, path


def test_a_cookie_makes_an_answer_personal(api: Api) -> None:
    with api.client("admin") as admin:
        admin.put("/api/v1/admin/users/operator.balaikota/password", json={"password": PASSWORD}).raise_for_status()
    api.renew_token("operator.balaikota")
    with api.client() as browser:
        sign_in = {"user": "operator.balaikota", "password": PASSWORD}
        browser.post("/api/v1/session", json=sign_in).raise_for_status()
        assert browser.get("/api/v1/tasks").headers["cache-control"] == PERSONAL
        assert browser.get("/api/v1/tasks", headers={"Cookie": "siaga=forged"}).headers["cache-control"] == PERSONAL


@pytest.mark.parametrize("other", ['prefs={"a":1}', "a[b]=1", "flag", 'half="quoted', "words=with spaces"])
def test_a_strange_cookie_of_another_program_does_not_hide_the_session(api: Api, other: str) -> None:
    with api.client() as browser:
        answer = browser.get("/api/v1/tasks", headers={"Cookie": f"{other}; siaga=forged"})
        assert answer.headers["cache-control"] == PERSONAL
        assert browser.get("/api/v1/tasks", headers={"Cookie": other}).headers["cache-control"] == PUBLIC
