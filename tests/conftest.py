"""Fixtures shared by all tests; the real services are started once per run, on free ports."""

pytest_plugins = ["tests.support.services"]
