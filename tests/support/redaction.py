"""Runs the redaction job as the worker does: what was queued, with the shipped detector."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from PIL import Image
from procrastinate import App, PsycopgConnector
from tests.support.http_api import MANGGARAI, Api, task_of

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.media import jobs as redaction_jobs
from siaga_cloud.media.redactor import PhotoRedactor
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.platform.db.jobs import REDACTION_QUEUE
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_core.vision import self_test

STREET = self_test.KNOWN_IMAGE.read_bytes()  # a drawn street; its cars are at KNOWN.vehicles


def small_street() -> bytes:
    """The street in the size of a thumbnail, which the detector sees in one look."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(STREET)) as opened:
        opened.resize((312, 176)).save(out, "JPEG")
    return out.getvalue()


@lru_cache(maxsize=1)
def shipped_redactor() -> PhotoRedactor:
    """One for all tests: the weights are read and tried once."""
    return PhotoRedactor()


def a_street_report(api: Api, *, north: float = 0.0, photo: bytes = STREET) -> tuple[UUID, str]:
    """A citizen's report of a blocked drain with a photo of a street; its task, and where it is followed.

    Not of rubbish: the city makes no task of a little rubbish by night.
    """
    form = {"category": "drainage", "text": "Saluran tersumbat", "lat": MANGGARAI[0] + north, "lon": MANGGARAI[1]}
    api.forget_limits()
    with api.client() as citizen:
        sent = citizen.post("/api/v1/reports", data=form, files={"photo": ("a.jpg", photo)}).json()
    with api.connection() as conn:
        incident = incidents.process_signal(conn, UUID(sent["report_id"]), areas=AreaLookup(), now=datetime.now(UTC))
        assert incident is not None
        task = task_of(conn, incident)
        conn.commit()
    return task, str(sent["follow"]).removeprefix("/r/")


def redact_queued(api: Api, redactor: PhotoRedactor | None = None) -> None:
    """Works off the queue of redactions until it is empty."""
    work_redactions(api.database_url, api.media_dir, redactor)


def work_redactions(database_url: str, media_dir: Path, redactor: PhotoRedactor | None = None) -> None:
    """The same for a database and a media folder; in a thread, as Playwright has the event loop of the test's own."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_work, database_url, media_dir, redactor or shipped_redactor()).result()


def _work(database_url: str, media_dir: Path, redactor: PhotoRedactor) -> None:
    app = App(connector=PsycopgConnector(conninfo=database_url, min_size=1, max_size=3))
    with Database(database_url, name="siaga-redaction-test") as database:
        redaction_jobs.register(app, database, MediaFolder(media_dir), redactor)
        with app.open():
            app.run_worker(
                queues=[REDACTION_QUEUE],
                wait=False,
                listen_notify=False,
                install_signal_handlers=False,
                delete_jobs="successful",
            )
