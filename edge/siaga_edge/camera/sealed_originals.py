"""Originals of evidence, sealed to a public key whose other half is not on the node; nothing of them is ever sent.

Sealed means: X25519 with a key of its own for each image, HKDF-SHA256, ChaCha20-Poly1305. Whoever steals the box, or
runs it, can read none of them.
"""

from __future__ import annotations

import logging
import os
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from siaga_core.vision.errors import VisionError
from siaga_core.vision.image import Image
from siaga_core.vision.image_files import encode_jpeg

log = logging.getLogger(__name__)

SUFFIX: Final = ".sealed"
_MAGIC: Final = b"siaga-sealed-v1\n"
_KEY_BYTES, _NONCE_BYTES = 32, 12


class SealError(VisionError):
    """A key or a sealed file that cannot be used."""


class SealedFolder:
    """Keeps sealed originals up to `max_bytes`; the oldest give way."""

    def __init__(self, folder: Path, key_file: Path, *, max_bytes: int) -> None:
        self._folder, self._max_bytes = folder, max_bytes
        self._key = read_public_key(key_file)

    def save(self, camera_id: str, key: str, at: datetime, image: Image) -> None:
        """Seals one image; a full disk costs this image only."""
        self._save(f"{at:%Y%m%dT%H%M%S%f}_{camera_id}_{key.replace(':', '_')}{SUFFIX}", encode_jpeg(image, quality=90))

    def save_clip(self, camera_id: str, key: str, at: datetime, content: bytes) -> None:
        """Seals the packets of a clip as the camera sent them; one that is larger than the folder may be is dropped."""
        self._save(f"{at:%Y%m%dT%H%M%S%f}_{camera_id}_{key.replace(':', '_')}.mp4{SUFFIX}", content)

    def _save(self, name: str, content: bytes) -> None:
        path, sealed = self._folder / name, seal(content, self._key)
        if len(sealed) > self._max_bytes:
            log.warning("%s: a sealed original of %d bytes has no room", path, len(sealed))
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._make_room(len(sealed))
            path.write_bytes(sealed)
        except OSError as error:
            log.warning("%s: a sealed original cannot be stored: %s", path, error.strerror)

    def _make_room(self, size: int) -> None:
        stored = sorted(self._folder.glob(f"*{SUFFIX}"))
        sizes = {path: path.stat().st_size for path in stored}
        total = sum(sizes.values()) + size
        for path in stored:
            if total <= self._max_bytes:
                return
            path.unlink()
            total -= sizes[path]


def seal(data: bytes, key: X25519PublicKey) -> bytes:
    """Bytes that only the owner of the private key can read, and that nobody can change unseen."""
    own = X25519PrivateKey.generate()
    head = _MAGIC + own.public_key().public_bytes_raw()
    nonce = os.urandom(_NONCE_BYTES)
    cipher = ChaCha20Poly1305(_derived(own.exchange(key), head, key))
    return head + nonce + cipher.encrypt(nonce, data, head)


def unseal(sealed: bytes, key: X25519PrivateKey) -> bytes:
    """Return the data that was sealed; raises `SealError`."""
    start = len(_MAGIC) + _KEY_BYTES
    if not sealed.startswith(_MAGIC) or len(sealed) < start + _NONCE_BYTES:
        raise SealError("not a sealed image of siaga-edge")
    head, nonce = sealed[:start], sealed[start : start + _NONCE_BYTES]
    try:
        shared = key.exchange(X25519PublicKey.from_public_bytes(head[len(_MAGIC) :]))
        cipher = ChaCha20Poly1305(_derived(shared, head, key.public_key()))
        return cipher.decrypt(nonce, sealed[start + _NONCE_BYTES :], head)
    except (InvalidTag, ValueError):
        raise SealError("sealed to another key, or changed since") from None


def read_public_key(path: Path) -> X25519PublicKey:
    """Read the key that originals are sealed to; raises `SealError`."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SealError(f"{path}: expected a PEM file with an X25519 public key: {error}") from None
    if not isinstance(key, X25519PublicKey):
        raise SealError(f"{path}: got a key of another kind, expected an X25519 public key")
    return key


def read_private_key(path: Path) -> X25519PrivateKey:
    """Read the key that opens sealed originals; raises `SealError`."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise SealError(f"{path}: expected a PEM file with an X25519 private key: {error}") from None
    if not isinstance(key, X25519PrivateKey):
        raise SealError(f"{path}: got a key of another kind, expected an X25519 private key")
    return key


def _derived(shared: bytes, head: bytes, receiver: X25519PublicKey) -> bytes:
    # Both public halves go in, so that a key fits this pair alone.
    salt = head + receiver.public_bytes_raw()
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=salt, info=b"siaga evidence").derive(shared)
