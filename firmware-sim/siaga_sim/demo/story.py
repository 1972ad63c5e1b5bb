"""What people do in a story: stories/<name>.toml, in shares of its length."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from siaga_core.rules.geometry import LatLon
from siaga_sim.city import City, Place, Table
from siaga_sim.complaints import load_toml
from siaga_sim.demo.citizens import CitizenReport, Subscriber
from siaga_sim.demo.controls import Chapter
from siaga_sim.demo.officers import OfficerPlan
from siaga_sim.demo.people import ADMIN, Cast
from siaga_sim.demo.scenes import Scenes, Spot, seed_of
from siaga_sim.scenario import Scenario

STORIES = Path(__file__).parent / "stories"
MANGGARAI = Place(lat=-6.2085, lon=106.8490)


class CitizenTable(Table):
    """One report. `photo`: of the spot as it is then. `fixed`: what the citizen answers once the work is reported as
    done; false is answered at first, and true when it was done again. `next`: it waits, besides, until the work of the
    reporter's report before is verified.
    """

    at: float = Field(ge=0, le=1)
    category: str = "flooding"
    text: str = ""
    lat: float
    lon: float
    reporter: str
    channel: Literal["web", "telegram", "whatsapp", "twilio-sms", "lapor", "smssync", "waze"] = "web"
    photo: bool = False
    fixed: bool | None = None
    next: bool = False


class SpotTable(Table):
    """A street that a camera watches; its trouble is over from `over_at` on, without anybody's work."""

    camera: str
    over_at: float | None = Field(default=None, ge=0, le=1)


class SubscriberTable(Table):
    """Who wants to be warned about gauges."""

    channel: Literal["email", "webpush"]
    address: str
    gauges: tuple[str, ...] = Field(min_length=1)


class OfficerTable(Table):
    """An officer's day; `accept_after` and `work` in shares of the story. `cheats`: tasks reported as done with
    nothing done, until they come back. `reserve`: works only on what somebody sends him to.
    """

    user: str
    categories: tuple[str, ...]
    accept_after: float = Field(ge=0, le=1)
    work: float = Field(ge=0, le=1)
    most: int = Field(ge=0)
    base: Place = MANGGARAI
    cheats: int = Field(default=0, ge=0)
    reserve: bool = False


class OperatorTable(Table):
    """Who looks at what is unsure."""

    user: str


class StallTable(Table):
    """When the ingest is stopped dead, and for how long."""

    at: float = Field(ge=0, le=1)
    lasts_seconds: float = Field(gt=0, le=60)


class StolenTable(Table):
    """When a stolen node begins to report what belongs to others."""

    at: float = Field(ge=0, le=1)


class ChapterTable(Table):
    """A part of the story that a visitor can go to."""

    at: float = Field(ge=0, le=1)
    title: str = Field(min_length=1)


class PeopleOfStory(Table):
    """A whole file."""

    citizen: tuple[CitizenTable, ...] = ()
    officer: tuple[OfficerTable, ...] = ()
    spot: tuple[SpotTable, ...] = ()
    subscriber: tuple[SubscriberTable, ...] = ()
    operator: OperatorTable
    stall: StallTable | None = None
    stolen: StolenTable | None = None
    chapter: tuple[ChapterTable, ...] = ()

    @property
    def users(self) -> list[str]:
        """Everyone who needs a token."""
        return [self.operator.user, *(officer.user for officer in self.officer), *([ADMIN] if self.stolen else [])]


def load_people(story: str) -> PeopleOfStory:
    """The people of a story; raises BadFileError."""
    return load_toml(STORIES / f"{story}.toml", PeopleOfStory)


def cast_of(people: PeopleOfStory, scenario: Scenario) -> Cast:
    """The people with their moments in seconds of this telling of the story."""
    return Cast(
        reports=[_report(citizen, scenario) for citizen in people.citizen],
        subscribers=[
            Subscriber(channel=one.channel, address=one.address, gauges=one.gauges) for one in people.subscriber
        ],
        officers=[_officer(officer, scenario) for officer in people.officer],
        operator=people.operator.user,
        stolen_at_seconds=people.stolen.at * scenario.seconds if people.stolen else None,
    )


def chapters_of(people: PeopleOfStory, scenario: Scenario) -> list[Chapter]:
    """The chapters of this telling of the story, the first first."""
    chapters = [Chapter(at_seconds=one.at * scenario.seconds, title=one.title) for one in people.chapter]
    return sorted(chapters, key=lambda one: one.at_seconds)


def scenes_of(people: PeopleOfStory, scenario: Scenario, city: City) -> Scenes:
    """The places that people photograph: streets with cameras, and the places of reports that no camera sees."""
    over = {spot.camera: spot.over_at for spot in people.spot}
    watched = [
        Spot(
            place=LatLon(lat=camera.place.lat, lon=camera.place.lon),
            camera=camera.id,
            over_at=over.get(camera.id),
        )
        for camera in scenario.camera
    ]
    scenes = Scenes(scenario, city, watched)
    reported = [LatLon(lat=citizen.lat, lon=citizen.lon) for citizen in people.citizen]
    unseen = [Spot(place=place, seed=seed_of(place)) for place in reported if scenes.spot_near(place).camera is None]
    return Scenes(scenario, city, [*watched, *unseen])


def _report(citizen: CitizenTable, scenario: Scenario) -> CitizenReport:
    return CitizenReport(
        at_seconds=citizen.at * scenario.seconds,
        category=citizen.category,
        text=citizen.text,
        lat=citizen.lat,
        lon=citizen.lon,
        reporter=citizen.reporter,
        channel=citizen.channel,
        has_photo=citizen.photo,
        answer=citizen.fixed,
        is_next=citizen.next,
    )


def _officer(officer: OfficerTable, scenario: Scenario) -> OfficerPlan:
    return OfficerPlan(
        user=officer.user,
        categories=frozenset(officer.categories),
        accept_after_seconds=officer.accept_after * scenario.seconds,
        work_seconds=officer.work * scenario.seconds,
        most=officer.most,
        base=LatLon(lat=officer.base.lat, lon=officer.base.lon),
        cheats=officer.cheats,
        is_reserve=officer.reserve,
    )
