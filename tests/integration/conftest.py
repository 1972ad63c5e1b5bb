"""Fixtures of these tests."""

from tests.support.alert_city import alert_city, alert_city_url, alert_sinks  # noqa: F401 - fixtures
from tests.support.http_api import api  # noqa: F401 - a fixture
from tests.support.stand_ins.feed_source import feed_city, feed_source  # noqa: F401 - fixtures
from tests.support.task_city import city_conn, task_city_url  # noqa: F401 - fixtures
