"""Labels that the cloud writes beside clips of judged events, as `siaga-edge judge` reads them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.review.clip_labels import label_of, write
from siaga_cloud.review.store import JudgedClip
from siaga_edge.camera.offline.judgement import ReportedEvent, judged
from siaga_edge.camera.offline.labelled_clip import LabelledClip, read_label, site_of

CLIP_AT = datetime(2026, 12, 2, 3, 0, tzinfo=UTC)
REPORTED_AFTER = 5.2


def _clip(*, verdict: str = "confirmed", began_after: float = -175.0, events: int = 1) -> JudgedClip:
    return JudgedClip(
        event_id=UUID(int=1), incident_id=UUID(int=2), camera_id="cam-a", hazard="illegal_parking", zone_id="kerb",
        zone_kind="no_stopping", polygon=[[0, 0.5], [1, 0.5], [1, 1]], verdict=verdict,
        began_at=CLIP_AT + timedelta(seconds=began_after), reported_at=CLIP_AT + timedelta(seconds=REPORTED_AFTER),
        allowed_seconds=180.0, clip_began_at=CLIP_AT, duration_seconds=15.4, width=640, height=360,
        sha256="0" * 64, camera_events=events,
    )  # fmt: skip


def _read(one: JudgedClip, folder: Path) -> LabelledClip:
    file = folder / "label.toml"
    file.write_text(label_of(one), encoding="utf-8")
    return read_label(file)


def test_the_allowed_time_is_what_the_clip_shows_of_it(tmp_path: Path) -> None:
    label = _read(_clip(), tmp_path)
    (zone,) = label.zones
    assert (zone.allowed_seconds, list(zone.polygon)) == (REPORTED_AFTER, [(0, 180), (640, 180), (640, 360)])
    (expected,) = label.expected
    assert (expected.began_from, expected.began_to) == (0, 0)
    assert [one.id for one in site_of(label).camera.zones] == ["kerb"]


def test_a_vehicle_that_arrives_within_the_clip_has_its_time(tmp_path: Path) -> None:
    arrived = replace(_clip(began_after=2.1), allowed_seconds=3.0)
    label = _read(arrived, tmp_path)
    assert (label.expected[0].began_from, label.allowed_seconds("kerb")) == (2.1, 3.0)


@pytest.mark.parametrize(("began", "outcomes"), [(5.4, ["right"]), (12.0, ["missed"])])
def test_what_the_node_reports_of_it_is_judged(tmp_path: Path, began: float, outcomes: list[str]) -> None:
    reported = ReportedEvent(key="1", hazard="illegal_parking", zone="kerb", began=began, ended=None, facts="")
    assert [one.outcome for one in judged(_read(_clip(), tmp_path), [reported]).outcomes] == outcomes


def test_after_a_false_alarm_nothing_may_be_reported(tmp_path: Path) -> None:
    label = _read(_clip(verdict="false_alarm"), tmp_path)
    reported = ReportedEvent(key="1", hazard="illegal_parking", zone="kerb", began=5.4, ended=None, facts="")
    assert [one.outcome for one in judged(label, [reported]).outcomes] == ["false"]


def test_a_flood_has_no_allowed_time(tmp_path: Path) -> None:
    flood = replace(_clip(), hazard="flooding", zone_kind="road", allowed_seconds=None)
    label = _read(flood, tmp_path)
    assert (label.zones[0].allowed_seconds, label.expected[0].hazard) == (None, "flooding")


@pytest.mark.parametrize(
    ("one", "sure"),
    [
        (_clip(), True),
        (_clip(events=2), False),  # the incident was judged as a whole
        (_clip(verdict="false_alarm"), False),  # something may stand there, for less than the zone allows
        (replace(_clip(verdict="false_alarm"), hazard="flooding", zone_kind="road", allowed_seconds=None), True),
    ],
)
def test_a_label_is_sure_where_the_verdict_is_one_on_this_clip(one: JudgedClip, sure: bool, tmp_path: Path) -> None:
    assert _read(one, tmp_path).sure is sure


def test_what_cannot_be_labelled_is_counted_and_left_out(tmp_path: Path) -> None:
    media = MediaFolder(tmp_path / "media")
    used, counts = write(tmp_path / "out", [replace(_clip(), polygon=[]), _clip()], media)
    assert used == []
    assert dict(counts) == {
        "left out: only the node knows the outline of the zone": 1,
        "left out: clip is no longer stored": 1,
    }
