"""Defines the administrators' jobs: drawings are sent to nodes and dead letters are replayed."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Final

from procrastinate import App

from siaga_cloud.cameras.service import drawings
from siaga_cloud.cameras.store import drawings as db
from siaga_cloud.dead_letters import service as dead_letters
from siaga_cloud.feeds.run import context_of
from siaga_cloud.fleet.keys import FleetKeyError, load_key
from siaga_cloud.fleet.publisher import PublishError, publish
from siaga_cloud.fleet.service import sites
from siaga_cloud.fleet.service.commands import CommandFileError
from siaga_cloud.fleet.store import sites as sites_db
from siaga_cloud.ingest.policy import policy_of
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.platform.db.jobs import ADMIN_QUEUE, REPLAY_DEAD_LETTERS, SEND_DRAWING, SEND_SITES, former_names
from siaga_cloud.platform.jobs.periodic import by_schedule
from siaga_cloud.platform.jobs.retries import JitteredRetry
from siaga_cloud.settings import Settings

log = logging.getLogger(__name__)

_RETRY: Final = JitteredRetry(most_attempts=6)


class AdminJobs:
    """Runs the administrators' jobs; each step is one transaction."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        self._context = context_of(database, settings)

    def send_drawing(self, camera_id: str) -> None:
        """Send a camera's drawing to its node; a problem is stored beside the drawing. Raises `PublishError`."""
        try:
            key = load_key(self._settings.fleet.folder)
            with self._database.transaction() as conn:
                ordered = drawings.build_config(conn, camera_id, key, now=_now())
                if ordered is not None:
                    topic, payload = ordered
                    publish(self._settings.broker, [(topic, payload, True)])
        except (FleetKeyError, CommandFileError) as error:
            self._note(camera_id, str(error))
        except PublishError as error:
            self._note(camera_id, str(error))
            raise

    def send_sites(self, node_id: str) -> None:
        """Send a node the configuration of its cameras and gauges; a problem is stored beside them. Raises
        `PublishError`."""
        try:
            key = load_key(self._settings.fleet.folder)
            with self._database.transaction() as conn:
                ordered = sites.build_config(conn, node_id, key, now=_now())
                if ordered is not None:
                    topic, payload = ordered
                    publish(self._settings.broker, [(topic, payload, True)])
        except (FleetKeyError, CommandFileError) as error:
            self._note_unsent(node_id, str(error))
        except PublishError as error:
            self._note_unsent(node_id, str(error))
            raise

    def _note_unsent(self, node_id: str, problem: str) -> None:
        log.error("configuration of node %s could not be sent: %s", node_id, problem)
        with self._database.transaction() as conn:
            sites_db.note_problem(conn, node_id, problem)

    def _note(self, camera_id: str, problem: str) -> None:
        log.error("drawing of camera %s could not be sent: %s", camera_id, problem)
        with self._database.transaction() as conn:
            db.note_problem(conn, camera_id, problem)

    def replay_dead_letters(self) -> None:
        """Replay what administrators requested, each dead letter in a transaction of its own."""
        while dead_letters.replay_next(
            self._database.transaction, context=self._context, policy=policy_of(self._settings), now=_now()
        ):
            pass

    def follow_drawings(self) -> None:
        """The record of zones follows what nodes run."""
        with self._database.transaction() as conn:
            drawings.follow(conn, now=_now())


def register(app: App, database: Database, settings: Settings) -> AdminJobs:
    """Binds the jobs to an app."""
    jobs = AdminJobs(database, settings)

    @app.task(name=SEND_DRAWING, queue=ADMIN_QUEUE, retry=_RETRY)
    def send_drawing(camera_id: str) -> None:
        jobs.send_drawing(camera_id)

    @app.task(name=SEND_SITES, queue=ADMIN_QUEUE, retry=_RETRY)
    def send_sites(node_id: str) -> None:
        jobs.send_sites(node_id)

    @app.task(name=REPLAY_DEAD_LETTERS, aliases=former_names(REPLAY_DEAD_LETTERS), queue=ADMIN_QUEUE, retry=_RETRY)
    def replay_dead_letters() -> None:
        jobs.replay_dead_letters()

    by_schedule(app, database, "follow_drawings", "* * * * * */5", jobs.follow_drawings)
    return jobs


def _now() -> datetime:
    return datetime.now(UTC)
