"""Defines the jobs of proofs: they check photos, request camera rechecks, process answers and hash new photos."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from uuid import UUID

from procrastinate import App

from siaga_cloud.fleet.keys import KEY_FILE, FleetKeyError, load_key
from siaga_cloud.fleet.publisher import publish
from siaga_cloud.fleet.service.commands import CommandFileError
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.platform.db.jobs import (
    CHECK_PROOF,
    PROCESS_LOOK_ANSWER,
    PROCESS_REPORT_ANSWER,
    PROOFS_QUEUE,
    SEND_LOOK,
    former_names,
)
from siaga_cloud.platform.jobs.periodic import by_schedule, every
from siaga_cloud.platform.jobs.retries import JitteredRetry
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.settings import Settings
from siaga_cloud.tasks.proof import duplicates as twins
from siaga_cloud.tasks.proof import feedback, sampling
from siaga_cloud.tasks.proof import rechecks as camera_rechecks
from siaga_cloud.tasks.proof import service as proof
from siaga_cloud.tasks.store import proofs, rechecks

log = logging.getLogger(__name__)

_RETRY = JitteredRetry(most_attempts=6)
_AT_ONCE = 20


class ProofJobs:
    """Runs the jobs of proofs; each step is one transaction."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        self._media = MediaFolder(settings.media_dir)
        # Without the city's key no node would accept the command, so that no recheck is requested.
        self.can_look = (settings.fleet.folder / KEY_FILE).is_file()

    def check(self, task_id: UUID) -> None:
        """Looks into a resolved task's photo."""
        with self._database.transaction() as conn:
            proof.look_into(conn, task_id, media=self._media, can_look=self.can_look, now=_now())

    def send(self, look_id: UUID) -> None:
        """Sends a camera's node the command; raises `PublishError`, and is then noted as not sent."""
        try:
            key = load_key(self._settings.fleet.folder)
        except (FleetKeyError, CommandFileError) as error:
            log.error("camera rechecks cannot be requested: %s", error)  # noqa: TRY400 - the message is complete
            return
        with self._database.transaction() as conn:
            ordered = camera_rechecks.build_command(conn, look_id, key, now=_now())
            if ordered is not None:
                topic, payload = ordered
                publish(self._settings.broker, [(topic, payload, False)])

    def process_answer(self, look_id: UUID) -> None:
        """Acts on a camera's answer."""
        with self._database.transaction() as conn:
            camera_rechecks.process_answer(conn, look_id, now=_now())

    def process_report_answer(self, proof_id: UUID) -> None:
        """Acts on a reporter's answer."""
        with self._database.transaction() as conn:
            feedback.process_report_answer(conn, proof_id, now=_now())

    def tend(self) -> None:
        """What was left behind by a crash, and what nobody answered in time."""
        now = _now()
        with self._database.transaction() as conn:
            proof.tend(conn, now=now)
            waiting = proofs.unseen(conn, since=now - proof.CAUGHT_UP, limit=_AT_ONCE)
            answered = rechecks.unacted(conn, limit=_AT_ONCE)
        for task_id in waiting:
            self.check(task_id)
        for look_id in answered:
            self.process_answer(look_id)

    def remember(self) -> None:
        """Puts new images into the index."""
        with self._database.transaction() as conn:
            twins.remember_new(conn, self._media, now=_now())


def register(app: App, database: Database, settings: Settings) -> ProofJobs:
    """Binds the jobs to an app."""
    jobs = ProofJobs(database, settings)

    @app.task(name=CHECK_PROOF, queue=PROOFS_QUEUE, retry=_RETRY)
    def check_proof(task_id: str) -> None:
        jobs.check(UUID(task_id))

    @app.task(name=SEND_LOOK, queue=PROOFS_QUEUE, retry=_RETRY)
    def send_look(look_id: str) -> None:
        jobs.send(UUID(look_id))

    @app.task(name=PROCESS_LOOK_ANSWER, aliases=former_names(PROCESS_LOOK_ANSWER), queue=PROOFS_QUEUE, retry=_RETRY)
    def process_look_answer(look_id: str) -> None:
        jobs.process_answer(UUID(look_id))

    @app.task(name=PROCESS_REPORT_ANSWER, aliases=former_names(PROCESS_REPORT_ANSWER), queue=PROOFS_QUEUE, retry=_RETRY)
    def process_report_answer(proof_id: str) -> None:
        jobs.process_report_answer(UUID(proof_id))

    every(app, database, "commit_sampling_days", "*/5 * * * *", sampling.commit_days)
    by_schedule(app, database, "tend_proofs", "* * * * * */5", jobs.tend)
    by_schedule(app, database, "hash_proof_photos", "* * * * * */10", jobs.remember)
    return jobs


def _now() -> datetime:
    return datetime.now(UTC)
