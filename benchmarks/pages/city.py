"""The cities whose pages are photographed: that of the demo in its flood, and one of which nothing was heard yet."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from benchmarks.pages.deadlines import log
from benchmarks.pages.screenshots import SIGNED_IN
from playwright.sync_api import BrowserContext
from tests.support.http_api import CITY, Api, SettingsForTests, load_demo_city, serve
from tests.support.pages import give_password, sign_in
from tests.support.running_demo import RunningDemo, running_demo

from siaga_cloud.basemap import of_city
from siaga_cloud.platform.db.migrate import migrate
from siaga_cloud.platform.delivery.addresses import AvailableChannels
from siaga_cloud.wiring import register_ports
from siaga_sim.stack.child import wait_until
from siaga_sim.stack.postgres import Postgres

register_ports()
FLOODED_AT: Final = 330  # the second of the story by which streets stand in water and work is done
STORY_SECONDS: Final = 1800.0
_SECOND: Final = re.compile(r"at second (\d+) of")
_FOLLOWED: Final = re.compile(r"/r/([A-Za-z0-9_-]{10,80})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedCity:
    """A server with a city. `enter`: lets a browser in as somebody. `paths`: pages of one thing, by their addresses."""

    url: str
    enter: Callable[[BrowserContext, str], None]
    paths: list[str]


@contextmanager
def bare_city(folder: Path) -> Iterator[Api]:
    """A city of which nothing was heard yet, for the pages without data and for a map that is filled."""
    shutil.rmtree(folder, ignore_errors=True)
    with Postgres(folder=folder / "cluster", durable=False) as cluster:
        url = cluster.create_database("pages")
        migrate(url)
        tokens = load_demo_city(url)
        methods = AvailableChannels(email=True, push_hosts=("https://push.example",), push_key="B" * 87)
        of_city.install_drawn_map(CITY, folder / "basemap", report=lambda _: None)
        settings = SettingsForTests(database_url=url, media_dir=folder / "media", basemap_folder=folder / "basemap")
        with serve(settings, tokens, alert_channels=methods) as api:
            for user in SIGNED_IN.values():
                give_password(api, user)
            yield api
    shutil.rmtree(folder, ignore_errors=True)


def without_data(api: Api) -> ServedCity:
    """The bare city as one whose pages are photographed."""
    return ServedCity(url=api.url, enter=lambda context, user: sign_in(context, api, user), paths=[])


@contextmanager
def demo_city(folder: Path, watch: Callable[[RunningDemo, Callable[[], int]], None]) -> Iterator[ServedCity]:
    """The city of `make demo`, whose story stands in the middle of its flood. `watch` is called before it does."""
    shutil.rmtree(folder, ignore_errors=True)
    with running_demo(folder) as demo:
        demo.until_begun()
        log(f"the story of the demo runs at {demo.url}")
        watch(demo, lambda: second_of(demo))
        wait_until(lambda: second_of(demo) >= FLOODED_AT, seconds=STORY_SECONDS, what="the flood", every=1.0)
        demo.press("story/pause")
        log("the story stands")
        yield ServedCity(url=demo.url, enter=lambda context, user: enter(context, demo.url, user), paths=paths_of(demo))
    shutil.rmtree(folder, ignore_errors=True)


def second_of(demo: RunningDemo) -> int:
    """Where the story of a demo is."""
    found = _SECOND.search(demo.console_text())
    return int(found.group(1)) if found else FLOODED_AT


def enter(context: BrowserContext, url: str, user: str) -> None:
    """Lets a browser in as somebody of a demo, with the tour dismissed."""
    token = context.request.get(f"{url}/api/v1/demo").json()["token"]
    entered = context.request.post(
        f"{url}/api/v1/demo/session", data={"user": user, "token": token}, headers={"Origin": url}
    )
    if not entered.ok:
        raise RuntimeError(f"{user} cannot enter the demo: {entered.status} {entered.text()}")


def paths_of(demo: RunningDemo) -> list[str]:
    """The addresses of an incident, an area, tasks and a report of the story."""
    incident = max(_listed(demo, "/api/v1/incidents", None, "incidents"), key=_weight)
    area = demo.get("/api/v1/gauges/manggarai")["area_id"]
    found = [f"/incidents/{incident['id']}", f"/control?number={incident['number']}", f"/areas/{area}"]
    for start, user in (("/officer", SIGNED_IN["/officer"]), ("/heads", SIGNED_IN["/heads"])):
        tasks = _listed(demo, "/api/v1/tasks", user, "tasks")
        found += [f"{start}/tasks/{one['id']}" for one in tasks[:1]]
    followed = _FOLLOWED.findall(demo.console_text())
    return found + [f"/r/{secret}" for secret in followed[-1:]]


def _weight(incident: dict[str, Any]) -> tuple[bool, float]:
    return incident["category"] == "flooding", float(incident.get("confidence") or 0)


def _listed(demo: RunningDemo, path: str, user: str | None, name: str) -> list[dict[str, Any]]:
    with httpx.Client(base_url=demo.url, timeout=60, headers={"Origin": demo.url}) as client:
        if user:
            form = {"user": user, "token": client.get("/api/v1/demo").json()["token"]}
            client.post("/api/v1/demo/session", json=form).raise_for_status()
        found = client.get(path).raise_for_status().json()
    return list(found[name] if isinstance(found, dict) else found)
