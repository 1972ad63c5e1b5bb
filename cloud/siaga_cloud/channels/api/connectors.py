"""Serves the health of each connector to operators and leaders."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter

from siaga_cloud.channels import registry
from siaga_cloud.connectors import service
from siaga_cloud.connectors.service import Connector
from siaga_cloud.people.auth import Overseer
from siaga_cloud.platform.http.parts import PartsOf

router = APIRouter(tags=["text channels"])


@router.get("/connectors", summary="How each connector fares (operator, leader)")
def list_connectors(parts: PartsOf, overseer: Overseer) -> list[Connector]:
    """Every channel, feed and form: whether it works, last success, lag, what was refused and why. The mailbox is set
    up where the fetching process runs, so that one that never answered may be shown as off."""
    channels = [one.id for one in registry.all_channels()]
    set_up = registry.set_up_channels(parts.settings.channels)
    with parts.transaction(overseer) as conn:
        return service.overview(conn, channels=channels, set_up=set_up, now=datetime.now(UTC))
