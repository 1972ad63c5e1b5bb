"""Is this proof photo an old one? Asked of a million fingerprints by the index, beside comparing every one of them.

Recall is measured with pictures that are drawn here, and with those under SIAGA_BENCH_PICTURES (a folder of JPEGs)
where it is set: each is kept among the million, changed as people change pictures, and asked for again.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import quantiles
from uuid import UUID, uuid4

import cv2
import numpy as np
from benchmarks.figure import Figure

from siaga_cloud.platform.db.connection import Connection, connect
from siaga_cloud.platform.db.migrate import migrate
from siaga_cloud.platform.media import photo_hash
from siaga_cloud.tasks.proof.duplicates import hash_queries
from siaga_cloud.tasks.store import photo_hashes
from siaga_core.rules.verification.checks import ProofLimits
from siaga_sim.scene.presets import LAYOUTS
from siaga_sim.scene.script import parse
from siaga_sim.scene.street import Street
from siaga_sim.stack.postgres import Postgres

IMAGES = int(os.environ.get("SIAGA_BENCH_HASHES", "1000000")) // 2  # two hashes each
LOOK_UPS, SCANS = 300, 12
ImageArray = np.ndarray
DISK = Path(__file__).resolve().parents[1] / ".run"


def figures() -> list[Figure]:
    """p95 of a look-up with all its probes, and of the whole question from JPEG to answer; recall by kind of change."""
    DISK.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=DISK) as folder, Postgres(folder=Path(folder) / "cluster") as cluster:
        url = cluster.create_database("bench")
        migrate(url)
        with connect(url, statement_timeout_seconds=600) as conn:
            _fill(conn)
            known = {uuid4(): image for image in _images()}
            for media_id, image in known.items():
                held = photo_hash.prints(photo_hash.small_grey(_jpeg(image)))
                photo_hashes.save(conn, media_id, whole=held.whole, middle=held.middle)
            conn.commit()
            _vacuum(url)
            return [*_speed(conn, list(known.values())), *_recall(conn, known)]


def _fill(conn: Connection) -> None:
    """Hashes as pictures have them: about half of the bits set, bits at random."""
    conn.execute("SELECT setseed(0.5)")
    conn.execute(
        "INSERT INTO photo_hash (media_id, part, hash) SELECT id, part,"
        " (floor(random() * 4294967296)::bigint << 32) | floor(random() * 4294967296)::bigint"
        " FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, %s)) AS one, generate_series(0, 1) AS part",
        (IMAGES,),
    )
    conn.commit()


def _vacuum(url: str) -> None:
    with connect(url, statement_timeout_seconds=600) as conn:
        conn.autocommit = True
        conn.execute("VACUUM ANALYZE photo_hash")


def _speed(conn: Connection, images: list[ImageArray]) -> list[Figure]:
    most = ProofLimits().alike_bits
    chance = random.Random(3)
    jpegs = [_jpeg(_cropped(image, 0.05)) for image in images]
    look_ups, questions, scans = [], [], []
    for turn in range(LOOK_UPS + 10):
        jpeg = chance.choice(jpegs)
        began = time.perf_counter()
        requested = hash_queries(photo_hash.probes(photo_hash.small_grey(jpeg)))
        middle = time.perf_counter()
        photo_hashes.nearest(conn, requested, most_bits=most)
        ended = time.perf_counter()
        if turn >= 10:  # the first ones warm the cache for both
            look_ups.append((ended - middle) * 1000)
            questions.append((ended - began) * 1000)
    for _ in range(SCANS):
        requested = hash_queries(photo_hash.probes(photo_hash.small_grey(chance.choice(jpegs))))
        began = time.perf_counter()
        photo_hashes.scan(conn, requested[:1], most_bits=most)
        scans.append((time.perf_counter() - began) * 1000)
    hashes = 2 * (IMAGES + len(images))
    return [
        Figure(name="photo_index.hashes", value=hashes, unit=""),
        Figure(name="photo_index.look_up_p95", value=_p95(look_ups), unit="ms", target=20, at_most=True),
        Figure(name="photo_index.jpeg_to_answer_p95", value=_p95(questions), unit="ms"),
        # The scan asks for one hash; the index for all the probes of a picture, cut and mirrored.
        Figure(
            name="photo_index.against_scan",
            value=_p95(look_ups),
            unit="ms",
            baseline=_p95(scans),
            target=0.2,
            at_most=True,
        ),
    ]


def _recall(conn: Connection, known: dict[UUID, ImageArray]) -> Iterator[Figure]:
    most = ProofLimits().alike_bits
    for name, change in CHANGES.items():
        found = 0
        for media_id, image in known.items():
            requested = hash_queries(photo_hash.probes(photo_hash.small_grey(_jpeg(change(image), quality=70))))
            found += any(one.media_id == media_id for one in photo_hashes.nearest(conn, requested, most_bits=most))
        yield Figure(name=f"photo_index.recall_{name}", value=found / len(known), unit="", target=0.9)


def _cropped(image: ImageArray, share: float, *, sides: str = "ltrb") -> ImageArray:
    height, width = image.shape[:2]
    left, top, right, bottom = (share * (side in sides) for side in "ltrb")
    return image[round(top * height) : round((1 - bottom) * height), round(left * width) : round((1 - right) * width)]


def _decoded(jpeg: bytes) -> ImageArray:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError("got bytes that are no JPEG")
    return image


CHANGES: dict[str, Callable[[ImageArray], ImageArray]] = {
    "saved_again": lambda image: _decoded(_jpeg(image, quality=40)),
    "half_size": lambda image: cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "brighter": lambda image: cv2.convertScaleAbs(image, alpha=1.15, beta=25),
    "darker": lambda image: cv2.convertScaleAbs(image, alpha=0.7),
    "mirrored": lambda image: np.ascontiguousarray(image[:, ::-1]),
    "cropped_5_all": lambda image: _cropped(image, 0.05),
    "cropped_8_right": lambda image: _cropped(image, 0.08, sides="r"),
    "cropped_7_corner": lambda image: _cropped(image, 0.07, sides="lt"),
    "cropped_mirrored": lambda image: np.ascontiguousarray(_cropped(image, 0.05, sides="b")[:, ::-1]),
}


def _images() -> list[ImageArray]:
    folder = os.environ.get("SIAGA_BENCH_PICTURES")
    if folder:
        found = (cv2.imread(str(path)) for path in sorted(Path(folder).rglob("*.jpg")))
        return [image for image in found if image is not None]
    streets = [
        Street(parse({"layout": layout, "width": 640, "height": 360, "seed": seed}))
        for layout in LAYOUTS
        for seed in (1, 2)
    ]
    return [street.frame(at) for street in streets for at in (3.0, 40.0)]


def _jpeg(image: ImageArray, *, quality: int = 85) -> bytes:
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]
