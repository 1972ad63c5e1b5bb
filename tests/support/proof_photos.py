"""Photos as phones and cheats make them, and tasks to resolve with them."""

from __future__ import annotations

import io
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import cv2
import numpy as np
from PIL import ExifTags, Image
from tests.support.http_api import MANGGARAI, Api, _gps_directory, add_signal, task_of

from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.tasks.proof import service as proof

OPERATOR = "operator.balaikota"
ImageArray = np.ndarray
_steps = itertools.count()


def a_scene(seed: int, *, width: int = 640, height: int = 480) -> ImageArray:
    """A place that looks like no other: walls, windows, poles and grain."""
    chance = np.random.default_rng(seed)
    image = np.full((height, width, 3), chance.integers(90, 200, 3), np.uint8)
    for _ in range(70):
        x, y = int(chance.integers(0, width)), int(chance.integers(0, height))
        side = int(chance.integers(20, 260))
        colour = tuple(int(value) for value in chance.integers(0, 255, 3))
        cv2.rectangle(image, (x, y), (x + side, y + int(side * chance.uniform(0.3, 1.6))), colour, -1)
        cv2.circle(image, (int(chance.integers(0, width)), y), side // 5, colour[::-1], -1)
    grain = chance.normal(0, 5, image.shape)
    return np.clip(image + grain, 0, 255).astype(np.uint8)


def as_photo(
    image: ImageArray,
    *,
    at: datetime | None = None,
    place: tuple[float, float] | None = None,
    camera: bool = True,
    quality: int = 90,
    **more: Any,
) -> bytes:
    """A JPEG with the EXIF that a phone writes."""
    exif = Image.Exif()
    if camera:
        exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Phone", "P-1"
        exif.get_ifd(ExifTags.IFD.Exif).update({ExifTags.Base.ExposureTime: 0.01, ExifTags.Base.FNumber: 1.8})
    for name, value in more.items():
        exif[ExifTags.Base[name]] = value
    if at is not None:
        local = at.astimezone(UTC) + timedelta(hours=7)
        details = exif.get_ifd(ExifTags.IFD.Exif)
        details[ExifTags.Base.DateTimeOriginal] = f"{local:%Y:%m:%d %H:%M:%S}"
        details[ExifTags.Base.OffsetTimeOriginal] = "+07:00"
    if place is not None:
        exif[ExifTags.IFD.GPSInfo] = _gps_directory(*place)
    out = io.BytesIO()
    Image.fromarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)).save(out, "JPEG", quality=quality, exif=exif)
    return out.getvalue()


def north_of(metres: float) -> tuple[float, float]:
    return MANGGARAI[0] + metres / 111_195, MANGGARAI[1]


def a_task(api: Api, *, source: str = "camera:cam-drawn", category: str = "trash") -> UUID:
    """An open task of its own, far enough from the others to be an incident of its own."""
    place = (MANGGARAI[0] + 0.003 * next(_steps), MANGGARAI[1])
    with api.connection() as conn:
        found = task_of(conn, add_signal(conn, category=category, source=source, place=place))
        conn.execute("UPDATE task SET lat = %s, lon = %s WHERE id = %s", (*MANGGARAI, found))
        conn.commit()
    return found


def resolve(api: Api, task_id: UUID, photo: bytes, *, by: str = OPERATOR, **message: Any) -> str:
    """Somebody, else an operator, does the work and proves it; the photo's id."""
    with api.client(by) as client:
        sent = client.post(f"/api/v1/tasks/{task_id}/photos", files={"photo": ("p.jpg", photo)}, data=message)
        assert sent.status_code == 201, sent.text
        photo_id = str(sent.json()["photo_id"])
        state = client.get(f"/api/v1/tasks/{task_id}").json()["task"]["state"]
        for verb in {"review": ("confirm", "accept"), "open": ("accept",), "assigned": ("accept",)}.get(state, ()):
            moved = client.post(f"/api/v1/tasks/{task_id}/moves", json={"verb": verb})
            assert moved.status_code == 200, moved.text
        done = client.post(f"/api/v1/tasks/{task_id}/moves", json={"verb": "resolve", "photo_id": photo_id})
        assert done.status_code == 200, done.text
    return photo_id


def look_into(api: Api, task_id: UUID, *, can_look: bool = False) -> dict[str, Any]:
    """What the worker does next; the task as its operator sees it then."""
    with api.connection() as conn:
        media = MediaFolder(api.media_dir)
        assert proof.look_into(conn, task_id, media=media, can_look=can_look, now=datetime.now(UTC)) is not None
        conn.commit()
    return shown(api, task_id)


def shown(api: Api, task_id: UUID, user: str | None = OPERATOR) -> dict[str, Any]:
    """A task as somebody sees it."""
    with api.client(user) as client:
        found: dict[str, Any] = client.get(f"/api/v1/tasks/{task_id}").json()
    return found


def check_of(task: dict[str, Any], name: str) -> dict[str, Any]:
    """One finding of the newest proof."""
    found: dict[str, Any] = next(one for one in task["proofs"][0]["checks"] if one["check"] == name)
    return found


def set_policy(api: Api, body: str, category: str = "*") -> None:
    """What the city wants of proofs."""
    with api.connection() as conn:
        conn.execute("UPDATE proof_policy SET rules = %s WHERE category = %s", (body, category))
        conn.commit()
