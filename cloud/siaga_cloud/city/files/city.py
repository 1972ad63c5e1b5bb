"""Reads the TOML files of a city: agencies, gauges, sites with their cameras, and users."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from siaga_cloud.platform.import_errors import FileModel

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,47}$")]
UserId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._@-]{1,63}$")]
CategoryId = Annotated[str, StringConstraints(pattern=r"^[a-z_]{2,32}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Lat = Annotated[float, Field(ge=-90, le=90)]
Lon = Annotated[float, Field(ge=-180, le=180)]
Share = Annotated[float, Field(ge=0, le=1)]


class Route(FileModel):
    """Routes a category to this agency in one area and all areas within it."""

    category: CategoryId
    area: Text


class AgencyTable(FileModel):
    """Models a table `[[agency]]`."""

    id: Id
    name: Text
    colour: Annotated[str, StringConstraints(pattern="^#[0-9a-f]{6}$")] | None = None
    categories: tuple[CategoryId, ...] = ()
    routes: tuple[Route, ...] = ()


class AgenciesFile(FileModel):
    """Models the file agencies.toml."""

    agency: Annotated[tuple[AgencyTable, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_agency_per_category(self) -> Self:
        seen: dict[str, str] = {}
        for agency in self.agency:
            for category in agency.categories:
                if category in seen:
                    raise ValueError(f"one agency per category; {category} goes to {seen[category]} and {agency.id}")
                seen[category] = agency.id
        return self


class GaugeTable(FileModel):
    """Models a table `[[gauge]]`. Limits are inclusive lower bounds in cm above the gauge's datum; unknown ones are
    left out.
    """

    id: Id
    name: Text
    river: Annotated[str, StringConstraints(max_length=200)] = ""
    node: Id | None = None
    lat: Lat
    lon: Lon
    area: Text | None = None
    s3_cm: float | None = None
    s2_cm: float | None = None
    s1_cm: float | None = None
    min_cm: float | None = None
    max_cm: float | None = None
    hysteresis_cm: Annotated[float, Field(ge=0)] = 5
    stale_seconds: Annotated[int, Field(ge=1)] = 900
    datum_cm: float = 0
    downstream: Id | None = None
    travel_minutes: Annotated[float, Field(gt=0)] | None = None
    warns: Annotated[tuple[Text, ...], Field(max_length=100)] = ()
    confidence: Literal["sure", "fair", "weak"] | None = None
    note: str = ""

    @model_validator(mode="after")
    def _limits_rise(self) -> Self:
        known = [limit for limit in (self.s3_cm, self.s2_cm, self.s1_cm) if limit is not None]
        if known != sorted(set(known)):
            raise ValueError(f"limits that rise from s3_cm to s1_cm, not {known}")
        if self.min_cm is not None and self.max_cm is not None and self.min_cm >= self.max_cm:
            raise ValueError("min_cm below max_cm")
        if (self.downstream is None) != (self.travel_minutes is None):
            raise ValueError("downstream and travel_minutes together, or neither")
        if len(set(self.warns)) != len(self.warns):
            raise ValueError("each area of warns once")
        return self


class GaugesFile(FileModel):
    """Models the file gauges.toml."""

    gauge: Annotated[tuple[GaugeTable, ...], Field(min_length=1)]


class ZoneTable(FileModel):
    """Models a table `[[camera.zone]]`. The polygon is in shares of the frame's width and height, and empty where only
    the node holds it.
    """

    id: Id
    kind: Literal["no_stopping", "watch", "road"]
    polygon: tuple[tuple[Share, Share], ...] = ()
    lat: Lat | None = None
    lon: Lon | None = None


class CameraTable(FileModel):
    """Models a table `[[camera]]`. `permission` says who allowed the use of the camera; it is never published.
    `public_snapshot`: everybody sees its newest redacted snapshot; left out, it stays as it was, at first false.
    """

    id: Id
    name: Text
    node: Id | None = None
    lat: Lat
    lon: Lon
    area: Text | None = None
    view_radius_m: Annotated[float, Field(gt=0, le=5000)] = 60
    permission: Annotated[str, StringConstraints(max_length=200)] = ""
    public_snapshot: bool | None = None
    zone: tuple[ZoneTable, ...] = ()


class SitesFile(FileModel):
    """Models the file sites.toml."""

    camera: Annotated[tuple[CameraTable, ...], Field(min_length=1)]


class UserTable(FileModel):
    """Models a table `[[user]]`, which contains no secrets."""

    id: UserId
    name: Text
    role: Literal["officer", "area_head", "agency_head", "operator", "leader", "admin"]
    area: Text | None = None
    agency: Id | None = None

    @model_validator(mode="after")
    def _belongs_somewhere(self) -> Self:
        if self.role == "area_head" and self.area is None:
            raise ValueError("an area for an area_head")
        if self.role in ("officer", "agency_head") and self.agency is None:
            raise ValueError(f"an agency for an {self.role}")
        return self


class TeamTable(FileModel):
    """Models a table `[[team]]`: officers who are assigned together. Members are ids of users."""

    id: Id
    name: Text
    agency: Id
    area: Text | None = None
    members: Annotated[tuple[UserId, ...], Field(min_length=1, max_length=100)]


class UsersFile(FileModel):
    """Models the file users.toml."""

    user: Annotated[tuple[UserTable, ...], Field(min_length=1)]
    team: tuple[TeamTable, ...] = ()


class MatchTable(FileModel):
    """Models a table `[[category]]`: how near in space and time two of its signals belong to one incident."""

    id: CategoryId
    radius_m: Annotated[float, Field(gt=0, le=5000)]
    window_hours: Annotated[float, Field(gt=0, le=8784)]


class SourceTable(FileModel):
    """Models a table `[[source]]`: the prior reliability of a kind of source, and how many verdicts the prior
    weighs."""

    kind: Literal["camera", "gauge", "citizen", "feed", "rule"]
    believed: Share
    weighs_verdicts: Annotated[float, Field(gt=0, le=10_000)] = 10


class IncidentsFile(FileModel):
    """Models the file incidents.toml."""

    category: tuple[MatchTable, ...] = ()
    source: tuple[SourceTable, ...] = ()
