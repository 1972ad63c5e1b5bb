"""Finds what somebody left on the ground by comparing it with the ground of before, whatever it is.

A detector knows bags and piles of kinds that it was trained on; a sack, sheets of paper or a tin it does not. What
appears where a person or a vehicle was a moment before, differs from the ground of before, and stays as it is when they
have gone, was left by them. Luggage beside the one who waits with it is not left. Shadows, light that changes, and
things that were taken away leave differences as well; each is recognised by a property of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from siaga_core.rules.geometry import Box, Point, iou
from siaga_core.vision.image import Image, size_of
from siaga_edge.vision.water import polygon_mask

LONGEST_SIDE: Final = 400  # of the zone's part of the image: a tin of six pixels must not become three
_DIFFERENT, _SAME = 28.0, 14.0  # grey levels of a channel: from the ground of before, and from one look to the next
_GROUND_GAIN = 0.1
_LEAST_PIXELS, _MOST_SHARE = 9, 0.35  # of an object, and of the zone
_MOST_OBJECTS = 24  # looked at in one frame, the largest
_RESTLESS_GAIN, _RESTLESS = 0.05, 0.15  # leaves, flags and burned-in clocks change by themselves again and again
# Of a burned-in clock only the seconds never rest; its minutes stand to the left, in the same line. More restless spots
# than these are leaves.
_DIGIT_PIXELS, _DIGITS_LEFT, _MOST_DIGITS = 24, 8, 4
_CHANGED_SHARE = 0.5  # of the zone at once: the light or the view is another one
_GROWN = 0.1  # of a bounding box on each side
_SAME_IOU, _BARE_SHARE, _MOST_REMEMBERED = 0.3, 0.9, 200
_TOUCHED_SECONDS = 30.0
# Of the looks in which nothing hid it: what lies there differs from the ground in nearly each of them.
_STEADY_SHARE = 2 / 3
_SHADOW = (0.4, 0.97)  # of the brightness of the ground in a shadow on it
_SHADOW_COLOUR = 14.0
_EDGE_GAIN = 1.1  # of an object's outline over that of the bare ground

Mask = NDArray[np.bool_]
Pixels = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LeftObject:
    """Something that was left; the box is in shares of the image."""

    number: int
    box: Box


class LeftObjects:
    """The ground of one zone, and what was left on it."""

    def __init__(self, polygon: Sequence[Point]) -> None:
        self._polygon = polygon
        across, down = [point.x for point in polygon], [point.y for point in polygon]
        self._frame = Box(max(0.0, min(across)), max(0.0, min(down)), min(1.0, max(across)), min(1.0, max(down)))
        self._ground: Ground | None = None
        self._boxes: dict[int, Box] = {}
        self._attended: set[int] = set()
        self._sightings = Sightings()
        self._next = 1

    def step(
        self, image: Image, at: datetime, *, covered: Iterable[Box], movers: Iterable[Box], open_boxes: Iterable[Box]
    ) -> list[LeftObject]:
        """Takes one look and returns what lies there and was once alone.

        `covered`: what stands before the ground. `movers`: persons and vehicles, which leave things. `open_boxes`:
        what was reported and is not taken for ground meanwhile. All in shares of the image.
        """
        now = self._part(image)
        hidden = self._mask_of(covered, now)
        ground = self._ground
        if ground is None or ground.latest.shape != now.shape:
            self._begin(now, hidden)
            return []
        reach = [_within_reach(box) for box in movers]
        ground.touched_at[self._mask_of(reach, now)] = at.timestamp()
        differs, stable = ground.differs(now, hidden), ground.is_stable(now)
        if differs[ground.inside].mean() > _CHANGED_SHARE:
            self._begin(now, hidden)
            return []
        touched = ground.touched_at >= at.timestamp() - _TOUCHED_SECONDS
        candidates = differs & stable & ground.inside & ~ground.restless(stable, hidden)
        found = self._objects(ground, now, candidates, touched)
        visible = {number for number, box in self._boxes.items() if not hidden[self._pixels(box, now)].any()}
        self._sightings.count(self._boxes, {thing.number for thing in found}, visible)
        found = [thing for thing in self._unattended(found, reach) if self._sightings.are_steady(thing.number)]
        ground.learn(now, hidden, differs, stable, self._mask_of(open_boxes, now))
        return found

    def _begin(self, now: Image, hidden: Mask) -> None:
        self._ground, self._boxes = Ground(now, hidden, self._inside(now)), {}
        self._attended, self._sightings = set(), Sightings()

    def _part(self, image: Image) -> Image:
        width, height = size_of(image)
        top, left = int(self._frame.y1 * height), int(self._frame.x1 * width)
        bottom, right = max(top + 2, round(self._frame.y2 * height)), max(left + 2, round(self._frame.x2 * width))
        part = image[top:bottom, left:right]
        scale = min(1.0, LONGEST_SIDE / max(part.shape[:2]))
        size = (max(2, round(part.shape[1] * scale)), max(2, round(part.shape[0] * scale)))
        small = cv2.resize(part, size, interpolation=cv2.INTER_AREA) if scale < 1 else part
        return np.asarray(cv2.GaussianBlur(small, (3, 3), 0), np.uint8)

    def _inside(self, now: Image) -> Mask:
        across, down = self._frame.x2 - self._frame.x1, self._frame.y2 - self._frame.y1
        here = [Point((each.x - self._frame.x1) / across, (each.y - self._frame.y1) / down) for each in self._polygon]
        return polygon_mask(here, width=now.shape[1], height=now.shape[0])

    def _mask_of(self, boxes: Iterable[Box], now: Image) -> Mask:
        mask = np.zeros(now.shape[:2], np.bool_)
        for box in boxes:
            x, y = (box.x2 - box.x1) * _GROWN, (box.y2 - box.y1) * _GROWN
            mask[self._pixels(Box(box.x1 - x, box.y1 - y, box.x2 + x, box.y2 + y), now)] = True
        return mask

    def _pixels(self, box: Box, now: Image) -> tuple[slice, slice]:
        height, width = now.shape[:2]
        across, down = self._frame.x2 - self._frame.x1, self._frame.y2 - self._frame.y1
        left, right = ((side - self._frame.x1) / across * width for side in (box.x1, box.x2))
        top, bottom = ((side - self._frame.y1) / down * height for side in (box.y1, box.y2))
        return np.s_[max(0, int(top)) : max(0, int(bottom) + 1), max(0, int(left)) : max(0, int(right) + 1)]

    def _objects(self, ground: Ground, now: Image, candidates: Mask, touched: Mask) -> list[LeftObject]:
        closed = cv2.morphologyEx(candidates.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        _, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
        areas = stats[1:, cv2.CC_STAT_AREA]
        fitting = np.flatnonzero((areas >= _LEAST_PIXELS) & (areas <= _MOST_SHARE * closed.size)) + 1
        boxes: dict[int, Box] = {}
        for label in sorted(fitting, key=lambda each: -int(stats[each][cv2.CC_STAT_AREA]))[:_MOST_OBJECTS]:
            left, top, width, height = (int(value) for value in stats[label][:4])
            box = self._in_shares(left, top, width, height, now)
            number = self._number_of(box)
            if number is None:
                around = np.s_[max(0, top - 2) : top + height + 2, max(0, left - 2) : left + width + 2]
                mask = np.asarray(labels[around] == label)
                if not touched[around][mask].any() or not _is_object(ground.pixels[around], now[around], mask):
                    continue
                number, self._next = self._next, self._next + 1
                self._attended.add(number)
            boxes[number] = box
        bare = [number for number, box in self._boxes.items() if self._is_bare(ground, box, now)]
        known = {number: box for number, box in self._boxes.items() if number not in bare}
        self._boxes = dict(list({**known, **boxes}.items())[-_MOST_REMEMBERED:])
        return [LeftObject(number, box) for number, box in boxes.items()]

    def _unattended(self, found: Sequence[LeftObject], reach: Sequence[Box]) -> list[LeftObject]:
        """Without what somebody has stood beside since it came; once nobody did, those who pass by do not own it."""
        alone = {thing.number for thing in found if not any(overlaps(thing.box, box) for box in reach)}
        self._attended = (self._attended & self._boxes.keys()) - alone
        return [thing for thing in found if thing.number not in self._attended]

    def _is_bare(self, ground: Ground, box: Box, now: Image) -> bool:
        """Whether the ground shows again where something lay."""
        here = self._pixels(box, now)
        difference = cv2.absdiff(now[here], ground.pixels[here].astype(np.uint8))
        return bool((difference.max(axis=2, initial=0) < _DIFFERENT).mean() > _BARE_SHARE) if difference.size else True

    def _number_of(self, box: Box) -> int | None:
        """The object that lay there already, also if its outline has grown or shrunk a little."""
        alike = (number for number, known in self._boxes.items() if iou(known, box) >= _SAME_IOU)
        return next(alike, None)

    def _in_shares(self, left: int, top: int, width: int, height: int, now: Image) -> Box:
        rows, columns = now.shape[:2]
        across, down = self._frame.x2 - self._frame.x1, self._frame.y2 - self._frame.y1
        return Box(
            self._frame.x1 + left / columns * across,
            self._frame.y1 + top / rows * down,
            self._frame.x1 + (left + width) / columns * across,
            self._frame.y1 + (top + height) / rows * down,
        )


class Sightings:
    """In how many of the looks in which nothing hid it each object was seen."""

    def __init__(self) -> None:
        self._counts: dict[int, tuple[int, int]] = {}

    def count(self, known: Iterable[int], seen: Collection[int], visible: Collection[int]) -> None:
        """Takes one look at all objects that are known."""
        counts = {number: self._counts.get(number, (0, 0)) for number in known}
        self._counts = {
            number: (times + (number in seen), looks + (number in seen or number in visible))
            for number, (times, looks) in counts.items()
        }

    def are_steady(self, number: int) -> bool:
        """Whether it was seen in most of its looks."""
        times, looks = self._counts.get(number, (0, 0))
        return looks > 0 and times >= looks * _STEADY_SHARE


class Ground:
    """How the ground of a zone looks with nothing on it, as far as it was seen."""

    def __init__(self, now: Image, hidden: Mask, inside: Mask) -> None:
        self.pixels: Pixels = now.astype(np.float32)
        self.latest, self.inside = now, inside
        self.touched_at = np.full(hidden.shape, -np.inf)
        self._known, self._unrest = ~hidden, np.zeros(hidden.shape, np.float32)

    def differs(self, now: Image, hidden: Mask) -> Mask:
        """Where the ground was seen before and looks otherwise now."""
        free = ~hidden & self._known
        sampled = free[::4, ::4]
        # Brighter or darker as a whole is the camera's exposure.
        usual = np.median(self.pixels[::4, ::4][sampled]) if sampled.any() else 1.0
        gain = float(np.median(now[::4, ::4][sampled]) / max(1.0, float(usual))) if sampled.any() else 1.0
        expected = cv2.convertScaleAbs(self.pixels, alpha=min(2.0, max(0.5, gain)))
        return np.asarray((_largest_difference(now, np.asarray(expected, np.uint8)) > _DIFFERENT) & free)

    def is_stable(self, now: Image) -> Mask:
        """Where nothing has changed since the last look."""
        return np.asarray(_largest_difference(now, self.latest) < _SAME)

    def restless(self, stable: Mask, hidden: Mask) -> Mask:
        """Where the ground changes by itself too often to show what lies on it."""
        visible = (~hidden).astype(np.uint8)
        cv2.accumulateWeighted((~stable).astype(np.float32), self._unrest, _RESTLESS_GAIN, visible)
        return _with_clocks(np.asarray(self._unrest > _RESTLESS))

    def learn(self, now: Image, hidden: Mask, differs: Mask, stable: Mask, reported: Mask) -> None:
        """Takes what shows of the ground; where it was never seen, as it is."""
        fresh = ~self._known & ~hidden & stable
        self.pixels[fresh] = now[fresh]
        self._known |= fresh
        usual = self._known & ~hidden & ~differs & ~reported
        cv2.accumulateWeighted(now, self.pixels, _GROUND_GAIN, usual.astype(np.uint8))
        self.latest = now


def _is_object(ground: Pixels, now: Image, mask: Mask) -> bool:
    """Whether what differs is neither a shadow on the ground nor the ground where something was taken away."""
    before, after = ground[mask].mean(axis=0), now[mask].mean(axis=0)
    ratio = float(after.mean() / max(1.0, float(before.mean())))
    colour = float(np.abs((after - after.mean()) - (before - before.mean())).max())
    if _SHADOW[0] <= ratio <= _SHADOW[1] and colour < _SHADOW_COLOUR:
        return False
    shape = mask.astype(np.uint8)
    outline = cv2.morphologyEx(shape, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).astype(np.bool_)
    return bool(_edges(now.astype(np.float32))[outline].mean() > _EDGE_GAIN * _edges(ground)[outline].mean())


def _with_clocks(restless: Mask) -> Mask:
    """What is restless, and the slower digits of a burned-in clock beside its seconds."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(restless.astype(np.uint8), connectivity=8)
    if not 1 < count <= 1 + _MOST_DIGITS:
        return restless
    clocks = restless.copy()
    for left, top, width, height in (tuple(int(side) for side in row[:4]) for row in stats[1:]):
        if height <= _DIGIT_PIXELS and width <= 2 * height:
            clocks[max(0, top - 1) : top + height + 1, max(0, left - _DIGITS_LEFT * height) : left + width + height] = (
                True
            )
    return clocks


def _within_reach(box: Box) -> Box:
    """Where somebody can put something down without a step: half of their height to each side."""
    reach = (box.y2 - box.y1) / 2
    return Box(box.x1 - reach, box.y1, box.x2 + reach, box.y2)


def _largest_difference(one: Image, other: Image) -> NDArray[np.uint8]:
    """Of the three channels of each pixel."""
    blue, green, red = cv2.split(cv2.absdiff(one, other))
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)


def overlaps(a: Box, b: Box) -> bool:
    """Whether two boxes have any ground in common."""
    return min(a.x2, b.x2) > max(a.x1, b.x1) and min(a.y2, b.y2) > max(a.y1, b.y1)


def _edges(pixels: Pixels) -> Pixels:
    grey = pixels.mean(axis=2)
    return np.asarray(cv2.magnitude(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)), np.float32)
