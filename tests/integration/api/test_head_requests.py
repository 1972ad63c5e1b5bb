"""HEAD: every public address of the OpenAPI document answers it as GET, without a body."""

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
