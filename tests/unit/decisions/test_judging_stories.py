"""How told events are compared with a story's labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.decisions.judge import Verdict, judge, reported_events
from benchmarks.decisions.story import ExpectedEvent, Story, Zone, load_all
from benchmarks.decisions.table import figures

from siaga_sim.scene.script import StreetScript

ROOT = Path(__file__).resolve().parents[3]


def _judged(*drafts: dict[str, Any], ended: tuple[float, float] | None = None) -> Verdict:
    expected = ExpectedEvent(hazard="trash", zone="pavement", due=10, began=(9, 14), ended=ended)
    story = Story(
        name="a_story",
        hazard="trash",
        half="tuning",
        about="A pile is left.",
        street=StreetScript(layout="canal"),
        zone=(Zone(id="pavement", kind="watch"),),
        expect=(expected,),
    )
    return judge(story, reported_events(drafts))


def _draft(at_s: float, *, key: str = "k", ended_s: float | None = None, zone: str = "pavement") -> dict[str, Any]:
    return {
        "key": key,
        "hazard": "trash",
        "zone": zone,
        "at_s": at_s,
        "at": f"2026-01-01T00:00:{at_s:06.3f}+00:00",
        "began_at": f"{key}-began",
        "ended_at": None if ended_s is None else f"2026-01-01T00:00:{ended_s:06.3f}+00:00",
        "severity": "minor",
        "details": {"kind": "trash"},
    }


def test_an_event_in_its_spans_is_right() -> None:
    verdict = _judged(_draft(12), _draft(30, ended_s=20), ended=(19, 21))

    assert verdict.is_right
    assert figures([verdict], "trash").delays == (2.0,)


def test_a_late_event_is_missed_and_false() -> None:
    one = figures([_judged(_draft(14.5))], "trash")

    assert (one.right, one.false, one.precision, one.recall) == (0, 1, 0.0, 0.0)


def test_an_event_that_should_have_ended_is_wrong() -> None:
    assert not _judged(_draft(12), ended=(19, 21)).is_right


def test_a_second_event_of_the_same_thing_is_false() -> None:
    one = figures([_judged(_draft(11), _draft(13, key="again"))], "trash")

    assert (one.right, one.false, one.recall) == (1, 1, 1.0)


def test_an_event_in_another_zone_does_not_count() -> None:
    assert figures([_judged(_draft(12, zone="road"))], "trash").recall == 0.0


def test_every_shipped_story_can_be_read_and_each_hazard_has_twelve() -> None:
    stories = load_all(ROOT / "benchmarks" / "decisions" / "stories")

    for hazard in ("illegal_parking", "trash", "flooding"):
        own = [story for story in stories if story.hazard == hazard]
        assert len(own) >= 12
        assert {story.half for story in own} == {"tuning", "held_out"}
