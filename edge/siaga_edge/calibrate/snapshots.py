"""What the page shows of cameras: a redacted still of now, and what the models see in it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import cv2
import numpy as np

from siaga_core.rules.geometry import Box, Point, share_of_box_in
from siaga_core.rules.outline import problem_with
from siaga_core.vision.anonymise import REDACT_FLOOR, redacted
from siaga_core.vision.detections import Detection, in_shares, sides
from siaga_core.vision.image import Image, size_of
from siaga_core.vision.image_files import encode_jpeg
from siaga_edge.calibrate.staff_gauges import level_found
from siaga_edge.camera.capture.capture import Capture
from siaga_edge.camera.capture.latest_frame import Frame
from siaga_edge.camera.view.view_check import is_infrared
from siaga_edge.camera.zones.depth_marks import is_covered
from siaga_edge.camera.zones.dwell_zones import stands_in
from siaga_edge.settings import CameraSettings, NodeSettings
from siaga_edge.settings.cameras import VEHICLES
from siaga_edge.vision.models import VisionModels
from siaga_edge.vision.water import WaterMap

MAX_SIDE = 1920
_FIRST_SECONDS = 12.0  # until a camera must have given its first image
_NEXT_SECONDS = 5.0
_IDLE_SECONDS = 60.0
_FRESH = timedelta(seconds=2)
_MOST_OPEN = 2  # a node has hardly more room for a second reader of each stream
_TRASH_INSIDE = 0.5
_STAFF_FRAMES = 4
_LABELS = {"no_stopping": VEHICLES, "watch": ("trash",)}
_MOST_OUTLINES, _OUTLINE_SIDES = 40, 80


class NoImageError(RuntimeError):
    """No camera of that name, or none that gives an image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A redacted image of a camera's view."""

    jpeg: bytes
    at: datetime


@dataclass(slots=True)
class _OpenCamera:
    camera: CameraSettings
    capture: Capture
    requested_at: float
    frame: Frame | None = None


class CameraSnapshots:
    """Opens a camera when it is asked for and lets go of it a minute after. Safe from any thread."""

    def __init__(
        self, settings: NodeSettings, vision_models: Callable[[], VisionModels], *, clock: Callable[[], datetime]
    ) -> None:
        self._vision_models, self._clock = vision_models, clock
        self._lock, self._looking = threading.Lock(), threading.Lock()
        self._cameras = {camera.id: camera for camera in settings.cameras}
        self._open: dict[str, _OpenCamera] = {}
        self._last: dict[str, Snapshot] = {}

    def use(self, settings: NodeSettings) -> None:
        """After the file was written: new masks count from the next image on."""
        self._cameras = {camera.id: camera for camera in settings.cameras}
        # A camera that is silent takes seconds to let go of; whoever saved need not wait for it.
        for each in self._open_captures():
            threading.Thread(target=each.capture.stop, name="close", daemon=True).start()

    def snapshot(self, camera_id: str) -> Snapshot:
        """People and plates coarse, masks black; raises `NoImageError` or `LookError`."""
        return self._seen(camera_id)[0]

    def last_snapshot(self, camera_id: str) -> Snapshot:
        """The one that was shown last; raises `NoImageError`."""
        if camera_id not in self._last:
            raise NoImageError(f"no snapshot of {camera_id} yet")
        return self._last[camera_id]

    def look(
        self, camera_id: str, zones: Sequence[Mapping[str, Any]], staffs: Sequence[Mapping[str, Any]] = ()
    ) -> dict[str, Any]:
        """Return what both models detect in a new frame, which becomes the last snapshot; raises as `snapshot` does."""
        snapshot, image, found = self._seen(camera_id)
        thresholds = {**self._vision_models().detector.thresholds, **self._cameras[camera_id].thresholds}
        things = [_in_shares(each, image) for each in found if each.score >= thresholds.get(each.label, 1.0)]
        dark = is_infrared(image)
        with self._looking:
            water = None if dark else self._vision_models().water.look(image)
        return {
            "at": snapshot.at.isoformat(),
            "infrared": dark,
            "things": [_thing(each) for each in things],
            "water_share": None if water is None else round(water.share(), 4),
            "water": [] if water is None else _outlines(water),
            "zones": [_zone_found(zone, things, water) for zone in zones],
            "staffs": self._levels(camera_id, image, water, staffs),
        }

    def _levels(
        self, camera_id: str, image: Image, water: WaterMap | None, staffs: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        if not staffs:
            return []
        more = (
            self._opened(camera_id).capture.newest.next_frame(timeout_seconds=1.0) for _ in range(_STAFF_FRAMES - 1)
        )
        images = [image, *(_bounded(frame.image) for frame in more if frame is not None)]
        same = [each for each in images if each.shape == image.shape]
        with self._looking:
            return [level_found(staff, same, water) for staff in staffs]

    def close(self) -> None:
        """Close the connections to all cameras."""
        for each in self._open_captures():
            each.capture.stop()

    def _open_captures(self) -> list[_OpenCamera]:
        with self._lock:
            captured, self._open = list(self._open.values()), {}
        return captured

    def close_idle(self) -> None:
        """Lets go of cameras that nobody has asked for lately."""
        with self._lock:
            idle = [name for name, each in self._open.items() if monotonic() - each.requested_at > _IDLE_SECONDS]
            closing = [self._open.pop(name) for name in idle]
        for each in closing:
            each.capture.stop()

    def _seen(self, camera_id: str) -> tuple[Snapshot, Image, tuple[Detection, ...]]:
        frame = self._frame(camera_id)
        image = _bounded(frame.image)
        with self._looking:
            found = self._vision_models().detector.detect(image, floor=REDACT_FLOOR)
        snapshot = Snapshot(jpeg=encode_jpeg(redacted(image, found), quality=85), at=frame.at)
        self._last[camera_id] = snapshot
        return snapshot, image, found

    def _frame(self, camera_id: str) -> Frame:
        opened = self._opened(camera_id)
        wait = _FIRST_SECONDS if opened.frame is None else _NEXT_SECONDS
        if opened.frame is not None and self._clock() - opened.frame.at < _FRESH:
            wait = 0.0
        frame = opened.capture.newest.next_frame(timeout_seconds=wait)
        opened.frame = frame or (opened.frame if wait == 0 else None)
        if opened.frame is None:
            raise NoImageError(f"no snapshot of {camera_id} within {wait:g} s; the terminal shows the reason")
        return opened.frame

    def _opened(self, camera_id: str) -> _OpenCamera:
        camera = self._cameras.get(camera_id)
        if camera is None:
            raise NoImageError(f"no camera {camera_id} in the file")
        closing: list[_OpenCamera] = []
        with self._lock:
            if camera_id not in self._open:
                oldest = sorted(self._open, key=lambda name: self._open[name].requested_at)
                closing = [self._open.pop(name) for name in oldest[: max(0, len(oldest) - _MOST_OPEN + 1)]]
                capture = self._capture(camera)
                capture.start()
                self._open[camera_id] = _OpenCamera(camera, capture, monotonic())
            opened = self._open[camera_id]
            opened.requested_at = monotonic()
        for each in closing:
            each.capture.stop()
        return opened

    def _capture(self, camera: CameraSettings) -> Capture:
        return Capture(
            name=camera.id,
            url=camera.url,
            fps=min(2.0, camera.fps),
            clock=self._clock,
            snapshot_every_seconds=camera.snapshot_every_seconds,
            connect_seconds=camera.connect_seconds,
            masks=camera.masks,
        )


def _bounded(image: Image) -> Image:
    width, height = size_of(image)
    scale = MAX_SIDE / max(width, height)
    if scale >= 1:
        return image
    size = (round(width * scale), round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _in_shares(found: Detection, image: Image) -> Detection:
    width, height = size_of(image)
    return Detection(label=found.label, score=found.score, box=in_shares(found.box, width=width, height=height))


def _thing(found: Detection) -> dict[str, Any]:
    box = [round(side, 4) for side in sides(found.box)]
    return {"label": found.label, "score": round(found.score, 2), "box": box}


def _zone_found(zone: Mapping[str, Any], things: Sequence[Detection], water: WaterMap | None) -> dict[str, Any]:
    """Which things count in a drawn zone (as the pipeline counts them), its share of water, and its marks under it."""
    spots = [(float(x), float(y)) for x, y in zone["polygon"]]
    if problem_with(spots) is not None:
        return {"inside": [], "water_share": None, "marks": []}
    polygon = [Point(x, y) for x, y in spots]
    labels = zone.get("labels") or _LABELS.get(str(zone.get("kind")), ())
    inside = [
        number
        for number, each in enumerate(things)
        if each.label in labels and _is_inside(polygon, each.box, each.label, zone.get("kind"))
    ]
    boxes = [each.box for each in things]
    share = None if water is None else round(water.share_in(polygon, hidden_by=boxes), 4)
    marks = [None if water is None else is_covered(water, spot, hidden_by=boxes) for spot in zone.get("marks", ())]
    return {"inside": inside, "water_share": share, "marks": marks}


def _is_inside(polygon: Sequence[Point], box: Box, label: str, kind: object) -> bool:
    if kind == "watch":
        return share_of_box_in(polygon, box) >= _TRASH_INSIDE
    return stands_in(polygon, box, label)


def _outlines(water: WaterMap) -> list[list[list[float]]]:
    """The larger areas of water as outlines in shares, for the page to tint."""
    mask = water.mask.astype(np.uint8)
    height, width = mask.shape
    found, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    large = sorted(found, key=cv2.contourArea, reverse=True)[:_MOST_OUTLINES]
    simple = [cv2.approxPolyDP(each, 1.0, True).reshape(-1, 2) for each in large]
    return [
        [
            [round(float(x) / width, 4), round(float(y) / height, 4)]
            for x, y in each[:: max(1, len(each) // _OUTLINE_SIDES)]
        ]
        for each in simple
        if len(each) >= 3
    ]
