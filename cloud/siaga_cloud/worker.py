"""Runs the worker: it processes signals into incidents and performs the scheduled work as procrastinate jobs."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from procrastinate import App, PsycopgConnector
from procrastinate.builtin_tasks import remove_old_jobs
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Status

from siaga_cloud.accuracy import service as accuracy
from siaga_cloud.alerts import jobs as worker_alerts
from siaga_cloud.alerts.service import alerts
from siaga_cloud.alerts.service import sending as alert_sending
from siaga_cloud.alerts.service import thresholds as own_thresholds
from siaga_cloud.assets.service import checks as asset_checks
from siaga_cloud.assets.service import states as asset_states
from siaga_cloud.cameras import jobs as camera_jobs
from siaga_cloud.channels import jobs as photo_jobs
from siaga_cloud.channels.gateways.photos import PhotoSource
from siaga_cloud.channels.registry import collected_channels
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.control_room import service as control_room
from siaga_cloud.dead_letters import jobs as admin_jobs
from siaga_cloud.figures.service import figures, weights
from siaga_cloud.forecast import service as forecasting
from siaga_cloud.gauges.service import stage_signals
from siaga_cloud.incidents.service import contradictions, flood_states
from siaga_cloud.incidents.service import matching as incidents
from siaga_cloud.media import jobs as redaction_jobs
from siaga_cloud.notifications import jobs as notification_worker
from siaga_cloud.notifications.service import sending as notification_sending
from siaga_cloud.operations.service import upkeep
from siaga_cloud.people import jobs as people_jobs
from siaga_cloud.platform.db.connection import Connection, Database, backoff_seconds, connection_options, is_transient
from siaga_cloud.platform.db.jobs import (
    ALARM_PRIORITY,
    FORMER_QUEUES,
    PROCESS_SIGNAL,
    REDACTION_QUEUE,
    SIGNALS_QUEUE,
    UPKEEP_QUEUE,
    former_names,
)
from siaga_cloud.platform.delivery.ports import AlertChannel, Channel
from siaga_cloud.platform.jobs import loop as jobs_loop
from siaga_cloud.platform.jobs.periodic import SELDOM_RETRY, by_schedule, every, seldom
from siaga_cloud.platform.jobs.retries import JitteredRetry
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.platform.observe.job_metrics import JobMetrics
from siaga_cloud.rain.service import retention as rain_retention
from siaga_cloud.settings import Settings
from siaga_cloud.streets.service import computing as street_depths
from siaga_cloud.streets.service import learning as street_learning
from siaga_cloud.tasks import jobs as proof_jobs
from siaga_cloud.tasks.service import tasks
from siaga_cloud.webhooks import jobs as worker_webhooks
from siaga_cloud.webhooks import service as webhooks
from siaga_cloud.webhooks.jobs import EventSender
from siaga_cloud.wiring import register_ports

FINISHED_JOBS_RETENTION_HOURS = 24
CONCURRENCY = 4
STEADY_SECONDS = 60.0  # a worker that ran for so long has recovered

_RETRY = JitteredRetry(most_attempts=8)

log = logging.getLogger(__name__)


def build_app(
    database: Database,
    settings: Settings,
    channels: Mapping[str, Channel] | None = None,
    senders: Mapping[str, AlertChannel] | None = None,
    photos: Mapping[str, PhotoSource] | None = None,
    events: EventSender | None = None,
) -> App:
    """Return the jobs, bound to a database; nothing runs until the app's worker does."""
    connector = PsycopgConnector(
        conninfo=settings.database_url,
        min_size=1,
        max_size=CONCURRENCY + 4,  # of both lanes, and their listeners
        timeout=10,  # seconds for a connection; then `run_worker` waits the database out
        kwargs={"options": connection_options(), "application_name": "siaga-worker-jobs"},
    )
    app = App(connector=connector)
    register_ports()
    _register_signals(app, database)
    collected = collected_channels(settings.channels)
    notification_worker.register(app, database, channels or {}, collected)
    worker_alerts.register(app, database, senders or {}, public_url=settings.public_url)
    photo_jobs.register(app, database, photos or {}, MediaFolder(settings.media_dir))
    redaction_jobs.register(app, database, MediaFolder(settings.media_dir))
    worker_webhooks.register(app, database, events)
    _register_deadlines(app, database)
    _register_forecasts(app, database)
    _register_retention(app, database, settings)
    proof_jobs.register(app, database, settings)
    camera_jobs.register(app, database, settings)
    admin_jobs.register(app, database, settings)
    _register_rescue(app)
    return app


def run_worker(
    database: Database,
    settings: Settings,
    channels: Mapping[str, Channel] | None = None,
    senders: Mapping[str, AlertChannel] | None = None,
    photos: Mapping[str, PhotoSource] | None = None,
    events: EventSender | None = None,
    *,
    metrics: JobMetrics | None = None,
) -> None:
    """Works until SIGTERM or SIGINT; the job in hand is finished first. A database that is away is waited for."""
    failures = 0
    with database:
        while True:
            began = time.monotonic()
            try:
                if _work(build_app(database, settings, channels, senders, photos, events), settings, metrics):
                    return
                reason = "its listener ended"
            except ConnectorException as error:
                if not is_transient(error):
                    raise
                reason = str(error.__cause__).strip().partition("\n")[0]
            failures = 1 if time.monotonic() - began > STEADY_SECONDS else failures + 1
            log.warning("database unavailable (%s); restarting the worker loop", reason)
            if metrics is not None:
                metrics.beat.wait_for_others()
            time.sleep(backoff_seconds(failures))


def _work(app: App, settings: Settings, metrics: JobMetrics | None) -> bool:
    log.info("worker started")
    # Photos take a second each. In a lane of their own they never hold up a signal, and use one core at most.
    queues = [queue for queue in own_queues(app) if queue != REDACTION_QUEUE]
    return jobs_loop.work(
        app,
        {"queues": queues, "concurrency": CONCURRENCY},
        {"queues": [REDACTION_QUEUE], "concurrency": 1},
        name=f"worker-{settings.replica}",
        delete_jobs="successful",
        shutdown_graceful_timeout=10,
        fetch_job_polling_interval=2.0,
        worker_middleware=[metrics.measure] if metrics else [],
    )


def own_queues(app: App) -> list[str]:
    """Return the queues of an app's own tasks. Feeds have a process of their own, so that no slow system elsewhere
    holds up an alert here; and neither of the two may take jobs that only the other knows.
    """
    own = {task.queue for task in app.tasks.values()}
    return sorted(own | {former for queue, former in FORMER_QUEUES.items() if queue in own})


def _register_signals(app: App, database: Database) -> None:
    areas = AreaLookup()

    @app.task(
        name=PROCESS_SIGNAL,
        aliases=former_names(PROCESS_SIGNAL),
        queue=SIGNALS_QUEUE,
        retry=_RETRY,
    )
    def process_signal(signal_id: str) -> None:
        with database.transaction() as conn:
            incidents.process_signal(conn, UUID(signal_id), areas=areas, now=datetime.now(UTC))


def _register_deadlines(app: App, database: Database) -> None:
    """Work that comes every few seconds (procrastinate's cron has a sixth field for them)."""
    every(app, database, "roll_up", "* * * * * */10", upkeep.roll_up)
    every(app, database, "record_silence", "* * * * * */5", upkeep.record_silence)
    every(app, database, "send_notifications", "* * * * * */5", notification_sending.send_due)
    every(app, database, "pick_up_deliveries", "*/5 * * * *", notification_sending.pick_up_deliveries)
    every(app, database, "check_deadlines", "* * * * * */15", tasks.check_deadlines)
    every(app, database, "pick_up_left_behind", "* * * * * */30", upkeep.pick_up_left_behind)
    every(app, database, "forget_old_incidents", "* * * * *", incidents.forget_old)
    every(app, database, "reevaluate_pending", "* * * * * 20", incidents.reevaluate_pending)
    every(app, database, "refresh_flood_states", "* * * * * */10", flood_states.refresh, priority=ALARM_PRIORITY)
    every(app, database, "check_contradictions", "* * * * * */30", contradictions.check)
    every(app, database, "check_assets", "* * * * * */30", asset_checks.check_assets)
    every(app, database, "compute_street_depths", "* * * * * */30", street_depths.compute_depths)
    every(app, database, "decide_alerts", "* * * * * */5", alerts.refresh, priority=ALARM_PRIORITY)
    every(app, database, "plan_alert_messages", "* * * * * */5", alert_sending.plan_and_queue, priority=ALARM_PRIORITY)
    every(app, database, "warn_ahead", "* * * * * 30", own_thresholds.warn_ahead, priority=ALARM_PRIORITY)
    seldom(app, database, "measure_precision", "51 * * * *", own_thresholds.measure_precision)
    seldom(app, database, "forget_subscriptions", "11 * * * *", alert_sending.forget)
    every(app, database, "renew_stage_signals", "* * * * *", stage_signals.follow)
    every(app, database, "add_up_ingest", "* * * * * 20", upkeep.add_up_ingest)
    every(app, database, "plan_webhooks", "* * * * * */5", webhooks.plan)
    every(app, database, "pick_up_webhooks", "*/5 * * * *", webhooks.pick_up_left_behind)
    seldom(app, database, "forget_asset_states", "33 * * * *", asset_states.forget)
    seldom(app, database, "forget_rain", "38 * * * *", rain_retention.forget)
    seldom(app, database, "forget_webhooks", "47 * * * *", webhooks.forget)
    seldom(app, database, "forget_warnings", "53 * * * *", upkeep.forget_warnings)
    every(app, database, "draw_accuracy_sample", "* * * * * 40", accuracy.draw_events)
    every(app, database, "refresh_accuracy", "4-59/10 * * * *", accuracy.refresh)
    every(app, database, "add_up_figures", "2-59/5 * * * *", figures.roll_up)
    every(app, database, "weigh_tasks", "* * * * * */10", weights.weigh_tasks)
    every(app, database, "find_reporter_pairs", "4-59/15 * * * *", weights.find_pairs)
    seldom(app, database, "learn_street_relations", "43 19 * * *", street_learning.learn_relations)
    seldom(app, database, "weigh_tasks_again", "37 1 * * *", weights.weigh_again)


def _register_forecasts(app: App, database: Database) -> None:
    every(app, database, "forecast", "3-59/10 * * * *", forecasting.forecast_all)
    seldom(app, database, "check_forecasts", "41 * * * *", forecasting.check)
    seldom(app, database, "recompute_usual", "23 19 * * *", forecasting.recompute_usual)
    seldom(app, database, "forget_forecasts", "29 * * * *", forecasting.forget)

    def fit() -> None:
        for fitted in forecasting.fit_all(database.transaction, now=datetime.now(UTC)):
            log.info("forecast of %s: %s", fitted.gauge_id, fitted.reason or "fitted")

    # As often as `admin forecast judge` fits; its sums take a while, so no transaction is held.
    by_schedule(app, database, "fit_forecasts", "7 2-20/6 * * *", fit, retry=SELDOM_RETRY)


def _register_retention(app: App, database: Database, settings: Settings) -> None:
    def forget(conn: Connection, *, now: datetime) -> None:
        upkeep.forget(
            conn,
            forget_old_readings=timedelta(days=settings.readings_retention_days),
            forget_old_messages=timedelta(days=settings.messages_retention_days),
            now=now,
        )

    seldom(app, database, "forget_time_series", "17 * * * *", forget)
    seldom(app, database, "forget_health", "47 * * * *", upkeep.forget_health)
    every(app, database, "forget_states", "6-59/10 * * * *", control_room.forget)
    people_jobs.register(app, database, settings)

    @app.periodic(cron="*/20 * * * *")
    @app.task(
        name="remove_finished_jobs",
        queue=UPKEEP_QUEUE,
        queueing_lock="remove_finished_jobs",
        pass_context=True,
        retry=_RETRY,
    )
    async def remove_finished_jobs(context: Any, timestamp: int) -> None:
        await remove_old_jobs(context, max_hours=FINISHED_JOBS_RETENTION_HOURS, remove_failed=True)


def _register_rescue(app: App) -> None:
    @app.periodic(cron="* * * * * */30")
    @app.task(name="retry_stalled", queue=UPKEEP_QUEUE, queueing_lock="retry_stalled")
    async def retry_stalled(timestamp: int) -> None:
        """A worker that was killed leaves its jobs `doing` for ever, and their locks with them."""
        try:
            await _rescue(app)
        except ConnectorException as error:
            if not is_transient(error):
                raise
            log.warning("jobs of stopped workers could not be listed (%s); retrying in 30 s", error.__cause__)


async def _rescue(app: App) -> None:
    for job in await app.job_manager.get_stalled_jobs():
        log.warning("job %s (%s) was interrupted by a stopped worker; retrying", job.id, job.task_name)
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:
            # One of its kind waits already, and would for ever: the dead one has their lock.
            await app.job_manager.finish_job(job, Status.ABORTED, delete_job=True)
