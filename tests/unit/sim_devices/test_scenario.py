"""Scenario files: what they may say, how they are stretched, and what the storm does to the gauges."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from siaga_edge.settings import NodeSettings
from siaga_sim.cameras.streets import zone_outlines
from siaga_sim.city import City, GaugeTable, load_city
from siaga_sim.complaints import BadFileError
from siaga_sim.nodes import city_nodes
from siaga_sim.scenario import Scenario, StreetWater, Surge, load_scenario, stretched
from siaga_sim.scene.script import StreetScript
from siaga_sim.scene.street import Street
from siaga_sim.story import StoryClock, World

REPOSITORY = Path(__file__).parents[3]
GOOD = """
name = "mine"
title = "A story of mine"
city = "jakarta"
seconds = 100
river_hours = 10

[[rain]]
on = ["puncak"]
starts_hour = 1
hours = 2
peak_mm_per_hour = 30

[[camera]]
id = "cam-a"
name = "A"
place = { lat = -6.2, lon = 106.8 }
street = { layout = "gate", parkers = [{ enters_at = 10, stops_at = 20, leaves_at = 60 }] }
zone = [{ id = "no-stopping", kind = "no_stopping", allowed_seconds = 20 }]
fault = [{ kind = "frozen", at = 30, until = 40 }]

[[node]]
name = "box"
cameras = ["cam-a"]
gauges = ["katulampa"]
"""


def a_file(folder: Path, *changes: tuple[str, str]) -> Path:
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "mine.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("seconds = 100", "seconds = -1", "seconds: got -1, expected greater than 0"),
        ('title = "A story of mine"', "", "title: got nothing, expected a value"),
        ("river_hours = 10", "river_hours = 10\nwind = 3", "wind: got 3, expected no such key"),
        ('on = ["puncak"]', 'on = ["alps"]', "rain[0].on: got 'alps', expected one of puncak, bogor, jakarta-selatan"),
        ("lat = -6.2", "lat = 96", "camera[0].place.lat: got 96, expected less than or equal to 90"),
        ('kind = "frozen"', 'kind = "wet"', "camera[0].fault[0].kind: got 'wet', expected 'none', 'frozen', 'black'"),
        (", allowed_seconds = 20", "", "camera[0].zone[0]: got allowed_seconds None, expected a number of seconds for"),
        ('cameras = ["cam-a"]', 'cameras = ["cam-b"]', "node[0].cameras: got 'cam-b', expected one of cam-a"),
        ('["katulampa"]', '["katulampa", "katulampa"]', "node gauge: got 'katulampa' twice, expected it once"),
        ('["katulampa"]', '["nil"]', "node[0].gauges: got 'nil', expected one of katulampa, depok, manggarai"),
        (
            "enters_at = 10",
            "enters_at = 'x'",
            "camera[0].street.parkers[0].enters_at: got 'x', expected a valid number",
        ),
        ("zone = [", 'water = { pond = "sea" }\nzone = [', "camera[0].water.pond: got 'sea', expected one of"),
        ("zone = [", 'water = { gauge = "depok" }\nzone = [', "camera[0].water: got gauge 'depok' and bank_cm None,"),
        ("zone = [", "water = {}\nzone = [", "camera[0].water: got nothing, expected exactly one of pond"),
    ],
)
def test_each_mistake_is_reported_with_file_key_value_and_expectation(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    path = a_file(tmp_path, (old, new))
    with pytest.raises(BadFileError) as refused:
        load_scenario(str(path))
    assert [line for line in refused.value.lines if line.startswith(f"{path}: {complaint}")], refused.value.lines


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    path = a_file(tmp_path, ("seconds = 100", "seconds = 0"), ("river_hours = 10", "river_hours = 1000"))
    with pytest.raises(BadFileError) as refused:
        load_scenario(str(path))
    assert len(refused.value.lines) == 2


def test_a_file_that_is_not_there_or_not_toml_is_reported(tmp_path: Path) -> None:
    with pytest.raises(BadFileError, match=r"nope\.toml: got No such file or directory, expected a readable file"):
        load_scenario(str(tmp_path / "nope.toml"))
    path = a_file(tmp_path, ('name = "mine"', "name = "))
    with pytest.raises(BadFileError, match=r"mine\.toml: got Invalid value \(at line 2, column 8\), expected TOML"):
        load_scenario(str(path))


@pytest.mark.parametrize("seconds", [20, 90_000])
def test_a_story_can_be_neither_too_short_nor_too_long(tmp_path: Path, seconds: float) -> None:
    path = a_file(tmp_path)
    with pytest.raises(BadFileError, match=f"seconds: got {seconds:g}, expected 60 to 86400 for this story"):
        load_scenario(str(path), seconds=seconds)


def test_stretching_moves_every_beat_but_lets_cars_drive_as_they_do(tmp_path: Path) -> None:
    long, _ = load_scenario(str(a_file(tmp_path)), seconds=300)
    parker = long.camera[0].street.parkers[0]
    assert (parker.enters_at, parker.stops_at, parker.leaves_at) == (50, 60, 180)
    assert (long.camera[0].fault[0].at, long.camera[0].fault[0].until) == (90, 120)
    assert long.camera[0].zone[0].allowed_seconds == 20
    assert long.river_speed == 10 * 3600 / 300


def test_squeezing_shortens_what_is_allowed(tmp_path: Path) -> None:
    short, _ = load_scenario(str(a_file(tmp_path)), seconds=60)
    parker = short.camera[0].street.parkers[0]
    assert (parker.enters_at, parker.stops_at, parker.leaves_at) == (2, 12, 36)
    assert short.camera[0].zone[0].allowed_seconds == pytest.approx(12)


def stage(level_cm: float, gauge: GaugeTable) -> int:
    limits = (gauge.limits.s3_cm, gauge.limits.s2_cm, gauge.limits.s1_cm)
    return 4 - sum(limit is not None and level_cm >= limit for limit in limits)


def stages_until(world: World, gauge: GaugeTable, seconds: int) -> list[int]:
    seen: list[int] = []
    for tenth in range(seconds * 10):
        now = stage(world.level_cm(gauge.id, tenth / 10), gauge)
        if not seen or seen[-1] != now:
            seen.append(now)
    return seen


@pytest.mark.parametrize("seconds", [75, 90, 150, 600])
@pytest.mark.parametrize("gauge_id", ["katulampa", "depok", "manggarai"])
def test_the_storm_passes_siaga_3_2_1_in_two_thirds_of_its_time(seconds: int, gauge_id: str) -> None:
    scenario, city = load_scenario("storm", seconds=seconds)
    stages = stages_until(World(scenario, city), city.gauge_by_id(gauge_id), seconds * 2 // 3)
    assert stages[:4] == [4, 3, 2, 1]


def test_the_second_of_two_storms_rises_as_the_first() -> None:
    scenario, city = load_scenario("two-storms")
    world, gauge = World(scenario, city), city.gauge_by_id("manggarai")
    stages = stages_until(world, gauge, 300)
    assert stages.count(1) == 2
    assert scenario.river_speed == load_scenario("storm")[0].river_speed


def test_a_calm_day_remains_at_siaga_4() -> None:
    scenario, city = load_scenario("calm")
    world = World(scenario, city)
    assert {gauge.id: stages_until(world, gauge, 150) for gauge in city.gauge} == {g.id: [4] for g in city.gauge}


def test_the_storm_floods_two_streets_and_lets_them_dry_again() -> None:
    scenario, city = load_scenario("storm")
    world = World(scenario, city)
    flooded = {}
    for camera in scenario.camera:
        depths = [world.street_cm(camera.water, second) for second in range(150)]
        flooded[camera.id] = sum(depth > 15 for depth in depths) >= 15
        assert depths[0] == depths[-1] == 0
    assert [name for name, is_flooded in flooded.items() if is_flooded] == ["cam-kampung-melayu", "cam-kemang"]


def test_a_dwell_that_is_too_long_exceeds_the_allowed_time() -> None:
    scenario, _ = load_scenario("storm")
    parked = scenario.camera_by_id("cam-tanah-abang")
    dropped = scenario.camera_by_id("cam-manggarai")
    car, trash_model = parked.street.parkers[0], dropped.street.trash[0]
    assert (car.leaves_at or 0) - car.stops_at > 2 * (parked.zone[0].allowed_seconds or 0)
    assert (trash_model.removed_at or 0) - trash_model.at > 2 * (dropped.zone[0].allowed_seconds or 0)


def test_the_clock_stands_until_the_story_begins() -> None:
    now = 50.0
    clock = StoryClock(lambda: now)
    assert clock.seconds() == 0
    assert clock.begin()
    now = 53.5
    assert clock.seconds() == 3.5
    assert not clock.begin()


def nodes_of(scenario: Scenario, city: City) -> list[dict[str, object]]:
    urls = {camera.id: f"rtsp://127.0.0.1:1/{camera.id}" for camera in scenario.camera}
    addresses = {gauge.id: ("127.0.0.1", 5020 + number) for number, gauge in enumerate(city.gauge)}
    return city_nodes(scenario, city, camera_urls=urls, gauge_addresses=addresses)


@pytest.mark.parametrize("name", ["storm", "two-storms", "calm", "flood"])
def test_a_node_accepts_what_the_scenario_publishes_about_it(tmp_path: Path, name: str) -> None:
    scenario, city = load_scenario(name)
    for content in nodes_of(scenario, city):
        node = {**content["node"], "data_dir": str(tmp_path)}  # type: ignore[dict-item]
        settings = NodeSettings.model_validate({**content, "node": node, "broker": {"host": "127.0.0.1"}})
        assert settings.node.name == node["name"]


@pytest.mark.parametrize("name", ["storm", "two-storms", "calm", "flood"])
def test_every_camera_and_gauge_of_the_city_belongs_to_a_node(name: str) -> None:
    scenario, city = load_scenario(name)
    published_gauges = tomllib.loads((REPOSITORY / "city/jakarta/gauges.toml").read_text())["gauge"]
    published_cameras = tomllib.loads((REPOSITORY / "city/jakarta/sites.toml").read_text())["camera"]
    nodes = nodes_of(scenario, city)
    cameras = [camera["id"] for node in nodes for camera in node["camera"]]  # type: ignore[attr-defined]
    gauges = [gauge["id"] for node in nodes for gauge in node["gauge"]]  # type: ignore[attr-defined]
    assert sorted(cameras) == sorted(camera["id"] for camera in published_cameras)
    assert sorted(gauges) == sorted(gauge["id"] for gauge in published_gauges)


@pytest.mark.parametrize("layout", ["gate", "kampung"])
def test_zones_known_without_painting_are_those_of_the_street(layout: str) -> None:
    script = StreetScript(layout=layout, width=320, height=180)
    assert zone_outlines(script) == Street(script).zones()


def test_gauges_stand_where_the_city_placed_them() -> None:
    published_gauges = {
        g["id"]: g for g in tomllib.loads((REPOSITORY / "city/jakarta/gauges.toml").read_text())["gauge"]
    }
    for gauge in load_city("jakarta").gauge:
        theirs = published_gauges[gauge.id]
        assert gauge.place.model_dump() == {"lat": theirs["lat"], "lon": theirs["lon"]}
        limits = {key: theirs[key] for key in ("s3_cm", "s2_cm", "s1_cm") if key in theirs}
        assert gauge.limits.model_dump(exclude_none=True) == limits


def test_the_rivers_travel_times_are_the_citys() -> None:
    published_gauges = {
        g["id"]: g for g in tomllib.loads((REPOSITORY / "city/jakarta/gauges.toml").read_text())["gauge"]
    }
    for reach in load_city("jakarta").reach:
        if "downstream" in published_gauges[reach.upstream]:
            assert published_gauges[reach.upstream]["downstream"] == reach.downstream
            assert published_gauges[reach.upstream]["travel_minutes"] == reach.hours * 60


@pytest.mark.parametrize("name", ["storm", "two-storms", "calm", "flood"])
def test_cameras_hang_where_the_city_placed_them(name: str) -> None:
    published_gauges = {
        c["id"]: c for c in tomllib.loads((REPOSITORY / "city/jakarta/sites.toml").read_text())["camera"]
    }
    for camera in load_scenario(name)[0].camera:
        theirs = published_gauges[camera.id]
        assert (camera.name, camera.place.lat, camera.place.lon) == (theirs["name"], theirs["lat"], theirs["lon"])
        assert {(zone.id, zone.kind) for zone in camera.zone} == {(z["id"], z["kind"]) for z in theirs["zone"]}


def test_the_flood_runs_in_real_time_and_comes_to_siaga_1_while_streets_flood_and_drain() -> None:
    scenario, city = load_scenario("flood")
    for played in (scenario, stretched(scenario, 120)):
        assert played.river_speed == 1
        world = World(played, city)
        limit_cm = city.gauge_by_id("manggarai").limits.s1_cm
        before_cm, later_cm = (world.level_cm("manggarai", seconds) for seconds in (0, 600))
        assert None not in (before_cm, limit_cm, later_cm)
        assert (before_cm or 0) < (limit_cm or 0) <= (later_cm or 0)
        flooded = {camera.id: camera.water for camera in played.camera if camera.water}
        assert sorted(flooded) == ["cam-kampung-melayu", "cam-kemang"]
        for water in flooded.values():
            depths = [world.street_cm(water, played.seconds * share) for share in (0, 0.5, 0.95, 5)]
            assert depths == [0, water.max_cm, 0, 0]


@pytest.mark.parametrize(
    ("at", "share"), [(0, 0), (10, 0), (15, 0.5), (20, 1), (25, 1), (30, 1), (35, 0.5), (40, 0), (99, 0)]
)
def test_a_surge_rises_stands_and_drains(at: float, share: float) -> None:
    assert Surge(rises_at=10, full_at=20, falls_at=30, dry_at=40).share(at) == share


def test_a_surge_that_is_out_of_sequence_and_water_of_two_sources_are_refused() -> None:
    with pytest.raises(ValueError, match="rises_at < full_at"):
        Surge(rises_at=10, full_at=9, falls_at=30, dry_at=40)
    surge = Surge(rises_at=1, full_at=2, falls_at=3, dry_at=4)
    with pytest.raises(ValueError, match="pond and surge"):
        StreetWater(pond="kemang", surge=surge)
    with pytest.raises(ValueError, match="nothing"):
        StreetWater()
