"""Serves webhooks to administrators: other systems are subscribed to incidents, tasks and stages, and failed deliveries
are replayed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field, StringConstraints

from siaga_cloud.people.auth import Admin
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.db.callers import Person
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.delivery.addresses import AvailableChannels
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import refusals
from siaga_cloud.webhooks import service
from siaga_cloud.webhooks import store as db

router = APIRouter(prefix="/admin/webhooks", tags=["webhooks"])

Kind = Literal["incident", "task", "stage"]
State = Literal["queued", "sent", "dead"]
_Url = Annotated[str, StringConstraints(min_length=8, max_length=2000, pattern=r"^https?://[^\s\x00]+$")]
_Text = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]


class WebhookCreate(BaseModel):
    """Requests a webhook. The host must be one of SIAGA_WEBHOOK_HOSTS."""

    url: Annotated[_Url, Field(examples=["https://hooks.example.org/siaga"])]
    kinds: Annotated[list[Kind], Field(min_length=1, max_length=3, examples=[["incident", "stage"]])]
    area_id: Annotated[
        str | None, Field(min_length=1, max_length=64, pattern=r"^[^\x00]+$", description="only what lies in it")
    ] = None
    note: _Text = ""


class WebhookActiveUpdate(BaseModel):
    """Switches a webhook on or off; waiting deliveries stay."""

    active: bool
    why: _Text = ""


class WebhookReplayCreate(BaseModel):
    """Names the failed deliveries that are sent again; without ids the oldest 1000."""

    ids: Annotated[list[UUID] | None, Field(max_length=1000)] = None


class Webhook(ResponseModel):
    """Describes a webhook and the state of its deliveries."""

    id: UUID
    url: str
    kinds: list[Kind]
    area_id: str | None
    note: str
    created_by: str
    created_at: datetime
    disabled_at: datetime | None
    disabled_why: str
    queued: int
    dead: int
    last_sent_at: datetime | None


class WebhookWithSecret(Webhook):
    """Describes a new webhook. `secret` is shown only this once."""

    secret: str


class WebhookSecret(ResponseModel):
    """Holds the new secret, which is shown only this once."""

    secret: str


class WebhookDelivery(ResponseModel):
    """Describes the delivery of one event."""

    id: UUID
    kind: Annotated[str, Field(examples=["incident.opened"])]
    state: State
    attempts: int
    due_at: datetime
    error: str
    created_at: datetime
    done_at: datetime | None
    answer_status: Annotated[int | None, Field(description="HTTP status of the last try; null: no answer came")]
    answer: Annotated[str, Field(description="the beginning of what the other system answered to the last try")]
    body: dict[str, Any]


class WebhookReplayResult(ResponseModel):
    """Counts the deliveries that are queued again."""

    replayed: int


class WebhookPingResult(ResponseModel):
    """Names the test delivery."""

    delivery_id: UUID


@router.get("", summary="Webhooks (admin)")
def list_webhooks(parts: PartsOf, admin: Admin) -> list[Webhook]:
    """The list begins with the oldest webhook."""
    with parts.transaction(admin) as conn:
        return [_form(one) for one in db.every(conn)]


@router.post(
    "",
    summary="Subscribe another system (admin)",
    status_code=201,
    responses=refusals("area_unknown", "url_not_allowed"),
)
def create_webhook(parts: PartsOf, admin: Admin, form: WebhookCreate) -> WebhookWithSecret:
    """Bodies are signed: `Siaga-Signature: t=<unix time>,v1=<hex HMAC-SHA256 of "<t>.<body>">` with this secret."""
    now = datetime.now(UTC)
    with parts.transaction(admin) as conn:
        made, secret = service.subscribe(
            conn,
            url=form.url,
            kinds=form.kinds,
            area_id=form.area_id,
            note=form.note,
            by=admin.id,
            origins=parts.of(AvailableChannels).webhook_origins or frozenset(),
            now=now,
        )
        _record(conn, admin, "webhook_add", made.id, now=now, url=made.url, kinds=made.kinds)
    return WebhookWithSecret(**_form(made).model_dump(), secret=secret)


@router.get("/{webhook_id}", summary="A webhook (admin)")
def get_webhook(parts: PartsOf, admin: Admin, webhook_id: UUID) -> Webhook:
    """As in the list."""
    with parts.transaction(admin) as conn:
        return _form(service.find(conn, webhook_id))


@router.delete("/{webhook_id}", summary="End a webhook, with all that waits (admin)", status_code=204)
def delete_webhook(parts: PartsOf, admin: Admin, webhook_id: UUID) -> Response:
    """Its deliveries and its secret are gone with it."""
    now = datetime.now(UTC)
    with parts.transaction(admin) as conn:
        found = service.find(conn, webhook_id)
        db.remove(conn, webhook_id)
        _record(conn, admin, "webhook_remove", webhook_id, now=now, url=found.url)
    return Response(status_code=204)


@router.put("/{webhook_id}/active", summary="Switch a webhook on or off (admin)")
def update_webhook_active(parts: PartsOf, admin: Admin, webhook_id: UUID, form: WebhookActiveUpdate) -> Webhook:
    """One that answered 410 is switched off by itself. What waits is sent within minutes of switching on."""
    now = datetime.now(UTC)
    with parts.transaction(admin) as conn:
        service.find(conn, webhook_id)
        db.set_active(conn, webhook_id, active=form.active, why=form.why, now=now)
        _record(conn, admin, "webhook_switch", webhook_id, now=now, active=form.active)
        return _form(service.find(conn, webhook_id))


@router.post("/{webhook_id}/secret", summary="Make a new secret (admin)")
def rotate_webhook_secret(parts: PartsOf, admin: Admin, webhook_id: UUID) -> WebhookSecret:
    """Signs from now on, also what waits; the old one is of no use any more."""
    now = datetime.now(UTC)
    with parts.transaction(admin) as conn:
        secret = service.new_secret(conn, webhook_id, now=now)
        _record(conn, admin, "webhook_secret", webhook_id, now=now)
    return WebhookSecret(secret=secret)


@router.post("/{webhook_id}/ping", summary="Send a test event (admin)", status_code=202)
def ping_webhook(parts: PartsOf, admin: Admin, webhook_id: UUID) -> WebhookPingResult:
    """A signed body of the type `ping` with `test` true, for trying the other side. Its delivery shows the answer."""
    with parts.transaction(admin) as conn:
        return WebhookPingResult(delivery_id=service.ping(conn, webhook_id, now=datetime.now(UTC)))


@router.get("/{webhook_id}/deliveries", summary="Deliveries of a webhook, the newest first (admin)")
def list_webhook_deliveries(
    parts: PartsOf,
    admin: Admin,
    webhook_id: UUID,
    state: Annotated[State | None, Query(description="dead: given up, waiting to be sent again")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[WebhookDelivery]:
    """Stored for 30 days after they were sent or given up."""
    with parts.transaction(admin) as conn:
        service.find(conn, webhook_id)
        found = db.deliveries(conn, webhook_id=webhook_id, state=state, limit=limit)
    return [WebhookDelivery.model_validate(one, from_attributes=True) for one in found]


@router.get("/{webhook_id}/deliveries/{delivery_id}", summary="A delivery of a webhook (admin)")
def get_webhook_delivery(parts: PartsOf, admin: Admin, webhook_id: UUID, delivery_id: UUID) -> WebhookDelivery:
    """As in the list, with what the other system answered."""
    with parts.transaction(admin) as conn:
        found = service.find_delivery(conn, webhook_id, delivery_id)
    return WebhookDelivery.model_validate(found, from_attributes=True)


@router.post("/{webhook_id}/replay", summary="Send dead deliveries again (admin)")
def replay_webhook_deliveries(
    parts: PartsOf, admin: Admin, webhook_id: UUID, form: WebhookReplayCreate
) -> WebhookReplayResult:
    """The same `Siaga-Id` as before: a receiver that took one after all drops it."""
    now = datetime.now(UTC)
    with parts.transaction(admin) as conn:
        service.find(conn, webhook_id)
        return WebhookReplayResult(replayed=service.replay(conn, webhook_id=webhook_id, ids=form.ids, now=now))


def _form(one: db.WebhookRow) -> Webhook:
    return Webhook.model_validate(one, from_attributes=True)


def _record(conn: Connection, admin: Person, action: str, webhook_id: UUID, *, now: datetime, **details: Any) -> None:
    audit.record(
        conn, actor=admin.id, action=action, kind="webhook", object_id=str(webhook_id), details=details, now=now
    )
