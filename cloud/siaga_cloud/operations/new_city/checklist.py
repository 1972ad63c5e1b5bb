"""Decides what of a city is there and what is missing; says nothing about what was not checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from siaga_cloud.operations.new_city.facts import CityFacts

TopicId: TypeAlias = Literal[
    "borders", "policy", "agencies", "people", "gauges", "cameras", "nodes", "places", "messages"
]
State: TypeAlias = Literal["complete", "missing", "unchecked"]
# The languages whose words come with the program.
BUILT_IN_LANGUAGES: Final = frozenset({"id", "en"})
_MOST_NAMES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Names something that is missing, or that was not checked. `count` is how many there are beyond the names."""

    code: str
    names: tuple[str, ...] = ()
    count: int = 0
    is_unchecked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Holds one part of setting up a city: how much of it there is, and its gaps."""

    id: TopicId
    count: int
    gaps: tuple[Gap, ...] = ()

    @property
    def state(self) -> State:
        """Return `missing` where anything is, else `unchecked` where anything was not checked."""
        if any(not gap.is_unchecked for gap in self.gaps):
            return "missing"
        return "unchecked" if self.gaps else "complete"


def checklist(facts: CityFacts) -> tuple[Topic, ...]:
    """Return every topic in the order in which a city is set up."""
    return (
        Topic(id="borders", count=len(facts.areas), gaps=tuple(_borders(facts))),
        Topic(id="policy", count=int(facts.zone is not None), gaps=tuple(_policy(facts))),
        Topic(id="agencies", count=len(facts.agencies), gaps=tuple(_agencies(facts))),
        Topic(id="people", count=facts.people, gaps=tuple(_people(facts))),
        Topic(id="gauges", count=len(facts.gauges), gaps=tuple(_gauges(facts))),
        Topic(id="cameras", count=len(facts.cameras), gaps=tuple(_cameras(facts))),
        Topic(id="nodes", count=len(facts.nodes), gaps=tuple(_nodes(facts))),
        Topic(id="places", count=facts.places, gaps=tuple(_places(facts))),
        Topic(id="messages", count=int(facts.sends_mail is True), gaps=tuple(_messages(facts))),
    )


def is_complete(topics: Iterable[Topic]) -> bool:
    """Whether nothing is missing; what was not checked does not count as missing."""
    return all(topic.state != "missing" for topic in topics)


def _gap(code: str, names: Iterable[str], *, is_unchecked: bool = False) -> Iterator[Gap]:
    """Yield one gap where there are names."""
    found = tuple(names)
    if found:
        yield Gap(code=code, names=found[:_MOST_NAMES], count=len(found), is_unchecked=is_unchecked)


def _borders(facts: CityFacts) -> Iterator[Gap]:
    if not facts.areas:
        yield Gap(code="borders_missing")
    yield from _gap("area_without_border", (one.name for one in facts.areas if not one.has_border))
    yield from _gap("area_schematic", (one.name for one in facts.areas if one.is_schematic))


def _policy(facts: CityFacts) -> Iterator[Gap]:
    if facts.zone is None:
        yield Gap(code="policy_missing")


def _agencies(facts: CityFacts) -> Iterator[Gap]:
    if not facts.agencies:
        yield Gap(code="agencies_missing")
    yield from _gap("category_unrouted", facts.unrouted)
    yield from _gap("agency_without_people", (one.name for one in facts.agencies if not one.has_people))


def _people(facts: CityFacts) -> Iterator[Gap]:
    if not facts.admins:
        yield Gap(code="admin_missing")


def _gauges(facts: CityFacts) -> Iterator[Gap]:
    if not facts.gauges:
        yield Gap(code="gauges_missing")
    yield from _gap("gauge_without_limits", (one.id for one in facts.gauges if not one.has_limits))
    yield from _gap("gauge_without_node", (one.id for one in facts.gauges if one.node is None))
    yield from _gap("gauge_outside", (one.id for one in facts.gauges if not one.is_in_area))
    yield from _gap("gauge_silent", (one.id for one in facts.gauges if one.has_reported is False))
    yield from _gap("gauge_unchecked", (one.id for one in facts.gauges if one.has_reported is None), is_unchecked=True)


def _cameras(facts: CityFacts) -> Iterator[Gap]:
    if not facts.cameras:
        yield Gap(code="cameras_missing")
    yield from _gap("camera_without_permission", (one.id for one in facts.cameras if not one.has_permission))
    yield from _gap("camera_without_zones", (one.id for one in facts.cameras if not one.has_zones))
    yield from _gap("camera_without_node", (one.id for one in facts.cameras if one.node is None))
    yield from _gap("camera_outside", (one.id for one in facts.cameras if not one.is_in_area))
    yield from _gap("camera_silent", (one.id for one in facts.cameras if one.has_reported is False))
    yield from _gap(
        "camera_unchecked", (one.id for one in facts.cameras if one.has_reported is None), is_unchecked=True
    )


def _nodes(facts: CityFacts) -> Iterator[Gap]:
    if not facts.nodes:
        yield Gap(code="nodes_missing")
    elif facts.enrolled_nodes is None:
        yield from _gap("node_unchecked", facts.nodes, is_unchecked=True)
    else:
        yield from _gap("node_not_enrolled", (one for one in facts.nodes if one not in facts.enrolled_nodes))


def _places(facts: CityFacts) -> Iterator[Gap]:
    if not facts.places:
        yield Gap(code="places_missing")
    yield from _gap("words_missing", sorted(facts.wanted_languages - facts.word_languages - BUILT_IN_LANGUAGES))


def _messages(facts: CityFacts) -> Iterator[Gap]:
    if facts.sends_mail is None:
        yield Gap(code="mail_unchecked", is_unchecked=True)
    elif not facts.sends_mail:
        yield Gap(code="mail_missing")
