"""Defines the jobs that send commands to cameras. Only the worker holds the signing key of the city."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from procrastinate import App

from siaga_cloud.cameras.service import clips
from siaga_cloud.cameras.service import views as camera_views
from siaga_cloud.cameras.service.views import SignedCommand
from siaga_cloud.fleet.keys import FleetKeyError, has_key, load_key
from siaga_cloud.fleet.publisher import publish
from siaga_cloud.fleet.service.commands import CommandFileError
from siaga_cloud.platform.db.connection import Connection, Database
from siaga_cloud.platform.db.jobs import SEND_LOOK_REQUEST, SEND_VIEW, VIEWS_QUEUE, former_names
from siaga_cloud.platform.jobs.periodic import SELDOM_RETRY, by_schedule
from siaga_cloud.platform.jobs.retries import JitteredRetry
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.settings import Settings

log = logging.getLogger(__name__)

_RETRY = JitteredRetry(
    most_attempts=4, first_seconds=1, most_seconds=1
)  # what comes later than some seconds is of no use


class CameraJobs:
    """Runs the camera jobs; each job is one transaction."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings

    def send_view(self, view_id: UUID) -> None:
        """Has a node show a camera; raises `PublishError`, and is then noted as not sent."""
        self._send(lambda conn, key, now: camera_views.send_view_command(conn, view_id, key, now=now))

    def send_look(self, look_id: UUID) -> None:
        """Has a camera look; raises `PublishError`, and is then noted as not sent."""
        self._send(lambda conn, key, now: camera_views.send_look_command(conn, look_id, key, now=now))

    def _send(self, make: Callable[[Connection, Ed25519PrivateKey, datetime], SignedCommand | None]) -> None:
        try:
            key = load_key(self._settings.fleet.folder)
        except (FleetKeyError, CommandFileError) as error:
            log.error("live view and snapshots are unavailable: %s", error)  # noqa: TRY400 - the message is complete
            return
        with self._database.transaction() as conn:
            ordered = make(conn, key, datetime.now(UTC))
            if ordered is not None:
                topic, payload = ordered
                publish(self._settings.broker, [(topic, payload, False)])

    def request_public_snapshots(self) -> None:
        """Snapshots that everybody sees; without the key of the city none can be requested."""
        if not has_key(self._settings.fleet.folder):
            return
        with self._database.transaction() as conn:
            camera_views.request_public_snapshots(conn, now=datetime.now(UTC))

    def forget_clips(self) -> None:
        """Clips whose retention is over."""
        days, by_hazard = self._settings.clips_retention_days, self._settings.clips_retention_by_hazard
        retention = clips.ClipRetention(days=days, days_by_hazard=by_hazard)
        clips.forget(self._database, MediaFolder(self._settings.media_dir), retention, now=datetime.now(UTC))

    def forget(self) -> None:
        """Old images and records."""
        with self._database.transaction() as conn:
            camera_views.forget(conn, now=datetime.now(UTC))


def register(app: App, database: Database, settings: Settings) -> CameraJobs:
    """Binds the jobs to an app."""
    jobs = CameraJobs(database, settings)

    @app.task(name=SEND_VIEW, queue=VIEWS_QUEUE, retry=_RETRY)
    def send_view(view_id: str) -> None:
        jobs.send_view(UUID(view_id))

    @app.task(name=SEND_LOOK_REQUEST, aliases=former_names(SEND_LOOK_REQUEST), queue=VIEWS_QUEUE, retry=_RETRY)
    def send_look_request(look_id: str) -> None:
        jobs.send_look(UUID(look_id))

    by_schedule(app, database, "request_public_snapshots", "*/2 * * * *", jobs.request_public_snapshots)
    by_schedule(app, database, "forget_camera_views", "*/5 * * * *", jobs.forget)
    by_schedule(app, database, "forget_clips", "29 * * * *", jobs.forget_clips, retry=SELDOM_RETRY)
    return jobs
