"""Fixtures of these tests."""

from tests.support.http_api import api  # noqa: F401 - a fixture
