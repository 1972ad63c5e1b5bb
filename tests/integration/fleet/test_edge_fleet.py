"""Configurations down the wire to a running `siaga-edge`: applied, refused, rolled back, also over kill -9."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.support.edge.fleet_commands import Signer
from tests.support.edge.io import EdgeProcess, FakeCloud, ScriptedGauge, scripted_gauge, wait_for

from siaga_cloud.fleet.publisher import publish
from siaga_cloud.settings import BrokerSettings
from siaga_core.wire.messages import ConfigMessage, ConfigState, HealthMessage, Stage
from siaga_core.wire.topics import DownStream, down
from siaga_sim.stack.broker import INGEST_USER, Broker
from siaga_sim.stack.ports import free_port

NODE = "node-a"
GAUGE = """
[[gauge]]
id = "manggarai"
place = {{ lat = -6.2, lon = 106.8 }}
limits = {{ s3_cm = {s3:g}, s2_cm = 850, s1_cm = 950 }}
poll_seconds = 0.05
stale_seconds = 30
quality = {{ spike_cm = 5000, rate_cm_per_minute = 1e6 }}
source = {{ kind = "modbus_tcp", host = "127.0.0.1", port = {port} }}
"""


@dataclass
class NodeRig:
    """A node that is set up and not started, with everything around it."""

    file: Path
    gauge: ScriptedGauge
    cloud: FakeCloud
    broker: BrokerSettings
    signer: Signer
    status_port: int

    def send_command(self, payload: bytes) -> None:
        publish(self.broker, [(down(NODE, DownStream.CONFIG), payload, True)])

    def want(self, version: int, body: str) -> None:
        self.send_command(self.signer.config_bytes(NODE, version, body))

    def answers(self) -> list[ConfigMessage]:
        found = [message for message in self.cloud.messages if isinstance(message, ConfigMessage)]
        return sorted({message.id: message for message in found}.values(), key=lambda message: message.seq)

    def wait_for_answer(self, state: ConfigState, version: int, edge: EdgeProcess) -> ConfigMessage:
        def fitting() -> list[ConfigMessage]:
            return [each for each in self.answers() if (each.state, each.version) == (state, version)]

        wait_for(lambda: bool(fitting()), why=lambda: (self.answers(), edge.log()))
        return fitting()[-1]

    def gauge_body(self, *, s3: float = 750, port: int | None = None) -> str:
        return GAUGE.format(s3=s3, port=port or self.gauge.port)

    def stage_of(self, level_cm: float, edge: EdgeProcess) -> Stage | None:
        before = len(self.cloud.readings("manggarai"))
        self.gauge.set_level(level_cm)
        wait_for(lambda: len(self.cloud.readings("manggarai")) > before, why=edge.log)
        return self.cloud.readings("manggarai")[-1].stage


@pytest.fixture
def node_rig(tmp_path: Path, new_broker: Callable[[], Broker], passwords: dict[str, str]) -> Iterator[NodeRig]:
    broker, signer, status_port = new_broker(), Signer(), free_port()
    (tmp_path / "password").write_text(passwords[NODE])
    signer.write_public(tmp_path / "fleet.pem")
    with scripted_gauge() as gauge, FakeCloud(broker, passwords[INGEST_USER]) as cloud:
        file = tmp_path / "node.toml"
        file.write_text(
            f'[node]\nname = "{NODE}"\ndata_dir = "data"\n'
            f'[broker]\nhost = "127.0.0.1"\nport = {broker.port}\npassword_file = "password"\n'
            "[outbox]\nresend_after_seconds = 1\nmin_free_bytes = 0\n"
            '[fleet]\nkey_file = "fleet.pem"\ntrial_seconds = 2\n'
            f"[status]\nport = {status_port}\n" + GAUGE.format(s3=750, port=gauge.port)
        )
        reached = BrokerSettings(
            host="127.0.0.1", port=broker.port, username=INGEST_USER, password=passwords[INGEST_USER], ca_file=None
        )
        gauge.set_level(700.0)
        yield NodeRig(file=file, gauge=gauge, cloud=cloud, broker=reached, signer=signer, status_port=status_port)


def test_limits_and_intervals_change_without_a_restart_and_are_good_after_their_trial(node_rig: NodeRig) -> None:
    with EdgeProcess(node_rig.file) as edge:
        wait_for(lambda: bool(node_rig.cloud.readings("manggarai")), why=edge.log)
        assert node_rig.stage_of(720.0, edge) is Stage.SIAGA_4
        node_rig.want(1, node_rig.gauge_body(s3=690) + "[health]\nevery_seconds = 1\n")
        node_rig.wait_for_answer(ConfigState.TRIAL, 1, edge)
        assert node_rig.stage_of(705.0, edge) is Stage.SIAGA_3
        good = node_rig.wait_for_answer(ConfigState.GOOD, 1, edge)
        assert (good.applied, good.running_version, good.running_sha256) == (True, 1, good.sha256)
        healths = [message for message in node_rig.cloud.messages if isinstance(message, HealthMessage)]
        wait_for(lambda: len([m for m in node_rig.cloud.messages if isinstance(m, HealthMessage)]) > len(healths) + 1)
        assert edge.stop() < 5
    # What is good is run again by the next start.
    with EdgeProcess(node_rig.file) as edge:
        wait_for(lambda: len(node_rig.answers()) >= 3, why=edge.log)
        assert node_rig.answers()[-1].state is ConfigState.GOOD
        assert node_rig.stage_of(730.0, edge) is Stage.SIAGA_3


def test_what_is_not_genuine_new_or_valid_is_refused_with_the_reason(node_rig: NodeRig) -> None:
    fine = node_rig.signer.config_bytes(NODE, 5, "[health]\nevery_seconds = 20\n")
    cases = [
        (Signer().config_bytes(NODE, 7, "[health]\n"), "the signature is not valid"),
        (node_rig.signer.config_bytes("node-b", 7, "[health]\n"), "node: got node-b, expected node-a"),
        (fine[:-40], "Invalid JSON"),
        (fine.replace(b"= 20", b"= 21"), "the body does not have the SHA-256 that was signed"),
        (fine.replace(b'"version":5', b'"version":9'), "the signature is not valid"),
        (node_rig.signer.config_bytes(NODE, 4, "[health]\n"), "version: got 4, expected one above 5"),
        (
            node_rig.signer.config_bytes(NODE, 5, "[health]\nevery_seconds = 3\n"),
            "version: got 5 again with another content, expected a higher one",
        ),
        (node_rig.signer.config_bytes(NODE, 6, "[health\n"), "config: not valid TOML"),
        (
            node_rig.signer.config_bytes(NODE, 7, '[broker]\nhost = "evil"\n'),
            "config: broker: only NODE.toml may contain this table",
        ),
        (
            node_rig.signer.config_bytes(NODE, 8, "[health]\nevery_seconds = 0\n"),
            "config: health.every_seconds: got 0, expected a number of seconds from 1 to 3600",
        ),
    ]
    with EdgeProcess(node_rig.file) as edge:
        node_rig.send_command(fine)
        node_rig.wait_for_answer(ConfigState.GOOD, 5, edge)
        for number, (payload, reason) in enumerate(cases, start=1):
            node_rig.send_command(payload)

            def refused() -> list[ConfigMessage]:
                return [answer for answer in node_rig.answers() if answer.state is ConfigState.REFUSED]

            wait_for(lambda number=number: len(refused()) >= number, why=edge.log)  # type: ignore[misc]
            assert reason in refused()[-1].reason
            assert (refused()[-1].applied, refused()[-1].running_version) == (False, 5)
        # Played again, even the good one is refused, because newer ones were seen; a new one is still taken.
        node_rig.send_command(fine)
        node_rig.want(9, "[health]\nevery_seconds = 20\n")
        node_rig.wait_for_answer(ConfigState.TRIAL, 9, edge)
        assert refused()[-1].reason == "version: got 5, expected one above 8"
        assert len(refused()) == len(cases) + 1


def test_a_configuration_that_blinds_a_gauge_is_rolled_back(node_rig: NodeRig) -> None:
    with EdgeProcess(node_rig.file) as edge:
        wait_for(lambda: bool(node_rig.cloud.readings("manggarai")), why=edge.log)
        node_rig.want(1, node_rig.gauge_body(port=free_port()))
        node_rig.wait_for_answer(ConfigState.TRIAL, 1, edge)
        back = node_rig.wait_for_answer(ConfigState.ROLLED_BACK, 1, edge)
        assert (back.applied, back.running_version) == (False, 0)
        assert back.reason.startswith("gauge manggarai: ")
        assert node_rig.stage_of(720.0, edge) is Stage.SIAGA_4


def test_an_agent_that_is_killed_in_the_trial_starts_with_the_last_good_configuration(node_rig: NodeRig) -> None:
    node_rig.file.write_text(node_rig.file.read_text().replace("trial_seconds = 2", "trial_seconds = 600"))
    with EdgeProcess(node_rig.file) as edge:
        node_rig.want(1, node_rig.gauge_body(s3=690))
        node_rig.wait_for_answer(ConfigState.TRIAL, 1, edge)
        edge.kill()
    with EdgeProcess(node_rig.file) as edge:
        back = node_rig.wait_for_answer(ConfigState.ROLLED_BACK, 1, edge)
        assert back.reason == "the agent ended in the trial without being asked to"
        assert node_rig.stage_of(720.0, edge) is Stage.SIAGA_4
        # The retained order comes again with the connection and is not tried again.
        node_rig.want(2, node_rig.gauge_body(s3=695))
        node_rig.wait_for_answer(ConfigState.TRIAL, 2, edge)
        assert [each.version for each in node_rig.answers() if each.state is ConfigState.TRIAL] == [1, 2]
        # A stop that was asked for is no failure: the trial goes on.
        edge.stop()
    with EdgeProcess(node_rig.file) as edge:
        wait_for(lambda: node_rig.answers()[-1].version == 2 and len(node_rig.answers()) >= 4, why=edge.log)
        assert node_rig.answers()[-1].state is ConfigState.TRIAL
        state = json.loads((node_rig.file.parent / "data" / "fleet" / "state.json").read_text())
        assert (state["good"]["version"], state["trial"]["plan"]["version"]) == (0, 2)


def test_gauges_come_and_go_and_the_page_and_metrics_show_it(node_rig: NodeRig) -> None:
    other = GAUGE.format(s3=750, port=node_rig.gauge.port).replace("manggarai", "karet")
    with EdgeProcess(node_rig.file) as edge, httpx.Client(trust_env=False) as web:
        wait_for(lambda: bool(node_rig.cloud.readings("manggarai")), why=edge.log)
        node_rig.want(1, other)
        node_rig.wait_for_answer(ConfigState.GOOD, 1, edge)
        assert node_rig.cloud.readings("karet")
        address = f"http://127.0.0.1:{node_rig.status_port}"
        metrics = web.get(f"{address}/metrics").text
        assert 'siaga_edge_gauge_readings_total{gauge="karet"}' in metrics
        assert "manggarai" not in metrics
        assert 'config_version="1"' in metrics
        assert "siaga_edge_outbox_waiting " in metrics
        indonesian, english = web.get(address), web.get(address, params={"lang": "en"})
        assert "karet" in indonesian.text
        assert "Pesan menunggu" in indonesian.text
        assert "Messages waiting" in english.text
        assert "http" not in english.text.replace("http-equiv", "")  # nothing from elsewhere
        assert english.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert web.get(f"{address}/../../etc/passwd").status_code == 404
        assert web.get(f"{address}/last.jpg").status_code == 404
