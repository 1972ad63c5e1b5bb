"""Fan-out of changes: everyone gets them, nobody holds the others up, a slow one starts anew."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from siaga_cloud.platform.http import live_hub
from siaga_cloud.platform.http.live_hub import QUEUE_SIZE, RESET, LiveHub, ScopedUpdate, Sees, encode, sees_nothing
from siaga_cloud.platform.http.metrics import Metrics


async def _open(hub: LiveHub, *, staff: bool = False, sees: Sees = sees_nothing) -> AsyncIterator[bytes]:
    stream = hub.stream(staff=staff, sees=sees)
    assert b"event: hello" in await anext(stream)
    return stream


async def _close(*streams: AsyncIterator[bytes]) -> None:
    for stream in streams:
        await stream.aclose()  # type: ignore[attr-defined]


def test_everyone_receives_a_change_and_a_closed_stream_is_forgotten() -> None:
    async def story() -> None:
        hub = LiveHub(Metrics())
        one, two = await _open(hub), await _open(hub)
        hub.publish("gauge", {"id": "manggarai"})
        expected = b'event: gauge\ndata: {"id":"manggarai"}\n\n'
        assert [await anext(one), await anext(two)] == [expected, expected]
        await _close(one, two)
        assert not hub.is_watched

    asyncio.run(story())


def test_what_is_for_staff_does_not_reach_the_public() -> None:
    async def story() -> None:
        hub = LiveHub(Metrics())
        public, staff = await _open(hub), await _open(hub, staff=True)
        hub.publish("node", {"id": "n"}, staff_only=True)
        hub.publish("task", {"id": "t"})
        assert b"event: node" in await anext(staff)
        assert b"event: task" in await anext(public)
        await _close(public, staff)

    asyncio.run(story())


def test_staff_are_shown_the_whole_of_what_is_in_their_scope_alone() -> None:
    async def story() -> None:
        hub = LiveHub(Metrics())
        public, mine = await _open(hub, sees=lambda _: True), await _open(hub, staff=True, sees=lambda of: of == "mine")
        hub.publish("task", {"n": 1}, whole=ScopedUpdate(of="mine", data={"n": 1, "who": "x"}))
        hub.publish("task", {"n": 2}, whole=ScopedUpdate(of="another's", data={"n": 2, "who": "y"}))
        assert [await anext(public), await anext(public)] == [encode("task", {"n": 1}), encode("task", {"n": 2})]
        assert [await anext(mine), await anext(mine)] == [
            encode("task", {"n": 1, "who": "x"}),
            encode("task", {"n": 2}),
        ]
        await _close(public, mine)

    asyncio.run(story())


def test_a_client_that_does_not_read_must_reload_and_memory_is_bounded() -> None:
    async def story() -> None:
        metrics = Metrics()
        hub = LiveHub(metrics)
        slow = await _open(hub)
        for number in range(QUEUE_SIZE + 3):
            hub.publish("gauge", {"n": number})
        on_heartbeat = [await anext(slow) for _ in range(3)]
        assert on_heartbeat == [RESET, encode("gauge", {"n": QUEUE_SIZE + 1}), encode("gauge", {"n": QUEUE_SIZE + 2})]
        assert metrics.registry.get_sample_value("siaga_live_resets_total") == 1
        await _close(slow)

    asyncio.run(story())


def test_the_hello_states_how_long_ago_each_kind_changed_and_nothing_while_changes_are_not_received() -> None:
    async def hello(hub: LiveHub) -> dict[str, dict[str, float]]:
        stream = hub.stream(staff=False)
        text: dict[str, dict[str, float]] = json.loads((await anext(stream)).partition(b"data: ")[2])
        await _close(stream)
        return text

    async def story() -> None:
        hub = LiveHub(Metrics())
        assert await hello(hub) == {}
        hub.on_heartbeat("gauge")
        hub.listens()
        await asyncio.sleep(0.02)
        hub.on_heartbeat("incident")
        ago = (await hello(hub))["changed_seconds_ago"]
        assert ago.keys() == {"all", "incident"}
        assert ago["incident"] < 0.02 <= ago["all"]
        hub.stops_listening()
        assert await hello(hub) == {}

    asyncio.run(story())


def test_silence_is_filled_with_beats() -> None:
    async def story() -> None:
        hub = LiveHub(Metrics(), heartbeat_seconds=0.01)
        stream = await _open(hub)
        assert await anext(stream) == encode("beat", {})
        await _close(stream)

    asyncio.run(story())


def test_whose_session_is_over_is_informed_and_gets_nothing_more_however_busy_the_stream_is() -> None:
    requested: list[bool] = []

    async def stands() -> bool:
        requested.append(len(requested) < 1)
        return requested[-1]

    async def reported() -> list[bytes]:
        hub = LiveHub(Metrics(), heartbeat_seconds=0.02)
        stream = hub.stream(staff=True, stands=stands)
        got = [await anext(stream)]
        async for message in stream:
            got.append(message)
            await asyncio.sleep(0.03)  # the heart beats meanwhile
            hub.publish("node", {"id": "secret"})
        assert not hub.is_watched
        return got

    got = asyncio.run(reported())
    assert got[-1] == b"event: signed_out\ndata: {}\n\n"
    assert requested == [True, False]
    assert sum(b"secret" in message for message in got) == requested.count(True) - 1


def test_some_places_are_for_those_who_direct_others_and_nobody_has_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_hub, "MAX_CLIENTS", 5)
    monkeypatch.setattr(live_hub, "RESERVED_CLIENTS", 2)
    monkeypatch.setattr(live_hub, "MAX_CLIENTS_OF_PERSON", 2)
    monkeypatch.setattr(live_hub, "MAX_CLIENTS_OF_ADDRESS", 4)

    async def story() -> None:
        hub = LiveHub(Metrics())
        opened = []
        for person in ("a", "a", "b"):
            stream = hub.stream(staff=True, person=person, address="198.51.100.1")
            await anext(stream)
            opened.append(stream)
        assert not hub.has_place(person="c", address="203.0.113.1", is_reserved=False)
        assert hub.has_place(person="c", address="203.0.113.1", is_reserved=True)
        assert not hub.has_place(person="a", address="203.0.113.1", is_reserved=True)
        opened.append(hub.stream(staff=True, person="c", address="198.51.100.1"))
        await anext(opened[-1])
        assert not hub.has_place(person="d", address="198.51.100.1", is_reserved=True)
        assert hub.has_place(person="d", address="203.0.113.1", is_reserved=True)
        await _close(*opened)

    asyncio.run(story())
