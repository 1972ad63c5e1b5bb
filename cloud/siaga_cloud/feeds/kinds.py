"""Which module reads which kind of feed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from siaga_cloud.feeds.found import City, Feed
from siaga_cloud.feeds.options import FEED, FeedTable, WazeTable
from siaga_cloud.feeds.waze import WazeFeed

Maker: TypeAlias = Callable[[Any, City], Feed]

_MAKERS: Mapping[type[FeedTable], Maker] = MappingProxyType(
    {
        WazeTable: lambda options, _city: WazeFeed(options),
    }
)


def options_of(kept: Mapping[str, Any]) -> FeedTable:
    """A feed's options as they were imported; raises pydantic's ValidationError for those of another version."""
    return FEED.validate_python(dict(kept))


def module_of(options: FeedTable, city: City) -> Feed:
    """A module for one poll."""
    return _MAKERS[type(options)](options, city)
