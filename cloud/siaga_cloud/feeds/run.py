"""Runs the role `feeds`, which polls what is due as procrastinate jobs in a queue of its own (docs/adr/0009)."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.feeds.frigate import clips, images
from siaga_cloud.feeds.frigate.clips import ClipRequest
from siaga_cloud.feeds.frigate.images import ImageRequest
from siaga_cloud.feeds.frigate.watch import FrigateWatch
from siaga_cloud.feeds.lorawan.watch import LorawanWatch
from siaga_cloud.feeds.observations import service as observations
from siaga_cloud.feeds.options import polled_kinds
from siaga_cloud.feeds.secrets import secret_of
from siaga_cloud.feeds.service import polling
from siaga_cloud.feeds.service.polling import FeedContext
from siaga_cloud.feeds.store import feeds as db
from siaga_cloud.media.clip_redactor import ClipRedactor
from siaga_cloud.platform.db import jobs
from siaga_cloud.platform.db.connection import Database, backoff_seconds, connection_options, is_transient
from siaga_cloud.platform.db.jobs import (
    FEEDS_QUEUE,
    FETCH_FRIGATE_CLIP,
    FETCH_FRIGATE_IMAGE,
    POLL_FEED,
    STORE_OBSERVATION,
)
from siaga_cloud.platform.jobs import loop as jobs_loop
from siaga_cloud.platform.jobs.periodic import by_schedule
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.platform.observe.job_metrics import JobMetrics
from siaga_cloud.settings import Settings

CONCURRENCY: Final = 4
# A poll that is not done by then has died; longer than any poll may take.
REPOLL_AFTER: Final = timedelta(minutes=20)

log = logging.getLogger(__name__)


def context_of(database: Database, settings: Settings, environment: Mapping[str, str] = os.environ) -> FeedContext:
    """Return what polls need, from the settings."""
    return FeedContext(
        database=database,
        media=MediaFolder(settings.media_dir),
        areas=AreaLookup(),
        own_sender=f"siaga@{urlsplit(settings.public_url).hostname or 'localhost'}",
        secret_of=lambda name: secret_of(name, environment),
        clock=lambda: datetime.now(UTC),
    )


def build_app(database: Database, settings: Settings, context: FeedContext) -> App:
    """Return the jobs, bound to a database; nothing runs until the app's worker does."""
    connector = PsycopgConnector(
        conninfo=settings.database_url,
        min_size=1,
        max_size=CONCURRENCY + 2,
        kwargs={"options": connection_options(), "application_name": "siaga-feeds-jobs"},
    )
    app = App(connector=connector)

    def poll_feeds() -> None:
        with database.transaction() as conn:
            jobs.defer_polls(conn, db.claim_due(conn, polled_kinds(), now=context.clock(), repoll_after=REPOLL_AFTER))

    by_schedule(app, database, "poll_feeds", "* * * * * */5", poll_feeds, queue=FEEDS_QUEUE)

    @app.task(name=POLL_FEED, queue=FEEDS_QUEUE)
    def poll_feed(feed_id: str) -> None:
        counts = polling.poll(context, feed_id)
        if counts is not None and (counts.accepted or counts.dead):
            log.info(
                "feed %s: %d items accepted, %d repeated, %d unreadable",
                feed_id,
                counts.accepted,
                counts.repeated,
                counts.dead,
            )

    @app.task(name=FETCH_FRIGATE_IMAGE, queue=FEEDS_QUEUE, retry=images.RETRY)
    def fetch_frigate_image(**job: str) -> None:
        images.fetch(context, ImageRequest.of(job))

    clip_redactor = ClipRedactor()

    @app.task(name=FETCH_FRIGATE_CLIP, queue=FEEDS_QUEUE, retry=clips.RETRY)
    def fetch_frigate_clip(**job: str) -> None:
        clips.fetch(context, clip_redactor, ClipRequest.of(job))

    @app.task(name=STORE_OBSERVATION, queue=FEEDS_QUEUE)
    def store_observation(feed_id: str, payload: str) -> None:
        observations.process(context, feed_id, payload.encode())

    return app


def run_feeds(database: Database, settings: Settings, *, metrics: JobMetrics | None = None) -> None:
    """Works until SIGTERM or SIGINT; the polls in hand are finished first. A database that is away is waited for."""
    context, failures = context_of(database, settings), 0
    url = settings.database_url
    with database, FrigateWatch(context, url), LorawanWatch(context, url):
        while True:
            try:
                if _work(build_app(database, settings, context), settings, metrics):
                    return
                reason = "their listener ended"
            except ConnectorException as error:
                if not is_transient(error):
                    raise
                reason = str(error.__cause__).strip().partition("\n")[0]
            failures += 1
            log.warning("database unavailable (%s); restarting the feeds", reason)
            time.sleep(backoff_seconds(failures))


def _work(app: App, settings: Settings, metrics: JobMetrics | None) -> bool:
    log.info("feeds started")
    return jobs_loop.work(
        app,
        queues=[FEEDS_QUEUE],
        concurrency=CONCURRENCY,
        name=f"feeds-{settings.replica}",
        delete_jobs="successful",
        shutdown_graceful_timeout=10,
        fetch_job_polling_interval=2.0,
        worker_middleware=[metrics.measure] if metrics else [],
    )
