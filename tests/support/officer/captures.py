"""Captures in place as the officer's app makes them: a view of a scene, and the view after the camera was moved."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from tests.support.http_api import MANGGARAI
from tests.support.officer.device import SigningDevice
from tests.support.proof_photos import ImageArray, a_scene, as_photo

Challenge = dict[str, Any]
_MARGIN = 120
# Where the cut-out of a scene goes when the camera is moved.
MOVES = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
OPPOSITE = {"left": "right", "right": "left", "up": "down", "down": "up"}


def views(seed: int, direction: str) -> tuple[bytes, bytes]:
    """Two photos of a place, the second with the camera moved."""
    scene = a_scene(seed, width=880, height=720)
    x, y = MOVES[direction]
    return _view(scene, 0, 0), _view(scene, x * 80, y * 80)


def _view(scene: ImageArray, x: int, y: int) -> bytes:
    rows, columns = slice(_MARGIN + y, _MARGIN + y + 480), slice(_MARGIN + x, _MARGIN + x + 640)
    return as_photo(scene[rows, columns], camera=False)


def challenge_of(client: httpx.Client, device: SigningDevice, task_id: UUID) -> Challenge:
    answer = device.send(client, "POST", f"/api/v1/tasks/{task_id}/capture-challenges")
    assert answer.status_code == 200, answer.text
    found: Challenge = answer.json()
    return found


def capture(
    challenge: Challenge,
    device: SigningDevice,
    photos: tuple[bytes, bytes],
    *,
    place: tuple[float, float] | None = MANGGARAI,
    changed: dict[str, Any] | None = None,
) -> dict[str, str]:
    """The form that the app sends beside the photos; `changed` are fields of the statement."""
    first_at = datetime.now(UTC) - timedelta(seconds=20)
    where = {"lat": place[0], "lon": place[1], "accuracy_m": 15.0} if place else {}
    statement = {
        "challenge_id": challenge["challenge_id"],
        "nonce": challenge["nonce"],
        "task_id": challenge["task_id"],
        "key_id": device.key_id,
        "photos": [
            {"sha256": hashlib.sha256(photo).hexdigest(), "taken_at": (first_at + gap).isoformat(), **where}
            for photo, gap in zip(photos, (timedelta(0), timedelta(seconds=8)), strict=True)
        ],
    } | (changed or {})
    text = json.dumps(statement)
    return {"statement": text, "signature": device.sign(f"siaga-capture-1\n{text}".encode())}


def send_capture(
    client: httpx.Client, task_id: UUID, form: dict[str, str], photos: tuple[bytes, bytes]
) -> httpx.Response:
    files = {"photo": ("a.jpg", photos[0]), "second_photo": ("b.jpg", photos[1])}
    return client.post(f"/api/v1/tasks/{task_id}/captures", data=form, files=files)
