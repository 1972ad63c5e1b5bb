"""The exact words and figures of every finding on a proof photo, as officers and operators read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from siaga_core.rules.geometry import LatLon
from siaga_core.rules.verification.checks import (
    AppStatement,
    Check,
    CheckResult,
    PhotoFacts,
    ProofLimits,
    Result,
    SceneMatch,
    TaskFacts,
    Twin,
    capture_place,
    capture_time,
    check_results,
    duplicate,
    edited,
    same_scene,
)

CAUSED = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
RESOLVED = CAUSED + timedelta(hours=3)
SPOT = LatLon(-6.2079, 106.8484)
TASK = TaskFacts(place=SPOT, caused_at=CAUSED, resolved_at=RESOLVED)
LIMITS = ProofLimits()


def after(minutes: float) -> datetime:
    return CAUSED + timedelta(minutes=minutes)


def north(metres: float) -> LatLon:
    return LatLon(SPOT.lat + metres / 111_195, SPOT.lon)


def words(found: CheckResult) -> tuple[str, str, str]:
    return str(found.result), found.explanation_id, found.explanation_en


@pytest.mark.parametrize(
    ("facts", "stated", "expected", "figures"),
    [
        ({}, {}, ("unknown", "Foto tidak menyebut waktu", "The photo does not say when it was taken"), {}),
        (
            {"gps_at": after(-90), "exif_at": after(10)}, {"taken_at": after(11)},
            ("failed", "Foto diambil 90 menit sebelum tugas ini ada",
             "The photo was taken 90 minutes before there was anything to do"),
            {"source": "gps", "minutes_before_task": 90.0},
        ),
        (
            {"exif_at": after(-120)}, {},
            ("doubtful", "Foto diambil 2 jam sebelum tugas ini ada",
             "The photo was taken 2 hours before there was anything to do"),
            {"source": "exif", "minutes_before_task": 120.0},
        ),
        (
            {"exif_at": after(-119), "zone_known": True}, {},
            ("failed", "Foto diambil 119 menit sebelum tugas ini ada",
             "The photo was taken 119 minutes before there was anything to do"),
            {"source": "exif", "minutes_before_task": 119.0},
        ),
        (
            {"zone_known": True}, {"taken_at": after(-180)},
            ("doubtful", "Foto diambil 3 jam sebelum tugas ini ada",
             "The photo was taken 3 hours before there was anything to do"),
            {"source": "app", "minutes_before_task": 180.0},
        ),
        (
            {"gps_at": after(191)}, {},
            ("doubtful", "Waktu foto lebih baru daripada saat tugas diselesaikan",
             "The photo is dated after the task was resolved"),
            {"source": "gps", "minutes_before_task": -191.0},
        ),
        (
            {"gps_at": after(10)}, {"taken_at": after(25.26)},
            ("doubtful", "Jam foto dan jam aplikasi tidak cocok",
             "The clocks in the photo and of the app do not agree"),
            {"source": "gps", "minutes_before_task": -10.0, "minutes_apart": 15.3},
        ),
        *(
            ({"gps_at": after(minutes)}, {},
             ("fine", "Foto diambil selama tugas berjalan", "Taken while the task was open"),
             {"source": "gps", "minutes_before_task": -minutes})
            for minutes in (-2.0, 190.0)
        ),
        (
            {"gps_at": after(10)}, {"taken_at": after(25)},
            ("fine", "Foto diambil selama tugas berjalan", "Taken while the task was open"),
            {"source": "gps", "minutes_before_task": -10.0},
        ),
    ],
)  # fmt: skip
def test_when(
    facts: dict[str, Any], stated: dict[str, Any], expected: tuple[str, str, str], figures: dict[str, object]
) -> None:
    found = capture_time(PhotoFacts(**facts), AppStatement(**stated), TASK, LIMITS)
    assert (found.check, words(found)) == (Check.CAPTURE_TIME, expected)
    times = {"gps_at": facts.get("gps_at"), "exif_at": facts.get("exif_at"), "app_at": stated.get("taken_at")}
    assert found.figures == {**{name: at.isoformat() for name, at in times.items() if at}, **figures}


@pytest.mark.parametrize(
    ("facts", "stated", "expected", "figures"),
    [
        ({}, {}, ("unknown", "Foto dan aplikasi tidak menyebut tempat",
                  "Neither the photo nor the app says where it was taken"), {}),
        (
            {"place": north(120)}, {"place": north(40), "accuracy_m": 30.0},
            ("fine", "Foto diambil di tempat tugas", "Taken at the place of the task"),
            {"exif_m": 120, "app_m": 40, "source": "exif", "allowed_m": 150},
        ),
        (
            {"place": north(160)}, {"place": north(400), "accuracy_m": 300.0},
            ("doubtful", "Foto diambil 400 meter dari tempat tugas", "Taken 400 m from the place of the task"),
            {"exif_m": 160, "app_m": 400, "source": "app", "allowed_m": 350},
        ),
        (
            {"place": north(1999), "place_error_m": 10.0}, {},
            ("doubtful", "Foto diambil 1999 meter dari tempat tugas", "Taken 1999 m from the place of the task"),
            {"exif_m": 1999, "source": "exif", "allowed_m": 160},
        ),
        (
            {"place": north(2005), "place_error_m": 10.0}, {},
            ("doubtful", "Foto diambil 2 km dari tempat tugas", "Taken 2 km from the place of the task"),
            {"exif_m": 2005, "source": "exif", "allowed_m": 160},
        ),
        (
            {"place": north(3100)}, {},
            ("failed", "Foto diambil 3 km dari tempat tugas", "Taken 3 km from the place of the task"),
            {"exif_m": 3100, "source": "exif", "allowed_m": 150},
        ),
    ],
)  # fmt: skip
def test_where(
    facts: dict[str, Any], stated: dict[str, Any], expected: tuple[str, str, str], figures: dict[str, object]
) -> None:
    found = capture_place(PhotoFacts(**facts), AppStatement(**stated), TASK, LIMITS)
    assert (found.check, words(found), found.figures) == (Check.CAPTURE_PLACE, expected, figures)


USED = "Foto ini sudah pernah dipakai ({})", "This photo was used before (as {})"
ALIKE = "doubtful", "Foto ini sangat mirip dengan foto lama", "This photo looks much like an earlier one"
PLAIN = {"mirrored": False, "cropped": False, "same_task": False}


@pytest.mark.parametrize(
    ("twins", "expected", "figures"),
    [
        (None, ("unknown", "Gambar terlalu polos untuk dibandingkan",
                "The photo is too plain to be compared with others"), {}),
        ([], ("fine", "Tidak ada foto lama yang sama", "No earlier photo looks like it"), {}),
        ([Twin(distance=8, kind="proof")],
         ("fine", "Tidak ada foto lama yang sama", "No earlier photo looks like it"), {}),
        ([Twin(distance=7, kind="report")], ALIKE, {"bits": 7, "kind": "report", "alike": 1, **PLAIN}),
        ([Twin(distance=6, kind="report"), Twin(distance=5, kind="proof", is_mirrored=True)], ALIKE,
         {"bits": 5, "kind": "proof", "alike": 2, **PLAIN, "mirrored": True}),
        *(
            ([Twin(distance=4, kind=kind, is_cropped=True, same_task=True)],
             ("failed", USED[0].format(indonesian), USED[1].format(english)),
             {"bits": 4, "kind": kind, "alike": 1, "mirrored": False, "cropped": True, "same_task": True})
            for kind, indonesian, english in (
                ("proof", "bukti tugas lain", "a proof"),
                ("report", "foto laporan warga", "a citizen's photo"),
                ("evidence", "gambar kamera", "a camera's picture"),
                ("drawing", "drawing", "drawing"),
            )
        ),
    ],
)  # fmt: skip
def test_twins(twins: list[Twin] | None, expected: tuple[str, str, str], figures: dict[str, object]) -> None:
    found = duplicate(twins, LIMITS)
    assert (found.check, words(found), found.figures) == (Check.DUPLICATE, expected, figures)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"generator": "Paint"}, ("failed", "Gambar membawa tanda pembuat gambar: Paint",
                                  "The photo carries the mark of an image generator: Paint")),
        ({"thumbnail_distance": 15}, ("doubtful", "Gambar kecil di dalam foto tidak sama dengan fotonya",
                                      "The thumbnail inside shows another image")),
        ({"thumbnail_distance": 14, "editor": "Gimp"},
         ("doubtful", "Foto disimpan oleh Gimp", "The photo was saved by Gimp")),
        ({"has_camera": True, "size_differs": True, "has_exposure": True},
         ("doubtful", "Ukuran foto bukan ukuran dari kamera",
          "The photo does not have the size that its camera wrote")),
        ({"has_camera": True, "has_exposure": True, "container": "jpeg", "software": "cam 1", "quality": 90,
          "has_provenance": True},
         ("fine", "Foto seperti keluar dari kamera", "The photo is as a camera writes it")),
        *(
            (facts, ("doubtful", "Data kamera tidak ada; foto disimpan ulang",
                     "What a camera writes is missing; the photo was saved again"))
            for facts in ({}, {"has_camera": True}, {"has_exposure": True}, {"size_differs": True})
        ),
    ],
)  # fmt: skip
def test_edits(facts: dict[str, Any], expected: tuple[str, str, str]) -> None:
    found = edited(PhotoFacts(**facts), LIMITS)
    assert (found.check, words(found)) == (Check.EDITED, expected)
    assert found.figures == {
        "container": facts.get("container", ""),
        "software": facts.get("software", ""),
        "camera": facts.get("has_camera", False),
        "exposure": facts.get("has_exposure", False),
        "quality": facts.get("quality"),
        "provenance": facts.get("has_provenance", False),
        "thumbnail_bits": facts.get("thumbnail_distance"),
    }


FOUND = "fine", "Tempat yang sama dengan foto sebelum", "The same scene as before"
ELSEWHERE = (
    "doubtful",
    "Tidak tampak tempat yang sama dengan foto sebelum",
    "Nothing of the earlier photo of the place is found in it",
)  # fmt: skip
OTHER_SIDE = "unknown", "Dari sisi lain; tidak dapat dibandingkan", "Taken from another side; it cannot be compared"


@pytest.mark.parametrize(
    ("inliers", "before", "after_", "kind", "expected"),
    [
        (18, 20, 20, "report", FOUND),
        (17, 300, 300, "report", ELSEWHERE),
        (17, 299, 900, "report", OTHER_SIDE),
        (17, 900, 299, "report", OTHER_SIDE),
        (17, 900, 900, "evidence", OTHER_SIDE),
    ],
)
def test_scenes(inliers: int, before: int, after_: int, kind: str, expected: tuple[str, str, str]) -> None:
    scene = SceneMatch(inliers=inliers, points_before=before, points_after=after_, before_kind=kind)
    found = same_scene(scene, LIMITS)
    assert (found.check, words(found)) == (Check.SAME_SCENE, expected)
    assert found.figures == {"inliers": inliers, "points_before": before, "points_after": after_, "before": kind}


def test_without_an_earlier_image_there_is_no_scene() -> None:
    found = same_scene(None, LIMITS)
    expected = "unknown", "Tidak ada foto sebelum pekerjaan", "There is no earlier photo of the place"
    assert (words(found), found.figures) == (expected, {})


def test_each_check_is_made_once_by_the_same_limits() -> None:
    facts, stated = PhotoFacts(gps_at=after(10), place=north(10), editor="Gimp"), AppStatement()
    twins = [Twin(distance=5, kind="proof")]
    scene = SceneMatch(inliers=17, points_before=900, points_after=900, before_kind="report")
    limits = ProofLimits(near_m=5, same_bits=5, scene_inliers=17, early_minutes=1)
    assert check_results(facts, stated, TASK, twins=twins, scene=scene, limits=limits) == (
        capture_time(facts, stated, TASK, limits),
        capture_place(facts, stated, TASK, limits),
        duplicate(twins, limits),
        edited(facts, limits),
        same_scene(scene, limits),
    )
    assert [one.result for one in check_results(facts, stated, TASK, twins=twins, scene=scene)] == [
        Result.FINE, Result.FINE, Result.DOUBTFUL, Result.DOUBTFUL, Result.DOUBTFUL,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("minutes", "indonesian", "english"),
    [(119.4, "119 menit", "119 minutes"), (120, "2 jam", "2 hours"), (3630, "60 jam", "60 hours")],
)
def test_spans_of_time_are_minutes_up_to_two_hours(minutes: float, indonesian: str, english: str) -> None:
    found = capture_time(PhotoFacts(gps_at=after(-minutes)), AppStatement(), TASK, LIMITS)
    assert f" {indonesian} " in found.explanation_id
    assert f" {english} " in found.explanation_en
    assert found.figures["minutes_before_task"] == pytest.approx(minutes)


@pytest.mark.parametrize(
    ("metres", "indonesian", "english"),
    [(1999.4, "1999 meter", "1999 m"), (2000.4, "2 km", "2 km"), (500_400, "500 km", "500 km")],
)
def test_distances_are_metres_up_to_two_kilometres(metres: float, indonesian: str, english: str) -> None:
    found = capture_place(PhotoFacts(place=north(metres)), AppStatement(), TASK, LIMITS)
    assert f" {indonesian} " in found.explanation_id
    assert f" {english} " in found.explanation_en


def test_the_place_that_is_surely_farther_counts() -> None:
    exact, vague = north(300), north(310)
    found = capture_place(PhotoFacts(place=exact), AppStatement(place=vague, accuracy_m=100.0), TASK, LIMITS)
    assert (found.figures["source"], found.result) == ("exif", Result.DOUBTFUL)


def test_a_photo_may_be_dated_just_after_the_resolving() -> None:
    late = RESOLVED + timedelta(minutes=10, seconds=5)
    assert capture_time(PhotoFacts(gps_at=late), AppStatement(), TASK, LIMITS).result is Result.DOUBTFUL


@pytest.mark.parametrize(
    "sound",
    [
        {"near_m": 0.5},
        {"near_m": 2000.0},
        {"same_bits": 0},
        {"same_bits": 7},
        {"alike_bits": 16},
    ],
)
def test_limits_at_their_edges_are_accepted(sound: dict[str, Any]) -> None:
    assert duplicate([], ProofLimits(**sound)).result is Result.FINE


@pytest.mark.parametrize("wrong", [{"near_m": 0.0}, {"near_m": 2001.0}, {"same_bits": 8}, {"alike_bits": 17}])
def test_limits_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected 0 < near_m <= far_m and same_bits <= alike_bits <= 16"):
        ProofLimits(**wrong)
