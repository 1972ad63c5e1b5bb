"""Fits forecasts on history: the lag between two gauges, the weights of the sum, and the band from unseen errors.

Ridge regression by normal equations, which add up: the sums of each part of the history are kept apart, so the model
for judging a part is fitted on all the others (cross-validation by contiguous parts, since neighbours in time are not
independent). Standard library only; some ten thousand rows take seconds.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

from siaga_core.rules.forecast import (
    BandPart,
    Design,
    HorizonModel,
    Model,
    Series,
    Slot,
    as_flows,
    level_ahead,
    raw_inputs,
    to_flow,
)
from siaga_core.rules.linear import solve

PARTS = 5
RIDGE = 1e-3  # share of the mean diagonal
BAND = (0.05, 0.95)
BAND_EDGES_CM = (5.0, 25.0, 75.0)
ANY_CHANGE_CM = 1e6  # no river moves by so much
MIN_ERRORS = 40
MIN_ROWS = 500


class TooLittleHistoryError(ValueError):
    """There are too few moments at which everything was known; the message counts them."""


def lag_seconds(upstream: Series, downstream: Series, *, step_seconds: float, longest_seconds: float) -> float | None:
    """How much later rises come downstream: the shift at which half-hour rises are most alike.

    None where nothing rose or nothing fits (correlation below 0.2).
    """
    span = max(1, round(1800 / step_seconds))
    up, down = _rises(upstream, span), _rises(downstream, span)
    shifts = range(round(longest_seconds / step_seconds) + 1)
    alike = [(_correlation(up, down, shift), -shift) for shift in shifts]
    best, shift = max(alike)
    return -shift * step_seconds if best >= 0.2 else None


def fit(design: Design, stretches: Iterable[Mapping[str, Series]]) -> tuple[Model, ...]:
    """Models for the gauge: with all gauges upstream, and with each choice of them, down to none.

    `stretches` are separate pieces of history, each with all gauges on one grid. Raises `TooLittleHistoryError`.
    """
    pieces = list(stretches)
    names = (design.gauge_id, *(one.gauge_id for one in design.upstream))
    beds = {name: _bed([piece[name] for piece in pieces]) for name in names}
    slots = _scaled(_slots(design), design, pieces, beds)
    rows = _rows(design, slots, pieces, beds)
    if len(rows) < MIN_ROWS:
        raise TooLittleHistoryError(f"got {len(rows)} complete moments of history, expected at least {MIN_ROWS}")
    parts = _parts(rows)
    sums = [_Sums.of(part) for part in parts]
    choices = [chosen for n in range(len(names) - 1, -1, -1) for chosen in combinations(names[1:], n)]
    return tuple(
        _model(design, beds, slots, parts, sums, retained=frozenset({names[0], *chosen})) for chosen in choices
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A moment: the inputs, the level now, the levels that came, the changes of flow that came."""

    inputs: list[float]
    now_cm: float
    came_cm: list[float]
    changes: list[float]


@dataclass(frozen=True, slots=True)
class _Sums:
    """Normal equations of some rows: products of inputs (with a leading 1), and with each horizon's change."""

    squares: list[list[float]]
    products: list[list[float]]

    @classmethod
    def of(cls, rows: Sequence[_Row]) -> _Sums:
        """Adds up; at least one row."""
        columns = [[1.0] * len(rows), *([row.inputs[at] for row in rows] for at in range(len(rows[0].inputs)))]
        targets = [[row.changes[at] for row in rows] for at in range(len(rows[0].changes))]
        return cls(
            [[_product(one, other) for other in columns] for one in columns],
            [[_product(column, target) for column in columns] for target in targets],
        )

    def plus(self, other: _Sums, sign: int = 1) -> _Sums:
        """The sums of both, or with sign -1 of what is not in the other."""
        return _Sums(_added(self.squares, other.squares, sign), _added(self.products, other.products, sign))


def _product(one: Iterable[float], other: Iterable[float]) -> float:
    return float(sum(map(operator.mul, one, other)))


def _added(one: list[list[float]], other: list[list[float]], sign: int) -> list[list[float]]:
    return [[a + sign * b for a, b in zip(*lines, strict=True)] for lines in zip(one, other, strict=True)]


def _slots(design: Design) -> list[Slot]:
    names = (design.gauge_id, *(one.gauge_id for one in design.upstream))
    return [Slot(gauge_id=name, look=look, scale=1.0) for name in names for look in range(design.looks(name) + 1)]


def _bed(series: Iterable[Series]) -> float:
    """The lowest level on record, less a little: what counts as no flow."""
    known = [level for one in series for level in one if level is not None]
    if not known:
        raise TooLittleHistoryError("got 0 levels of a gauge, expected history of every gauge")
    return min(known) - 1.0


def _scaled(
    slots: Sequence[Slot], design: Design, pieces: Sequence[Mapping[str, Series]], beds: Mapping[str, float]
) -> tuple[Slot, ...]:
    """Slots that divide by the root mean square of their values."""
    found: list[list[float]] = []
    for flows in (_flows(piece, beds) for piece in pieces):
        length = len(flows[design.gauge_id])
        found += [inputs for at in range(length) if (inputs := raw_inputs(slots, design, flows, at)) is not None]
    scales = [math.sqrt(_product(column, column) / len(found)) for column in zip(*found, strict=True)]
    return tuple(
        replace(slot, scale=scale or 1.0) for slot, scale in zip(slots, scales or [1.0] * len(slots), strict=True)
    )


def _flows(piece: Mapping[str, Series], beds: Mapping[str, float]) -> dict[str, list[float | None]]:
    return {name: as_flows(piece[name], bed) for name, bed in beds.items()}


def _rows(
    design: Design, slots: Sequence[Slot], pieces: Sequence[Mapping[str, Series]], beds: Mapping[str, float]
) -> list[_Row]:
    rows: list[_Row] = []
    for piece in pieces:
        flows, own = _flows(piece, beds), piece[design.gauge_id]
        found = (_row(design, slots, flows, own, at, beds[design.gauge_id]) for at in range(len(own)))
        rows += [row for row in found if row is not None]
    return rows


def _row(
    design: Design, slots: Sequence[Slot], flows: Mapping[str, Series], own: Series, at: int, bed_cm: float
) -> _Row | None:
    steps = design.horizon_steps
    if at + steps[-1] >= len(own):
        return None
    now_cm, came = own[at], [own[at + step] for step in steps]
    inputs = raw_inputs(slots, design, flows, at)
    if now_cm is None or inputs is None or any(level is None for level in came):
        return None
    came_cm = [level for level in came if level is not None]
    flow = to_flow(now_cm, bed_cm)
    return _Row(inputs, now_cm, came_cm, [to_flow(level, bed_cm) - flow for level in came_cm])


def _parts(rows: Sequence[_Row]) -> list[Sequence[_Row]]:
    edges = [len(rows) * part // PARTS for part in range(PARTS + 1)]
    return [rows[start:end] for start, end in pairwise(edges)]


def _model(
    design: Design,
    beds: Mapping[str, float],
    slots: Sequence[Slot],
    parts: Sequence[Sequence[_Row]],
    sums: Sequence[_Sums],
    *,
    retained: frozenset[str],
) -> Model:
    columns = [at for at, slot in enumerate(slots) if slot.gauge_id in retained]
    total = _total(sums)
    unseen = [_solved(total.plus(own, -1), columns) for own in sums]
    horizons = [
        _horizon(design, beds[design.gauge_id], parts, columns, solved, [one[at] for one in unseen], at)
        for at, solved in enumerate(_solved(total, columns))
    ]
    return Model(
        design=design,
        beds_cm={name: bed for name, bed in beds.items() if name in retained},
        slots=tuple(slots[at] for at in columns),
        horizons=tuple(horizons),
        rows=sum(map(len, parts)),
    )


def _total(sums: Sequence[_Sums]) -> _Sums:
    total = sums[0]
    for one in sums[1:]:
        total = total.plus(one)
    return total


def _solved(sums: _Sums, columns: Sequence[int]) -> list[list[float]]:
    """Constant and weights of each horizon."""
    chosen = [0, *(column + 1 for column in columns)]
    squares = [[sums.squares[row][column] for column in chosen] for row in chosen]
    penalty = RIDGE * sum(squares[at][at] for at in range(1, len(chosen))) / max(1, len(columns))
    for at in range(1, len(chosen)):
        squares[at][at] += penalty
    return solve(squares, [[line[at] for at in chosen] for line in sums.products])


def _horizon(
    design: Design,
    bed_cm: float,
    parts: Sequence[Sequence[_Row]],
    columns: Sequence[int],
    solved: Sequence[float],
    unseen: Sequence[Sequence[float]],
    at: int,
) -> HorizonModel:
    final = _without_band(design, solved, at)
    change_errors: list[tuple[float, float]] = []  # forecast change, error
    stayed = 0.0
    for rows, weights in zip(parts, unseen, strict=True):
        judged = _without_band(design, weights, at)
        for row in rows:
            level = level_ahead(judged, [row.inputs[column] for column in columns], row.now_cm, bed_cm)
            change_errors.append((level - row.now_cm, row.came_cm[at] - level))
            stayed += (row.came_cm[at] - row.now_cm) ** 2
    squares = sum(error * error for _, error in change_errors)
    return replace(
        final,
        band=band_of(change_errors),
        rms_error_cm=math.sqrt(squares / len(change_errors)),
        skill=1 - math.sqrt(squares / stayed) if stayed else 0.0,
    )


def _without_band(design: Design, solved: Sequence[float], at: int) -> HorizonModel:
    return HorizonModel(
        horizon_seconds=design.horizons_seconds[at],
        constant=solved[0],
        weights=tuple(solved[1:]),
        band=(),
        rms_error_cm=0.0,
        skill=0.0,
    )


def band_of(change_errors: Sequence[tuple[float, float]]) -> tuple[BandPart, ...]:
    """Bands by the size of the forecast change, from (forecast change, error) pairs in cm.

    Where too few changes were so large, they share their part with the next smaller ones.
    """
    parts: list[BandPart] = []
    held: list[float] = []
    upper = ANY_CHANGE_CM
    for lower, edge in reversed(list(pairwise((-1.0, *BAND_EDGES_CM, ANY_CHANGE_CM)))):
        held += [error for change, error in change_errors if lower < abs(change) <= edge]
        if len(held) >= MIN_ERRORS or (lower < 0 and held):
            parts.insert(0, _part(upper, held))
            held, upper = [], lower
    return tuple(parts)


def _part(up_to_cm: float, errors: Sequence[float]) -> BandPart:
    ordered = sorted(errors)
    low, high = (ordered[round(share * (len(ordered) - 1))] for share in BAND)
    return BandPart(up_to_cm=up_to_cm, low_cm=low, high_cm=high)


def _rises(levels: Series, span: int) -> list[float | None]:
    """How much each level is above that of `span` steps before; falls count as nothing."""
    pairs = zip(levels, levels[span:], strict=False)
    return [None if a is None or b is None else max(0.0, b - a) for a, b in pairs]


def _correlation(up: Series, down: Series, shift: int) -> float:
    """Pearson's, over the moments at which both are known."""
    both = [(a, b) for a, b in zip(up, down[shift:], strict=False) if a is not None and b is not None]
    if len(both) < 2:
        return 0.0
    ups, downs = zip(*both, strict=True)
    mean_up, mean_down = sum(ups) / len(both), sum(downs) / len(both)
    spread_up = sum((a - mean_up) ** 2 for a in ups)
    spread_down = sum((b - mean_down) ** 2 for b in downs)
    if spread_up <= 0 or spread_down <= 0:
        return 0.0
    return float(sum((a - mean_up) * (b - mean_down) for a, b in both) / math.sqrt(spread_up * spread_down))
