"""A client of the served Open311, its keys, and what its answers must look like."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import httpx
from tests.support.http_api import MANGGARAI, Api

from siaga_cloud.people.service import tokens
from siaga_cloud.people.store import accounts as people

BASE = "/open311/v2"
FORM = {
    "service_code": "flooding",
    "lat": str(MANGGARAI[0]),
    "long": str(MANGGARAI[1]),
    "description": "Banjir selutut",
}


def token(api: Api, *scopes: str, user: str = "petugas.sda") -> str:
    now = datetime.now(UTC)
    with api.connection() as conn:
        person = people.person(conn, user)
        assert person is not None
        _, secret = tokens.create(
            conn, person, name="open311", scopes=scopes, expires_at=now + timedelta(days=30), now=now
        )
        conn.commit()
    return secret


def send(client: httpx.Client, key: str, *, fmt: str = "json", files: Any = None, **changed: str) -> httpx.Response:
    return client.post(f"{BASE}/requests.{fmt}", data={"api_key": key, **FORM, **changed}, files=files)


def counted(api: Api, what: str = "report") -> int:
    with api.connection() as conn:
        row = conn.execute(f"SELECT count(*) AS n FROM {what}").fetchone()  # noqa: S608
    assert row is not None
    return int(row["n"])


def xml(answer: httpx.Response) -> ET.Element:
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    return ET.fromstring(answer.content)  # noqa: S314 - our own answer


def errors(answer: httpx.Response, status: int) -> list[str]:
    """The errors of a refusal, in whichever format it came."""
    assert answer.status_code == status, answer.text
    if answer.headers["content-type"].startswith("application/json"):
        assert isinstance(answer.json(), list)
        assert all(set(one) == {"code", "description"} and one["code"] == status for one in answer.json())
        return [one["description"] for one in answer.json()]
    root = xml(answer)
    assert root.tag == "errors"
    assert {tuple(child.tag for child in error) for error in root} == {("code", "description")}
    return [error.findtext("description") or "" for error in root.findall("error")]
