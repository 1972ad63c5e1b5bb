"""Maps each kind of feed to the module that reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from siaga_cloud.feeds.feed_table import FeedTable
from siaga_cloud.feeds.items import City, Feed
from siaga_cloud.feeds.kinds.cap import CapFeed
from siaga_cloud.feeds.kinds.complaints import DetikFeed, QlueFeed
from siaga_cloud.feeds.kinds.csv_files import CsvRainFeed, CsvReadingsFeed, CsvReportsFeed
from siaga_cloud.feeds.kinds.dsda import DsdaFeed, DsdaHistoryFeed
from siaga_cloud.feeds.kinds.sensorthings import SensorThingsFeed
from siaga_cloud.feeds.kinds.siaga_city import SiagaFeed
from siaga_cloud.feeds.kinds.waze import WazeFeed
from siaga_cloud.feeds.options import (
    FEED,
    CapTable,
    CsvRainTable,
    CsvReadingsTable,
    CsvReportsTable,
    DetikTable,
    DsdaHistoryTable,
    DsdaTable,
    QlueTable,
    SensorThingsTable,
    SiagaTable,
    WazeTable,
)

Maker: TypeAlias = Callable[[Any, City], Feed]

_MAKERS: Mapping[type[FeedTable], Maker] = MappingProxyType(
    {
        WazeTable: lambda options, _city: WazeFeed(options),
        QlueTable: lambda options, _city: QlueFeed(options),
        DetikTable: lambda options, _city: DetikFeed(options),
        DsdaTable: DsdaFeed,
        DsdaHistoryTable: DsdaHistoryFeed,
        CapTable: lambda options, _city: CapFeed(options),
        SensorThingsTable: lambda options, _city: SensorThingsFeed(options),
        SiagaTable: lambda options, _city: SiagaFeed(options),
        CsvReportsTable: lambda options, _city: CsvReportsFeed(options),
        CsvReadingsTable: lambda options, _city: CsvReadingsFeed(options),
        CsvRainTable: lambda options, _city: CsvRainFeed(options),
    }
)


def options_of(stored: Mapping[str, Any]) -> FeedTable:
    """Return a feed's options as they were imported; raises pydantic's ValidationError for those of another version."""
    return FEED.validate_python(dict(stored))


def module_of(options: FeedTable, city: City) -> Feed:
    """Return a module for one poll."""
    return _MAKERS[type(options)](options, city)
