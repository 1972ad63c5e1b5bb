"""Builds the HTTP application from its parts."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import anyio.to_thread
from fastapi import FastAPI
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from siaga_cloud.accuracy import api as accuracy
from siaga_cloud.alerts.api import alerts, subscriptions
from siaga_cloud.alerts.api import areas as area_context
from siaga_cloud.assets import api as assets
from siaga_cloud.basemap import api as basemap
from siaga_cloud.basemap import places_api
from siaga_cloud.basemap.search import PlaceSearch
from siaga_cloud.cameras.api import cameras, drawings
from siaga_cloud.channels.api import connectors, inbox
from siaga_cloud.channels.api.gateways import gateway_routes
from siaga_cloud.city.api import agencies, city, layers, policy
from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.city.service.gazetteer import GazetteerLookup
from siaga_cloud.control_room import api as control_room
from siaga_cloud.dead_letters import api as dead_letters
from siaga_cloud.feeds import api as warnings
from siaga_cloud.figures.api import figures, heads, pairs, summary
from siaga_cloud.fleet.api import blocks, fleet, nodes, sites, sources
from siaga_cloud.fleet.api import enrolment as enrol
from siaga_cloud.forecast import api as forecast
from siaga_cloud.gauges import api as gauges
from siaga_cloud.incidents.api import changes as incident_changes
from siaga_cloud.incidents.api import flood_states, incidents
from siaga_cloud.interop.cap import api as cap
from siaga_cloud.interop.cap.signature import CapSigner
from siaga_cloud.interop.fews import api as fews
from siaga_cloud.interop.ngsi_ld import api as ngsi_ld
from siaga_cloud.interop.open311 import api as open311
from siaga_cloud.interop.open311.formats import Open311Errors
from siaga_cloud.interop.open_data import api as open_data
from siaga_cloud.interop.roads import api as roads
from siaga_cloud.interop.sensorthings import api as sensorthings
from siaga_cloud.live import api as live
from siaga_cloud.live.feed import LiveFeed
from siaga_cloud.media import api as media
from siaga_cloud.notifications.api import notifications as notifications_api
from siaga_cloud.notifications.api import push as staff_push
from siaga_cloud.operations.new_city import api as new_city
from siaga_cloud.pages import api as page
from siaga_cloud.pages import standards
from siaga_cloud.people.api import accounts as people
from siaga_cloud.people.api import demo, device_keys, oidc, passkeys, personal, positions, sessions, tokens
from siaga_cloud.people.api.device_keys import DeviceKeyLimit
from siaga_cloud.people.oidc import OidcProvider
from siaga_cloud.people.service.demo import EntryTokens
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.platform.db.replica import CONNECT_WAIT_SECONDS, Replica
from siaga_cloud.platform.delivery.addresses import AvailableChannels
from siaga_cloud.platform.http import error_map, health
from siaga_cloud.platform.http.admission.middleware import MOST_CONNECTIONS, MOST_THREADS, Admission
from siaga_cloud.platform.http.caching import CacheRules
from siaga_cloud.platform.http.digest import DigestBody
from siaga_cloud.platform.http.foreign.cross_origin import CrossOrigin
from siaga_cloud.platform.http.foreign.head_requests import AnswerHead
from siaga_cloud.platform.http.foreign.links import DescribeService
from siaga_cloud.platform.http.foreign.options_requests import AnswerOptions
from siaga_cloud.platform.http.limits import (
    ADDRESS_REPORTS_BURST,
    ADDRESS_REPORTS_PER_SECOND,
    CHALLENGE_BURST,
    CHALLENGE_PER_SECOND,
    DEVICE_KEYS_BURST,
    DEVICE_KEYS_PER_SECOND,
    ENROL_BURST,
    ENROL_PER_SECOND,
    MESSAGES_BURST,
    MESSAGES_PER_SECOND,
    REPORTS_BURST,
    REPORTS_PER_SECOND,
    SIGN_IN_BURST,
    SIGN_IN_PER_SECOND,
    BodyLimit,
    TokenBuckets,
)
from siaga_cloud.platform.http.live_hub import LiveHub
from siaga_cloud.platform.http.metrics import MeasureRequests, Metrics
from siaga_cloud.platform.http.no_nul import RefuseNul
from siaga_cloud.platform.http.openapi import DescribedApp, operation_id
from siaga_cloud.platform.http.parts import HttpSettings, Parts
from siaga_cloud.platform.http.problem import PROBLEMS
from siaga_cloud.platform.http.proxies import ForwardedHeaders
from siaga_cloud.platform.http.security import SecurityHeaders
from siaga_cloud.platform.http.tracing import NameRequests
from siaga_cloud.platform.http.unsafe import MarkUnsafe
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.platform.media.photo_pool import PhotoPool
from siaga_cloud.platform.server_key import ServerKey, server_key
from siaga_cloud.published import api as published
from siaga_cloud.published.on_demand import StateOnDemand
from siaga_cloud.published.roads import RoadSource
from siaga_cloud.rain import api as rain
from siaga_cloud.reports.api import look_alikes, privacy, reports
from siaga_cloud.reports.service.together import ReportIntake
from siaga_cloud.review import api as review
from siaga_cloud.settings import FleetSettings, ReadSettings
from siaga_cloud.streets import api as streets
from siaga_cloud.tasks.api import captures, sampling, tasks
from siaga_cloud.tasks.api import proofs as proof
from siaga_cloud.tasks.api import work as task_work
from siaga_cloud.webhooks import api as webhooks
from siaga_cloud.wiring import register_ports

API = "/api/v1"
# Tiles are compressed within their file, and a range of it must be the bytes of the file.
_COMPRESSED = (*DEFAULT_EXCLUDED_CONTENT_TYPES, basemap.PMTILES)
_ABOUT = (
    "What a city's cameras and gauges see and its citizens report, as incidents and tasks. Errors are RFC 9457 "
    "problem documents. Times are ISO 8601 with zone, levels in cm over each gauge's zero, places WGS 84."
)
_RESOURCES = (
    city,
    places_api,
    summary,
    cameras,
    gauges,
    forecast,
    assets,
    rain,
    streets,
    alerts,
    subscriptions,
    figures,
    pairs,
    layers,
    area_context,
    incidents,
    incident_changes,
    flood_states,
    task_work,
    captures,
    tasks,
    heads,
    notifications_api,
    policy,
    proof,
    sampling,
    reports,
    privacy,
    look_alikes,
    inbox,
    connectors,
    warnings,
    media,
    nodes,
    new_city,
    blocks,
    fleet,
    enrol,
    drawings,
    sites,
    sources,
    dead_letters,
    agencies,
    review,
    accuracy,
    control_room,
    live,
    sessions,
    tokens,
    personal,
    passkeys,
    device_keys,
    oidc,
    people,
    positions,
    staff_push,
    webhooks,
    open_data,
)


def create_app(
    settings: HttpSettings,
    database: Database | None = None,
    *,
    fleet: FleetSettings | None = None,
    alert_channels: AvailableChannels | None = None,
    read_from: ReadSettings | None = None,
) -> FastAPI:
    """Return the application; opens its database when it starts and closes it when it stops."""
    metrics = Metrics()
    database = database or Database(settings.database_url, max_connections=MOST_CONNECTIONS, name="siaga-api")
    parts = Parts(
        settings=settings,
        database=database,
        media=MediaFolder(settings.media_dir),
        photos=PhotoPool(),
        hub=LiveHub(metrics),
        report_limit=TokenBuckets(burst=REPORTS_BURST, per_second=REPORTS_PER_SECOND, clock=time.monotonic),
        address_limit=TokenBuckets(
            burst=ADDRESS_REPORTS_BURST, per_second=ADDRESS_REPORTS_PER_SECOND, clock=time.monotonic
        ),
        message_limit=TokenBuckets(burst=MESSAGES_BURST, per_second=MESSAGES_PER_SECOND, clock=time.monotonic),
        metrics=metrics,
        fleet=fleet,
        enrol_limit=TokenBuckets(burst=ENROL_BURST, per_second=ENROL_PER_SECOND, clock=time.monotonic),
        sign_in_limit=TokenBuckets(burst=SIGN_IN_BURST, per_second=SIGN_IN_PER_SECOND, clock=time.monotonic),
        challenge_limit=TokenBuckets(burst=CHALLENGE_BURST, per_second=CHALLENGE_PER_SECOND, clock=time.monotonic),
        replica=_replica(read_from, database, metrics) if read_from else None,
        of_subjects=_parts_of_subjects(settings, alert_channels, database),
    )
    metrics.reports_waiting.set_function(lambda: parts.of(ReportIntake).waiting)
    register_ports()
    server_key.register(ServerKey(settings.server_key))
    app = DescribedApp(
        title="Siaga",
        summary="Open API of the city's alerts",
        description=_ABOUT,
        version="1",
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        openapi_url=f"{API}/openapi.json",
        generate_unique_id_function=operation_id,
        contact={"name": "The operator of this Siaga server"},
        license_info={"name": "AGPL-3.0-or-later"},
        lifespan=_lifespan,
    )
    app.state.parts = parts
    for module in _RESOURCES:
        app.include_router(module.router, prefix=API, responses=PROBLEMS)
    if settings.demo is not None:
        app.include_router(demo.router, prefix=API)
    app.include_router(gateway_routes(), prefix=API, responses=PROBLEMS)
    app.include_router(open311.router)
    app.include_router(cap.router)
    app.include_router(sensorthings.router)
    app.include_router(ngsi_ld.router)
    app.include_router(roads.router)
    app.include_router(fews.router)
    app.include_router(standards.router)
    app.include_router(health.router)
    app.include_router(published.router)
    app.include_router(basemap.router)
    app.include_router(page.router)
    error_map.install(app)
    page.install(app)
    _wrap(app, parts)
    return app


def _parts_of_subjects(
    settings: HttpSettings, alert_channels: AvailableChannels | None, database: Database
) -> dict[type, object]:
    areas = AreaLookup()
    parts: list[object] = [
        health.DatabaseProbe(database.url),
        areas,
        ReportIntake(database.transaction, areas),
        GazetteerLookup(),
        PlaceSearch(),
        StateOnDemand(roads=RoadSource(basemap=settings.basemap_folder, impassable_cm=settings.road_impassable_cm)),
        alert_channels or AvailableChannels(),
    ]
    parts.append(DeviceKeyLimit(burst=DEVICE_KEYS_BURST, per_second=DEVICE_KEYS_PER_SECOND, clock=time.monotonic))
    if settings.demo:
        parts.append(EntryTokens())
    if settings.cap_signature:
        parts.append(CapSigner(settings.cap_signature))
    if settings.oidc:
        parts.append(OidcProvider(settings.oidc, monotonic=time.monotonic, wall_clock=time.time))
    return {type(part): part for part in parts}


def _replica(read_from: ReadSettings, primary: Database, metrics: Metrics) -> Replica:
    database = Database(read_from.database_url, wait_seconds=CONNECT_WAIT_SECONDS, name="siaga-api-read")
    return Replica(database, primary, max_lag_seconds=read_from.max_lag_seconds, on_look=metrics.note_replica)


def _wrap(app: FastAPI, parts: Parts) -> None:
    """The outermost is added last."""
    app.add_middleware(AnswerOptions, routed=app, methods_of=sensorthings.methods_of)
    app.add_middleware(MarkUnsafe)
    app.add_middleware(RefuseNul)
    app.add_middleware(DigestBody)
    app.add_middleware(BodyLimit)
    app.add_middleware(Open311Errors)
    app.add_middleware(CacheRules)
    app.add_middleware(DescribeService)
    app.add_middleware(CrossOrigin, origins=parts.settings.cors_origins)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5, exclude_content_types=_COMPRESSED)
    is_https = parts.settings.public_url.startswith("https://")
    app.add_middleware(SecurityHeaders, tile_url=parts.settings.tile_url, https=is_https)
    app.add_middleware(MeasureRequests, metrics=parts.metrics)
    app.add_middleware(NameRequests)
    app.add_middleware(ForwardedHeaders)
    app.add_middleware(Admission, refused=parts.metrics.refused, lanes=parts.metrics.lanes)
    app.add_middleware(AnswerHead)


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    parts: Parts = app.state.parts
    anyio.to_thread.current_default_thread_limiter().total_tokens = MOST_THREADS  # no place waits for a thread
    parts.database.open()
    if parts.replica is not None:
        parts.replica.open()
    feed = asyncio.create_task(LiveFeed(parts.database, parts.hub, parts.metrics).run())
    try:
        yield
    finally:
        feed.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await feed
        if parts.replica is not None:
            parts.replica.close()
        parts.photos.close()
        await parts.of(health.DatabaseProbe).close()
        parts.database.close()
