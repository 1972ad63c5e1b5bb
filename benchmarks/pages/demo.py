"""The demo city whose pages are photographed: a running `siaga-sim demo`, entered by the links that it prints."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
from benchmarks.pages.deadlines import log
from playwright.sync_api import BrowserContext
from tests.support.pages import ADMIN, CONTROL, HEADS, OFFICER, PHONE_AGENT, PUBLIC

from siaga_sim.stack.child import Child, wait_until

START_SECONDS: Final = 900.0
STORY_SECONDS: Final = 900.0
END_SECONDS: Final = 300.0
EVERY_SECONDS: Final = 3.0
# At this share of the story the river is over its bank, a camera is covered and a gauge is silent.
SHARE: Final = 0.5
LEAST_INCIDENTS: Final = 5
OPERATOR: Final = "operator.balaikota"
OFFICER_ID: Final = "petugas.sda"
HEAD: Final = "lurah.manggarai"
# Who opens the pages that begin so; all others need nobody.
SIGNED_IN: Final = {"/officer": OFFICER_ID, "/heads": HEAD, "/control": OPERATOR, "/admin": "admin"}
AREA: Final = "/areas/31.74.01.manggarai"
# Pages that are like others of their kind, so that the tests leave them out.
ALIKE: Final = (
    "/admin/new/camera", "/admin/new/node", "/admin/connectors", "/admin/webhooks", "/control/samples",
    "/control/no-such-page", "/demo", AREA,
)  # fmt: skip
# The tests' city names its nodes otherwise.
RENAMED: Final = {"/admin/edit/node/node-manggarai": "/admin/edit/node/pintu-manggarai"}
_LINKS: Final = re.compile(r"citizen +(http://\S+?)/ .*?things to break: (http://\S+)", re.DOTALL)
_STORY: Final = re.compile(r"The story is (?:at second (\d+) of (\d+)|over)")


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo. `url`: its pages; `console`: the page with the clock of its story."""

    url: str
    console: str

    def session_cookies(self, user: str) -> list[dict[str, str]]:
        """What the button "enter as" leaves in a browser."""
        with self.client(user) as client:
            return [{"name": one.name, "value": one.value or "", "url": self.url} for one in client.cookies.jar]

    def sign_in(self, context: BrowserContext, user: str) -> None:
        """Give a browser the session of a user."""
        context.add_cookies(self.session_cookies(user))  # type: ignore[arg-type]

    @contextmanager
    def client(self, user: str | None = None) -> Iterator[httpx.Client]:
        """A program that asks the API as a user; without one, as anybody."""
        headers = {"User-Agent": PHONE_AGENT}
        with httpx.Client(base_url=self.url, timeout=60, trust_env=False, headers=headers) as client:
            if user is not None:
                token = client.get("/api/v1/demo").raise_for_status().json()["token"]
                client.post("/api/v1/demo/session", json={"user": user, "token": token}).raise_for_status()
            yield client

    def share(self) -> float:
        """How much of the story has passed, as its console tells it: 1 where it is over."""
        found = _STORY.search(httpx.get(self.console, timeout=60, trust_env=False).text)
        if found is None or found[1] is None:
            return 0.0 if found is None else 1.0
        return int(found[1]) / int(found[2])

    def pause(self) -> None:
        """Let the story stand, so that the same city is photographed from the first page to the last."""
        own_page = {"Origin": self.console}  # the console obeys its own page alone
        httpx.post(f"{self.console}/story/pause", timeout=60, trust_env=False, headers=own_page).raise_for_status()

    def wait_for_story(self, *, seconds: float = STORY_SECONDS) -> None:
        """Wait until the flood has come: open incidents, and a task of the officer who is photographed."""
        with self.client(OFFICER_ID) as officer, self.client(HEAD) as head:

            def is_under_flood() -> bool:
                return (
                    self.share() >= SHARE
                    and len(_list(officer, "/api/v1/incidents", state="open")) >= LEAST_INCIDENTS
                    and bool(_list(officer, "/api/v1/tasks", mine="true"))
                    and bool(_of_head(head))
                )

            wait_until(
                is_under_flood, seconds=seconds, what="the story of the demo", every=EVERY_SECONDS, report=_report
            )

    def paths(self) -> list[str]:
        """Every page, with those of one thing: an incident, a task, an area, a minute of the past."""
        with self.client(OPERATOR) as operator:
            incidents = _list(operator, "/api/v1/incidents", state="open")
        with self.client(OFFICER_ID) as officer:
            own = _list(officer, "/api/v1/tasks", mine="true")
        with self.client(HEAD) as head:
            of_area = _of_head(head)
        if not own or not of_area:
            log("the officer or the head has no task any more: a page is not photographed")
        worst = max(incidents, key=lambda one: (one["severity"] == "severe", one["confidence"]))
        minute = datetime.now(UTC) - timedelta(minutes=1)
        own_pages = [
            f"/incidents/{worst['id']}", f"/control?number={worst['number']}",
            f"/control?at={minute:%Y-%m-%dT%H:%MZ}", *(f"/officer/tasks/{one['id']}" for one in own[:1]),
            *(f"/heads/tasks/{one['id']}" for one in of_area[:1]),
        ]  # fmt: skip
        fixed = (*PUBLIC, *OFFICER, *HEADS, *CONTROL, *ADMIN, *ALIKE)
        return [*(RENAMED.get(one, one) for one in fixed), *own_pages]


@contextmanager
def running_demo(folder: Path, *, words: Sequence[str] = ()) -> Iterator[Demo]:
    """Start the demo as `make demo` does and end it as Ctrl-C does. `words`: more of its command line."""
    folder.mkdir(parents=True, exist_ok=True)
    printed = folder / "demo.log"
    printed.unlink(missing_ok=True)
    program = str(Path(sys.executable).parent / "siaga-sim")
    argv = [program, "demo", "--run-dir", str(folder / "run"), *words]
    child = Child(name="demo", argv=argv, log=printed, stop_signal=signal.SIGINT).start()
    try:
        child.wait_for(lambda: _LINKS.search(printed.read_text()) is not None, seconds=START_SECONDS, report=_report)
        found = _LINKS.search(printed.read_text())
        if found is None:
            raise RuntimeError(f"{printed}: no address of the demo")
        yield Demo(*found.groups())
    finally:
        if child.is_running:
            child.process.send_signal(signal.SIGINT)  # type: ignore[union-attr]
            child.wait(END_SECONDS)
        child.stop()


def _list(client: httpx.Client, path: str, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(path, params=query).raise_for_status().json()
    return found


def _of_head(client: httpx.Client) -> list[dict[str, Any]]:
    """The running tasks of the head's own area."""
    found: list[dict[str, Any]] = client.get("/api/v1/heads/tasks").raise_for_status().json()["tasks"]
    return found


def _report(seconds: float) -> None:
    log(f"waited {seconds:.0f} s for the demo")
