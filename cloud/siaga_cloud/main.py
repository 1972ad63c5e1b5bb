"""Is the composition root and the command line of the cloud, the only place that builds its outer parts."""

from __future__ import annotations

import gc
import logging
import os
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import TYPE_CHECKING, Annotated

import typer

from siaga_cloud.operations.cli.healthcheck import healthcheck
from siaga_cloud.process import clock_watcher, end_when_stalled, serve_metrics, stop_on_signals, traced
from siaga_cloud.settings import Settings, SettingsError, load
from siaga_core.logs import formatter

if TYPE_CHECKING:
    import threading

    from siaga_cloud.platform.db.connection import Database
    from siaga_cloud.platform.delivery.addresses import AvailableChannels
    from siaga_cloud.platform.observe.job_metrics import JobMetrics

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The cloud of Siaga. One program runs every role; environment variables SIAGA_* configure it.",
)
# These start faster without admin.
_ROLES = frozenset(["ingest", "api", "worker", "feeds", "fetch", "publish", "migrate", "healthcheck"])
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(metadata.version("siaga"))
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Takes what stands before the command."""


def _settings_with_channels() -> Settings:
    from siaga_cloud.channels.registry import load_settings

    return _settings(load_settings)


def _settings(read: Callable[[Mapping[str, str]], Settings] = load) -> Settings:
    """Settings without those of channels, for a program that uses no channel: channels need libraries for photos."""
    try:
        return read(os.environ)
    except SettingsError as error:
        typer.echo(f"siaga-cloud: {error}", err=True)
        raise typer.Exit(2) from None


def _log_to_stderr(program: str) -> None:
    wanted = _one_of("SIAGA_LOG_FORMAT", os.environ.get("SIAGA_LOG_FORMAT") or "text", ("text", "json"))
    level = _one_of("SIAGA_LOG_LEVEL", (os.environ.get("SIAGA_LOG_LEVEL") or "INFO").upper(), _LEVELS)
    layout = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter("json" if wanted == "json" else "text", f"siaga-cloud {program}", layout))
    logging.basicConfig(level=level, handlers=[handler])
    # These log each reconnect and each job; the programs log what matters of it themselves.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    # The last three would write the addresses of people's browsers and of the SMS gateway, which may hold its key.
    for name in ("procrastinate", "httpx", "httpcore", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _one_of(name: str, given: str, expected: tuple[str, ...]) -> str:
    if given not in expected:
        typer.echo(f"siaga-cloud: {name}: got {given!r}, expected {' or '.join(expected)}", err=True)
        raise typer.Exit(2)
    return given


def _fitting(settings: Settings, role: str) -> Settings:
    """Return settings whose database this version can work on, by a clock like ours, as far as it answers."""
    from siaga_cloud.platform.db.schema import misfit
    from siaga_cloud.platform.observe.clock_watch import complaint, database_ahead_seconds
    from siaga_cloud.platform.server_key import ServerKey, server_key

    server_key.register(ServerKey(settings.server_key))
    wrong = misfit(settings.database_url)
    if wrong is None:
        wrong = complaint(database_ahead_seconds(settings.database_url) or 0.0, settings.clock_limit_seconds)
    if wrong is not None:
        typer.echo(f"siaga-cloud {role}: {wrong}", err=True)
        raise typer.Exit(3)
    return settings


@app.command("migrate")
def migrate_command(
    finish: Annotated[
        bool,
        typer.Option(
            "--finish",
            help="Apply the migrations that programs of the previous version cannot work with; none of them may run.",
        ),
    ] = False,
) -> None:
    """Migrate the database to the schema of this version.

    Migrations only go forward. The command may be repeated and may run in several places at once.
    """
    from siaga_cloud.platform.db.migrate import MigrationError, migrate

    settings = _settings()
    try:
        done = migrate(settings.database_url, finish=finish)
    except MigrationError as error:
        typer.echo(f"siaga-cloud migrate: {error}", err=True)
        raise typer.Exit(1) from None
    for name in done.applied:
        typer.echo(f"applied {name}")
    if done.waiting:
        names = ", ".join(done.waiting)
        typer.echo(
            f"when every program runs this version, run siaga-cloud migrate --finish to apply the remaining {names}"
        )
    typer.echo(f"{len(done.applied)} migrations applied; time series in {done.storage}; jobs by {done.jobs}")


@app.command("ingest")
def ingest_command() -> None:
    """Store messages from the broker in the database until SIGTERM."""
    _log_to_stderr("ingest")
    settings = _fitting(_settings(), "ingest")
    with traced("ingest", settings):
        code = _run_ingest(settings, stop_on_signals())
    raise typer.Exit(code)


def _run_ingest(settings: Settings, stop: threading.Event) -> int:
    from siaga_cloud.ingest.leases import LeaseHolder
    from siaga_cloud.ingest.metrics import IngestMetrics
    from siaga_cloud.ingest.mqtt.session import discard_session
    from siaga_cloud.ingest.mqtt.subscriber import MqttSubscriber, utc_now
    from siaga_cloud.ingest.policy import policy_of
    from siaga_cloud.ingest.queue import Inbox
    from siaga_cloud.ingest.run import run_ingest
    from siaga_cloud.ingest.writer import Writer
    from siaga_cloud.interop.sensorthings.mqtt import SensorThingsPublisher
    from siaga_cloud.platform.db.connection import Database, connect
    from siaga_cloud.platform.media.folder import MediaFolder

    # A batch makes tens of thousands of objects that die with it: looking through them for cycles is wasted.
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    metrics, inbox = IngestMetrics(), Inbox()
    client_id = f"siaga-ingest-{settings.replica}"
    serve_metrics(settings, metrics.registry)
    subscriber = MqttSubscriber(settings.broker, client_id=client_id, inbox=inbox, metrics=metrics)
    sta = SensorThingsPublisher(subscriber.publish, public_url=settings.public_url) if settings.sta_topics else None
    writer = Writer(
        inbox=inbox,
        on_stored=sta,
        wire=subscriber,
        connect=lambda: connect(settings.database_url, name=client_id),
        media=MediaFolder(settings.media_dir),
        metrics=metrics,
        clock=utc_now,
        policy=policy_of(settings),
    )
    leases = Database(settings.database_url, max_connections=2, wait_seconds=2, name=f"{client_id}-leases")
    end_when_stalled(metrics.beat)
    with clock_watcher(settings, metrics.registry), leases as database:
        lease_holder = LeaseHolder(
            database=database,
            subscriber=subscriber,
            replica=settings.replica,
            instance=uuid.uuid4(),
            client_id=client_id,
            lease_seconds=settings.lease_seconds,
            discard_session=lambda dead: discard_session(settings.broker, dead),
            on_shards=metrics.shards.set,
        )
        return run_ingest(subscriber, writer, lease_holder, stop=stop)


@app.command("api")
def api_command() -> None:
    """Serve the HTTP API and the pages."""
    from siaga_cloud.app import create_app
    from siaga_cloud.platform.http.proxies import missing_setting
    from siaga_cloud.platform.http.serve import serve

    _log_to_stderr("api")
    settings = _fitting(_settings_with_channels(), "api")
    trusted, tls = settings.trusted_proxies, settings.http_tls
    warning = missing_setting(public_url=settings.public_url, has_own_tls=tls is not None, trusted=trusted)
    if warning is not None:
        logging.getLogger(__name__).warning(warning)
    app = create_app(
        settings, fleet=settings.fleet, alert_channels=_alert_channels(settings), read_from=settings.read_from
    )
    ports = (settings.http_port, settings.staff_port)
    with traced("api", settings), clock_watcher(settings, app.state.parts.metrics.registry):
        serve(
            app,
            host=settings.http_host,
            ports=ports,
            tls=tls,
            trusted_proxies=trusted,
            inherited=settings.http_socket,
        )


def _alert_channels(settings: Settings) -> AvailableChannels:
    """Return the channels that people may subscribe with, as they are configured."""
    from siaga_cloud.platform.delivery.addresses import AvailableChannels
    from siaga_cloud.platform.delivery.webhook import origin

    push_key = None
    if settings.push is not None:
        from siaga_cloud.platform.delivery.webpush import public_key

        try:
            push_key = public_key(settings.push.key_pem)
        except ValueError as error:
            typer.echo(f"siaga-cloud: SIAGA_PUSH_KEY_FILE: {error}", err=True)
            raise typer.Exit(2) from None
    return AvailableChannels(
        email=settings.smtp is not None,
        sms=settings.sms is not None,
        webhook_origins=frozenset(map(origin, settings.webhooks.hosts)) if settings.webhooks else None,
        push_hosts=settings.push.hosts if settings.push else None,
        push_key=push_key,
    )


@app.command("worker")
def worker_command() -> None:
    """Run background jobs until SIGTERM: incidents, tasks and their deadlines, notifications, roll-ups, retention."""
    from siaga_cloud.alerts.channels.mail import SmtpAlertChannel
    from siaga_cloud.alerts.channels.webhook import WebhookAlertChannel
    from siaga_cloud.channels.registry import answer_channels, photo_sources
    from siaga_cloud.platform.db.connection import Database
    from siaga_cloud.platform.delivery.email import SmtpChannel
    from siaga_cloud.platform.delivery.ports import AlertChannel, Channel
    from siaga_cloud.platform.delivery.webhook import HttpEventWebhooks, HttpWebhookChannel
    from siaga_cloud.worker import run_worker

    _log_to_stderr("worker")
    settings = _fitting(_settings_with_channels(), "worker")
    database = Database(settings.database_url, name="siaga-worker")
    channels: dict[str, Channel] = {}
    senders: dict[str, AlertChannel] = {}
    if settings.smtp is not None:
        channels["email"] = SmtpChannel(settings.smtp)
        senders["email"] = SmtpAlertChannel(settings.smtp)
    if settings.webhooks is not None:
        channels["webhook"] = HttpWebhookChannel(settings.webhooks, time.time)
        senders["webhook"] = WebhookAlertChannel(settings.webhooks, time.time)
    if settings.push is not None:
        from siaga_cloud.notifications.push_channel import NAME as STAFF_PUSH
        from siaga_cloud.notifications.push_channel import StaffPushChannel
        from siaga_cloud.platform.delivery.webpush import WebPushAlertChannel

        senders["webpush"] = push = WebPushAlertChannel(settings.push)
        channels[STAFF_PUSH] = StaffPushChannel(push, database, public_url=settings.public_url)
    if settings.sms is not None:
        from siaga_cloud.alerts.channels.sms import HttpSmsChannel

        senders["sms"] = HttpSmsChannel(settings.sms)
    channels.update(answer_channels(settings))
    photos = photo_sources(settings.channels)
    events = HttpEventWebhooks(settings.webhooks, time.time) if settings.webhooks is not None else None
    metrics = _job_metrics(settings, database)
    end_when_stalled(metrics.beat)
    with traced("worker", settings), clock_watcher(settings, metrics.registry):
        run_worker(database, settings, channels, senders, photos, events, metrics=metrics)


def _job_metrics(settings: Settings, database: Database) -> JobMetrics:
    """Return what the worker counts, and the figures of the whole platform beside it."""
    from siaga_cloud.operations.metrics import PlatformCollector
    from siaga_cloud.operations.store import figures as platform_figures
    from siaga_cloud.operations.store.figures import PlatformFigures
    from siaga_cloud.platform.observe.job_metrics import JobMetrics

    def read() -> PlatformFigures:
        with database.transaction() as conn:
            return platform_figures.read(conn)

    metrics = JobMetrics()
    room = settings.database_disk_gb * 10**9
    metrics.registry.register(PlatformCollector(read, settings.media_dir, database_room_bytes=room))
    serve_metrics(settings, metrics.registry)
    return metrics


@app.command("fetch")
def fetch_command() -> None:
    """Poll channels without a webhook for new messages until SIGTERM: the mailbox, Telegram, social networks."""
    from prometheus_client import CollectorRegistry

    from siaga_cloud.channels.polling import run_fetching
    from siaga_cloud.platform.db.connection import Database
    from siaga_cloud.platform.observe.heartbeat import Beat
    from siaga_cloud.wiring import register_ports

    _log_to_stderr("fetch")
    register_ports()
    settings = _fitting(_settings_with_channels(), "fetch")
    database = Database(settings.database_url, max_connections=4, name="siaga-fetch")
    registry = CollectorRegistry()
    serve_metrics(settings, registry)
    with traced("fetch", settings), clock_watcher(settings, registry):
        run_fetching(database, settings, stop=stop_on_signals(), beat=Beat(registry))


@app.command("feeds")
def feeds_command() -> None:
    """Poll external feeds until SIGTERM: Waze, gauges of other operators, weather warnings."""
    from siaga_cloud.feeds.run import run_feeds
    from siaga_cloud.platform.db.connection import Database
    from siaga_cloud.platform.observe.job_metrics import JobMetrics
    from siaga_cloud.wiring import register_ports

    _log_to_stderr("feeds")
    register_ports()
    settings, metrics = _fitting(_settings_with_channels(), "feeds"), JobMetrics()
    serve_metrics(settings, metrics.registry)
    with traced("feeds", settings), clock_watcher(settings, metrics.registry):
        run_feeds(Database(settings.database_url, name="siaga-feeds"), settings, metrics=metrics)


@app.command("publish")
def publish_command(
    once: Annotated[bool, typer.Option("--once", help="Write every file once and exit; for cron and tests.")] = False,
) -> None:
    """Write the public state of the city as files until SIGTERM, for a web server or cache to hand out."""
    import psycopg

    from siaga_cloud.published.folder import FolderInUseError
    from siaga_cloud.published.metrics import PublishMetrics
    from siaga_cloud.published.publisher import Publisher
    from siaga_cloud.published.reading import utc_now
    from siaga_cloud.published.roads import RoadSource
    from siaga_cloud.published.run import publish_once, run_publisher, snapshot
    from siaga_cloud.published.target import target_of

    _log_to_stderr("publish")
    settings, metrics = _fitting(_settings_with_channels(), "publish"), PublishMetrics()
    target = target_of(settings)
    if target is None:
        expected = "SIAGA_PUBLISH_FOLDER or SIAGA_PUBLISH_S3_URL: got neither or both, expected one of them"
        typer.echo(f"siaga-cloud publish: {expected}", err=True)
        raise typer.Exit(2)
    roads = RoadSource(basemap=settings.basemap_folder, impassable_cm=settings.road_impassable_cm)
    try:
        target.open()
        if once:
            with snapshot(settings.database_url) as conn:
                count = publish_once(Publisher(target, limited=False, roads=roads), conn, at=utc_now())
            typer.echo(f"{count.written} files written, {count.removed} removed")
            return
    except (FolderInUseError, OSError, psycopg.Error) as error:
        typer.echo(f"siaga-cloud publish: {error}", err=True)
        raise typer.Exit(1) from None
    serve_metrics(settings, metrics.registry)
    with traced("publish", settings), clock_watcher(settings, metrics.registry):
        run_publisher(Publisher(target, roads=roads), settings.database_url, stop=stop_on_signals(), metrics=metrics)


app.command("healthcheck")(healthcheck)


def _mount_admin() -> None:
    from siaga_cloud.cli import app as admin
    from siaga_cloud.operations.new_city.cli import init
    from siaga_cloud.wiring import register_ports

    register_ports()
    app.command("init")(init)
    app.add_typer(admin, name="admin", help="Administer the city, users, nodes, keys and backups.")


def main() -> None:
    """Run the command line of the cloud."""
    if not set(sys.argv[1:2]) & _ROLES:
        _mount_admin()
    app()
