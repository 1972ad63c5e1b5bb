"""An officer's phone: a key of its own, and proof photos in place as the server's challenge prompts for them."""

from __future__ import annotations

import hashlib
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import cv2
import httpx
import numpy as np
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from siaga_core.rules.geometry import LatLon
from siaga_sim.actors.photos import HEIGHT, WIDTH, Frame, jpeg
from siaga_sim.actors.requests import answer

MOVED_SHARE = 0.09
# How things move in the image when the camera is moved: x to the right, y downwards.
MOVES: Mapping[str, tuple[int, int]] = {"left": (1, 0), "right": (-1, 0), "up": (0, 1), "down": (0, -1)}


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone with a key that signs requests and captures, as the installed page does (docs/devices.md)."""

    _private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def register(self, http: httpx.Client) -> None:
        """Register the key for whoever the client is signed in as."""
        path = "/api/v1/device-keys"
        answer(self._send(http, path, json.dumps(self._coordinates()).encode()))

    def capture(self, http: httpx.Client, task_id: str, image: Frame, place: LatLon) -> str:
        """Two photos as the challenge of a task prompts for them; returns the photo's id."""
        prompt = answer(self._send(http, f"/api/v1/tasks/{task_id}/capture-challenges", b""))
        files = [jpeg(one, at=datetime.now(UTC), place=place) for one in (image, moved(image, prompt["direction"]))]
        statement = json.dumps(
            {
                "challenge_id": prompt["challenge_id"],
                "nonce": prompt["nonce"],
                "task_id": task_id,
                "key_id": self.key_id,
                "photos": [_sensors(file, place) for file in files],
            }
        )
        sent = http.post(
            f"/api/v1/tasks/{task_id}/captures",
            data={"statement": statement, "signature": self._sign(f"siaga-capture-1\n{statement}".encode())},
            files={"photo": ("1.jpg", files[0], "image/jpeg"), "second_photo": ("2.jpg", files[1], "image/jpeg")},
        )
        return str(answer(sent)["photo_id"])

    @property
    def key_id(self) -> str:
        """The thumbprint of the public key (RFC 7638)."""
        canonical = json.dumps({"crv": "P-256", "kty": "EC", **self._coordinates()}, separators=(",", ":"))
        return _encoded(hashlib.sha256(canonical.encode()).digest())

    def _coordinates(self) -> dict[str, str]:
        point = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"x": _encoded(point[1:33]), "y": _encoded(point[33:])}

    def _send(self, http: httpx.Client, path: str, body: bytes) -> httpx.Response:
        at = str(round(time.time() * 1000))
        parts = ("siaga-request-1", "POST", path, self.key_id, at, hashlib.sha256(body).hexdigest())
        headers = {"X-Siaga-Key": self.key_id, "X-Siaga-Time": at, "Content-Type": "application/json"}
        headers["X-Siaga-Signature"] = self._sign("\n".join(parts).encode())
        return http.post(path, content=body, headers=headers)

    def _sign(self, message: bytes) -> str:
        r, s = decode_dss_signature(self._private.sign(message, ec.ECDSA(SHA256())))
        return _encoded(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def moved(image: Frame, direction: str) -> Frame:
    """The same view after the camera was moved."""
    x, y = MOVES[direction]
    by = np.array([[1, 0, x * MOVED_SHARE * WIDTH], [0, 1, y * MOVED_SHARE * WIDTH]], np.float32)
    shifted = cv2.warpAffine(image, by, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
    return np.clip(shifted.astype(np.int16) + 2, 0, 255).astype(np.uint8)


def _sensors(file: bytes, place: LatLon) -> dict[str, Any]:
    at = datetime.now(UTC).isoformat()
    digest = hashlib.sha256(file).hexdigest()
    return {"sha256": digest, "taken_at": at, "lat": place.lat, "lon": place.lon, "accuracy_m": 9.0}
