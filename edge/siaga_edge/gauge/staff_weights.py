"""How much each cue counts; `python -m benchmarks.camera_gauge.fit` on 360 drawn looks."""

from __future__ import annotations

import numpy as np

from siaga_edge.gauge.staff_cues import NAMES, WHOLE_NAMES

SURENESS = 1.000
_AT = {
    "repeats_1": -0.4884,
    "repeats_4": 2.6477,
    "repeats_12": 4.5874,
    "texture_1": -2.4362,
    "texture_4": 10.7945,
    "texture_12": 8.9514,
    "contrast_1": 0.4726,
    "contrast_4": 2.9128,
    "contrast_12": 0.3957,
    "steady_1": -2.9157,
    "steady_4": -2.2428,
    "steady_12": 22.4721,
    "rims_1": 0.0414,
    "rims_4": 1.1430,
    "rims_12": -0.1351,
    "dry_1": 0.0000,
    "dry_4": 0.0000,
    "dry_12": 0.0000,
    "repeats_all": 11.7174,
    "texture_all": 1.3529,
    "contrast_all": -19.2238,
    "steady_all": 8.6221,
    "rims_all": 2.3434,
    "dry_all": 0.0000,
    "light_1": 0.9802,
    "light_4": 1.7548,
    "colour_1": -0.1740,
    "colour_4": 2.5358,
    "flank_light_1": 0.1172,
    "flank_light_4": -0.0014,
    "flank_colour_1": 0.3513,
    "flank_colour_4": 6.2947,
    "mirror_5": -0.5177,
    "mirror_15": 2.5620,
}
# For water over the top, and under the foot.
_WHOLE = {
    "one": (5.8209, 2.4301),
    "repeats": (-0.3932, 2.5603),
    "repeats_low": (-0.4300, 2.5578),
    "repeats_high": (-0.3208, 2.4212),
    "rims": (2.8071, 1.2186),
    "steady": (-0.7244, -0.6239),
    "dry": (0.0000, 0.0000),
    "mirror": (2.3621, 2.2852),
}
AT = np.array([_AT[name] for name in NAMES])
ABOVE = np.array([_WHOLE[name][0] for name in WHOLE_NAMES])
BELOW = np.array([_WHOLE[name][1] for name in WHOLE_NAMES])
