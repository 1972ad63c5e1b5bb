"""Whether a camera still shows its scene, sharp and from where its zones were drawn; looks about once a second.

Everything is compared with the camera's own past: a reference image for where it looks, running averages for how
sharp it is and where it has texture. They follow the light of the day, and only while the view is good.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from siaga_core.vision.image import Image, size_of
from siaga_edge.camera.view.motion import Grey
from siaga_edge.camera.view.registration import Edges, Shift, agreement, edges_of, matched, sharpness_of, texture_of

SceneFault: TypeAlias = Literal["blurred", "covered", "moved"]

_LEARNING_LOOKS = 3
_MEMORY_LOOKS = 60
_BLURRED_BELOW = 0.3  # of the usual sharpness; a lens 1.5 pixels of 320 out of focus
_TEXTURED, _LOST_BELOW, _COVERED_SHARE = 0.06, 0.35, 0.35
_PROOFS = 2
SAME_SCENE = 0.4  # drawn scenes: the same view in any weather and flood 0.55 and more, another one 0.35 and less


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenePolicy:
    """How often to look, what shift is none, what shift is too far to follow, and how long a reference serves."""

    every_seconds: float = 1.0
    least_shift: float = 0.004
    most_shift: float = 0.08
    renew_seconds: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReference:
    """What of a camera's past outlives a restart; people and plates in the image are coarse."""

    grey: Grey
    sharpness: float


class ReferenceStore(Protocol):
    """Where a camera's reference is stored."""

    def load(self) -> StoredReference | None:
        """What was stored for the very zones of today; None when there is none that can be used."""

    def save(self, reference: StoredReference) -> None:
        """Replaces what was stored; survives a full disk by keeping nothing."""


class SceneCheck:
    """Remembers how the scene looks when all is well."""

    def __init__(
        self,
        policy: ScenePolicy = ScenePolicy(),
        *,
        store: ReferenceStore | None = None,
        hidden: NDArray[np.bool_] | None = None,
    ) -> None:
        self._policy, self._store, self._hidden = policy, store, hidden
        self._looked_at: datetime | None = None
        self._renewed_at: datetime | None = None
        self._good_looks = 0
        self._sharpness = 0.0
        self._texture: Edges | None = None
        self._reference: Edges | None = None
        self._proofs = 0
        self._candidate: Shift | None = None
        self._latest: Edges | None = None
        self._fault: SceneFault | None = None
        self.shift = Shift()
        self._recall()

    def fault(self, grey: Grey, at: datetime) -> SceneFault | None:
        """What is wrong with the scene; between two looks, what was wrong at the last."""
        if self._looked_at is None or not 0 <= (at - self._looked_at).total_seconds() < self._policy.every_seconds:
            self._looked_at = at
            self._fault = self._looked(grey)
        return self._fault

    def renewal_due(self, at: datetime) -> bool:
        """Whether `renew` should be called with a good image."""
        if self._fault is not None or self._good_looks < _LEARNING_LOOKS:
            return False
        if self._proofs < 0:
            return True
        since = self._renewed_at
        return since is None or at < since or at - since >= timedelta(seconds=self._policy.renew_seconds)

    def renew(self, grey: Grey, at: datetime) -> None:
        """Takes an image of now, aligned and made fit to be stored, as the reference."""
        self._renewed_at, self._proofs = at, 0
        self._reference = edges_of(grey, self._hidden)
        if self._store is not None:
            self._store.save(StoredReference(grey=grey, sharpness=self._sharpness))

    def forget(self) -> None:
        """What is drawn on the image was drawn anew, so that the view of now is the right one."""
        self._renewed_at, self._good_looks, self._proofs, self._sharpness = None, 0, 0, 0.0
        self._texture = self._reference = self._candidate = self._latest = self._fault = None
        self.shift = Shift()

    @property
    def unnoticed_share(self) -> float:
        """How far, in shares of the image, the view may be off what `aligned` makes of it."""
        return self._policy.least_shift / 2

    def aligned(self, image: Image) -> Image:
        """The image as it would be had the camera not shifted; itself where it has not."""
        if self.shift.size < self._policy.least_shift:
            return image
        width, height = size_of(image)
        back = np.array([[1, 0, -self.shift.x * width], [0, 1, -self.shift.y * height]], np.float32)
        moved = cv2.warpAffine(image, back, (width, height), borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(moved, np.uint8)

    def _recall(self) -> None:
        stored = self._store.load() if self._store is not None else None
        if stored is None:
            return
        self._reference = edges_of(stored.grey, self._hidden)
        self._texture, self._sharpness = texture_of(self._reference), stored.sharpness
        self._good_looks, self._proofs = _LEARNING_LOOKS, _PROOFS

    def _looked(self, grey: Grey) -> SceneFault | None:
        edges, sharpness = edges_of(grey, self._hidden), sharpness_of(grey)
        texture = texture_of(edges)
        if self._good_looks >= _LEARNING_LOOKS:
            if sharpness < _BLURRED_BELOW * self._sharpness:
                return "blurred"
            if self._lost_share(texture) >= _COVERED_SHARE:
                return "covered"
        is_as_last = self._is_as_last(edges)
        if self._reference is not None and self._has_left(self._reference, edges, is_as_last=is_as_last):
            return "moved"
        self._latest = edges
        self._remember(sharpness, texture)
        return None

    def _lost_share(self, texture: Edges) -> float:
        if self._texture is None:
            return 0.0
        usual = self._texture > _TEXTURED
        lost = usual & (texture < _LOST_BELOW * self._texture)
        return int(np.count_nonzero(lost)) / max(1, int(np.count_nonzero(usual)))

    def _is_as_last(self, edges: Edges) -> bool:
        """Whether the view is, unshifted, that of the last good look, a moment ago."""
        latest, self._latest = self._latest, None
        return latest is not None and agreement(latest, edges) >= SAME_SCENE

    def _has_left(self, reference: Edges, edges: Edges, *, is_as_last: bool) -> bool:
        match = matched(reference, edges)
        if self._proofs < _PROOFS:
            # A scene of nothing but leaves or noise is never like itself, so its reference says nothing.
            # The view of a camera that somebody holds is like itself, but never where it was.
            is_proof = match.agreement >= SAME_SCENE and match.shift.size < self._policy.least_shift
            self._proofs = self._proofs + 1 if is_proof else -1
            return False
        if match.agreement < SAME_SCENE and is_as_last:
            # What is seen there has changed step by step, as when a lorry that filled the view drives away.
            self._proofs = -1
            return False
        if match.agreement < SAME_SCENE or match.shift.size > self._policy.most_shift:
            self._candidate = None
            return True
        return not self._followed(match.shift)

    def _followed(self, shift: Shift) -> bool:
        least, candidate = self._policy.least_shift, self._candidate
        self._candidate = None
        if shift.minus(self.shift).size < least:
            return True
        # A gust of wind turns the camera for a moment: a shift counts when it is found twice in a row.
        if candidate is None or shift.minus(candidate).size >= least:
            self._candidate = shift
            return False
        self.shift = shift if shift.size >= least else Shift()
        return True

    def _remember(self, sharpness: float, texture: Edges) -> None:
        self._good_looks += 1
        share = 1 / min(self._good_looks, _MEMORY_LOOKS)
        self._sharpness += (sharpness - self._sharpness) * share
        self._texture = texture if self._texture is None else self._texture + (texture - self._texture) * share
