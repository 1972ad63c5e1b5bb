"""Serves subscriptions to alerts: anybody requests one, the owner of the address confirms it and ends it by a link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from pydantic import BaseModel, Field, StringConstraints, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from siaga_cloud.alerts.api import subscription_page
from siaga_cloud.alerts.service import subscriptions as service
from siaga_cloud.alerts.store.subscriptions import SubscriptionPreferences, SubscriptionRow
from siaga_cloud.alerts.store.thresholds import OwnThreshold
from siaga_cloud.notifications.api.push import PushKeys
from siaga_cloud.platform.delivery.addresses import AvailableChannels, DeliveryAddress, check_address
from siaga_cloud.platform.errors import NotFoundError
from siaga_cloud.platform.http.limits import client_key
from siaga_cloud.platform.http.models import ResponseModel, as_json
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.platform.http.problem import Problem, refusals
from siaga_cloud.platform.language import choose_language
from siaga_core.rules.ahead.precision import Threshold, may_warn

router = APIRouter(tags=["subscriptions"])

Channel = Literal["email", "webpush", "webhook", "sms"]
FloodName = Literal["caution", "minor", "moderate", "severe"]
PlaceId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
_FLOODS: tuple[FloodName, ...] = ("caution", "minor", "moderate", "severe")
_RETRY_SECONDS = 3600


TimeOfDay = Annotated[
    time, WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$", "examples": ["22:00"]})
]


class QuietHours(BaseModel):
    """Holds the hours of the night, in the time of the city, in which messages wait. Siaga 1 and chest-deep water are
    never delayed.
    """

    from_: Annotated[TimeOfDay, Field(alias="from", examples=["22:00"])]
    to: Annotated[TimeOfDay, Field(examples=["05:00"])]

    model_config = {"populate_by_name": True}

    @model_validator(mode="after")
    def _of_the_day(self) -> QuietHours:
        if self.from_.tzinfo or self.to.tzinfo or self.from_ == self.to:
            raise PydanticCustomError(
                "invalid_quiet_hours", "two different times of the day without a zone, as 22:00 and 05:00"
            )
        return self


class ThresholdChoice(BaseModel):
    """Asks for a warning when a forecast of a gauge reaches an own level within an own lead time. It comes only while
    the published precision of such forecasts is high enough.
    """

    gauge_id: PlaceId
    level_cm: Annotated[float, Field(ge=-2000, le=5000, examples=[700])]
    lead_minutes: Annotated[int, Field(ge=30, le=720, examples=[180])] = 180


class SubscriptionUpdate(BaseModel):
    """Changes what a subscription covers: areas, gauges or both."""

    areas: Annotated[tuple[PlaceId, ...], Field(max_length=30, examples=[["31.74.01.manggarai"]])] = ()
    gauges: Annotated[tuple[PlaceId, ...], Field(max_length=20, examples=[["manggarai"]])] = ()
    least_stage: Annotated[Literal[3, 2, 1], Field(description="from this Siaga stage on; 1 is the worst")] = 3
    least_flood_state: Annotated[FloodName, Field(description="from this flood state of the area on")] = "minor"
    language: Literal["id", "en"] = "id"
    quiet: QuietHours | None = None
    thresholds: Annotated[tuple[ThresholdChoice, ...], Field(max_length=10)] = ()

    @model_validator(mode="after")
    def _somewhere(self) -> SubscriptionUpdate:
        if not self.areas and not self.gauges:
            raise PydanticCustomError("place_required", "at least one of areas and gauges")
        return self

    def preferences(self) -> SubscriptionPreferences:
        """As the service takes it."""
        return SubscriptionPreferences(
            areas=tuple(dict.fromkeys(self.areas)),
            gauges=tuple(dict.fromkeys(self.gauges)),
            least_stage=self.least_stage,
            least_flood_state=_FLOODS.index(self.least_flood_state) + 1,
            language=self.language,
            quiet_from=self.quiet.from_ if self.quiet else None,
            quiet_to=self.quiet.to if self.quiet else None,
            thresholds=tuple(Threshold(one.gauge_id, one.level_cm, one.lead_minutes) for one in self.thresholds),
        )


class SubscriptionCreate(SubscriptionUpdate):
    """Requests a subscription. For web push, `address` is the endpoint of the browser's PushSubscription."""

    channel: Channel
    address: Annotated[str, Field(min_length=3, max_length=1000, examples=["nama@example.org"])]
    keys: PushKeys | None = None


class ConfirmationCode(BaseModel):
    """Holds the code that was sent by SMS."""

    code: Annotated[str, Field(min_length=4, max_length=12)]


class SubscriptionReceipt(ResponseModel):
    """Confirms what was stored. `manage` is the link that shows, changes and ends it; for e-mail only the mail itself
    contains it.
    """

    subscription_id: UUID
    confirmed: bool
    manage: Annotated[str | None, Field(examples=["/api/v1/subscriptions/3q2-7wAAQkOZr1sTn0Xo5g"])]
    message: str


class SubscribedThreshold(ResponseModel):
    """Describes an own level. Without a `precision` that is high enough `is_active` is false, and nothing is sent."""

    gauge_id: str
    level_cm: float
    lead_minutes: int
    precision: Annotated[float | None, Field(description="share of announced floods that came; null: not known yet")]
    is_active: bool


class Subscription(ResponseModel):
    """Describes a subscription without its address."""

    subscription_id: UUID
    channel: Channel
    confirmed: bool
    areas: list[str]
    gauges: list[str]
    least_stage: int
    least_flood_state: FloodName
    language: Literal["id", "en"]
    quiet: dict[str, str] | None
    thresholds: list[SubscribedThreshold]
    created_at: datetime


class SubscriptionChannels(ResponseModel):
    """Lists the channels that this city has set up. `push_key` is the applicationServerKey for
    `pushManager.subscribe`."""

    channels: list[Channel]
    push_key: str | None


_NEXT = {
    "email": ("Buka tautan di surat yang kami kirim.", "Open the link in the mail that we send."),
    "sms": ("Masukkan kode dari SMS yang kami kirim.", "Enter the code from the SMS that we send."),
    "webhook": ("Jawab tantangan yang kami kirim.", "Answer the challenge that we send."),
    "webpush": ("Peringatan banjir aktif di perangkat ini.", "Alerts are on for this device."),
}


@router.get("/subscriptions/channels", summary="Which channels this city has")
def list_subscription_channels(parts: PartsOf) -> SubscriptionChannels:
    """Subscriptions to any other channel are refused."""
    return SubscriptionChannels.model_validate(
        {"channels": parts.of(AvailableChannels).names, "push_key": parts.of(AvailableChannels).push_key}
    )


@router.post(
    "/subscriptions",
    status_code=201,
    summary="Subscribe to alerts, without an account",
    responses=refusals(
        "invalid_quiet_hours",
        "place_required",
        "place_unknown",
        "channel_not_configured",
        "invalid_email",
        "invalid_phone",
        "url_not_allowed",
        "push_host_unknown",
        "invalid_push_keys",
    ),
)
def create_subscription(parts: PartsOf, request: Request, form: SubscriptionCreate) -> SubscriptionReceipt:
    """The owner of the address must confirm first; a subscription that is not confirmed within a day is deleted."""
    now = datetime.now(UTC)
    keys = form.keys.model_dump() if form.keys else None
    place = check_address(
        DeliveryAddress(channel=form.channel, address=form.address, keys=keys), parts.of(AvailableChannels)
    )
    client = client_key(request.client.host if request.client else None)
    with parts.transaction(None) as conn:
        refused = service.is_too_often(conn, place, client=client, now=now)
    if refused:
        detail = "this address or connection asked too often; try again later"
        raise Problem(429, "too-many-requests", "Too many requests", detail, retry_after_seconds=_RETRY_SECONDS)
    with parts.transaction(None) as conn:
        pending = service.subscribe(conn, place, form.preferences(), now=now)
    return SubscriptionReceipt(
        subscription_id=pending.id,
        confirmed=pending.is_confirmed,
        manage=f"/api/v1/subscriptions/{pending.secret}" if pending.secret else None,
        message=_NEXT[form.channel][form.language == "en"],
    )


@router.get("/subscriptions/{secret}", summary="See a subscription", response_model=Subscription)
def get_subscription(
    parts: PartsOf,
    secret: str,
    accept: Annotated[str, Header()] = "",
    lang: Annotated[str | None, Query(max_length=20)] = None,
    accept_language: Annotated[str | None, Header()] = None,
) -> Response:
    """For whoever has its secret; browsers get a page with buttons to confirm and to end it."""
    is_page = "text/html" in accept
    try:
        with parts.transaction(None) as conn:
            held = service.of_secret(conn, secret)
            names, own = service.names_of(conn, held), service.thresholds_of(conn, held)
    except NotFoundError:
        if not is_page:
            raise
        page = subscription_page.gone_page(choose_language(lang, accept_language))
        return HTMLResponse(page, status_code=404, headers=_PRIVATE)
    if is_page:
        return HTMLResponse(subscription_page.page_of(held, secret, names), headers=_PRIVATE)
    return JSONResponse(as_json(_form(held, own)), headers=_PRIVATE)


@router.put(
    "/subscriptions/{secret}",
    summary="Change what is wished for",
    responses=refusals("invalid_quiet_hours", "place_required", "place_unknown"),
)
def update_subscription(parts: PartsOf, secret: str, form: SubscriptionUpdate) -> Subscription:
    """The address stays; for another one, subscribe again."""
    with parts.transaction(None) as conn:
        held = service.change(conn, secret, form.preferences())
        return _form(held, service.thresholds_of(conn, held))


@router.post(
    "/subscriptions/{secret}/confirm",
    summary="Confirm a subscription",
    response_model=Subscription,
    responses=refusals("wrong_code"),
)
def confirm_subscription(
    parts: PartsOf, secret: str, form: ConfirmationCode | None = None, accept: Annotated[str, Header()] = ""
) -> Response:
    """E-mail: the secret of the mail is enough. SMS: with the code; it may be tried five times."""
    with parts.transaction(None) as conn:
        done = service.confirm(conn, secret, code=form.code if form else None, now=datetime.now(UTC))
        held = service.of_secret(conn, secret)
        own = service.thresholds_of(conn, held)
    if not done:
        raise Problem(422, "wrong-code", "The code is not right", "code: expected the six digits of the newest SMS")
    if "text/html" in accept:
        return RedirectResponse(f"/api/v1/subscriptions/{secret}", status_code=303)
    return JSONResponse(as_json(_form(held, own)), headers=_PRIVATE)


@router.post(
    "/subscriptions/{secret}/unsubscribe",
    summary="End a subscription by one click",
    response_model=None,
    responses={200: {"content": {"text/html": {}}}, 204: {"description": "ended"}},
)
def unsubscribe(
    parts: PartsOf,
    secret: str,
    accept: Annotated[str, Header()] = "",
    lang: Annotated[str | None, Query(max_length=20)] = None,
    accept_language: Annotated[str | None, Header()] = None,
) -> Response:
    """The address is forgotten at once. Doing it twice is as good as once (RFC 8058, also without a body)."""
    with parts.transaction(None) as conn:
        service.unsubscribe(conn, secret)
    if "text/html" in accept:
        return HTMLResponse(subscription_page.ended_page(choose_language(lang, accept_language)), headers=_PRIVATE)
    return Response(status_code=204)


@router.delete("/subscriptions/{secret}", status_code=204, summary="End a subscription")
def delete_subscription(parts: PartsOf, secret: str) -> None:
    """The address is forgotten at once."""
    with parts.transaction(None) as conn:
        service.unsubscribe(conn, secret)


_PRIVATE = {"Cache-Control": "no-store"}


def _form(held: SubscriptionRow, own: Sequence[OwnThreshold]) -> Subscription:
    quiet: dict[str, Any] | None = None
    if held.quiet_from is not None and held.quiet_to is not None:
        quiet = {"from": f"{held.quiet_from:%H:%M}", "to": f"{held.quiet_to:%H:%M}"}
    return Subscription.model_validate(
        {
            "subscription_id": held.id,
            "channel": held.channel,
            "confirmed": held.confirmed_at is not None,
            "areas": held.areas,
            "gauges": held.gauges,
            "least_stage": held.least_stage,
            "least_flood_state": _FLOODS[held.least_flood_state - 1],
            "language": held.language,
            "quiet": quiet,
            "thresholds": [_threshold(one) for one in own],
            "created_at": held.created_at,
        }
    )


def _threshold(one: OwnThreshold) -> SubscribedThreshold:
    share = one.measured.share if one.measured else None
    return SubscribedThreshold(
        gauge_id=one.gauge_id,
        level_cm=one.level_cm,
        lead_minutes=one.lead_minutes,
        precision=None if share is None else round(share, 3),
        is_active=may_warn(one.measured),
    )
