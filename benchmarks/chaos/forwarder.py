"""The process between both ends of the line. Runs in the inner namespace, which lives as long as it does.

    python -m benchmarks.chaos.forwarder OUTER_DESCRIPTOR INNER_ADDRESS SEED

Prints a line once it forwards. Takes one line of JSON (`Conditions`) at a time from its input and answers each with its
tallies; ends with its input.
"""

from __future__ import annotations

import json
import os
import random
import selectors
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict

from benchmarks.chaos.lane import Conditions, Lane
from benchmarks.chaos.tun import loopback_up, opened

PACKET_BYTES = 65536
AT_ONCE = 200
IDLE_SECONDS = 1.0


def main(outer: int, inner_address: str, seed: int) -> None:
    """Until its input ends."""
    loopback_up()
    inner = opened(inner_address)
    # By where packets come from: where they go, and through what.
    methods = {outer: (inner, Lane(random.Random(seed))), inner: (outer, Lane(random.Random(seed + 1)))}
    selector = selectors.DefaultSelector()
    for source in (outer, inner, 0):
        selector.register(source, selectors.EVENT_READ)
    print("forwarding", flush=True)
    while True:
        for key, _ in selector.select(_wait_seconds(methods)):
            if key.fd == 0:
                if not _obey(methods):
                    return
            else:
                _receive(key.fd, methods[key.fd][1])
        for goal, lane in methods.values():
            for packet in lane.due(time.monotonic()):
                with suppress(OSError):  # its queue is full, or it is going down: a packet less
                    os.write(goal, packet)


def _wait_seconds(methods: Mapping[int, tuple[int, Lane]]) -> float:
    ahead = [at for _, lane in methods.values() if (at := lane.next_at()) is not None]
    return max(0.0, min([IDLE_SECONDS, *(at - time.monotonic() for at in ahead)]))


def _receive(source: int, lane: Lane) -> None:
    for _ in range(AT_ONCE):
        try:
            packet = os.read(source, PACKET_BYTES)
        except OSError:
            return
        lane.put(packet, time.monotonic())


def _obey(methods: Mapping[int, tuple[int, Lane]]) -> bool:
    line = sys.stdin.buffer.readline()
    if not line:
        return False
    conditions = Conditions(**json.loads(line))
    for _, lane in methods.values():
        lane.conditions = conditions
    print(json.dumps([asdict(lane.tally) for _, lane in methods.values()]), flush=True)
    return True


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
