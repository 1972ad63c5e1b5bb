"""Every address that the public reads, found by the description of the API and by trying each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import httpx

# Examples of what stands in braces; an address whose example does not exist is left out, because it is no answer.
_EXAMPLES: Final = {"gauge_id": "manggarai", "suffix": "csv", "fmt": "json", "entity_set": "Things"}
_PAGES: Final = ("/", "/map", "/alerts", "/report", "/data", "/figures", "/api")
_STATE: Final = ("/state/now.json", "/state/index.id.html", "/state/index.en.html")
_ASSET: Final = re.compile(r'(?:src|href)="(/(?:assets|static)/[^"]+)"')
_LIVE: Final = "/api/v1/live"


def public_paths(url: str) -> list[str]:
    """Return every address that answers a stranger with something that may be stored; raises RuntimeError for few."""
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        described = client.get("/api/v1/openapi.json").raise_for_status().json()
        pages = client.get("/").raise_for_status().text
        candidates = [*_PAGES, *_STATE, *_ASSET.findall(pages), *_described(described), *_state_files(client)]
        found = [path for path in dict.fromkeys(candidates) if _is_public(client, path)]
    if len(found) < 40:
        raise RuntimeError(f"only {len(found)} public addresses: {found}")
    return found


def _described(document: dict[str, Any]) -> Iterator[str]:
    yield "/api/v1/openapi.json"
    for path, operations in document["paths"].items():
        names = re.findall(r"\{(\w+)\}", path)
        if path == _LIVE or "get" not in operations or any(name not in _EXAMPLES for name in names):
            continue
        if not any(one.get("required") and one["in"] == "query" for one in operations["get"].get("parameters", ())):
            yield path.format(**{name: _EXAMPLES[name] for name in names})


def _state_files(client: httpx.Client) -> Sequence[str]:
    answer = client.get("/state/gauges/manggarai.json")
    return ["/state/gauges/manggarai.json"] if answer.status_code == 200 else []


def _is_public(client: httpx.Client, path: str) -> bool:
    answer = client.get(path)
    return answer.status_code == 200 and "public" in answer.headers.get("cache-control", "")
