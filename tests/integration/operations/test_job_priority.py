"""A crowd of reports never holds up what a sensor says or what an alert hangs on."""

from __future__ import annotations

from uuid import uuid4

from tests.unit.cloud_core.test_feed_queues import SETTINGS

from siaga_cloud import worker
from siaga_cloud.platform.db import jobs
from siaga_cloud.platform.db.connection import Database


def test_the_signal_of_a_sensor_goes_before_those_of_a_crowd(database_url: str) -> None:
    sensor = uuid4()
    with Database(database_url) as database, database.transaction() as conn:
        jobs.defer_signals(conn, [uuid4() for _ in range(50)])
        jobs.defer_signals(conn, [sensor], priority=jobs.ALARM_PRIORITY)
        jobs.defer_signals(conn, [uuid4() for _ in range(50)])
        first = conn.execute(
            "SELECT args ->> 'signal_id' AS id FROM procrastinate_fetch_job_v2(ARRAY[%s]::varchar[],"
            " (SELECT worker_id FROM procrastinate_register_worker_v1()))",
            (jobs.SIGNALS_QUEUE,),
        ).fetchone()
        app = worker.build_app(database, SETTINGS)
    assert first == {"id": str(sensor)}
    alarms = ("refresh_flood_states", "decide_alerts", "plan_alert_messages")
    assert {app.tasks[name].priority for name in alarms} == {jobs.ALARM_PRIORITY}
    assert app.tasks[jobs.PROCESS_SIGNAL].priority < jobs.ALARM_PRIORITY
