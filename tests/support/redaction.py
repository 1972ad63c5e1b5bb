"""Runs the redaction job as the worker does: what was queued, with the shipped detector."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

from procrastinate import App, PsycopgConnector
from tests.support.http_api import Api

from siaga_cloud.media import jobs as redaction_jobs
from siaga_cloud.media.redactor import PhotoRedactor
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.platform.db.jobs import REDACTION_QUEUE
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_core.vision import self_test

STREET = self_test.KNOWN_IMAGE.read_bytes()  # a drawn street; its cars are at KNOWN.vehicles


@lru_cache(maxsize=1)
def shipped_redactor() -> PhotoRedactor:
    """One for all tests: the weights are read and tried once."""
    return PhotoRedactor()


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
