"""Keeps each camera's reference image on the disk: small, grey, people and plates coarse."""

from __future__ import annotations

import hashlib
import json
import logging
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np

from siaga_core.vision.errors import ImageError
from siaga_core.vision.image_files import decode_image
from siaga_edge.camera.view.motion import SMALL_HEIGHT, SMALL_WIDTH
from siaga_edge.camera.view.scene_check import StoredReference
from siaga_edge.settings import CameraSettings

log = logging.getLogger(__name__)


class FileReferenceStore:
    """One camera's reference in a folder. Zones that were drawn anew, or a deleted file, ask for a new image."""

    def __init__(self, folder: Path, camera: CameraSettings) -> None:
        zones = sorted(json.dumps(zone.polygon) for zone in camera.zones)
        self._path = folder / f"{camera.id}.png"
        self._drawn_for = hashlib.sha256("\n".join([camera.url, *zones]).encode()).hexdigest()[:16]

    def load(self) -> StoredReference | None:
        """What was stored for these zones; None when there is none or it is damaged."""
        try:
            facts = json.loads(self._facts.read_text(encoding="utf-8"))
            encoded = self._path.read_bytes()
            if facts["drawn_for"] != self._drawn_for or facts["sha256"] != hashlib.sha256(encoded).hexdigest():
                return None
            grey = cv2.cvtColor(decode_image(encoded, name=str(self._path)), cv2.COLOR_BGR2GRAY)
            sharpness = float(facts["sharpness"])
        except (OSError, ValueError, KeyError, TypeError, ImageError):
            return None
        if grey.shape != (SMALL_HEIGHT, SMALL_WIDTH):
            return None
        return StoredReference(grey=np.asarray(grey, np.uint8), sharpness=sharpness)

    def save(self, reference: StoredReference) -> None:
        """Replaces the image, then what belongs to it; a power cut between both leaves none that is used."""
        _, encoded = cv2.imencode(".png", reference.grey)
        data = encoded.tobytes()
        facts = {
            "drawn_for": self._drawn_for,
            "sharpness": reference.sharpness,
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _replace(self._path, data)
            _replace(self._facts, json.dumps(facts).encode())
        except OSError as error:
            log.warning("%s: the reference image cannot be stored: %s", self._path, error.strerror)

    @property
    def _facts(self) -> Path:
        return self._path.with_suffix(".json")


def _replace(path: Path, data: bytes) -> None:
    fresh = path.with_suffix(path.suffix + ".new")
    try:
        fresh.write_bytes(data)
        fresh.replace(path)
    except OSError:
        with suppress(OSError):
            fresh.unlink()
        raise
