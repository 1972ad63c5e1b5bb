"""The sets of inputs that regressions learn from side by side: all that is known, and two small ones.

On a river that teaches little, many inputs fit its noise. The small sets hold what simple rules look at: `lag` only
what each place upstream did one lag before, `few` in addition a few looks at the gauge and upstream. Their forecasts
are averaged with those of the whole set, and the recent error decides which of them count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from siaga_cloud.forecast.learning.inputs import LONGEST_UPSTREAM_GAP_HOURS, Ground, Inputs, inputs_ahead
from siaga_cloud.forecast.learning.regression import Kinds, Scaling
from siaga_cloud.forecast.learning.series import Array, River, held, lagged, mean_of_last

WHOLE = Kinds()
LAG = Kinds(half_lives_hours=(None, 24.0 * 20), penalties=(1e-3,))
FEW = Kinds(half_lives_hours=(None, 24.0 * 60, 24.0 * 20), penalties=(1e-2, 1.0))
OWN_LOOKS_HOURS = (1, 3, 6, 12, 24)
UPSTREAM_LOOKS_HOURS = (1, 3, 6, 12)
MEAN_HOURS = 72


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSet:
    """Inputs at each place of the grid (places x inputs), and the regressions that learn from them."""

    values: Array
    kinds: Kinds
    is_centred: bool = True  # else an input of 0 remains 0: nothing came down, nothing is added

    def scaling(self, until: int) -> Scaling:
        """Of the places before `until`."""
        found = Scaling.of(self.values[:until])
        return found if self.is_centred else Scaling(mean=np.zeros_like(found.mean), spread=found.spread)


def sets_of(inputs: Inputs, river: River, ground: Ground, *, horizon_hours: float) -> list[InputSet]:
    """The whole set first, then the small ones; without `lag` where no place upstream has a lag."""
    whole, step_hours = inputs_ahead(inputs, river, horizon_hours), river.step_seconds / 3600
    lag = list(_lag(river, ground, horizon_hours))
    few = [
        *lag,
        *_lag(river, ground, horizon_hours / 2),
        *_of_the_gauge(river, inputs.reference_cm, ground),
        *chain.from_iterable(_of_a_place(river, name) for name in river.upstream),
    ]
    sets = [InputSet(values=whole, kinds=WHOLE.for_width(whole.shape[1] + 1, step_hours))]
    if lag:
        sets.append(InputSet(values=np.stack(lag, axis=1), kinds=LAG, is_centred=False))
    return [*sets, InputSet(values=np.stack(few, axis=1), kinds=FEW)]


def _lag(river: River, ground: Ground, hours: float) -> Iterator[Array]:
    """How each place changed over so many hours, one lag ago; until now where its lag is shorter."""
    for name in river.upstream:
        if lag := ground.lags_hours.get(name):
            known, steps = _known(river, name), river.steps(lag)
            yield lagged(known, steps - river.steps(hours)) - lagged(known, steps)


def _of_the_gauge(river: River, reference: Array, ground: Ground) -> Iterator[Array]:
    yield from (reference - lagged(reference, river.steps(hours)) for hours in OWN_LOOKS_HOURS)
    yield reference - mean_of_last(reference, river.steps(MEAN_HOURS))
    yield np.maximum(reference - ground.usual_cm, 0.0)
    yield reference


def _of_a_place(river: River, name: str) -> Iterator[Array]:
    known = _known(river, name)
    yield known - mean_of_last(known, river.steps(MEAN_HOURS))
    yield from (known - lagged(known, river.steps(hours)) for hours in UPSTREAM_LOOKS_HOURS)


def _known(river: River, name: str) -> Array:
    return held(river.upstream[name], longest=river.steps(LONGEST_UPSTREAM_GAP_HOURS))
