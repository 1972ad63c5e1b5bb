"""A stolen node: it has the password of an honest one and speaks for everything it can name."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from siaga_core.rules.geometry import LatLon
from siaga_core.wire import topics
from siaga_sim.actors.requests import Tally
from siaga_sim.actors.wire_node import Node, WireNode
from siaga_sim.siege.ground import Ground
from siaga_sim.siege.plan import STOLEN_NODE, Plan
from siaga_sim.siege.river import CALM_BELOW_CM

ROUND_SECONDS = 2.5
JUNK_A_ROUND = 4
JUNK_BYTES = 1024
ABSURD_CM = (9_999.0, -9_999.0, 12_345.6)
INVENTED = ("newgauge-x", "katulampa-2")
OVER_LIMIT_CM = 35.0
SPIKE_EVERY = 5


@dataclass(slots=True, kw_only=True)
class Thief:
    """Lies in rounds: foreign gauges at Siaga 1, absurd levels and spikes of its own, foreign cameras and junk.

    What it does not do is to lie about its own gauges as slowly as a river rises: nothing but another source of the
    same river contradicts that, until somebody blocks the node.
    """

    plan: Plan
    ground: Ground
    wire: WireNode
    tally: Tally
    stop: threading.Event
    foreign: tuple[str, ...] = field(init=False)
    _cameras: tuple[str, ...] = field(init=False)
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.plan.seed * 15_485_863)
        own = self.node
        others = [one for one in self.ground.gauges if one not in own.gauges]
        self.foreign = tuple(self._chance.sample(others, 5))
        self._cameras = tuple(one for one in self.ground.cameras if one not in own.cameras)

    @property
    def node(self) -> Node:
        """The node that was stolen."""
        return next(one for one in self.ground.nodes if one.name == STOLEN_NODE)

    def run(self) -> None:
        """Lie in rounds until the attack is over."""
        self.wire.start()
        for number in count():
            if self.stop.wait(ROUND_SECONDS):
                break
            self._lie(number)
        self.wire.stop()

    def _lie(self, number: int) -> None:
        at = datetime.now(UTC)
        self._send([(gauge, self._siaga_1_cm(gauge) + 0.5 * number) for gauge in self.foreign], at)
        self._send([(name, 300.0 + number) for name in INVENTED], at)
        self._send([(gauge, self._own_cm(gauge, number)) for gauge in self.node.gauges], at)
        if number % 4 == 0:
            self._flood()
        self._junk(number)

    def _send(self, levels: Sequence[tuple[str, float]], at: datetime) -> None:
        self.tally.add("stolen node: readings", len(levels))
        self.wire.send_levels(levels, at)

    def _siaga_1_cm(self, gauge: str) -> float:
        """Far over the worst limit that is known of a gauge."""
        limits = self.ground.gauges[gauge].limits
        worst = limits.s1_cm or limits.s2_cm or limits.s3_cm
        return worst + OVER_LIMIT_CM

    def _own_cm(self, gauge: str, number: int) -> float:
        """Its own gauges: what no gauge can read, then the truth with a spike to Siaga 1 now and then."""
        if number < len(ABSURD_CM):
            return ABSURD_CM[number]
        return self._siaga_1_cm(gauge) if number % SPIKE_EVERY == 0 else self._calm_cm(gauge)

    def _calm_cm(self, gauge: str) -> float:
        return self.ground.gauges[gauge].limits.s3_cm - CALM_BELOW_CM

    def _flood(self) -> None:
        self.tally.add("stolen node: foreign events")
        camera = self.ground.cameras[self._chance.choice(self._cameras)]
        aside = LatLon(lat=camera.place.lat + 0.0001, lon=camera.place.lon)
        self.wire.send_flood(camera.id, aside, datetime.now(UTC), depth_cm=160.0, confidence=1.0)

    def _junk(self, number: int) -> None:
        for one in range(JUNK_A_ROUND):
            self.tally.add("stolen node: junk")
            junk = self._chance.randbytes(JUNK_BYTES)
            name = STOLEN_NODE if one else "hulu-ciliwung"  # the broker refuses another node's topics
            topic = f"{topics.ROOT}/{topics.shard_of(name)}/{name}/up/junk/{number * JUNK_A_ROUND + one}"
            self.wire.publish_raw(topic, junk, retain=True)
