"""What is known of a proof photo and of its task before anything is judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from siaga_core.rules.geometry import LatLon
from siaga_core.rules.verification.capture import CaptureGrade


class Provenance(StrEnum):
    """How far the C2PA manifest of a photo holds. `unknown_signer`: it is intact, but anybody could have signed it."""

    NONE = ""
    INVALID = "invalid"
    UNKNOWN_SIGNER = "unknown_signer"
    TRUSTED = "trusted"


# IPTC digital source types of images that a model made or changed.
AI_SOURCES = frozenset(
    {"trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "compositeSynthetic", "algorithmicMedia"}
)
CAMERA_SOURCES = frozenset({"digitalCapture", "computationalCapture"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoFacts:
    """What the uploaded bytes say, read before EXIF is taken out; `zone_known`: EXIF gave its time zone."""

    container: str = ""
    exif_at: datetime | None = None
    zone_known: bool = False
    gps_at: datetime | None = None
    place: LatLon | None = None
    place_error_m: float | None = None
    has_camera: bool = False
    has_exposure: bool = False
    software: str = ""
    editor: str = ""
    generator: str = ""
    has_provenance: bool = False
    provenance: Provenance = Provenance.NONE
    source_types: tuple[str, ...] = ()
    signer: str = ""
    is_progressive: bool = False
    quality: int | None = None
    thumbnail_distance: int | None = None
    size_differs: bool = False
    capture: CaptureGrade = CaptureGrade.GALLERY
    screen_peaks: float | None = None  # how much it looks as if it was taken from a screen


@dataclass(frozen=True, slots=True, kw_only=True)
class AppStatement:
    """What the officer's app said beside the photo."""

    taken_at: datetime | None = None
    place: LatLon | None = None
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """The work that the photo shall prove."""

    place: LatLon
    caused_at: datetime
    resolved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """An earlier image that looks the same. `distance`: differing bits of 64; `kind`: proof, report or evidence.

    Where both can be laid over one another, `residual` is the typical difference in grey levels of what has not
    changed, and `changed_share` the share of the common view that has.
    """

    distance: int
    kind: str
    is_mirrored: bool = False
    is_cropped: bool = False
    same_task: bool = False
    residual: float | None = None
    changed_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneMatch:
    """Points of the before-photo found again in the right arrangement, and how many each image has at all."""

    inliers: int
    points_before: int
    points_after: int
    before_kind: str
