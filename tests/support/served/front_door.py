"""nginx as packaging/ ships it, before an API of a test or before none."""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
from tests.support.http_api import Api

from siaga_cloud.fleet import keys
from siaga_cloud.operations.setup import certificates
from siaga_sim.stack.front_door import FrontDoor

SHIPPED = Path(__file__).parents[3] / "packaging" / "nginx"
FORGED = {
    "X-Forwarded-For": "203.0.113.66",
    "Forwarded": "for=203.0.113.66",
    "X-Real-IP": "203.0.113.66",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
}
NOW_JSON = b'{"generated_at":"2026-01-15T08:30:00Z","gauges":[]}' * 40
BR = b"as if it were compressed"
BASEMAP_FILE = "0123456789abcdef01234567.pmtiles"
BASEMAP = b"PMTiles\x03" + bytes(range(256)) * 16
PAGE = "<!doctype html><title>Siaga</title><p>{}</p>"

_numbers = itertools.count(1)


def published(folder: Path) -> Path:
    """A folder of the published state of the shape that `siaga-cloud publish` writes."""
    state = folder / "state"
    (state / "areas").mkdir(parents=True)
    texts = {"now.json": NOW_JSON, "areas/manggarai.json": b'{"area":"manggarai"}'}
    texts |= {f"index.{one}.html": PAGE.format(word).encode() for one, word in (("id", "Keadaan"), ("en", "State"))}
    for name, content in texts.items():
        (state / name).write_bytes(content)
        (state / f"{name}.gz").write_bytes(gzip.compress(content))
        (state / f"{name}.br").write_bytes(BR)
    (folder / "basemap").mkdir()
    (folder / "basemap" / "index.json").write_text(f'{{"file": "{BASEMAP_FILE}"}}', "utf-8")
    (folder / "basemap" / BASEMAP_FILE).write_bytes(BASEMAP)
    return folder


def check_basemap(client: httpx.Client) -> None:
    """The basemap is served in ranges from its files, without the API."""
    index = client.get("/basemap/index.json")
    assert (index.json(), index.headers["content-type"]) == ({"file": BASEMAP_FILE}, "application/json")
    assert index.headers["cache-control"].startswith("public, max-age=60,")
    part = client.get(f"/basemap/{BASEMAP_FILE}", headers={"Range": "bytes=100-299"})
    assert (part.status_code, part.content) == (206, BASEMAP[100:300])
    assert part.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert part.headers["content-security-policy"].startswith("default-src 'none'")
    assert "content-encoding" not in part.headers


def certified(folder: Path) -> tuple[Path, Path]:
    """A certificate for the loopback addresses, and its key."""
    now, authority_key, key = datetime.now(UTC), certificates.new_key(), certificates.new_key()
    authority = certificates.broker_authority(authority_key, now=now)
    shown = certificates.broker_certificate(key, authority, authority_key, ["127.0.0.1", "::1"], now=now)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fullchain.pem").write_bytes(certificates.pem(shown) + certificates.pem(authority))
    (folder / "privkey.pem").write_bytes(keys.private_pem(key))
    return folder / "fullchain.pem", folder / "privkey.pem"


def front_door(folder: Path, api_port: int, *, more_api_ports: Sequence[int] = (), staff_port: int = 0) -> FrontDoor:
    """The front door of an API, not yet started."""
    certificate, key = certified(folder / "tls")
    return FrontDoor(
        folder=folder / "nginx",
        shipped=SHIPPED,
        api_port=api_port,
        more_api_ports=more_api_ports,
        staff_port=staff_port,
        state=published(folder / "published"),
        certificate=certificate,
        key=key,
    )


@contextmanager
def visitor(url: str, *, address: str | None = None, **headers: str) -> Iterator[httpx.Client]:
    """A client that connects from an address of the loopback network."""
    transport = httpx.HTTPTransport(local_address=address, verify=False)
    with httpx.Client(
        base_url=url, transport=transport, headers={"Accept-Encoding": "gzip", **headers}, timeout=20
    ) as client:
        yield client


def fail_to_sign_in(client: httpx.Client) -> None:
    """Send a wrong password, which the API counts for the address that it comes from."""
    answer = client.post("/api/v1/session", json={"user": "nobody", "password": f"wrong {next(_numbers)}"})
    assert answer.status_code == 401, answer.text


def counted_addresses(api: Api) -> set[str]:
    """The addresses that failed sign-ins were counted for since they were last read."""
    with api.connection() as conn:
        rows = conn.execute("DELETE FROM sign_in_guard WHERE key LIKE 'from:%' RETURNING key").fetchall()
    return {row["key"].removeprefix("from:") for row in rows}
