"""A Frigate of our own: it publishes over MQTT and answers over HTTP what Frigate documents, for objects of a test.

The shapes follow docs/docs/integrations/mqtt.md and the HTTP API of Frigate (July 2026): `events` with `snapshot`,
retained `<camera>/<label>/snapshot`, `<camera>/status/<role>`, `reviews`, and `snapshot.jpg` and `clip.mp4` below
`/api/events/<id>/`.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from tests.support.cloud_core import a_jpeg

TOKEN = "token-of-the-api-of-frigate"


@dataclass(slots=True)
class TrackedObject:
    """One object that Frigate tracks. `colour` is that of its snapshot, so that a test knows whose image it sees."""

    id: str
    colour: tuple[int, int, int]
    start: datetime
    camera: str = "gate"
    label: str = "car"
    has_snapshot: bool = True
    clip: bytes | None = None
    snapshot_age: float = 0.0
    more: dict[str, Any] = field(default_factory=dict)

    def message(self, kind: str, age: float, motionless: int) -> bytes:
        """Return a message of `events` at an age in seconds."""
        start = self.start.timestamp()
        snapshot = {
            "frame_time": start + self.snapshot_age, "box": [100, 200, 300, 400], "area": 40_000,
            "region": [0, 0, 480, 480], "score": 0.84, "attributes": [],
        }  # fmt: skip
        after = {
            "id": self.id, "camera": self.camera, "label": self.label, "sub_label": None, "start_time": start,
            "frame_time": start + age, "end_time": start + age if kind == "end" else None, "snapshot": snapshot,
            "top_score": 0.84, "score": 0.8, "false_positive": False, "box": [100, 200, 300, 400], "area": 40_000,
            "ratio": 1.0, "region": [0, 0, 480, 480], "active": not motionless, "stationary": bool(motionless),
            "motionless_count": motionless, "position_changes": 1, "current_zones": ["no_stopping"],
            "entered_zones": ["no_stopping"], "thumbnail": None, "has_snapshot": self.has_snapshot,
            "has_clip": self.clip is not None, "attributes": {}, "current_attributes": [], **self.more,
        }  # fmt: skip
        return json.dumps({"type": kind, "before": after, "after": after}).encode()


class FakeFrigate:
    """The server and its connection to the broker."""

    def __init__(self, port: int, username: str, password: str, prefix: str) -> None:
        self._prefix, self.objects, self.requests = prefix, dict[str, TrackedObject](), list[str]()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="frigate", protocol=mqtt.MQTTv311)
        self.client.username_pw_set(username, password)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
        self._server.shutdown()
        self._server.server_close()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """QoS 1 instead of Frigate's default of 0, so that a test knows that the broker has it."""
        self.client.publish(f"{self._prefix}/{topic}", payload, qos=1, retain=retain).wait_for_publish(10)

    def track(self, one: TrackedObject) -> TrackedObject:
        """Begin to track an object: `new`, and its snapshot on the topic of camera and label, retained."""
        self.objects[one.id] = one
        self.snapshot(one)
        self.report(one, "new", age=0, motionless=0)
        return one

    def snapshot(self, one: TrackedObject) -> None:
        self.publish(f"{one.camera}/{one.label}/snapshot", a_jpeg(one.colour), retain=True)

    def report(self, one: TrackedObject, kind: str, *, age: float, motionless: int = 0) -> None:
        self.publish("events", one.message(kind, age, motionless))

    def review(self, severity: str, *objects: str) -> None:
        """A message of `reviews` as documented."""
        data = {"detections": list(objects), "objects": ["car"], "sub_labels": [], "zones": [], "audio": []}
        after = {
            "id": "1718987129.308396-fqk5ka", "camera": "gate", "start_time": 1718987129.3, "end_time": None,
            "severity": severity, "thumb_path": "/media/frigate/clips/review/thumb.webp", "data": data,
        }  # fmt: skip
        self.publish("reviews", json.dumps({"type": "update", "before": after, "after": after}).encode())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        frigate = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                frigate.requests.append(self.path)
                status, headers, body = frigate.answer(self.path, self.headers.get("Authorization"))
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def answer(self, path: str, authorization: str | None) -> tuple[int, dict[str, str], bytes]:
        """What Frigate's API answers: the snapshot of a tracked or stored object, else JSON with 404."""
        parts = path.partition("?")[0].split("/")
        if authorization != f"Bearer {TOKEN}":
            return 401, {}, b""
        if len(parts) != 5 or parts[1:3] != ["api", "events"] or parts[4] not in ("snapshot.jpg", "clip.mp4"):
            return 404, {}, b'{"detail": "Not Found"}'
        one = self.objects.get(parts[3])
        if parts[4] == "clip.mp4":
            return self._clip_answer(one)
        if one is None or not one.has_snapshot:
            reason = "Event not found" if one is None else "Snapshot not available"
            return 404, {}, json.dumps({"success": False, "message": reason}).encode()
        frame_time = (one.start + timedelta(seconds=one.snapshot_age)).timestamp()
        return 200, {"Content-Type": "image/jpeg", "X-Frame-Time": str(frame_time)}, a_jpeg(one.colour)

    @staticmethod
    def _clip_answer(one: TrackedObject | None) -> tuple[int, dict[str, str], bytes]:
        """What Frigate answers for a clip: fragments in MP4 as they come, or JSON with 404."""
        if one is None or one.clip is None:
            reason = "Event not found" if one is None else "Clip not available"
            return 404, {}, json.dumps({"success": False, "message": reason}).encode()
        return 200, {"Content-Type": "video/mp4", "Content-Description": "File Transfer"}, one.clip
