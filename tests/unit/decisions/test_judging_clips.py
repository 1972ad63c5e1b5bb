"""How events of labelled clips are compared with their labels, and what `siaga-edge judge` prints."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson
from typer.testing import CliRunner

from siaga_edge.camera.offline.judge_command import judge as judge_command
from siaga_edge.camera.offline.judgement import (
    ClipVerdict,
    ReportedEvent,
    as_json,
    as_text,
    figures,
    judged,
    upper_rate,
)
from siaga_edge.camera.offline.labelled_clip import LabelError, LabelledClip, read_label, site_of

LABEL = """
name = "kerb"
file = "kerb.mp4"
width = 640
height = 360
duration = 36.0
fixed = false
licence = "none"
[[zone]]
id = "kerb"
kind = "no_stopping"
polygon = [[0, 180], [320, 180], [700, 360]]
allowed_seconds = 10
[[expect]]
hazard = "illegal_parking"
zone = "kerb"
began_from = 2.0
began_to = 4.0
"""


def _clip(**changes: object) -> LabelledClip:
    zone = {"id": "kerb", "kind": "no_stopping", "polygon": [(0, 0), (9, 0), (9, 9)], "allowed_seconds": 10}
    expected = {"hazard": "illegal_parking", "zone": "kerb", "began_from": 2, "began_to": 4, **changes}
    table = {"name": "kerb", "file": "kerb.mp4", "width": 64, "height": 36, "duration": 36, "zone": [zone]}
    return LabelledClip.model_validate({**table, "expect": [expected]})


def _event(began: float, *, hazard: str = "illegal_parking", zone: str | None = "kerb") -> ReportedEvent:
    return ReportedEvent(key=f"{began}", hazard=hazard, zone=zone, began=began, ended=None, facts="")


def _outcomes(verdict: ClipVerdict) -> list[str]:
    return [one.outcome for one in verdict.outcomes]


@pytest.mark.parametrize(
    ("reported", "outcomes"),
    [
        ([], ["missed"]),
        ([_event(12)], ["right"]),
        ([_event(17)], ["right"]),  # begun at the latest, allowed 10 s, 3 s of delay
        ([_event(11.6)], ["right"]),  # a label is no more exact than that
        ([_event(11.4)], ["missed", "false"]),  # before it was true
        ([_event(18)], ["missed"]),  # too late, and true all the same
        ([_event(18), _event(25)], ["missed", "false"]),
        ([_event(13), _event(14)], ["right", "false"]),  # one vehicle, reported twice
        ([_event(13, zone="road")], ["missed", "false"]),
        ([_event(13), _event(1, hazard="view_lost", zone=None)], ["right", "false"]),
    ],
)
def test_an_event_is_right_only_in_its_zone_and_its_time(reported: list[ReportedEvent], outcomes: list[str]) -> None:
    assert _outcomes(judged(_clip(), reported)) == outcomes


def test_of_several_vehicles_each_may_be_reported_and_no_more() -> None:
    reported = [_event(13), _event(20), _event(21)]
    assert _outcomes(judged(_clip(vehicles=2), reported)) == ["right", "false"]


def test_what_is_reported_after_it_is_over_is_false() -> None:
    assert _outcomes(judged(_clip(ended_from=12, ended_to=12.5), [_event(13)])) == ["missed", "false"]


@pytest.mark.parametrize(
    ("reason", "zone", "light", "outcome"),
    [
        ("infrared", "kerb", "night", "unknown"),
        ("infrared", "kerb", "day", "false"),
        ("too_slow", "kerb", "day", "unknown"),
        ("moved", None, "night", "false"),
    ],
)
def test_a_zone_is_unknown_where_nothing_could_be_known(
    reason: str, zone: str | None, light: str, outcome: str
) -> None:
    clip = _clip().model_copy(update={"light": light, "expected": ()})
    lost = replace(_event(3, hazard="view_lost", zone=zone), reason=reason)
    verdict = judged(clip, [lost])
    assert _outcomes(verdict) == [outcome]
    counted = figures([verdict], "view_lost")
    assert (counted.false, counted.unknown) == (int(outcome == "false"), int(outcome == "unknown"))


def test_what_is_reported_too_late_is_missed_and_counted_as_late() -> None:
    late, never = judged(_clip(), [_event(18)]), judged(_clip(), [])
    counted = figures([late, never], "illegal_parking")
    assert (counted.missed, counted.late, counted.false) == (2, 1, 0)
    assert "reported at 18 s" in as_text([late])


def test_figures_count_the_hours_of_the_zones_that_watch_for_the_hazard() -> None:
    verdicts = [judged(_clip(), [_event(13)]), judged(_clip(), [_event(1, hazard="view_lost", zone=None)])]
    parking, trash = figures(verdicts, "illegal_parking"), figures(verdicts, "trash")
    assert (parking.hours, parking.events, parking.right, parking.missed, parking.false) == (0.02, 2, 1, 1, 0)
    assert (trash.hours, trash.false_per_hour_upper95) == (0, None)
    printed = as_json(verdicts)
    assert (printed["clips"], printed["hours"]) == (2, 0.02)
    assert set(printed["hazards"]["view_lost"]) == {
        "hours",
        "events",
        "right",
        "missed",
        "late",
        "false",
        "unknown",
        "false_per_hour_upper95",
    }
    assert [one["outcome"] for one in printed["details"]] == ["right", "missed", "false"]
    assert "kerb: missed illegal_parking in kerb, expected between 12 and 17 s" in as_text(verdicts)


@settings(deadline=None)  # the first call loads the distribution
@given(count=st.integers(0, 50), hours=st.floats(0.01, 1000))
def test_the_upper_rate_makes_so_few_false_events_a_matter_of_five_percent(count: int, hours: float) -> None:
    rate = upper_rate(count, hours)
    assert rate is not None
    assert poisson.cdf(count, rate * hours) == pytest.approx(0.05, abs=1e-6)


def test_a_label_gives_a_site_with_zones_in_shares(tmp_path: Path) -> None:
    (tmp_path / "kerb.toml").write_text(LABEL, encoding="utf-8")
    clip = read_label(tmp_path / "kerb.toml")
    (zone,) = site_of(clip).camera.zones
    assert list(zone.polygon) == [(0, 0.5), (0.5, 0.5), (1, 1)]  # what lies outside the image is cut
    assert (zone.allowed_seconds, site_of(clip).camera.follow_view) == (10, False)
    assert site_of(clip).camera.detect_every_seconds == 0.5


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        (('kind = "no_stopping"', 'kind = "kerbside"'), "zone.0.kind"),
        (('zone = "kerb"', 'zone = "verge"'), "expect.zone verge: expected one of kerb"),
        (("began_from = 2.0", "began_from = 5.0"), "expected at most began_to 4"),
        (('name = "kerb"', "name = "), "expected TOML"),
    ],
)
def test_a_label_that_cannot_be_used_is_refused_with_its_file(
    tmp_path: Path, changed: tuple[str, str], complaint: str
) -> None:
    file = tmp_path / "kerb.toml"
    file.write_text(LABEL.replace(*changed), encoding="utf-8")
    with pytest.raises(LabelError, match="kerb") as refused:
        read_label(file)
    assert complaint in str(refused.value)


def test_the_command_refuses_a_folder_without_labels_and_a_label_without_its_clip(tmp_path: Path) -> None:
    app = _app()
    empty = CliRunner().invoke(app, [str(tmp_path)])
    assert (empty.exit_code, "expected a folder with a TOML file" in empty.stderr) == (2, True)
    (tmp_path / "kerb.toml").write_text(LABEL, encoding="utf-8")
    missing = CliRunner().invoke(app, [str(tmp_path)])
    assert (missing.exit_code, "expected a clip that exists" in missing.stderr) == (1, True)


def test_the_command_plays_a_clip_and_prints_one_object(tmp_path: Path) -> None:
    import av
    import numpy as np

    (tmp_path / "kerb.toml").write_text(LABEL.replace("duration = 36.0", "duration = 1.0"), encoding="utf-8")
    with av.open(str(tmp_path / "kerb.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=5, width=640, height=360)
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray(np.full((360, 640, 3), 90, np.uint8), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    played = CliRunner().invoke(_app(), [str(tmp_path), "--json"])
    assert played.exit_code == 0, played.stderr
    found = json.loads(played.stdout)
    assert (found["clips"], found["hazards"]["illegal_parking"]["missed"]) == (1, 1)


def _app() -> typer.Typer:
    app = typer.Typer()
    app.command()(judge_command)
    return app
