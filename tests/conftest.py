"""Fixtures shared by all tests; the real services are started once per run, on free ports."""

from siaga_cloud.wiring import register_ports

pytest_plugins = ["tests.support.services"]
register_ports()
