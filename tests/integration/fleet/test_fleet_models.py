"""Models down the wire on the shipped weights: fetched, run in shadow, switched on trial, taken back."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w
from tests.support.edge.fleet_commands import Signer
from tests.support.edge.io import wait_for

from siaga_core.vision.errors import ModelError
from siaga_core.wire.fleet import CHUNK_BYTES, CommandBody, DropModel, ModelRole, OfferModel, SwitchModel, sha256_of
from siaga_core.wire.topics import DownStream, down, model_piece
from siaga_edge.fleet.agent import FleetAgent, FleetPorts
from siaga_edge.fleet.command_queue import CommandQueue
from siaga_edge.fleet.fleet_store import FleetStore
from siaga_edge.fleet.model_registry import ModelRegistry
from siaga_edge.fleet.plan import Shadow
from siaga_edge.fleet.reconfiguration import CannotApplyError
from siaga_edge.fleet.signed_commands import CommandChecker
from siaga_edge.settings import ModelsSettings, NodeSettings, default_manifest, load_node

NODE = "node-a"
NOW = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
ROWS = tomllib.loads(default_manifest().read_text())
IMAGE = np.random.default_rng(1).integers(0, 255, (240, 320, 3), dtype=np.uint8)


class RegistryParts:
    """A node that has nothing but its models."""

    def __init__(self, registry: ModelRegistry) -> None:
        self.registry = registry
        self.wrong: list[str] = []

    def apply(
        self, new: NodeSettings, models: Mapping[ModelRole, str], shadows: Mapping[ModelRole, Shadow]
    ) -> tuple[str, ...]:
        try:
            self.registry.look_with(self.registry.open(new.models, models), shadows)
        except ModelError as error:
            raise CannotApplyError(str(error)) from error
        return ("camera cam",)

    def shadow(self, shadows: Mapping[ModelRole, Shadow]) -> None:
        self.registry.look_with(self.registry.opened, shadows)  # type: ignore[arg-type]

    def problems(self, touched: tuple[str, ...]) -> list[str]:
        return self.wrong


class NodeRig:
    """An agent over real models with a clock of its own."""

    def __init__(self, folder: Path) -> None:
        self.signer, self.now, self.number = Signer(), NOW, 0
        node_file = folder / "node.toml"
        node_file.write_text(f'[node]\nname = "{NODE}"\ndata_dir = "d"\n[broker]\nhost = "h"\n')
        self.store = FleetStore(folder / "fleet")
        self.registry = ModelRegistry(self.store)
        self.parts = RegistryParts(self.registry)
        self.registry.look_with(self.registry.open(ModelsSettings(), {}), {})
        around = FleetPorts(
            settings_for=lambda _: load_node(node_file),
            check_model=self.registry.check,
            notify=lambda *_: None,
            clock=lambda: self.now,
            trial_seconds=60,
            cannot=(ModelError,),
        )
        checker, self.commands = CommandChecker(NODE, self.signer.key.public_key()), CommandQueue()
        self.agent = FleetAgent(NODE, checker, self.store, around, commands=self.commands)
        self.agent.begin(self.parts)

    def send_command(self, body: CommandBody, **more: Any) -> str:
        self.number += 1
        payload = self.signer.command_bytes(NODE, self.number, body, expires_at=self.now + timedelta(hours=1), **more)
        self.commands.deliver(down(NODE, DownStream.COMMAND), payload)
        self.agent.tick()
        return self.agent.state.command.text

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.agent.tick(wait_seconds=0)

    def running(self) -> str:
        return next(each.sha256 for each in self.registry.health() if each.role == "detector")


@pytest.fixture
def node_rig(tmp_path: Path) -> Iterator[NodeRig]:
    made = NodeRig(tmp_path)
    yield made
    made.registry.close()


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(default_manifest().parent))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def offer(name: str, **more: Any) -> OfferModel:
    row = ROWS[name]
    data = (default_manifest().parent / row["file"]).read_bytes()
    text = tomli_w.dumps({key: value for key, value in row.items() if key not in {"file", "sha256"}})
    facts: dict[str, Any] = {"role": "detector", "name": name, "sha256": sha256_of(data), "row": text}
    return OfferModel.model_validate({**facts, "size_bytes": len(data), "shadow_share": 1.0, **more})


OTHER = next(name for name, row in ROWS.items() if row["task"] == "detect" and name != ModelsSettings().detector)


def test_a_model_from_a_url_shadows_replaces_and_is_rolled_back_when_cameras_go_blind(
    node_rig: NodeRig, web: str
) -> None:
    configured = node_rig.running()
    other = offer(OTHER, url=f"{web}/{ROWS[OTHER]['file']}")
    assert node_rig.send_command(other) == f"detector: shadow run of {OTHER} began"
    for _ in range(3):
        node_rig.registry.lend().detector.detect(IMAGE, floor=0.3)
    wait_for(
        lambda: any(health.shadow is not None and health.shadow.looks >= 1 for health in node_rig.registry.health()[:1])
    )
    shadow = node_rig.registry.health()[0].shadow
    assert shadow is not None
    assert (shadow.sha256, shadow.failed) == (other.sha256, 0)
    assert shadow.shadow_ms > 0
    assert node_rig.running() == configured

    assert "expected that model to run in shadow first" in node_rig.send_command(
        SwitchModel(role="detector", sha256="0" * 64)
    )
    assert node_rig.send_command(SwitchModel(role="detector", sha256=other.sha256)) == "on trial for 60 s"
    assert node_rig.running() == other.sha256
    node_rig.parts.wrong = ["camera cam: unknown since 08:00"]
    node_rig.pass_time(61)
    assert node_rig.running() == configured
    assert node_rig.agent.state.command.done is False
    assert "unknown since" in node_rig.agent.state.command.text


def test_a_model_in_pieces_survives_disorder_and_remains_once_it_has_proved_itself(node_rig: NodeRig) -> None:
    configured, other = node_rig.running(), offer(OTHER)
    data = (default_manifest().parent / ROWS[OTHER]["file"]).read_bytes()
    node_rig.send_command(other)
    pieces = [(at // CHUNK_BYTES, data[at : at + CHUNK_BYTES]) for at in range(0, len(data), CHUNK_BYTES)]
    for index, piece in [*pieces[:0:-1], *pieces[:2], pieces[0]]:
        node_rig.commands.deliver(model_piece(NODE, other.sha256, index), piece)
        node_rig.agent.tick()
    assert node_rig.agent.state.command.done
    assert node_rig.send_command(SwitchModel(role="detector", sha256=other.sha256)) == "on trial for 60 s"
    assert (
        "is on trial" in node_rig.send_command(SwitchModel(role="detector", sha256=other.sha256))
        or node_rig.agent.state.trial
    )
    node_rig.pass_time(61)
    assert (node_rig.agent.state.trial, node_rig.running()) == (None, other.sha256)
    # Also after a restart; and back by command.
    assert node_rig.store.load().running.models == {"detector": other.sha256}
    assert node_rig.send_command(DropModel(role="detector")) == "on trial for 60 s"
    assert node_rig.running() == configured


def test_a_file_that_is_not_what_was_signed_is_never_stored(node_rig: NodeRig, web: str) -> None:
    configured = node_rig.running()
    wrong = offer(OTHER, url=f"{web}/{ROWS['water']['file']}")
    assert "expected" in node_rig.send_command(wrong)
    assert not node_rig.store.model_file(wrong.sha256).exists()
    gone = offer(OTHER, url=f"{web}/no-such-file")
    assert "404" in node_rig.send_command(gone)
    not_a_detector = offer("water", url=f"{web}/{ROWS['water']['file']}")
    assert "task: got segment_water, expected detect" in node_rig.send_command(not_a_detector)
    piece = offer(OTHER)
    node_rig.send_command(piece)
    for index in range(-(-piece.size_bytes // CHUNK_BYTES)):
        length = min(CHUNK_BYTES, piece.size_bytes - index * CHUNK_BYTES)
        node_rig.commands.deliver(model_piece(NODE, piece.sha256, index), bytes(length))
        node_rig.agent.tick()
    assert (node_rig.agent.state.command.done, "SHA-256" in node_rig.agent.state.command.text) == (False, True)
    assert node_rig.running() == configured
    assert not list((node_rig.store.model_file("x").parent).glob("*.onnx"))


def test_a_forged_late_or_repeated_command_does_nothing(node_rig: NodeRig) -> None:
    before = node_rig.agent.state
    forged = Signer().command_bytes(NODE, 1, DropModel(role="water"))
    delayed = node_rig.signer.command_bytes(NODE, 1, DropModel(role="water"), expires_at=NOW - timedelta(seconds=1))
    for payload, reason in ((forged, "signature is not valid"), (delayed, "which is past"), (b"{", "Invalid JSON")):
        node_rig.commands.deliver(down(NODE, DownStream.COMMAND), payload)
        node_rig.agent.tick()
        assert reason in node_rig.agent.state.command.text
        assert node_rig.agent.state.running == before.running
    fine = node_rig.signer.command_bytes(NODE, 3, DropModel(role="water"), expires_at=NOW + timedelta(hours=1))
    for _ in range(2):
        node_rig.commands.deliver(down(NODE, DownStream.COMMAND), fine)
        node_rig.agent.tick()
        assert node_rig.agent.state.command.text == "drop_model: water: nothing to drop"
