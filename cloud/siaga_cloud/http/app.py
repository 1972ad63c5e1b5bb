"""Makes the HTTP application of its parts."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from siaga_cloud.db.connection import Database
from siaga_cloud.db.replica import CONNECT_WAIT_SECONDS, Replica
from siaga_cloud.http import error_map
from siaga_cloud.http.limits import (
    ENROL_BURST,
    ENROL_PER_SECOND,
    REPORTS_BURST,
    REPORTS_PER_SECOND,
    SIGN_IN_BURST,
    SIGN_IN_PER_SECOND,
    BodyLimit,
    TokenBuckets,
)
from siaga_cloud.http.live_feed import LiveFeed
from siaga_cloud.http.live_hub import LiveHub
from siaga_cloud.http.metrics import MeasureRequests, Metrics
from siaga_cloud.http.no_nul import RefuseNul
from siaga_cloud.http.parts import HttpSettings, Parts
from siaga_cloud.http.problem import PROBLEMS
from siaga_cloud.http.routers import (
    agencies,
    alerts,
    cameras,
    city,
    connectors,
    dead_letters,
    drawings,
    enrol,
    figures,
    fleet,
    flood_states,
    forecast,
    gauges,
    heads,
    health,
    inbox,
    incident_changes,
    incidents,
    layers,
    live,
    look_alikes,
    media,
    nodes,
    notices,
    oidc,
    open_data,
    page,
    people,
    policy,
    positions,
    proof,
    reports,
    review,
    sessions,
    sites,
    social_channels,
    staff_push,
    standards,
    subscriptions,
    task_work,
    tasks,
    text_channels,
    warnings,
    webhooks,
)
from siaga_cloud.http.security import SecurityHeaders
from siaga_cloud.http.tracing import NameRequests
from siaga_cloud.http.unsafe import MarkUnsafe
from siaga_cloud.interop import cap, ngsi_ld, open311, sensorthings
from siaga_cloud.interop.open311_formats import Open311Errors
from siaga_cloud.media import MediaFolder
from siaga_cloud.oidc import OidcProvider
from siaga_cloud.services.areas import AreaLookup
from siaga_cloud.services.subscriptions import Ways
from siaga_cloud.settings import FleetSettings, ReadSettings

API = "/api/v1"
_ABOUT = (
    "What a city's cameras and gauges see and its citizens report, as incidents and tasks. Errors are RFC 9457 "
    "problem documents. Times are ISO 8601 with zone, levels in cm over each gauge's zero, places WGS 84."
)
_RESOURCES = (
    city,
    cameras,
    gauges,
    forecast,
    alerts,
    subscriptions,
    figures,
    layers,
    incidents,
    incident_changes,
    flood_states,
    task_work,
    tasks,
    heads,
    notices,
    policy,
    proof,
    reports,
    look_alikes,
    inbox,
    text_channels,
    social_channels,
    connectors,
    warnings,
    media,
    nodes,
    fleet,
    enrol,
    drawings,
    sites,
    dead_letters,
    agencies,
    review,
    live,
    sessions,
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
    alert_ways: Ways | None = None,
    read_from: ReadSettings | None = None,
) -> FastAPI:
    """The application; opens its database when it starts and closes it when it stops."""
    metrics = Metrics()
    database = database or Database(settings.database_url, name="siaga-api")
    parts = Parts(
        settings=settings,
        database=database,
        media=MediaFolder(settings.media_dir),
        areas=AreaLookup(),
        hub=LiveHub(metrics),
        report_limit=TokenBuckets(burst=REPORTS_BURST, per_second=REPORTS_PER_SECOND, clock=time.monotonic),
        metrics=metrics,
        fleet=fleet,
        enrol_limit=TokenBuckets(burst=ENROL_BURST, per_second=ENROL_PER_SECOND, clock=time.monotonic),
        sign_in_limit=TokenBuckets(burst=SIGN_IN_BURST, per_second=SIGN_IN_PER_SECOND, clock=time.monotonic),
        oidc=OidcProvider(settings.oidc, monotonic=time.monotonic, wall=time.time) if settings.oidc else None,
        alert_ways=alert_ways or Ways(),
        replica=_replica(read_from, database, metrics) if read_from else None,
    )
    app = FastAPI(
        title="Siaga",
        summary="Open API of the city's alerts",
        description=_ABOUT,
        version="1",
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        openapi_url=f"{API}/openapi.json",
        license_info={"name": "AGPL-3.0-or-later"},
        lifespan=_lifespan,
    )
    app.state.parts = parts
    for module in _RESOURCES:
        app.include_router(module.router, prefix=API, responses=PROBLEMS)
    app.include_router(open311.router)
    app.include_router(cap.router)
    app.include_router(sensorthings.router)
    app.include_router(ngsi_ld.router)
    app.include_router(standards.router)
    app.include_router(health.router)
    app.include_router(page.router)
    error_map.install(app)
    _wrap(app, parts)
    return app


def _replica(read_from: ReadSettings, primary: Database, metrics: Metrics) -> Replica:
    database = Database(read_from.database_url, wait_seconds=CONNECT_WAIT_SECONDS, name="siaga-api-read")
    return Replica(database, primary, max_lag_seconds=read_from.max_lag_seconds, on_look=metrics.note_replica)


def _wrap(app: FastAPI, parts: Parts) -> None:
    """The outermost is added last."""
    app.add_middleware(MarkUnsafe)
    app.add_middleware(RefuseNul)
    app.add_middleware(BodyLimit)
    app.add_middleware(Open311Errors)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    is_https = parts.settings.public_url.startswith("https://")
    app.add_middleware(SecurityHeaders, tile_url=parts.settings.tile_url, https=is_https)
    app.add_middleware(MeasureRequests, metrics=parts.metrics)
    app.add_middleware(NameRequests)


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    parts: Parts = app.state.parts
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
        parts.database.close()
