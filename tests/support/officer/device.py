"""A device with a key of its own, which signs requests as the installed page does."""

from __future__ import annotations

import hashlib
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from siaga_cloud.people.service import device_keys


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningDevice:
    """A browser's key; `ahead_seconds`: how far its clock is wrong."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    ahead_seconds: float = 0.0

    @property
    def point(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def key_id(self) -> str:
        return device_keys.thumbprint(self.point)

    @property
    def coordinates(self) -> dict[str, str]:
        return {"x": device_keys.encoded(self.point[1:33]), "y": device_keys.encoded(self.point[33:])}

    def sign(self, message: bytes) -> str:
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(SHA256())))
        return urlsafe_b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).rstrip(b"=").decode()

    def headers(self, method: str, path: str, body: bytes) -> dict[str, str]:
        at = round((time.time() + self.ahead_seconds) * 1000)
        parts = ("siaga-request-1", method, path, self.key_id, str(at), hashlib.sha256(body).hexdigest())
        signature = self.sign("\n".join(parts).encode())
        return {"X-Siaga-Key": self.key_id, "X-Siaga-Time": str(at), "X-Siaga-Signature": signature}

    def request(self, client: httpx.Client, method: str, path: str, **more: Any) -> httpx.Request:
        """A signed request, not sent yet."""
        request = client.build_request(method, path, **more)
        request.headers.update(self.headers(method, request.url.raw_path.decode(), request.read()))
        return request

    def send(self, client: httpx.Client, method: str, path: str, **more: Any) -> httpx.Response:
        return client.send(self.request(client, method, path, **more))

    def register(self, client: httpx.Client) -> httpx.Response:
        return self.send(client, "POST", "/api/v1/device-keys", json=self.coordinates)
