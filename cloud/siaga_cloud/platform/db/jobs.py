"""Queues jobs inside the transaction that makes them necessary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from procrastinate import App, SyncPsycopgConnector
from procrastinate.types import JSONDict

from siaga_cloud.platform.db.connection import Connection

PROCESS_SIGNAL = "process_signal"
SIGNALS_QUEUE = "signals"
UPKEEP_QUEUE = "upkeep"
PROOFS_QUEUE = "proofs"
CHECK_PROOF, SEND_LOOK, PROCESS_LOOK_ANSWER, PROCESS_REPORT_ANSWER = (
    "check_proof",
    "send_look",
    "process_look_answer",
    "process_report_answer",
)
SEND_VIEW, SEND_LOOK_REQUEST = "send_view", "send_look_request"
VIEWS_QUEUE = "views"
DELIVER_NOTIFICATION = "deliver_notification"
NOTIFICATIONS_QUEUE = "notifications"
FETCH_PHOTO = "fetch_photo"
PHOTOS_QUEUE = "photos"
REDACT_PHOTO = "redact_photo"
REDACTION_QUEUE = "redaction"
SEND_ALERTS = "send_alerts"
ALERTS_QUEUE = "alerts"
POLL_FEED = "poll_feed"
FETCH_FRIGATE_IMAGE, FETCH_FRIGATE_CLIP = "fetch_frigate_image", "fetch_frigate_clip"
MAX_WAITING_CLIPS = 100
STORE_OBSERVATION = "store_observation"
FEEDS_QUEUE = "feeds"
DELIVER_WEBHOOK = "deliver_webhook"
WEBHOOKS_QUEUE = "webhooks"

SEND_DRAWING = "send_drawing"
REPLAY_DEAD_LETTERS = "replay_dead_letters"
SEND_SITES = "send_sites"
ADMIN_QUEUE = "admin"

# Higher goes first. What sensors say and what alerts hang on never waits behind a crowd of reports.
ALARM_PRIORITY, REPORT_PRIORITY = 20, 0

# Programs of the previous version may queue jobs by these names until `migrate --finish`, which renames what is left.
FORMER_NAMES: Mapping[str, str] = {
    PROCESS_SIGNAL: "take_signal",
    PROCESS_LOOK_ANSWER: "take_look_answer",
    PROCESS_REPORT_ANSWER: "take_report_answer",
    SEND_LOOK_REQUEST: "send_asked_look",
    DELIVER_NOTIFICATION: "deliver_notice",
    REPLAY_DEAD_LETTERS: "replay_letters",
    "record_silence": "notice_silence",
    "send_notifications": "send_notices",
    "check_deadlines": "check_clocks",
    "reevaluate_pending": "decide_again",
    "hash_proof_photos": "remember_pictures",
    "poll_feeds": "ask_feeds",
}
FORMER_QUEUES: Mapping[str, str] = {NOTIFICATIONS_QUEUE: "notices"}

# Never opened: it only knows how to write jobs on a connection that it is handed.
_deferrer = App(connector=SyncPsycopgConnector())


def former_names(name: str) -> list[str]:
    """The names by which programs of the previous version queue this job."""
    return [FORMER_NAMES[name]] if name in FORMER_NAMES else []


def defer_signals(
    conn: Connection,
    signal_ids: Iterable[UUID],
    *,
    priority: int = REPORT_PRIORITY,
    not_before: datetime | None = None,
) -> None:
    """Requests the worker to match these signals to incidents, once this transaction commits and at the time."""
    wanted: list[JSONDict] = [{"signal_id": str(signal_id)} for signal_id in signal_ids]
    if wanted:
        task = _deferrer.configure_task(
            PROCESS_SIGNAL, queue=SIGNALS_QUEUE, priority=priority, connection=conn, schedule_at=not_before
        )
        task.batch_defer(*wanted)


def defer_deliveries(conn: Connection, delivery_ids: Iterable[int]) -> None:
    """Requests the worker to deliver these messages, once this transaction commits."""
    wanted: list[JSONDict] = [{"delivery_id": delivery_id} for delivery_id in delivery_ids]
    if wanted:
        _deferrer.configure_task(DELIVER_NOTIFICATION, queue=NOTIFICATIONS_QUEUE, connection=conn).batch_defer(*wanted)


def defer_photos(conn: Connection, photo_ids: Iterable[UUID]) -> None:
    """Requests the worker to fetch these photos of text channels, once this transaction commits."""
    wanted: list[JSONDict] = [{"photo_id": str(photo_id)} for photo_id in photo_ids]
    if wanted:
        _deferrer.configure_task(FETCH_PHOTO, queue=PHOTOS_QUEUE, connection=conn).batch_defer(*wanted)


def defer_redactions(conn: Connection, media_ids: Iterable[UUID]) -> None:
    """Requests the worker to redact these photos, once this transaction commits."""
    wanted: list[JSONDict] = [{"media_id": str(media_id)} for media_id in media_ids]
    if wanted:
        _deferrer.configure_task(REDACT_PHOTO, queue=REDACTION_QUEUE, connection=conn).batch_defer(*wanted)


def defer_webhooks(conn: Connection, delivery_ids: Iterable[UUID]) -> None:
    """Requests the worker to send these deliveries of webhooks, once this transaction commits."""
    wanted: list[JSONDict] = [{"delivery_id": str(delivery_id)} for delivery_id in delivery_ids]
    if wanted:
        _deferrer.configure_task(DELIVER_WEBHOOK, queue=WEBHOOKS_QUEUE, connection=conn).batch_defer(*wanted)


def defer_alerts(conn: Connection, message_ids: Sequence[UUID], *, priority: int) -> None:
    """Requests the worker to send these messages of alerts; `priority` 1 goes before all other jobs."""
    task = _deferrer.configure_task(SEND_ALERTS, queue=ALERTS_QUEUE, priority=10 * (4 - priority), connection=conn)
    task.batch_defer({"message_ids": [str(one) for one in message_ids]})


def defer_frigate_image(
    conn: Connection, feed_id: str, event_id: UUID, frigate_id: str, *, frame_at: datetime, seen_at: datetime
) -> None:
    """Requests the feeds process to fetch the image of one object of Frigate, once this transaction commits."""
    job: JSONDict = {
        "feed_id": feed_id,
        "event_id": str(event_id),
        "frigate_id": frigate_id,
        "frame_at": frame_at.isoformat(),
        "seen_at": seen_at.isoformat(),
    }
    _deferrer.configure_task(FETCH_FRIGATE_IMAGE, queue=FEEDS_QUEUE, priority=10, connection=conn).batch_defer(job)


def defer_frigate_clip(
    conn: Connection, feed_id: str, event_id: UUID, frigate_id: str, *, began_at: datetime, not_before: datetime
) -> bool:
    """Requests the feeds process to fetch the clip of one object of Frigate, once this transaction commits.

    One clip is fetched at a time, because each takes seconds of CPU time. Where too many wait, returns False.
    """
    waiting = conn.execute(
        "SELECT count(*) AS n FROM procrastinate_jobs WHERE task_name = %s AND status = 'todo'", (FETCH_FRIGATE_CLIP,)
    ).fetchone()
    if waiting is not None and waiting["n"] >= MAX_WAITING_CLIPS:
        return False
    job: JSONDict = {
        "feed_id": feed_id,
        "event_id": str(event_id),
        "frigate_id": frigate_id,
        "began_at": began_at.isoformat(),
    }
    task = _deferrer.configure_task(
        FETCH_FRIGATE_CLIP,
        queue=FEEDS_QUEUE,
        priority=-10,
        lock=FETCH_FRIGATE_CLIP,
        schedule_at=not_before,
        connection=conn,
    )
    task.batch_defer(job)
    return True


def defer_observation(conn: Connection, feed_id: str, payload: bytes) -> None:
    """Requests the feeds process to store an Observation that a trusted system wrote."""
    job: JSONDict = {"feed_id": feed_id, "payload": payload.decode("ascii")}
    _deferrer.configure_task(STORE_OBSERVATION, queue=FEEDS_QUEUE, priority=20, connection=conn).batch_defer(job)


def defer_proof(conn: Connection, task_id: UUID) -> None:
    """Requests the worker to look into a task's proof, once this transaction commits."""
    _defer(conn, CHECK_PROOF, {"task_id": str(task_id)})


def defer_look(conn: Connection, look_id: UUID) -> None:
    """Requests the worker to send a camera the command for a recheck."""
    _defer(conn, SEND_LOOK, {"look_id": str(look_id)})


def defer_look_answer(conn: Connection, look_id: UUID) -> None:
    """Requests the worker to act on what a camera answered."""
    _defer(conn, PROCESS_LOOK_ANSWER, {"look_id": str(look_id)})


def defer_views(conn: Connection, view_ids: Iterable[UUID]) -> None:
    """Requests the worker to have nodes show their cameras."""
    wanted: list[JSONDict] = [{"view_id": str(view_id)} for view_id in view_ids]
    if wanted:
        _deferrer.configure_task(SEND_VIEW, queue=VIEWS_QUEUE, priority=10, connection=conn).batch_defer(*wanted)


def defer_look_request(conn: Connection, look_id: UUID) -> None:
    """Requests the worker to send a camera the look that an operator requested."""
    task = _deferrer.configure_task(SEND_LOOK_REQUEST, queue=VIEWS_QUEUE, priority=10, connection=conn)
    task.batch_defer({"look_id": str(look_id)})


def defer_report_answer(conn: Connection, proof_id: UUID) -> None:
    """Requests the worker to act on what a reporter answered."""
    _defer(conn, PROCESS_REPORT_ANSWER, {"proof_id": str(proof_id)})


def defer_drawing(conn: Connection, camera_id: str) -> None:
    """Queue the configuration with a camera's drawing for its node; one job at a time for each camera."""
    task = _deferrer.configure_task(SEND_DRAWING, queue=ADMIN_QUEUE, lock=f"drawing {camera_id}", connection=conn)
    task.batch_defer({"camera_id": camera_id})


def defer_sites(conn: Connection, node_id: str) -> None:
    """Queue the configuration of a node's cameras and gauges; one job at a time for each node."""
    task = _deferrer.configure_task(SEND_SITES, queue=ADMIN_QUEUE, lock=f"sites {node_id}", connection=conn)
    task.batch_defer({"node_id": node_id})


def defer_replay(conn: Connection) -> None:
    """Queue the replay of the dead letters that administrators requested."""
    _deferrer.configure_task(
        REPLAY_DEAD_LETTERS, queue=ADMIN_QUEUE, lock=REPLAY_DEAD_LETTERS, connection=conn
    ).batch_defer({})


def defer_polls(conn: Connection, feed_ids: Iterable[str]) -> None:
    """Requests the process of feeds to poll these, each one after the other."""
    for feed_id in feed_ids:
        task = _deferrer.configure_task(POLL_FEED, queue=FEEDS_QUEUE, lock=f"feed {feed_id}", connection=conn)
        task.batch_defer({"feed_id": feed_id})


def forget_failures(conn: Connection, name: str) -> None:
    """Deletes that jobs of this name failed, as one of them just did their work."""
    conn.execute("DELETE FROM procrastinate_jobs WHERE task_name = %s AND status = 'failed'", (name,))


def _defer(conn: Connection, name: str, arguments: JSONDict) -> None:
    _deferrer.configure_task(name, queue=PROOFS_QUEUE, connection=conn).batch_defer(arguments)
