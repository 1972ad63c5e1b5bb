"""How long it takes from a camera's frame until the task that it led to is there, while readings flow."""

from __future__ import annotations

from contextlib import ExitStack

import psycopg
from benchmarks.throughput.blaster import Blaster

from siaga_sim.demo.cloud import Cloud
from siaga_sim.demo.edge_nodes import Devices, EdgeNodes
from siaga_sim.demo.summary import frame_to_task_ms
from siaga_sim.scenario import load_scenario

STORY = "storm"
STORY_SECONDS = 90.0


def site_node_names() -> list[str]:
    """The boxes that look at the story's streets."""
    return [node.name for node in load_scenario(STORY)[0].node]


def frame_waits(cloud: Cloud, url: str, blaster: Blaster) -> list[float]:
    """Seconds of each task that a camera led to, while real boxes watch the storm and the blaster sends all it has.

    The streets are drawn and looked at on the same machine: what that takes is part of the wait.
    """
    with ExitStack() as after:
        devices = Devices(layout=cloud.layout, story=STORY, seconds=STORY_SECONDS)
        after.callback(devices.stop)
        state = devices.start()
        edge_nodes = EdgeNodes(
            layout=cloud.layout,
            nodes=state["nodes"],
            broker_port=cloud.broker.port,
            passwords=cloud.node_passwords,
        )
        after.callback(edge_nodes.stop)
        edge_nodes.start()
        devices.begin()
        blaster.run()
    with psycopg.connect(url) as conn:
        return [measured / 1000 for measured in frame_to_task_ms(conn)]
