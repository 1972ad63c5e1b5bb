"""An officer says that the street is free: the camera looks again, over a real broker, and has the last word."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from tests.support.cloud_core import eventually
from tests.support.edge.io import EdgeProcess
from tests.support.http_api import MANGGARAI, Api
from tests.support.proof_photos import a_scene, as_photo, resolve, shown
from tests.support.whole_cloud import whole_cloud

from siaga_sim.scene.script import parse
from siaga_sim.scene.street import Street
from siaga_sim.stack.broker import Broker

NODE, CAMERA = "node-a", "cam-drawn"
SCRIPT = {"layout": "market", "width": 640, "height": 360, "seed": 7}
PARKER = {"kind": "mpv", "enters_at": 0, "stops_at": 3, "leaves_at": 60}


class SnapshotServer:
    """A camera with a web server: single pictures of the street as it is now, each with its own grain."""

    def __init__(self, images: dict[str, np.ndarray]) -> None:
        chance = np.random.default_rng(1)
        self._jpegs = {
            name: [_jpeg(image + chance.normal(0, 3, image.shape)) for _ in range(4)] for name, image in images.items()
        }
        self.now = next(iter(images))
        turns = itertools.count()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                jpeg = outer._jpegs[outer.now][next(turns) % 4]
                self.send_response(200)
                self.send_header("Content-Type", "image/jpeg")
                self.send_header("Content-Length", str(len(jpeg)))
                self.end_headers()
                self.wfile.write(jpeg)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/now.jpg"

    @contextmanager
    def serving(self) -> Iterator[SnapshotServer]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join(5)
            self._server.server_close()


def _jpeg(image: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", np.clip(image, 0, 255).astype(np.uint8))[1].tobytes()


@pytest.fixture
def street() -> Iterator[SnapshotServer]:
    drawn = Street(parse({**SCRIPT, "parkers": [PARKER]}))
    with SnapshotServer({"parked": drawn.frame(30.0), "free": drawn.frame(120.0)}).serving() as server:
        yield server


def node_file(folder: Path, broker: Broker, password: str, street: SnapshotServer) -> Path:
    zone = Street(parse(SCRIPT)).zones()["no_stopping"]
    (folder / "password").write_text(password)
    path = folder / "node.toml"
    path.write_text(f"""
[node]
name = "{NODE}"
data_dir = "data"
[broker]
host = "127.0.0.1"
port = {broker.port}
password_file = "password"
[outbox]
min_free_bytes = 0
resend_after_seconds = 2
[fleet]
key_file = "fleet/fleet-key.pub.pem"
[[camera]]
id = "{CAMERA}"
url = "{street.url}"
snapshot_every_seconds = 0.4
place = {{ lat = {MANGGARAI[0]}, lon = {MANGGARAI[1]} }}
[[camera.zone]]
id = "kerb"
kind = "no_stopping"
polygon = {[list(point) for point in zone]}
allowed_seconds = 2
""")
    return path


def the_task(api: Api) -> dict[str, Any] | None:
    with api.client("operator.balaikota") as client:
        found: list[dict[str, Any]] = client.get("/api/v1/tasks").json()
    return next((task for task in found if task["category"] == "illegal_parking"), None)


def send_out_by_night(api: Api) -> None:
    """Takes the rule out of the policy by which a parked car makes no task between 23:00 and 04:00."""
    with api.client("admin") as admin:
        document = admin.get("/api/v1/policy/draft").raise_for_status().json()["document"]
        document["rule"] = [one for one in document["rule"] if one["id"] != "small-things-by-night"]
        admin.put("/api/v1/policy", json=document).raise_for_status()


def looked_through(api: Api, street: SnapshotServer) -> None:
    """An operator watches the camera live over its box's own channel, asks it to look, and masks it."""
    at = f"/api/v1/cameras/{CAMERA}"
    with api.connection() as conn:
        conn.execute("INSERT INTO camera (id, node_id, lat, lon) VALUES (%s, %s, %s, %s)", (CAMERA, NODE, *MANGGARAI))
    with api.client("operator.balaikota") as operator, api.client("gubernur") as leader:

        def frame() -> Any:
            return leader.get(f"{at}/frame")

        assert frame().status_code == 404
        watched = operator.post(f"{at}/views", json={"seconds": 20}).raise_for_status().json()
        eventually(lambda: frame().status_code == 200, seconds=20, what="a live picture")
        first = frame()
        assert cv2.imdecode(np.frombuffer(first.content, np.uint8), cv2.IMREAD_COLOR) is not None
        tag = {"if-none-match": first.headers["etag"]}
        eventually(lambda: leader.get(f"{at}/frame", headers=tag).status_code == 200, seconds=10, what="the next one")
        assert operator.post(f"{at}/views", json={}).json()["view_id"] == watched["view_id"]
        assert operator.post("/api/v1/camera-snapshots", json={"cameras": [CAMERA, "cam-gone"]}).json() == {
            "requested": 0
        }
        assert leader.post(f"{at}/views", json={}).json()["view_id"] == watched["view_id"]

        operator.post(f"{at}/looks", json={"hazard": "illegal_parking"}).raise_for_status()

        def look() -> Any:
            return operator.get(at).json()["looks"][0]

        eventually(lambda: look()["image_url"] is not None, seconds=40, what="what the camera saw")
        assert (look()["state"], look()["requested_by"]) == ("cleared", "operator.balaikota")

        masked = operator.post(f"{at}/mask", json={"masked": True, "reason": "sees into a house"}).json()
        assert masked["camera"]["unknown_since"] == masked["camera"]["masked_since"] is not None
        assert (frame().status_code, operator.post(f"{at}/views", json={}).status_code) == (404, 409)
        operator.post(f"{at}/mask", json={"masked": False, "reason": "turned back"}).raise_for_status()
        assert operator.get(at).json()["camera"]["masked_since"] is None
    with api.connection() as conn:
        reported = conn.execute("SELECT action, why FROM audit WHERE object_id = %s ORDER BY at", (CAMERA,)).fetchall()
    assert [row["action"] for row in reported] == [
        *["look_through_camera"] * 3, "request_camera_look", "mask_camera", "unmask_camera",
    ]  # fmt: skip
    assert reported[4]["why"] == "sees into a house"


@pytest.mark.timeout(300)  # starts four programs and two models; waits have deadlines of their own
def test_an_uncleared_street_comes_back_and_a_cleared_one_closes_itself(
    street: SnapshotServer,
    database_url: str,
    new_broker: Callable[[], Broker],
    passwords: dict[str, str],
    tmp_path: Path,
) -> None:
    broker = new_broker()
    with (
        whole_cloud(database_url, broker, tmp_path) as api,
        EdgeProcess(node_file(tmp_path, broker, passwords[NODE], street)) as edge,
    ):
        send_out_by_night(api)
        eventually(lambda: the_task(api) is not None, seconds=60, what=f"a task for the parked car: {edge.log()}")
        task = the_task(api)
        assert task is not None

        def proofs() -> list[dict[str, Any]]:
            return list(shown(api, task["id"])["proofs"])

        def decided(count: int) -> bool:
            return len(proofs()) == count and proofs()[0]["outcome"] is not None

        # The car is still there, whatever the officer's photo shows.
        resolve(api, task["id"], as_photo(a_scene(1), at=datetime.now(UTC), place=MANGGARAI))
        eventually(lambda: decided(1), seconds=60, what=f"an answer: {proofs()} {edge.log()}")
        first = proofs()[0]
        assert (first["outcome"], first["decided_by"]) == ("reopened", f"camera:{CAMERA}")
        assert first["recheck"]["state"] == "still_there"
        assert shown(api, task["id"])["task"]["state"] == "open"

        # Now it has left, and nobody needs to come and look.
        street.now = "free"
        resolve(api, task["id"], as_photo(a_scene(2), at=datetime.now(UTC), place=MANGGARAI))
        eventually(lambda: decided(2), seconds=60, what=f"an answer: {proofs()} {edge.log()}")
        second = proofs()[0]
        assert (second["outcome"], second["decided_by"]) == ("verified", f"camera:{CAMERA}")
        eventually(lambda: proofs()[0]["recheck"]["image_url"] is not None, what="the picture of the look")
        # The public may see before and after, in which nobody can be recognised: the camera's pictures as they came,
        # and the officer's once the worker has redacted it.
        eventually(lambda: shown(api, task["id"], None)["pair"]["waiting"] == 0, what="the officer's redacted photo")
        pair = shown(api, task["id"], None)["pair"]
        assert pair["before"]
        assert [one["by"] for one in pair["after"]] == ["officer", "camera"]
        assert pair["after"][1]["url"] == proofs()[0]["recheck"]["image_url"]
        last = shown(api, task["id"])["moves"][-1]
        assert "the camera looked again: illegal_parking clear now" in last["note"]
        looked_through(api, street)
        edge.stop()
