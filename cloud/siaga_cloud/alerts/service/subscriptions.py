"""Manages subscriptions to alerts: they are requested, confirmed by the owner of the address, changed, ended and
erased.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from siaga_cloud.alerts.store import messages as alert_messages
from siaga_cloud.alerts.store import subscriptions as db
from siaga_cloud.alerts.store import thresholds
from siaga_cloud.alerts.store.subscriptions import NewSubscription, SubscriptionPreferences, SubscriptionRow
from siaga_cloud.alerts.store.thresholds import OwnThreshold
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.delivery.addresses import AvailableChannels, DeliveryAddress, check_address
from siaga_cloud.platform.errors import ConflictError, InvalidError, NotFoundError
from siaga_core.wire.ids import uuid7

MOST_AN_ADDRESS: Final = 5
CONFIRMED_WITHIN: Final = timedelta(hours=24)
CODE_TRIES: Final = 5
ATTEMPTS_RETAINED: Final = timedelta(days=2)
# (limit, window) of attempts; many phones share one client where the carrier puts them behind one address.
OF_ADDRESS: Final = (4, timedelta(days=1))
OF_CLIENT: Final = (60, timedelta(hours=1))
OF_SMS: Final = (600, timedelta(hours=1))  # a gateway costs money for each message


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSubscription:
    """Represents a requested subscription. `secret` is None where only the owner of the address may learn it
    (e-mail)."""

    id: UUID
    secret: str | None
    is_confirmed: bool


def is_too_often(conn: Connection, place: DeliveryAddress, *, client: str, now: datetime) -> bool:
    """Counts an attempt by address and by client; whether it is too many. Commit this apart: refusals count, too."""
    limits = [(f"address:{_hash(place).hex()}", OF_ADDRESS), (f"client:{_digest(client).hex()[:32]}", OF_CLIENT)]
    if place.channel == "sms":
        limits.append(("channel:sms", OF_SMS))
    counts = [(db.count_attempt(conn, key, since=now - window, now=now), most) for key, (most, window) in limits]
    return any(count > most for count, most in counts)


def subscribe(
    conn: Connection, place: DeliveryAddress, preferences: SubscriptionPreferences, *, now: datetime
) -> PendingSubscription:
    """Store a subscription and request its confirmation. Raises InvalidError, ConflictError (too many for the
    address)."""
    _require_places(conn, preferences)
    digest = _hash(place)
    db.lock_address(conn, digest)
    if db.held_by(conn, digest, now=now) >= MOST_AN_ADDRESS:
        raise ConflictError(
            f"this address has {MOST_AN_ADDRESS} subscriptions; change one of them, or end one",
            code="too_many_subscriptions",
            most=MOST_AN_ADDRESS,
        )
    secret, subscription_id = secrets.token_urlsafe(24), uuid7(now)
    code = f"{secrets.randbelow(10**6):06d}" if place.channel == "sms" else None
    # Who holds the keys of a browser's endpoint holds the browser; every other address must be confirmed.
    is_confirmed = place.channel == "webpush"
    new = NewSubscription(
        id=subscription_id,
        channel=place.channel,
        address=place.address,
        address_sha256=digest,
        keys=place.keys,
        secret=secret,
        secret_sha256=secret_hash(secret),
        code=code,
        code_sha256=_code_hash(subscription_id, code) if code else None,
        created_at=now,
        expires_at=None if is_confirmed else now + CONFIRMED_WITHIN,
        confirmed_at=now if is_confirmed else None,
    )
    db.add(conn, new, preferences)
    thresholds.replace(conn, subscription_id, preferences.thresholds)
    alert_messages.add_confirmation(
        conn, message_id=uuid7(now), subscription_id=subscription_id, channel=place.channel, now=now
    )
    return PendingSubscription(
        id=subscription_id, secret=None if place.channel == "email" else secret, is_confirmed=is_confirmed
    )


def of_secret(conn: Connection, secret: str) -> SubscriptionRow:
    """Return the subscription of a secret; raises NotFoundError."""
    found = db.by_secret(conn, secret_hash(secret))
    if found is None:
        raise NotFoundError(
            "there is no such subscription; it was ended, or never confirmed, or the address was cut off",
            code="subscription_not_found",
        )
    return found


def names_of(conn: Connection, held: SubscriptionRow) -> list[str]:
    """Return what people call the areas and gauges of a subscription."""
    return db.place_names(conn, held.areas, held.gauges)


def thresholds_of(conn: Connection, held: SubscriptionRow) -> list[OwnThreshold]:
    """Return the own levels of a subscription, each with the precision that is published for it."""
    return thresholds.of_subscription(conn, held.id)


def confirm(conn: Connection, secret: str, *, code: str | None, now: datetime) -> bool:
    """Confirms by the link of an e-mail, or by the code of an SMS; False where the code is wrong.

    Raises NotFoundError, ConflictError (a webhook confirms by its answer; the code was guessed too often). A wrong
    code is counted, so commit in any case.
    """
    found = of_secret(conn, secret)
    if found.confirmed_at is not None:
        return True
    if found.expires_at is not None and found.expires_at <= now:
        raise NotFoundError("the confirmation came too late; subscribe again", code="confirmation_expired")
    if found.channel == "webhook":
        raise ConflictError("a webhook is confirmed by its answer to the challenge", code="webhook_confirms_itself")
    if found.channel == "sms" and not _is_code(conn, found.id, code or ""):
        return False
    db.confirm(conn, found.id, now=now)
    return True


def _is_code(conn: Connection, subscription_id: UUID, code: str) -> bool:
    attempt = db.guess(conn, subscription_id)
    if attempt is None or attempt.code_attempts > CODE_TRIES:
        raise ConflictError("the code was tried too often; subscribe again", code="too_many_code_attempts")
    return hmac.compare_digest(attempt.code_sha256 or b"", _code_hash(subscription_id, code.strip()))


def change(conn: Connection, secret: str, preferences: SubscriptionPreferences) -> SubscriptionRow:
    """Replace what a subscription covers; its address stays. Raises NotFoundError, InvalidError."""
    found = of_secret(conn, secret)
    _require_places(conn, preferences)
    db.change(conn, found.id, preferences)
    thresholds.replace(conn, found.id, preferences.thresholds)
    return of_secret(conn, secret)


def unsubscribe(conn: Connection, secret: str) -> bool:
    """Ends a subscription and forgets its address; False where there was none (any more), which is as good."""
    found = db.by_secret(conn, secret_hash(secret))
    if found is None:
        return False
    db.forget(conn, found.id)
    return True


def forget_address(conn: Connection, channel: str, address: str) -> int:
    """Deletes a person's address everywhere, on request; how many subscriptions."""
    place = DeliveryAddress(channel=channel, address=address.strip())
    if channel == "sms":
        place = check_address(place, AvailableChannels(sms=True))
    return db.forget_address(conn, _hash(place))


def forget(conn: Connection, *, now: datetime) -> int:
    """Deletes what was never confirmed; how many."""
    return db.forget_expired(conn, attempts_before=now - ATTEMPTS_RETAINED, now=now)


def secret_hash(secret: str) -> bytes:
    """Return what is stored of a secret beside the address."""
    return _digest(secret[:100])


def _require_places(conn: Connection, preferences: SubscriptionPreferences) -> None:
    if unknown := db.unknown_places(
        conn, preferences.areas, [*preferences.gauges, *(one.gauge_id for one in preferences.thresholds)]
    ):
        raise InvalidError(
            f"areas, gauges: got {', '.join(unknown[:5])[:200]}, expected ids of /areas and /gauges",
            code="place_unknown",
        )


def _hash(place: DeliveryAddress) -> bytes:
    return _digest(f"{place.channel}:{place.address.lower() if place.channel == 'email' else place.address}")


def _code_hash(subscription_id: UUID, code: str) -> bytes:
    return _digest(f"{subscription_id}:{code}")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
