"""Reads of notifications that the APIs of other subjects share."""

from __future__ import annotations

from siaga_cloud.notifications.store.inbox import messages
from siaga_cloud.notifications.store.notifications import COLLECTED_WITHIN, collect

__all__ = ["COLLECTED_WITHIN", "collect", "messages"]
