"""The people of every story fit its city: accounts, gauges, cameras, agencies; and photos show what is so."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from siaga_core.rules.geometry import LatLon
from siaga_sim.actors.photos import HEIGHT, WIDTH
from siaga_sim.demo.citizens import people_of
from siaga_sim.demo.cloud import CITY
from siaga_sim.demo.scenes import SAME_PLACE_M, Scenes, Spot, seed_of
from siaga_sim.demo.story import STORIES, cast_of, load_people, scenes_of
from siaga_sim.scenario import load_scenario

CREW_FIRST: list[str] = tomllib.loads((CITY / "policy.toml").read_text("utf-8"))["routing"]["crew_first"]
NAMES = sorted(path.stem for path in STORIES.glob("*.toml"))


def tables(name: str, kind: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = tomllib.loads((Path(CITY) / name).read_text("utf-8"))[kind]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_story_is_acted_by_people_of_its_city(name: str) -> None:
    scenario, city = load_scenario(name)
    people = load_people(name)
    cast = cast_of(people, scenario)
    users = {user["id"]: user for user in tables("users.toml", "user")}
    agencies = {str(agency["id"]): agency["categories"] for agency in tables("agencies.toml", "agency")}
    assert users[cast.operator]["role"] == "operator"
    for officer in cast.officers:
        agency = str(users[officer.user]["agency"])
        own = CREW_FIRST if agency == "ppsu" else agencies[agency]
        assert isinstance(own, list)
        assert officer.categories <= set(own), officer.user
    for subscriber in cast.subscribers:
        assert {*subscriber.gauges} <= {gauge.id for gauge in city.gauge}
    assert {spot.camera for spot in people.spot} <= {camera.id for camera in scenario.camera}
    assert all(0 <= report.at_seconds <= scenario.seconds for report in cast.reports)
    acting = people_of(report.reporter for report in cast.reports)
    assert len({person.address for person in acting.values()}) == len(acting)
    assert len({person.phone for person in acting.values()}) == len(acting)


def test_the_storm_has_five_channels_an_officer_who_cheats_and_a_reporter_who_disputes_it() -> None:
    cast = cast_of(load_people("storm"), load_scenario("storm")[0])
    assert len({report.channel for report in cast.reports} - {"waze"}) >= 5
    (cheat,) = [officer for officer in cast.officers if officer.cheats]
    disputed = [report for report in cast.reports if report.answer is False]
    assert {report.category for report in disputed} <= cheat.categories


def test_the_witness_of_the_flood_first_reports_what_another_officer_mends() -> None:
    cast = cast_of(load_people("flood"), load_scenario("flood")[0])
    (second,) = [report for report in cast.reports if report.is_next]
    (first,) = [report for report in cast.reports if report.reporter == second.reporter and report is not second]
    assert first.channel == second.channel == "telegram"
    assert first.answer is second.answer is True
    officers = {category: officer.user for officer in cast.officers for category in officer.categories}
    assert officers["trash"] != officers["pothole"]


def test_every_report_with_a_photo_has_a_spot_of_its_own_or_that_of_a_camera() -> None:
    scenario, city = load_scenario("storm")
    people = load_people("storm")
    scenes = scenes_of(people, scenario, city)
    spots = {citizen.reporter: scenes.spot_near(LatLon(lat=citizen.lat, lon=citizen.lon)) for citizen in people.citizen}
    assert spots["ibu-sari"].camera == "cam-kampung-melayu"
    assert spots["pak-rt-05"].camera == "cam-manggarai"
    assert spots["andi"].camera is None
    assert SAME_PLACE_M < 200


def test_an_unseen_place_is_photographed_as_it_is() -> None:
    scenario, city = load_scenario("storm")
    place = LatLon(lat=-6.3, lon=106.9)
    scenes = Scenes(scenario, city, [])
    spot = scenes.spot_near(place)
    assert spot == Spot(place=place, seed=seed_of(place))
    before, again, after = (
        scenes.photo(spot, 0, is_mended=is_mended, view=view).astype(int)
        for is_mended, view in ((False, 1), (False, 4), (True, 1))
    )
    assert before.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(before - again).mean() > 1, "two people never take the same photo"
    change = np.abs(before - after).mean(axis=2)
    where_it_was, above = change[270:360, 180:380].mean(), change[:200].mean()
    assert where_it_was > 3 * above, "what was mended is gone, and the rest of the place is as it was"
