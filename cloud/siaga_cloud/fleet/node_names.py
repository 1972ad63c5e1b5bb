"""Decides which names nodes may have."""

from __future__ import annotations

from siaga_cloud.platform.errors import InvalidError
from siaga_core.wire.ids import FEED_PREFIX, is_feed_name


def check_node_name(node_id: str) -> None:
    """Raise `InvalidError` for a name that is reserved for feeds, whose gauges a node of that name could report."""
    if is_feed_name(node_id):
        raise InvalidError(
            f"got {node_id!r}, expected a name that does not begin with {FEED_PREFIX}, because feeds have those",
            code="node_name_reserved",
            got=node_id,
        )
