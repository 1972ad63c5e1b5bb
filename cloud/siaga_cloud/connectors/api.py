"""Serves the health of each connector to administrators."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter

from siaga_cloud.connectors import service as connectors
from siaga_cloud.connectors.service import Connector
from siaga_cloud.people.auth import Overseer
from siaga_cloud.platform.http.parts import PartsOf
from siaga_cloud.settings import TextChannelSettings

router = APIRouter(tags=["text channels"])


@router.get("/connectors", summary="How each connector fares (operator, leader)")
def list_connectors(parts: PartsOf, overseer: Overseer) -> list[Connector]:
    """Every channel, feed and form: whether it works, last success, lag, what was refused and why. The mailbox is set
    up where the fetching process runs, so that one that never answered may be shown as off."""
    with parts.transaction(overseer) as conn:
        return connectors.overview(conn, set_up=set_up(parts.settings.text_channels), now=datetime.now(UTC))


def set_up(proofs: TextChannelSettings) -> frozenset[str]:
    """Return the channels whose gateways this server has a secret for."""
    secrets = {
        "twilio-sms": proofs.twilio_auth_token,
        "whatsapp": proofs.twilio_auth_token,
        "telegram": proofs.telegram_secret,
        "smssync": proofs.smssync_secret,
        "frontlinesms": proofs.frontlinesms_secret,
        "lapor": proofs.lapor_secret,
        "x": proofs.x_consumer_secret,
        "facebook": proofs.facebook_app_secret,
    }
    return frozenset(name for name, secret in secrets.items() if secret)
