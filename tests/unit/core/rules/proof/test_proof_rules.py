"""Findings on a proof photo: facts in, findings out, each with its reason in two languages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.geometry import LatLon
from siaga_core.rules.verification.capture import CaptureGrade
from siaga_core.rules.verification.checks import (
    AppStatement,
    Check,
    CheckResult,
    PhotoFacts,
    ProofLimits,
    Provenance,
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
    worst,
)
from siaga_core.rules.verification.method import (
    ProofPolicy,
    VerificationMethod,
    held_back,
    method_of,
    sampled_share,
)

CAUSED = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
RESOLVED = CAUSED + timedelta(hours=3)
SPOT = LatLon(-6.2079, 106.8484)
TASK = TaskFacts(place=SPOT, caused_at=CAUSED, resolved_at=RESOLVED)
LIMITS = ProofLimits()
DURING = CAUSED + timedelta(hours=1)
YESTERDAY = CAUSED - timedelta(days=1)


def north(metres: float) -> LatLon:
    return LatLon(SPOT.lat + metres / 111_195, SPOT.lon)


@pytest.mark.parametrize(
    ("facts", "stated", "result"),
    [
        pytest.param({}, {}, "unknown", id="nothing says when"),
        pytest.param({"gps_at": DURING}, {}, "fine", id="by satellite, during the task"),
        pytest.param({"exif_at": DURING, "zone_known": True}, {"taken_at": DURING}, "fine", id="photo and app agree"),
        pytest.param({"exif_at": YESTERDAY, "zone_known": True}, {}, "failed", id="taken yesterday"),
        pytest.param({"exif_at": CAUSED - timedelta(minutes=30)}, {}, "doubtful", id="early, but the zone is a guess"),
        pytest.param({}, {"taken_at": YESTERDAY}, "doubtful", id="only the app says yesterday"),
        pytest.param({"gps_at": RESOLVED + timedelta(hours=1)}, {}, "doubtful", id="dated after the resolving"),
        pytest.param(
            {"exif_at": DURING, "zone_known": True}, {"taken_at": DURING + timedelta(minutes=40)}, "doubtful",
            id="two clocks, two times",
        ),
        pytest.param(
            {"gps_at": DURING, "exif_at": DURING + timedelta(minutes=5)}, {}, "fine", id="a phone's clock is a bit off"
        ),
    ],
)  # fmt: skip
def test_the_time_of_a_photo_is_checked(facts: dict[str, Any], stated: dict[str, Any], result: str) -> None:
    assert capture_time(PhotoFacts(**facts), AppStatement(**stated), TASK, LIMITS).result == result


@pytest.mark.parametrize(
    ("facts", "stated", "result"),
    [
        pytest.param({}, {}, "unknown", id="nothing says where"),
        pytest.param({"place": north(100)}, {}, "fine", id="near by the photo"),
        pytest.param({"place": north(500)}, {}, "doubtful", id="half a kilometre off"),
        pytest.param({"place": north(5000)}, {}, "failed", id="in another kelurahan"),
        pytest.param({}, {"place": north(250), "accuracy_m": 150.0}, "fine", id="a poor position may be far"),
        pytest.param({}, {"place": north(500), "accuracy_m": 5000.0}, "doubtful", id="but not any distance"),
        pytest.param({"place": north(10)}, {"place": north(900)}, "doubtful", id="photo near, app far"),
    ],
)
def test_the_place_of_a_photo_is_checked(facts: dict[str, Any], stated: dict[str, Any], result: str) -> None:
    assert capture_place(PhotoFacts(**facts), AppStatement(**stated), TASK, LIMITS).result == result


def laid_over(residual: float, changed_share: float) -> Twin:
    return Twin(distance=2, kind="report", residual=residual, changed_share=changed_share)


@pytest.mark.parametrize(
    ("twins", "result"),
    [
        pytest.param(None, "unknown", id="too plain"),
        pytest.param([], "fine", id="none"),
        pytest.param([Twin(distance=9, kind="proof")], "fine", id="only somewhat alike"),
        pytest.param([Twin(distance=6, kind="proof")], "doubtful", id="much alike"),
        pytest.param([Twin(distance=7, kind="report"), Twin(distance=2, kind="evidence")], "failed", id="the same"),
        pytest.param([Twin(distance=0, kind="elsewhere")], "failed", id="of a kind without a word"),
        pytest.param([laid_over(0.75, 0.3)], "failed", id="a copy, retouched in a third of it"),
        pytest.param([laid_over(2.0, 0.07)], "fine", id="the same view, captured anew"),
        pytest.param([laid_over(2.0, 0.001)], "doubtful", id="the same view, and nothing has changed"),
        pytest.param(
            [Twin(distance=2, kind="report", residual=2.0)], "doubtful", id="changed by nobody knows how much"
        ),
        pytest.param([laid_over(2.0, 0.07), Twin(distance=9, kind="proof")], "fine", id="and one that is only alike"),
        pytest.param([laid_over(2.0, 0.07), Twin(distance=1, kind="proof")], "failed", id="and a proof used before"),
    ],
)
def test_whether_it_was_used_before(twins: list[Twin] | None, result: str) -> None:
    assert duplicate(twins, LIMITS).result == result


CAMERA = {"has_camera": True, "has_exposure": True}


def made(*source_types: str, state: Provenance = Provenance.UNKNOWN_SIGNER) -> dict[str, Any]:
    return {**CAMERA, "provenance": state, "source_types": source_types}


@pytest.mark.parametrize(
    ("facts", "result"),
    [
        pytest.param(CAMERA, "fine", id="as a camera writes it"),
        pytest.param({}, "doubtful", id="all metadata is gone"),
        pytest.param({"has_camera": True}, "doubtful", id="a camera without exposure"),
        pytest.param({**CAMERA, "editor": "snapseed"}, "doubtful", id="saved by an editor"),
        pytest.param({**CAMERA, "size_differs": True}, "doubtful", id="another size"),
        pytest.param({**CAMERA, "thumbnail_distance": 30}, "doubtful", id="another thumbnail"),
        pytest.param({**CAMERA, "thumbnail_distance": 4}, "fine", id="its own thumbnail"),
        pytest.param({**CAMERA, "generator": "Stable Diffusion"}, "failed", id="made by a machine"),
        pytest.param({**CAMERA, "screen_peaks": 4.3}, "doubtful", id="the pattern of a screen"),
        pytest.param({**CAMERA, "screen_peaks": 4.2}, "fine", id="no pattern of a screen"),
        pytest.param(
            {**made("digitalCapture", state=Provenance.TRUSTED), "screen_peaks": 6.0},
            "doubtful",
            id="a trusted camera took it from a screen",
        ),
        pytest.param(made("trainedAlgorithmicMedia"), "failed", id="its manifest states that AI made it"),
        pytest.param(
            made("digitalCapture", "compositeWithTrainedAlgorithmicMedia", state=Provenance.TRUSTED),
            "failed",
            id="a camera captured it and AI changed it",
        ),
        pytest.param(
            made("digitalCapture", state=Provenance.INVALID), "doubtful", id="the manifest is of another image"
        ),
        pytest.param(
            {"provenance": Provenance.TRUSTED, "source_types": ("digitalCapture",)}, "fine", id="a trusted camera"
        ),
        pytest.param({"provenance": Provenance.TRUSTED, "source_types": ("print",)}, "doubtful", id="a trusted scan"),
        pytest.param(
            {"provenance": Provenance.UNKNOWN_SIGNER, "source_types": ("digitalCapture",)},
            "doubtful",
            id="anybody can sign that a camera captured it",
        ),
        pytest.param(
            {**made("digitalCapture", state=Provenance.TRUSTED), "editor": "gimp"},
            "doubtful",
            id="edited after a camera",
        ),
        pytest.param({"capture": CaptureGrade.CHALLENGED}, "unknown", id="made by the app in place"),
        pytest.param({"capture": CaptureGrade.CHALLENGED, "editor": "gimp"}, "doubtful", id="edited all the same"),
    ],
)
def test_whether_it_was_edited(facts: dict[str, Any], result: str) -> None:
    assert edited(PhotoFacts(**facts), LIMITS).result == result


def seen(inliers: int, *, points: int = 900, kind: str = "report") -> SceneMatch:
    return SceneMatch(inliers=inliers, points_before=points, points_after=900, before_kind=kind)


@pytest.mark.parametrize(
    ("scene", "result"),
    [
        pytest.param(None, "unknown", id="no picture of before"),
        pytest.param(seen(40), "fine", id="same"),
        pytest.param(seen(4), "doubtful", id="other"),
        pytest.param(seen(4, points=90), "unknown", id="poor"),
        pytest.param(seen(4, kind="evidence"), "unknown", id="pole"),
    ],
)  # fmt: skip
def test_whether_it_shows_the_same_scene(scene: SceneMatch | None, result: str) -> None:
    assert same_scene(scene, LIMITS).result == result


moments = st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
places = st.none() | st.builds(LatLon, st.floats(-90, 90), st.floats(-180, 180))
photos = st.builds(
    PhotoFacts, exif_at=moments, gps_at=moments, zone_known=st.booleans(), place=places,
    place_error_m=st.none() | st.floats(0, 1e5), has_camera=st.booleans(), has_exposure=st.booleans(),
    editor=st.sampled_from(["", "gimp"]), generator=st.sampled_from(["", "Midjourney"]), size_differs=st.booleans(),
    thumbnail_distance=st.none() | st.integers(0, 64),
)  # fmt: skip
apps = st.builds(AppStatement, taken_at=moments, place=places, accuracy_m=st.none() | st.floats(0, 1e5))
twins = st.none() | st.lists(st.builds(Twin, distance=st.integers(0, 64), kind=st.sampled_from(["proof", "report"])))


@given(facts=photos, stated=apps, near=twins)
def test_every_check_is_reported_once_and_explained_in_both_languages(
    facts: PhotoFacts, stated: AppStatement, near: list[Twin] | None
) -> None:
    found = check_results(facts, stated, TASK, twins=near, scene=None)
    assert [one.check for one in found] == list(Check)
    assert all(one.explanation_id and one.explanation_en for one in found)
    assert (worst(found) is Result.FAILED) == any(one.result is Result.FAILED for one in found)


@given(stated=apps)
def test_a_photo_without_data_never_fails_by_the_apps_statement_of_its_time(stated: AppStatement) -> None:
    assert capture_time(PhotoFacts(), stated, TASK, LIMITS).result is not Result.FAILED


def proof_check(check: Check, result: Result) -> CheckResult:
    return CheckResult(check=check, result=result, explanation_id="a", explanation_en="b")


def test_nothing_known_is_unknown() -> None:
    assert worst([proof_check(Check.CAPTURE_TIME, Result.UNKNOWN)]) is Result.UNKNOWN


COPIED = (proof_check(Check.DUPLICATE, Result.FAILED),)
FINE = (proof_check(Check.DUPLICATE, Result.FINE),)


def chosen(
    draw: float,
    policy: ProofPolicy,
    found: Sequence[CheckResult] = FINE,
    *,
    has_camera: bool = False,
    has_reporter: bool = True,
    capture: CaptureGrade = CaptureGrade.CHALLENGED,
    is_severe: bool = False,
) -> VerificationMethod:
    share = sampled_share(found, policy, capture=capture, is_severe=is_severe)
    return method_of(found, policy, draw=draw, share=share, has_camera=has_camera, has_reporter=has_reporter)


def test_a_camera_is_queried_before_any_person() -> None:
    assert chosen(0.0, ProofPolicy(), COPIED, has_camera=True) is VerificationMethod.CAMERA


def test_without_a_camera_what_is_held_back_goes_to_an_operator() -> None:
    assert held_back(COPIED, ProofPolicy()) == COPIED
    assert chosen(0.99, ProofPolicy(), COPIED) is VerificationMethod.OPERATOR


def test_the_shares_of_the_sample_come_out() -> None:
    policy = ProofPolicy(reporter_share=0.3, operator_share=0.1)
    methods = [chosen(number / 1000, policy) for number in range(1000)]
    assert [methods.count(one) for one in VerificationMethod] == [0, 300, 100, 600]
    alone = [chosen(number / 1000, policy, has_reporter=False) for number in range(1000)]
    assert alone.count(VerificationMethod.OPERATOR) == 400, (
        "nobody can be asked: an operator looks in the reporter's place"
    )


@pytest.mark.parametrize(
    "lower",
    [
        pytest.param({"capture": CaptureGrade.GALLERY}, id="from the gallery"),
        pytest.param({"is_severe": True}, id="severe"),
        pytest.param({"found": (proof_check(Check.EDITED, Result.DOUBTFUL),)}, id="edited perhaps"),
        pytest.param({"found": (proof_check(Check.SAME_SCENE, Result.DOUBTFUL),)}, id="another scene perhaps"),
    ],
)
def test_what_is_doubtful_severe_or_of_lower_grade_is_always_sampled(lower: dict[str, Any]) -> None:
    for policy in (ProofPolicy(), ProofPolicy(reporter_share=0.0, operator_share=0.0)):
        found = {chosen(draw / 100, policy, **lower) for draw in range(100)}
        assert VerificationMethod.CHECK_RESULTS not in found
    assert found == {VerificationMethod.OPERATOR}, "a city that asks no reporter asks operators"


def test_where_neither_use_nor_place_can_be_checked_an_operator_sees_it() -> None:
    blind = (proof_check(Check.DUPLICATE, Result.UNKNOWN), proof_check(Check.SAME_SCENE, Result.UNKNOWN))
    assert held_back(blind, ProofPolicy()) == blind
    assert held_back(blind[:1], ProofPolicy()) == held_back(blind[1:], ProofPolicy()) == ()
    policy = ProofPolicy(held={Check.DUPLICATE: frozenset({Result.UNKNOWN})})
    assert held_back(blind, policy) == blind, "each once"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"reporter_share": 0.7, "operator_share": 0.4}, "shares"),
        ({"look_seconds": 1}, "look_seconds"),
        ({"reporter_hours": 0}, "reporter_hours"),
    ],
)
def test_a_policy_that_cannot_be_is_refused(wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        ProofPolicy(**wrong)


def test_limits_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="near_m"):
        ProofLimits(near_m=-1)


@pytest.mark.parametrize(
    "sound", [{"look_seconds": 10}, {"look_seconds": 3600}, {"reporter_hours": 0.5}, {"reporter_hours": 720}]
)
def test_a_policy_at_its_limits_is_accepted(sound: dict[str, Any]) -> None:
    assert not held_back((), ProofPolicy(**sound))


@pytest.mark.parametrize(
    "wrong", [{"look_seconds": 9.9}, {"look_seconds": 3600.5}, {"reporter_hours": 0}, {"reporter_hours": 720.5}]
)
def test_a_policy_beyond_its_limits_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"expected (look_seconds|reporter_hours)"):
        ProofPolicy(**wrong)


def test_a_check_that_the_policy_does_not_name_holds_nothing_back() -> None:
    failed = CheckResult(check=Check.EDITED, result=Result.FAILED, explanation_id="", explanation_en="")
    assert held_back((failed,), ProofPolicy(held={})) == ()
    assert held_back((failed,), ProofPolicy()) == (failed,)
