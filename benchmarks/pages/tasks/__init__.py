"""This package does ten everyday tasks in the demo city as their people, and counts clicks, characters and seconds."""

from __future__ import annotations

import httpx
from benchmarks.pages.deadlines import log
from benchmarks.pages.demo import Demo
from benchmarks.pages.record import Record
from benchmarks.pages.tasks.citizens import CITIZENS
from benchmarks.pages.tasks.hand import Hand, Task
from benchmarks.pages.tasks.staff import STAFF
from playwright.sync_api import Browser, Error
from tests.support.pages import context_of

from siaga_sim.stack.child import ServiceError

TASKS = (*CITIZENS, *STAFF)
_NO_PRINTER = "window.print = () => { window.wasPrinted = true; }"


def do_tasks(browser: Browser, demo: Demo, record: Record) -> None:
    """Do each of them once; one that fails costs no other."""
    for task in TASKS:
        record.put("tasks", task.name, _done(browser, demo, task))
        log(f"task: {task.name}: {record.data['tasks'][task.name]}")


def _done(browser: Browser, demo: Demo, task: Task) -> dict[str, object]:
    context = context_of(browser, task.size, permissions=["geolocation"])
    context.add_init_script(_NO_PRINTER)
    context.add_init_script("localStorage.setItem('siaga-demo-step', 'off')")
    if task.user:
        demo.sign_in(context, task.user)
    page = context.new_page()
    try:
        page.goto(demo.url + task.start)
        page.locator("h1").first.wait_for()
        page.locator(task.ready).first.wait_for()
        hand = Hand(page, demo)
        task.do(hand)
        return hand.figures()
    except (Error, AssertionError, LookupError, ServiceError, httpx.HTTPError) as error:
        return {"problem": str(error).splitlines()[0], "at": page.url}
    finally:
        context.close()
