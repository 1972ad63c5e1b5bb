"""What operators, administrators and heads do, on a desk; each begins at the first page of the person."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from benchmarks.pages.demo import HEAD, OPERATOR
from benchmarks.pages.tasks.hand import Hand, Task

REPLAY_MS: Final = 180_000
_QUEUE: Final = "#queue button"
NEW_CAMERA: Final = {"id": "cam-uji", "name": "Jembatan Uji", "lat": "-6,2079", "lon": "106,8484"}


def confirm_an_incident(hand: Hand) -> None:
    """One that nobody has judged yet."""
    _open(hand, lambda one: one["verdict"] is None)
    hand.click("#confirm")
    hand.see(hand.page.locator("#heard").filter(has_text="dibenarkan"))


def dispatch_nearest(hand: Hand) -> None:
    """For an incident whose task nobody has."""
    with hand.demo.client(OPERATOR) as operator:
        tasks = operator.get("/api/v1/tasks").raise_for_status().json()
    unsent = {one["incident_id"] for one in tasks if one["assignee_id"] is None and "assign" in one["verbs"]}
    _open(hand, lambda one: one["id"] in unsent)
    hand.click("#dispatch")
    hand.see(hand.page.locator(".toasts").filter(has_text="dikirim ke"))


def replay_the_last_hour(hand: Hand) -> None:
    """An hour back in steps of ten minutes, then forward by itself to now."""
    page = hand.page
    hand.click("#replay")
    for _ in range(6):
        hand.click("#earlier")
    hand.click("#play")
    page.locator("#play[aria-pressed=true]").wait_for()
    page.locator("#play[aria-pressed=false]").wait_for(timeout=REPLAY_MS)
    hand.see("#seen-at")


def add_a_camera(hand: Hand) -> None:
    """With its place; the stream can follow later."""
    page = hand.page
    hand.click(".admin-nav a[href='/admin/sites']")
    hand.click("#new-site")
    hand.fill(page.get_by_label("ID", exact=True), f"{NEW_CAMERA['id']}-{int(time.time()) % 10_000}")
    hand.fill(page.get_by_label("Nama (Indonesia)"), NEW_CAMERA["name"])
    hand.fill(page.get_by_label("Lintang (lat)"), NEW_CAMERA["lat"])
    hand.fill(page.get_by_label("Bujur (lon)"), NEW_CAMERA["lon"])
    hand.click("#save")
    hand.see(page.get_by_text("Tersimpan"))


def print_the_month(hand: Hand) -> None:
    """Until the browser is asked for its printer."""
    hand.click("a[href^='/heads/month']:visible")
    hand.page.locator("#paper").wait_for()
    hand.click(hand.page.get_by_role("button", name="Cetak"))
    hand.page.wait_for_function("() => window.wasPrinted === true")
    hand.see("#paper")


def _open(hand: Hand, is_wanted: Callable[[Mapping[str, Any]], bool]) -> None:
    """Press the row of an open incident; the first that is wanted in the order of the queue."""
    with hand.demo.client(OPERATOR) as operator:
        incidents = operator.get("/api/v1/incidents", params={"state": "open"}).raise_for_status().json()
    wanted = {f"#{one['number']}" for one in incidents if is_wanted(one)}
    rows = hand.page.locator(_QUEUE).filter(has_text="#")
    for row in rows.all():
        if set((row.inner_text()).replace("·", " ").split()) & wanted:
            hand.click(row)
            return
    raise LookupError(f"expected one of {sorted(wanted)} in the queue")


STAFF: Final = (
    Task(name="confirm an incident", do=confirm_an_incident, start="/control", ready=_QUEUE, user=OPERATOR),
    Task(name="replay the last hour", do=replay_the_last_hour, start="/control", ready=_QUEUE, user=OPERATOR),
    Task(name="dispatch nearest", do=dispatch_nearest, start="/control", ready=_QUEUE, user=OPERATOR),
    Task(name="add a camera", do=add_a_camera, start="/admin", ready=".admin-nav", user="admin"),
    Task(name="print the month", do=print_the_month, start="/heads", ready="h1", user=HEAD),
)
