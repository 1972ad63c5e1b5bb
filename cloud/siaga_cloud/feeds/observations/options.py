"""Models the options of a feed of Observations that another system writes here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from siaga_cloud.feeds.feed_table import FeedTable, GaugeLink, SecretName


class ObservationsTable(FeedTable):
    """Models a system that is trusted to write the levels of these gauges. `secret` names the variable with its token,
    which the API needs to know.
    """

    kind: Literal["observations"]
    secret: SecretName
    gauge: Annotated[tuple[GaugeLink, ...], Field(min_length=1, max_length=500)]
