"""What a proof photo says for itself: facts in, check results out. A check result explains; it never decides alone.

Each check ends fine, doubtful, failed or unknown. Unknown is what honest photos often are (an app that strips EXIF, a
camera that looks from another side), so it never counts against anybody by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from siaga_core.rules.geometry import distance_m
from siaga_core.rules.verification.capture import CaptureGrade
from siaga_core.rules.verification.facts import (
    AI_SOURCES,
    CAMERA_SOURCES,
    AppStatement,
    PhotoFacts,
    Provenance,
    SceneMatch,
    TaskFacts,
    Twin,
)

__all__ = (
    "AppStatement", "CaptureGrade", "Check", "CheckResult", "PhotoFacts", "ProofLimits", "Provenance", "Result",
    "SceneMatch", "TaskFacts", "Twin", "capture_place", "capture_time", "check_results", "duplicate", "edited",
    "same_scene", "worst",
)  # fmt: skip

Figure = float | str | bool | None


class Check(StrEnum):
    """What is looked into."""

    CAPTURE_TIME = "capture_time"
    CAPTURE_PLACE = "capture_place"
    DUPLICATE = "duplicate"
    EDITED = "edited"
    SAME_SCENE = "same_scene"


class Result(StrEnum):
    """How a check ended."""

    FINE = "fine"
    DOUBTFUL = "doubtful"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check with its reason in Indonesian and English, and the figures it stands on."""

    check: Check
    result: Result
    explanation_id: str
    explanation_en: str
    figures: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofLimits:
    """From when on something is odd. Distances in metres, times in minutes, hash distances in bits of 64."""

    near_m: float = 150.0
    far_m: float = 2_000.0
    most_accuracy_m: float = 200.0
    early_minutes: float = 2.0
    delay_minutes: float = 10.0
    apart_minutes: float = 15.0
    same_bits: int = 4
    alike_bits: int = 7
    copy_residual: float = 0.75
    least_changed_share: float = 0.005
    screen_peaks: float = 4.2
    thumbnail_bits: int = 14
    scene_inliers: int = 18
    scene_points: int = 300

    def __post_init__(self) -> None:
        if not (0 < self.near_m <= self.far_m and 0 <= self.same_bits <= self.alike_bits <= 16):
            raise ValueError(f"expected 0 < near_m <= far_m and same_bits <= alike_bits <= 16, got {self}")


def check_results(
    facts: PhotoFacts,
    stated: AppStatement,
    task: TaskFacts,
    *,
    twins: Sequence[Twin] | None,
    scene: SceneMatch | None,
    limits: ProofLimits = ProofLimits(),
) -> tuple[CheckResult, ...]:
    """Every check once. `twins` None: the image is too plain to be compared; `scene` None: there is no before."""
    return (
        capture_time(facts, stated, task, limits),
        capture_place(facts, stated, task, limits),
        duplicate(twins, limits),
        edited(facts, limits),
        same_scene(scene, limits),
    )


def worst(found: Sequence[CheckResult]) -> Result:
    """The gravest result; unknown only where nothing is known at all."""
    order = (Result.FAILED, Result.DOUBTFUL, Result.FINE)
    return next((result for result in order if any(one.result is result for one in found)), Result.UNKNOWN)


def capture_time(facts: PhotoFacts, stated: AppStatement, task: TaskFacts, limits: ProofLimits) -> CheckResult:
    """Between the cause of the task and its resolving; the satellites' clock before the phone's, the app's last."""
    times = {"gps": facts.gps_at, "exif": facts.exif_at, "app": stated.taken_at}
    known = {source: at for source, at in times.items() if at is not None}
    figures: dict[str, Figure] = {f"{source}_at": at.isoformat() for source, at in known.items()}
    if not known:
        return _when(Result.UNKNOWN, "Foto tidak menyebut waktu", "The photo does not say when it was taken", figures)
    source, at = next(iter(known.items()))
    before = (task.caused_at - at).total_seconds() / 60
    after = (at - task.resolved_at).total_seconds() / 60
    figures |= {"source": source, "minutes_before_task": round(before, 1)}
    # A phone that does not give its zone may be off by hours, which is no proof of anything.
    if_early = Result.DOUBTFUL if source == "app" or (source == "exif" and not facts.zone_known) else Result.FAILED
    if before > limits.early_minutes:
        return _when(
            if_early,
            f"Foto diambil {_span_id(before)} sebelum tugas ini ada",
            f"The photo was taken {_span_en(before)} before there was anything to do",
            figures,
        )
    if after > limits.delay_minutes:
        text = (
            "Waktu foto lebih baru daripada saat tugas diselesaikan",
            "The photo is dated after the task was resolved",
        )
        return _when(Result.DOUBTFUL, *text, figures)
    apart = (max(known.values()) - min(known.values())) / timedelta(minutes=1)
    if apart > limits.apart_minutes:
        text = "Jam foto dan jam aplikasi tidak cocok", "The clocks in the photo and of the app do not agree"
        return _when(Result.DOUBTFUL, *text, {**figures, "minutes_apart": round(apart, 1)})
    return _when(Result.FINE, "Foto diambil selama tugas berjalan", "Taken while the task was open", figures)


def capture_place(facts: PhotoFacts, stated: AppStatement, task: TaskFacts, limits: ProofLimits) -> CheckResult:
    """Near the place of the task, by the position in the photo and by the app's, each with its own error."""
    places = {"exif": (facts.place, facts.place_error_m), "app": (stated.place, stated.accuracy_m)}
    found = {
        source: (distance_m(place, task.place), min(limits.most_accuracy_m, error or 0.0))
        for source, (place, error) in places.items()
        if place is not None
    }
    figures: dict[str, Figure] = {f"{source}_m": round(away) for source, (away, _) in found.items()}
    if not found:
        text = "Foto dan aplikasi tidak menyebut tempat", "Neither the photo nor the app says where it was taken"
        return _where(Result.UNKNOWN, *text, figures)
    source, (away, error) = max(found.items(), key=lambda pair: pair[1][0] - pair[1][1])
    figures |= {"source": source, "allowed_m": round(limits.near_m + error)}
    if away > limits.near_m + error:
        result = Result.FAILED if away > limits.far_m + error else Result.DOUBTFUL
        return _where(
            result,
            f"Foto diambil {_metres_id(away)} dari tempat tugas",
            f"Taken {_metres_en(away)} from the place of the task",
            figures,
        )
    return _where(Result.FINE, "Foto diambil di tempat tugas", "Taken at the place of the task", figures)


def duplicate(twins: Sequence[Twin] | None, limits: ProofLimits) -> CheckResult:
    """The earlier image that speaks most against the photo: of proofs of anybody, citizens' photos, cameras' evidence.

    Looking alike is no fault: who shows that something is gone stands where the photo from before was made. So where
    both can be laid over one another, what remains decides, and only else the hashes.
    """
    if twins is None:
        text = "Gambar terlalu polos untuk dibandingkan", "The photo is too plain to be compared with others"
        return _duplicate(Result.UNKNOWN, *text, {})
    alike = [twin for twin in twins if twin.residual is not None or twin.distance <= limits.alike_bits]
    if not alike:
        return _duplicate(Result.FINE, "Tidak ada foto lama yang sama", "No earlier photo looks like it", {})
    nearest = min(alike, key=lambda twin: (_SERIOUS.index(_likeness(twin, limits)), twin.distance))
    figures: dict[str, Figure] = {"bits": nearest.distance, "kind": nearest.kind, "alike": len(alike)}
    figures |= {"mirrored": nearest.is_mirrored, "cropped": nearest.is_cropped, "same_task": nearest.same_task}
    if nearest.residual is not None:
        figures |= {"residual": nearest.residual, "changed_share": nearest.changed_share}
    return _duplicate(_likeness(nearest, limits), *_duplicate_words(nearest, limits), figures)


_SERIOUS = (Result.FAILED, Result.DOUBTFUL, Result.FINE)


def _likeness(twin: Twin, limits: ProofLimits) -> Result:
    if twin.residual is None:
        return Result.FAILED if twin.distance <= limits.same_bits else Result.DOUBTFUL
    if twin.residual <= limits.copy_residual:
        return Result.FAILED
    return Result.DOUBTFUL if (twin.changed_share or 0.0) < limits.least_changed_share else Result.FINE


def _duplicate_words(twin: Twin, limits: ProofLimits) -> tuple[str, str]:
    match _likeness(twin, limits):
        case Result.FAILED:
            return (
                f"Foto ini sudah pernah dipakai ({_KIND_ID.get(twin.kind, twin.kind)})",
                f"This photo was used before (as {_KIND_EN.get(twin.kind, twin.kind)})",
            )
        case Result.DOUBTFUL if twin.residual is not None:
            return (
                "Dibandingkan foto sebelumnya, hampir tidak ada yang berubah",
                "Compared with the photo from before, almost nothing has changed",
            )
        case Result.DOUBTFUL:
            return "Foto ini sangat mirip dengan foto lama", "This photo looks much like an earlier one"
        case _:
            share = round(100 * (twin.changed_share or 0.0))
            return (
                f"Foto baru dari tempat yang sama; {share} % tampak berubah",
                f"A new photo of the same view; {share} % of it has changed",
            )


def edited(facts: PhotoFacts, limits: ProofLimits) -> CheckResult:
    """Marks of generators and editors, what a C2PA manifest states, and what a camera writes that is not there.

    That a model made the image is believed whoever says so; that a camera did, only of a signer whom the city trusts.
    """
    figures: dict[str, Figure] = {
        "container": facts.container,
        "software": facts.software,
        "camera": facts.has_camera,
        "exposure": facts.has_exposure,
        "quality": facts.quality,
        "provenance": facts.has_provenance,
        "thumbnail_bits": facts.thumbnail_distance,
    }
    if facts.provenance:
        figures |= {"c2pa": facts.provenance, "source_types": ", ".join(facts.source_types), "signer": facts.signer}
    claimed = _claimed(facts, limits, figures)
    if claimed is not None:
        return claimed
    if facts.thumbnail_distance is not None and facts.thumbnail_distance > limits.thumbnail_bits:
        text = "Gambar kecil di dalam foto tidak sama dengan fotonya", "The thumbnail inside shows another image"
        return _edited(Result.DOUBTFUL, *text, figures)
    if facts.editor:
        text = f"Foto disimpan oleh {facts.editor}", f"The photo was saved by {facts.editor}"
        return _edited(Result.DOUBTFUL, *text, figures)
    if facts.has_camera and facts.size_differs:
        text = "Ukuran foto bukan ukuran dari kamera", "The photo does not have the size that its camera wrote"
        return _edited(Result.DOUBTFUL, *text, figures)
    if facts.has_camera and facts.has_exposure:
        return _edited(Result.FINE, "Foto seperti keluar dari kamera", "The photo is as a camera writes it", figures)
    return _without_camera_data(facts, figures)


def _claimed(facts: PhotoFacts, limits: ProofLimits, figures: dict[str, Figure]) -> CheckResult | None:
    """What a manifest, a generator's mark or the pattern of a screen say; None where they say nothing."""
    if AI_SOURCES & set(facts.source_types):
        return _edited(
            Result.FAILED,
            "Manifes C2PA menyatakan gambar dibuat atau diubah oleh AI",
            "The C2PA manifest states that AI made or changed the image",
            figures,
        )
    if facts.generator:
        return _edited(
            Result.FAILED,
            f"Gambar membawa tanda pembuat gambar: {facts.generator}",
            f"The photo carries the mark of an image generator: {facts.generator}",
            figures,
        )
    if facts.provenance is Provenance.INVALID:
        text = "Manifes C2PA tidak cocok dengan gambarnya", "The C2PA manifest does not match the image"
        return _edited(Result.DOUBTFUL, *text, figures)
    if facts.screen_peaks is not None and facts.screen_peaks > limits.screen_peaks:
        text = (
            "Tampak pola layar; mungkin difoto dari layar",
            "A screen's pattern is in it; perhaps taken from a screen",
        )
        return _edited(Result.DOUBTFUL, *text, {**figures, "screen_peaks": facts.screen_peaks})
    if facts.provenance is Provenance.TRUSTED and set(facts.source_types) & CAMERA_SOURCES and not facts.editor:
        return _edited(
            Result.FINE,
            f"Tanda tangan C2PA yang dipercaya menyatakan dari kamera ({facts.signer})",
            f"A trusted C2PA signature states that a camera captured it ({facts.signer})",
            figures,
        )
    return None


def _without_camera_data(facts: PhotoFacts, figures: Mapping[str, Figure]) -> CheckResult:
    """The officer's app draws its photos anew, so that their files say nothing; the signed statement does."""
    if facts.capture is CaptureGrade.CHALLENGED:
        text = "Diambil oleh aplikasi, yang tidak menulis data kamera", "Made by the app, which writes no camera data"
        return _edited(Result.UNKNOWN, *text, figures)
    text = "Data kamera tidak ada; foto disimpan ulang", "What a camera writes is missing; the photo was saved again"
    return _edited(Result.DOUBTFUL, *text, figures)


def same_scene(scene: SceneMatch | None, limits: ProofLimits) -> CheckResult:
    """Whether the before-photo's fixed things are in it. From another side, that cannot be determined."""
    if scene is None:
        text = "Tidak ada foto sebelum pekerjaan", "There is no earlier photo of the place"
        return _scene(Result.UNKNOWN, *text, {})
    figures: dict[str, Figure] = {
        "inliers": scene.inliers,
        "points_before": scene.points_before,
        "points_after": scene.points_after,
        "before": scene.before_kind,
    }
    if scene.inliers >= limits.scene_inliers:
        return _scene(Result.FINE, "Tempat yang sama dengan foto sebelum", "The same scene as before", figures)
    rich = min(scene.points_before, scene.points_after) >= limits.scene_points
    # A camera hangs on its pole and an officer stands in the street: only people stand where people stood.
    if rich and scene.before_kind != "evidence":
        text = (
            "Tidak tampak tempat yang sama dengan foto sebelum",
            "Nothing of the earlier photo of the place is found in it",
        )
        return _scene(Result.DOUBTFUL, *text, figures)
    text = "Dari sisi lain; tidak dapat dibandingkan", "Taken from another side; it cannot be compared"
    return _scene(Result.UNKNOWN, *text, figures)


_KIND_ID = {"proof": "bukti tugas lain", "report": "foto laporan warga", "evidence": "gambar kamera"}
_KIND_EN = {"proof": "a proof", "report": "a citizen's photo", "evidence": "a camera's picture"}


def _span_id(minutes: float) -> str:
    return f"{minutes:.0f} menit" if minutes < 120 else f"{minutes / 60:.0f} jam"


def _span_en(minutes: float) -> str:
    return f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.0f} hours"


def _metres_id(metres: float) -> str:
    return f"{metres:.0f} meter" if metres < 2000 else f"{metres / 1000:.0f} km"


def _metres_en(metres: float) -> str:
    return f"{metres:.0f} m" if metres < 2000 else f"{metres / 1000:.0f} km"


def _check_result(check: Check, result: Result, in_id: str, in_en: str, figures: Mapping[str, Figure]) -> CheckResult:
    return CheckResult(check=check, result=result, explanation_id=in_id, explanation_en=in_en, figures=dict(figures))


def _when(result: Result, in_id: str, in_en: str, figures: Mapping[str, Figure]) -> CheckResult:
    return _check_result(Check.CAPTURE_TIME, result, in_id, in_en, figures)


def _where(result: Result, in_id: str, in_en: str, figures: Mapping[str, Figure]) -> CheckResult:
    return _check_result(Check.CAPTURE_PLACE, result, in_id, in_en, figures)


def _duplicate(result: Result, in_id: str, in_en: str, figures: Mapping[str, Figure]) -> CheckResult:
    return _check_result(Check.DUPLICATE, result, in_id, in_en, figures)


def _edited(result: Result, in_id: str, in_en: str, figures: Mapping[str, Figure]) -> CheckResult:
    return _check_result(Check.EDITED, result, in_id, in_en, figures)


def _scene(result: Result, in_id: str, in_en: str, figures: Mapping[str, Figure]) -> CheckResult:
    return _check_result(Check.SAME_SCENE, result, in_id, in_en, figures)
