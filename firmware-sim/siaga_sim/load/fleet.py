"""A fleet of smart gauges in one event loop: paced readings, resends until acknowledged, one ledger."""

from __future__ import annotations

import asyncio
import math
import random
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from siaga_sim.faults import GaugeFault, NoSuchFaultError, gauge_fault
from siaga_sim.firmware import DeviceReading
from siaga_sim.gauges.mailbox import Ledger, Mailbox
from siaga_sim.gauges.smart import Account
from siaga_sim.load.link import LoopLink

ROOM = 256
CONNECTING_THREADS = 8
CONNECT_AT_ONCE = 64
TICK_SECONDS = 0.02
# A connection takes one socket, and paho's client a pair of its own to be woken by.
FILES_PER_NODE = 3
FILES_BESIDE = 256
MISC_SECONDS = 5.0
RECONNECT_SECONDS = (1.0, 30.0)
WRONG_CLOCK = timedelta(hours=1)
_FAULTS = (GaugeFault.NONE, GaugeFault.CUT, GaugeFault.DUPLICATE, GaugeFault.DROP_OUT, GaugeFault.WRONG_CLOCK)


class TooManyNodesError(ValueError):
    """More nodes than this process may open files for; the text says what would be enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """The fleet's own ledger. `waiting` is what no acknowledgement has named so far."""

    nodes: int
    connected: int
    connections: int
    stored: int
    sent: int
    resent: int
    acked: int
    late_acks: int
    refused: int
    waiting: int
    evicted: int
    ack_p50_ms: float | None
    ack_p95_ms: float | None
    cpu_seconds: float
    rss_mib: float

    @property
    def is_closed(self) -> bool:
        """Whether everything kept is acknowledged, waiting or counted as given up."""
        return self.stored == self.acked + self.waiting + self.evicted


@dataclass(slots=True)
class Node:
    """One gauge of the fleet."""

    mailbox: Mailbox
    phase: float
    link: LoopLink | None = None
    fault: GaugeFault = GaugeFault.NONE
    number: int = 0
    next_try_at: float = 0.0
    tries: int = 0
    dirty: bool = False
    oldest_sent_at: float | None = None


@dataclass(slots=True, kw_only=True)
class Fleet:
    """`run` it; `per_second` messages a second over all nodes, evenly. Bounded: each node keeps at most `room`."""

    accounts: Sequence[Account]
    per_second: float
    room: int = ROOM
    again_after_seconds: float = 15.0
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    nodes: dict[str, Node] = field(init=False)
    _waits: list[float] = field(default_factory=list)
    _chance: random.Random = field(default_factory=lambda: random.Random(5))
    _began: float = 0.0

    def __post_init__(self) -> None:
        allow_files(len(self.accounts))
        self.nodes = {account.node: self._node(account, n) for n, account in enumerate(self.accounts)}

    async def run(self, seconds: float, *, drain_seconds: float = 30.0, stop: asyncio.Event | None = None) -> Sums:
        """Connect all, send for so long (or until stopped), wait for the last acknowledgements and print a summary."""
        ends = stop or asyncio.Event()
        with ThreadPoolExecutor(CONNECTING_THREADS, thread_name_prefix="connect") as executor:
            storing = asyncio.create_task(self._maintain_connections(executor), name="keep-connected")
            try:
                await self._until(lambda: self.connected == len(self.nodes) or ends.is_set(), seconds=60.0)
                await self._send(seconds, ends)
                await self._until(lambda: self.waiting == 0, seconds=drain_seconds)
                return self.sums()
            finally:
                storing.cancel()
                await asyncio.gather(storing, return_exceptions=True)
                for node in self.nodes.values():
                    if node.link is not None:
                        node.link.close()

    @property
    def connected(self) -> int:
        """Nodes that the broker has let in."""
        return sum(node.link is not None and node.link.is_up for node in self.nodes.values())

    @property
    def waiting(self) -> int:
        """Messages that no acknowledgement has named."""
        return sum(node.mailbox.waiting for node in self.nodes.values())

    def refusals(self) -> dict[str, int]:
        """Why nodes are not connected, and how many each."""
        reasons: dict[str, int] = {}
        for node in self.nodes.values():
            if node.link is not None and node.link.refused:
                reasons[node.link.refused] = reasons.get(node.link.refused, 0) + 1
        return reasons

    def faults(self) -> dict[str, str]:
        """Every node with what is wrong with it."""
        return {name: node.fault.value for name, node in self.nodes.items()}

    async def set_fault(self, name: str, kind: str) -> None:
        """Break one node or mend it. Raises NoSuchFaultError."""
        node, fault = self.nodes.get(name), gauge_fault(kind)
        if node is None:
            raise NoSuchFaultError(f"node: got {name!r}, expected one such as {next(iter(self.nodes))!r}")
        if fault not in _FAULTS:
            raise NoSuchFaultError(f"fault: got {kind!r}, expected one of {', '.join(_FAULTS)} for a node under load")
        node.fault = fault
        if fault is GaugeFault.CUT and node.link is not None:
            node.link.cut()

    def sums(self) -> Sums:
        """The ledger as it stands."""
        ledgers: list[Ledger] = [node.mailbox.ledger for node in self.nodes.values()]
        waits = sorted(self._waits)
        used = resource.getrusage(resource.RUSAGE_SELF)
        return Sums(
            nodes=len(self.nodes),
            connected=self.connected,
            connections=sum(node.link.connections for node in self.nodes.values() if node.link),
            stored=sum(ledger.stored for ledger in ledgers),
            sent=sum(ledger.sent for ledger in ledgers),
            resent=sum(ledger.resent for ledger in ledgers),
            acked=sum(ledger.acked for ledger in ledgers),
            late_acks=sum(ledger.late_acks for ledger in ledgers),
            refused=sum(ledger.refused for ledger in ledgers),
            waiting=self.waiting,
            evicted=sum(node.mailbox.evicted for node in self.nodes.values()),
            ack_p50_ms=_percentile_ms(waits, 0.5),
            ack_p95_ms=_percentile_ms(waits, 0.95),
            cpu_seconds=round(used.ru_utime + used.ru_stime, 2),
            rss_mib=round(_rss_bytes() / 2**20, 1),
        )

    # --- inside ---

    def _node(self, account: Account, number: int) -> Node:
        def clock() -> datetime:
            return self.clock() + (WRONG_CLOCK if self.nodes[account.node].fault is GaugeFault.WRONG_CLOCK else _NOUGHT)

        mailbox = Mailbox(
            account.node, account.node, clock, room=self.room, again_after_seconds=self.again_after_seconds
        )
        return Node(mailbox, phase=number * 0.1)

    async def _send(self, seconds: float, ends: asyncio.Event) -> None:
        began = self._began = time.monotonic()
        turn = list(self.nodes.values())
        done, looked_at = 0, began
        while (now := time.monotonic()) < began + seconds and not ends.is_set():
            owed = int((now - began) * self.per_second) - done
            for _ in range(min(owed, len(turn))):
                self._receive(turn[done % len(turn)], now)
                done += 1
            if now - looked_at > 1.0:
                looked_at = now
                self._send_again(now)
            await asyncio.sleep(TICK_SECONDS if owed < len(turn) else 0)

    def _receive(self, node: Node, now: float) -> None:
        node.number += 1
        node.mailbox.add_reading(_reading(node, now - self._began))
        self._post(node, now)

    def _post(self, node: Node, now: float) -> None:
        link = node.link
        if link is None or not link.is_up:
            return
        for stored in node.mailbox.due(now=now):
            payload = node.mailbox.outgoing_message(stored)
            if not link.publish(*payload):
                return
            if node.fault is GaugeFault.DUPLICATE:
                link.publish(*payload)
            if node.oldest_sent_at is None:
                node.oldest_sent_at = now
            node.mailbox.left(stored, now=now)

    def _send_again(self, now: float) -> None:
        for node in self.nodes.values():
            if node.mailbox.waiting:
                self._post(node, now)

    def _record_ack(self, node: Node) -> None:
        if node.oldest_sent_at is None:
            return
        wait = time.monotonic() - node.oldest_sent_at
        node.oldest_sent_at = None
        if len(self._waits) < _MOST_WAITS:
            self._waits.append(wait)
        else:
            self._waits[self._chance.randrange(_MOST_WAITS)] = wait

    async def _maintain_connections(self, executor: ThreadPoolExecutor) -> None:
        accounts = {account.node: account for account in self.accounts}
        looked_at = 0.0
        while True:
            now = time.monotonic()
            lost = [name for name, node in self.nodes.items() if self._is_lost(node, now)]
            await asyncio.gather(*(self._connect(accounts[name], executor) for name in lost[:CONNECT_AT_ONCE]))
            if now - looked_at > MISC_SECONDS:
                looked_at = now
                for node in self.nodes.values():
                    if node.link is not None:
                        node.link.misc()
                self._send_again(now)
            await asyncio.sleep(0.02 if len(lost) > CONNECT_AT_ONCE else 0.25)

    def _is_lost(self, node: Node, now: float) -> bool:
        is_down = node.link is None or not node.link.is_up
        return is_down and node.fault is not GaugeFault.CUT and now >= node.next_try_at

    async def _connect(self, account: Account, executor: ThreadPoolExecutor) -> None:
        node = self.nodes[account.node]
        first, most = RECONNECT_SECONDS
        node.tries += 1
        wait = min(most, first * 2 ** min(node.tries, 8))
        node.next_try_at = time.monotonic() + wait * self._chance.uniform(0.5, 1.5) + 2.0
        if node.link is None:
            node.link = LoopLink(account, node.mailbox, acked=lambda: self._record_ack(node))
        await node.link.connect(executor)

    async def _until(self, done: Callable[[], bool], *, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not done() and time.monotonic() < deadline:
            await asyncio.sleep(0.05)


_NOUGHT = timedelta(0)
_MOST_WAITS = 20_000


def allow_files(nodes: int) -> None:
    """Raises this process's limit of open files as far as so many nodes need. Raises TooManyNodesError."""
    needed = nodes * FILES_PER_NODE + FILES_BESIDE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= needed:
        return
    if hard < needed:
        raise TooManyNodesError(
            f"nodes: got {nodes}, which need {needed} open files, expected at most {hard} (ulimit -n)"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def _reading(node: Node, seconds: float) -> DeviceReading:
    missing = node.fault is GaugeFault.DROP_OUT
    level_mm = round(3000 + 1500 * math.sin(seconds / 600 + node.phase))
    return DeviceReading(
        number=node.number,
        level_mm=None if missing else level_mm,
        taken_at=seconds,
        spread_mm=3,
        valid=0 if missing else 7,
        report_seconds=60,
        battery_mv=3950,
        sensor_fault=missing,
    )


def _percentile_ms(waits: Sequence[float], share: float) -> float | None:
    return round(1000 * waits[min(len(waits) - 1, int(len(waits) * share))], 1) if waits else None


def _rss_bytes() -> int:
    with open("/proc/self/statm") as file:  # noqa: PTH123 - read often, and it is not a file
        return int(file.read().split()[1]) * resource.getpagesize()
