"""How much each cue counts; `python -m benchmarks.camera_gauge` on 567 drawn looks."""

from __future__ import annotations

import numpy as np

from siaga_edge.gauge.staff_cues import NAMES, WHOLE_NAMES

SURENESS = 0.750
_AT = {
    "repeats_1": -1.3921,
    "repeats_4": 3.6848,
    "repeats_12": 4.1597,
    "texture_1": -0.5282,
    "texture_4": 8.9151,
    "texture_12": 12.6911,
    "contrast_1": 1.5760,
    "contrast_4": 1.6341,
    "contrast_12": -2.4950,
    "steady_1": -2.7318,
    "steady_4": -2.3919,
    "steady_12": 24.4227,
    "rims_1": -0.7482,
    "rims_4": 0.6295,
    "rims_12": 3.5390,
    "dry_1": -23.1915,
    "dry_4": 20.1886,
    "dry_12": -8.1651,
    "repeats_all": 7.2523,
    "texture_all": 8.5653,
    "contrast_all": -4.0202,
    "steady_all": 11.6498,
    "rims_all": 2.2054,
    "dry_all": 0.0958,
    "light_1": 1.0884,
    "light_4": 2.3562,
    "colour_1": -0.5535,
    "colour_4": 3.8341,
    "flank_light_1": 0.0876,
    "flank_light_4": 0.9129,
    "flank_colour_1": -0.1868,
    "flank_colour_4": 7.3863,
    "mirror_5": -1.1842,
    "mirror_15": 3.3907,
}
# For water over the top, and under the foot.
_WHOLE = {
    "one": (9.3178, -3.5779),
    "repeats": (-12.2862, -5.8128),
    "repeats_low": (-20.1424, 44.7497),
    "repeats_high": (-11.5062, -7.0486),
    "rims": (41.4531, -10.7139),
    "steady": (-2.2139, 0.9008),
    "dry": (1.2896, 13.0113),
    "mirror": (-10.2681, 0.8382),
}
AT = np.array([_AT[name] for name in NAMES])
ABOVE = np.array([_WHOLE[name][0] for name in WHOLE_NAMES])
BELOW = np.array([_WHOLE[name][1] for name in WHOLE_NAMES])
