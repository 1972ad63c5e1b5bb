"""Properties are tried the same way each time: a slow machine is no reason to fail."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
# `make mutants` runs the tests thousands of times: fewer examples, and none is made smaller after a failure.
settings.register_profile(
    "mutants",
    settings.get_profile("steady"),
    max_examples=20,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile("mutants" if "MUTANT_UNDER_TEST" in os.environ else "steady")
