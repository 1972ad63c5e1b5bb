"""Requests beyond the places are refused at once and cheaply; staff, sign-in and health have places of their own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from siaga_cloud.platform.http.admission import middleware as admissions
from siaga_cloud.platform.http.admission.known_staff import credential_of
from siaga_cloud.platform.http.admission.lanes import WAITING, Lane
from siaga_cloud.platform.http.admission.middleware import PUBLIC_PLACES, Admission

STAFF = {"authorization": "Bearer staff"}
SLOW = "/api/v1/gauges"


class SlowApplication:
    """Answers when it is released; whoever carries the token of staff is known as such."""

    def __init__(self) -> None:
        self.released = asyncio.Event()
        self.in_hand = 0
        self.bodies: list[bytes] = []
        self.token_of_staff: bytes | None = b"Bearer staff"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, message = b"", await receive()
        while message.get("more_body"):
            body, message = body + message["body"], await receive()
        if message["type"] == "http.disconnect":
            await answer(send, 400)
            return
        self.bodies.append(body + message["body"])
        self.in_hand += 1
        if scope["path"] == SLOW:
            await self.released.wait()
        self.in_hand -= 1
        headers = dict(scope["headers"])
        if self.token_of_staff is not None:
            scope["state"]["is_staff"] = headers.get(b"authorization") == self.token_of_staff
        await answer(send, 200)


async def answer(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


class World:
    def __init__(self) -> None:
        self.app = SlowApplication()
        self.registry = CollectorRegistry()
        counter = Counter("refused", "Refused", ["lane"], registry=self.registry)
        lanes = Gauge("lanes", "Requests", ["lane", "state"], registry=self.registry)
        self.admission = Admission(self.app, counter, lanes)
        self.tasks: list[asyncio.Task[Any]] = []

    async def request(
        self,
        path: str,
        method: str = "GET",
        *,
        chunks: tuple[bytes, ...] = (b"",),
        is_cut_off: bool = False,
        sent: Mapping[str, str] = MappingProxyType({}),
    ) -> tuple[int, dict[str, str], dict[str, Any]]:
        answers: list[Message] = []
        left = [{"type": "http.request", "body": one, "more_body": True} for one in chunks]
        left[-1]["more_body"] = is_cut_off

        async def receive() -> Message:
            if not left:
                await asyncio.Event().wait()
            return left.pop(0)

        async def send(message: Message) -> None:
            answers.append(message)

        scope = {
            "type": "http", "path": path, "method": method, "state": {}, "client": ("203.0.113.7", 1),
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        }  # fmt: skip
        await self.admission(scope, receive, send)
        headers = {name.decode(): value.decode() for name, value in answers[0]["headers"]}
        return answers[0]["status"], headers, json.loads(answers[1]["body"] or b"{}")

    async def saturate(self) -> None:
        """As many requests as have a place, and as many as may wait."""
        self.tasks += [asyncio.create_task(self.request(SLOW)) for _ in range(PUBLIC_PLACES + WAITING)]
        while len(self.admission.public.queue) < WAITING:
            await asyncio.sleep(0)
        assert self.app.in_hand == PUBLIC_PLACES


@contextlib.asynccontextmanager
async def world() -> AsyncIterator[World]:
    made = World()
    yield made
    made.app.released.set()
    await asyncio.gather(*made.tasks)
    uploads = (made.admission.reports, made.admission.intake, made.admission.arriving)
    assert [lane.in_hand for lane in (made.admission.public, made.admission.staff, *uploads)] == [0, 0, 0, 0, 0]


def run(test: Any) -> None:
    async def within() -> None:
        async with world() as made:
            await test(made)

    asyncio.run(within())


def test_a_token_that_ended_has_no_place_of_staff_any_more() -> None:
    async def test(city: World) -> None:
        credential = credential_of(Headers(STAFF))
        await city.request("/api/v1/tasks", sent=STAFF)
        assert credential in city.admission.known
        city.app.token_of_staff = None  # nobody looked, or the database was away
        await city.request("/api/v1/gauges/x", sent=STAFF)
        assert credential in city.admission.known
        city.app.token_of_staff = b"Bearer another"
        await city.request("/api/v1/tasks", sent=STAFF)
        assert credential not in city.admission.known

    run(test)


def test_one_more_than_may_wait_is_refused_at_once_with_a_problem_and_a_time_to_come_again() -> None:
    async def test(city: World) -> None:
        await city.saturate()
        began = time.perf_counter()
        answers = [await city.request("/api/v1/alerts") for _ in range(100)]
        assert (time.perf_counter() - began) / len(answers) < 0.005
        status, headers, problem = answers[0]
        assert (status, headers["content-type"]) == (503, "application/problem+json")
        assert problem["type"] == "urn:siaga:problem:busy"
        assert 1 <= int(headers["retry-after"]) == problem["retry_after_seconds"]
        assert len({one[1]["retry-after"] for one in answers}) > 1, "all come again at the same time"

    run(test)


def test_staff_are_served_while_the_public_places_are_full() -> None:
    async def test(city: World) -> None:
        assert (await city.request("/api/v1/tasks", sent=STAFF))[0] == 200
        await city.saturate()
        assert (await city.request("/api/v1/tasks", sent=STAFF))[0] == 200
        assert (await city.request("/api/v1/tasks", sent={"authorization": "Bearer forged"}))[0] == 503
        assert (await city.request("/api/v1/tasks", sent={"cookie": "siaga=forged"}))[0] == 503

    run(test)


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/healthz", "GET"),
        ("/readyz", "GET"),
        ("/metrics", "GET"),
        ("/api/v1/session", "POST"),
    ],
)
def test_health_sign_in_and_streams_do_not_wait_behind_the_public(path: str, method: str) -> None:
    async def test(city: World) -> None:
        await city.saturate()
        assert (await city.request(path, method))[0] == 200

    run(test)


def test_who_waits_gets_the_place_of_who_leaves_and_is_refused_after_a_wait_in_vain() -> None:
    async def test(city: World) -> None:
        city.tasks += [asyncio.create_task(city.request(SLOW)) for _ in range(PUBLIC_PLACES)]
        while city.app.in_hand < PUBLIC_PLACES:
            await asyncio.sleep(0)
        city.admission.public.wait_seconds = 0.02
        assert (await city.request("/api/v1/alerts"))[0] == 503
        city.admission.public.wait_seconds = 10.0
        waiting = asyncio.create_task(city.request("/api/v1/alerts"))
        while not city.admission.public.queue:
            await asyncio.sleep(0)
        city.app.released.set()
        assert (await waiting)[0] == 200

    run(test)


def test_a_body_that_stops_arriving_is_refused_and_holds_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admissions, "BODY_IDLE_SECONDS", 0.02)

    async def test(city: World) -> None:
        for path in ("/api/v1/subscriptions", "/api/v1/reports"):
            status, headers, _ = await city.request(path, "POST", chunks=(b"half",), is_cut_off=True)
            assert (status, headers["connection"]) == (408, "close")
        assert city.app.bodies == []

    run(test)


def test_a_body_arrives_unchanged_and_a_form_enters_only_when_it_is_complete() -> None:
    async def test(city: World) -> None:
        for path in ("/api/v1/subscriptions", "/api/v1/reports"):
            assert (await city.request(path, "POST", chunks=(b"one", b"two", b"three")))[0] == 200
        assert city.app.bodies == [b"onetwothree"] * 2
        city.admission.reports.in_hand, city.admission.reports.waiting = admissions.REPORT_PLACES, 0
        assert (await city.request("/api/v1/reports", "POST", chunks=(b"one", b"two")))[0] == 503
        assert len(city.app.bodies) == 2
        city.admission.reports.in_hand = 0

    run(test)


def test_other_uploads_have_no_place_of_reports_and_each_place_has_a_thread() -> None:
    async def test(city: World) -> None:
        city.admission.intake.in_hand, city.admission.intake.waiting = admissions.INTAKE_PLACES, 0
        assert (await city.request("/open311/v2/requests.json", "POST", chunks=(b"one",)))[0] == 503
        assert (await city.request("/api/v1/reports", "POST", chunks=(b"one",)))[0] == 200
        city.admission.intake.in_hand = 0
        lanes = [one for one in vars(city.admission).values() if isinstance(one, Lane) and one.name != "arriving"]
        assert len(lanes) == 7
        assert sum(one.places for one in lanes) <= admissions.MOST_THREADS

    run(test)


def test_expensive_reads_of_programs_are_charged_to_their_address_and_pages_are_not() -> None:
    async def test(city: World) -> None:
        assert (await city.request("/sta/v1.1/Things"))[0] == 200
        city.admission.costs.charge("203.0.113.7", admissions.COST_BURST + 5)
        status, headers, problem = await city.request("/sta/v1.1/Things")
        assert (status, problem["type"]) == (429, "urn:siaga:problem:too-many-requests")
        assert int(headers["retry-after"]) >= 9
        assert (await city.request("/api/v1/alerts"))[0] == 200

    run(test)


def test_forms_that_arrive_are_bounded_by_their_bytes_together() -> None:
    async def test(city: World) -> None:
        huge = {"content-length": str(admissions.ARRIVING_BYTES + 1)}
        assert (await city.request("/api/v1/reports", "POST", sent=huge))[0] == 503
        assert (await city.request("/api/v1/reports", "POST", sent={"content-length": "5"}))[0] == 200

    run(test)
