"""A visitor sets the clock of the story: it stands, runs faster, goes forward, and never goes back."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from siaga_sim import control
from siaga_sim.demo import controls as demo_controls
from siaga_sim.demo.controls import Chapter, StoryControls
from siaga_sim.demo.keys import help_line, obey
from siaga_sim.demo.story import STORIES, chapters_of, load_people
from siaga_sim.scenario import load_scenario
from siaga_sim.story import REPEATED_SECONDS, StoryClock

LENGTH = 300.0


class MovedClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def moved() -> MovedClock:
    return MovedClock()


@pytest.fixture
def clock(moved: MovedClock) -> StoryClock:
    made = StoryClock(moved)
    made.begin()
    return made


def test_a_story_that_stands_does_not_go_on_and_loses_nothing(moved: MovedClock, clock: StoryClock) -> None:
    moved.now += 12
    clock.set_rate(0)
    moved.now += 500
    assert clock.seconds() == 12
    clock.set_rate(1)
    moved.now += 3
    assert clock.seconds() == 15


def test_cameras_of_a_story_that_stands_show_its_last_seconds_back_and_forth(
    moved: MovedClock, clock: StoryClock
) -> None:
    moved.now += 60
    assert clock.scene_seconds() == 60
    clock.set_rate(0)
    shown = []
    for _ in range(80):
        moved.now += 0.25
        shown.append(clock.scene_seconds())
    assert min(shown) == 60 - REPEATED_SECONDS
    assert max(shown) == 60
    assert max(abs(a - b) for a, b in itertools.pairwise(shown)) == 0.25, "nothing leaps"
    assert len(set(shown)) > 10, "a camera that always shows the same would count as frozen"


def test_a_faster_story_passes_more_seconds(moved: MovedClock, clock: StoryClock) -> None:
    moved.now += 10
    clock.set_rate(3)
    moved.now += 10
    assert clock.seconds() == 40
    for rate in (-1, 11, float("nan")):
        with pytest.raises(ValueError, match="rate of the story"):
            clock.set_rate(rate)


def test_a_story_goes_forward_and_never_back(moved: MovedClock, clock: StoryClock) -> None:
    moved.now += 10
    clock.jump(200)
    moved.now += 1
    assert clock.seconds() == 201
    for moment in (200, -1, float("inf")):
        with pytest.raises(ValueError, match="moment of the story"):
            clock.jump(moment)
    assert clock.seconds() == 201


def test_who_waits_for_a_moment_acts_after_a_jump_and_ends_when_stopped(clock: StoryClock) -> None:
    stop, waited = threading.Event(), []
    clock.set_rate(0)
    thread = threading.Thread(target=lambda: waited.append(clock.is_stopped_before(200, stop)))
    thread.start()
    assert not waited
    clock.jump(250)
    thread.join(30)
    assert waited == [False]
    stop.set()
    assert clock.is_stopped_before(1000, stop)


class Devices:
    """What runs in the devices' process, as its control socket sees it."""

    def __init__(self) -> None:
        self.clock = StoryClock()
        self.clock.begin()

    def faults(self) -> dict[str, str]:
        return {}

    async def set_fault(self, name: str, kind: str) -> None:
        raise AssertionError(f"{name} {kind}")

    def set_story(self, *, seconds: float, rate: float) -> None:
        self.clock.follow(seconds, rate)


@pytest.fixture
def logged() -> list[str]:
    return []


@pytest.fixture
def make(
    tmp_path: Path, clock: StoryClock, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[bool], StoryControls]:
    sent: list[control.Answer] = []

    def query(question: control.Answer, path: Path | None = None) -> control.Answer:
        sent.append(question)
        return question

    monkeypatch.setattr(demo_controls, "query", query)

    def made(can_run_faster: bool) -> StoryControls:
        return StoryControls(
            clock=clock,
            control=tmp_path / "socket",
            chapters=[Chapter(at_seconds=0, title="Rain"), Chapter(at_seconds=100, title="Flood")],
            length_seconds=LENGTH,
            can_run_faster=can_run_faster,
            file=tmp_path / "story.json",
            log_line=logged.append,
        )

    return made


def test_buttons_are_those_that_do_something_now(make: Callable[[bool], StoryControls], clock: StoryClock) -> None:
    story = make(True)
    assert list(story.actions()) == ["pause", "faster", "chapter-2"]
    story.pause()
    assert list(story.actions()) == ["go-on", "faster", "chapter-2"]
    assert "stands" in story.describe()
    story.run_faster()
    assert list(story.actions()) == ["pause", "normal", "chapter-2"]
    story.actions()["chapter-2"][1]()
    assert list(story.actions()) == ["pause", "normal"]
    assert clock.seconds() == 100
    assert list(make(False).actions()) == ["pause"]


def test_a_chapter_that_has_begun_is_refused_in_words(
    make: Callable[[bool], StoryControls], clock: StoryClock, logged: list[str]
) -> None:
    clock.jump(150)
    obey(make(True), ["2\n", "9\n", "p\n", "p\n", "f\n", "f\n", "?\n", "\n"], logged.append)
    assert "cannot go back" in logged[0]
    assert "at second 150 of 300" in logged[1]
    assert any(line.startswith("The story stands") for line in logged)
    assert clock.rate == 1
    assert clock.seconds() == 150


def test_a_fast_river_offers_the_pause_alone(make: Callable[[bool], StoryControls], clock: StoryClock) -> None:
    story = make(False)
    logged: list[str] = []
    obey(story, ["f", "2", "p"], logged.append)
    assert clock.rate == 0
    assert clock.seconds() == 0
    assert "chapter" not in help_line(story)


def test_the_pages_read_how_the_story_runs(make: Callable[[bool], StoryControls]) -> None:
    story = make(True)
    story.pause()
    assert story.file.read_text() == '{"rate": 0.0}'


def test_the_devices_follow_by_their_socket(tmp_path: Path) -> None:
    asyncio.run(queried_by_socket(Devices(), tmp_path / "control.sock"))


async def queried_by_socket(devices: Devices, place: Path) -> None:
    async with control.listening(devices, place):
        send = asyncio.to_thread
        await send(control.query, {"story": {"seconds": 120.0, "rate": 0.0}}, place)
        assert devices.clock.seconds() == 120
        await send(control.query, {"story": {"seconds": 5.0, "rate": 0.0}}, place)
        assert devices.clock.seconds() == 120, "nothing goes back"
        await send(control.query, {"story": {"seconds": 5.0, "rate": 1.0}}, place)
        assert devices.clock.seconds() >= 120, "a clock that runs is ahead of what was sent, and goes on"
        assert devices.clock.rate == 1
        for wrong in ({"seconds": 1}, {"seconds": "x", "rate": 1}, {"seconds": 1, "rate": 99}):
            with pytest.raises(control.ControlError):
                await send(control.query, {"story": wrong}, place)


@pytest.mark.parametrize("name", sorted(path.stem for path in STORIES.glob("*.toml")))
def test_chapters_of_a_story_begin_within_it(name: str) -> None:
    scenario, _ = load_scenario(name)
    chapters = chapters_of(load_people(name), scenario)
    assert all(0 <= one.at_seconds < scenario.seconds for one in chapters)
    assert bool(chapters) is (name == "flood")
