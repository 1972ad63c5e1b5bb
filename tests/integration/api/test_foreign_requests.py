"""HEAD and OPTIONS on every address of the OpenAPI document, requests of foreign pages, and links between answers."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx
import pytest
from tests.support.http_api import Api

PLAIN = ("/", "/healthz", "/sta/v1.1", "/cap/v1/feed.xml", "/open311/v2/services.xml", "/nope")
CHANGING = {"date", "server-timing", "x-request-id", "traceparent"}


def addresses(document: dict[str, Any]) -> list[str]:
    """Return an address for every path with GET; ids that nothing has, where a path has a parameter."""
    return sorted(
        re.sub(r"\{[^}]+\}", "none-such", path).replace("{entity_set}", "Things")
        for path, operations in document["paths"].items()
        if "get" in operations and not path.endswith("/live")
    )


def operations(document: dict[str, Any]) -> dict[str, set[str]]:
    """Return the documented methods of every address."""
    return {
        re.sub(r"\{[^}]+\}", "none-such", path).replace("{fmt}", "json"): {one.upper() for one in described}
        for path, described in document["paths"].items()
    }


def headers_of(answer: httpx.Response) -> dict[str, str]:
    return {name: text for name, text in answer.headers.items() if name not in CHANGING}


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_head_is_get_without_a_body(api: Api, encoding: str) -> None:
    document = api.app.openapi()
    unlike = []
    with httpx.Client(base_url=api.url, headers={"Accept-Encoding": encoding}) as client:
        for path in (*PLAIN, *addresses(document)):
            got, headed = client.get(path), client.head(path)
            if (got.status_code, headers_of(got)) != (headed.status_code, headers_of(headed)) or headed.content:
                unlike.append(f"{path}: GET {got.status_code}, HEAD {headed.status_code} {headed.content[:40]!r}")
    assert not unlike, "\n".join(unlike)


def test_head_of_a_stream_ends(api: Api) -> None:
    """An endless answer of GET would hold the connection of a monitor, and a place among the streams."""
    staff = {"Authorization": f"Bearer {api.tokens['operator.balaikota']}"}
    answer = httpx.head(f"{api.url}/api/v1/live", headers=staff, timeout=30)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")
    deadline = time.monotonic() + 30
    while api.parts.hub.is_watched:
        assert time.monotonic() < deadline, "the stream holds its place"
        time.sleep(0.02)


def test_options_names_the_documented_methods_of_every_address(api: Api) -> None:
    wrong = []
    with api.client() as client:
        for path, methods in operations(api.app.openapi()).items():
            answer = client.options(path)
            allowed = set(answer.headers.get("allow", "").split(", "))
            wanted = methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
            if answer.status_code != 200 or answer.content or not wanted <= allowed:
                wrong.append(f"{path}: {answer.status_code} {sorted(allowed)}, documented {sorted(methods)}")
        assert client.options("/nope").status_code == 404
        assert client.options("/sta/v1.1/Things").headers["allow"] == "GET, HEAD, OPTIONS", "all others are refused"
    assert not wrong, "\n".join(wrong)


def test_a_list_names_its_next_page_until_there_is_none(api: Api) -> None:
    """Followed by the link alone, the pages hold what one answer holds."""
    with api.client("admin") as admin:
        whole = [one["id"] for one in admin.get("/api/v1/admin/users").json()]
        found, address = list[str](), "/api/v1/admin/users?limit=3&q="
        for _ in range(len(whole)):
            page = admin.get(address)
            found += [one["id"] for one in page.json()]
            if "next" not in page.links:
                break
            address = page.links["next"]["url"]
        described = admin.get("/healthz").links["service-desc"]["url"]
        assert admin.get(described).json()["openapi"].startswith("3.")
    assert len(whole) > 3
    assert found == whole
