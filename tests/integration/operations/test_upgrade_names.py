"""Migration 0270 renames what the glossary bans: rows stay, and programs of the previous version read and write on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from tests.support.old_release import apply_until, create_old_database

from siaga_cloud.platform.db.migrate import migrate

PREVIOUS = 265
MESSAGE, NOTIFICATION, ALERT, PROOF, LOOK, SESSION, SUBSCRIPTION, VIEW, PHOTO = (
    f"00000000-0000-7000-8000-00000000000{n}" for n in range(1, 10)
)
POLICY = (
    '{"clock": [{"resolve_hours": 4}], "notices": {"burst": 6}, "pause_reason": [{"id": "a", "stops_clock": false}]}'
)

# What the previous version wrote, in its words.
WRITTEN = f"""
INSERT INTO notice_message (id, audience_kind, audience_key, priority, text_id, text_en, notices, in_storm,
    created_at) VALUES ('{MESSAGE}', 'role', 'operator', 1, 'a', 'b', 3, false, now());
INSERT INTO notice (id, dedupe_key, audience_kind, audience_key, kind, subject_kind, subject_id, priority, group_key,
    body, message_id, due_at, created_at, state)
    VALUES ('{NOTIFICATION}', 'one', 'role', 'operator', 'task_new', 'task', '1', 1, 'g', '{{}}', NULL, now(), now(),
    'queued');
INSERT INTO notice_delivery (message_id, channel, address, created_at, due_at)
    VALUES ('{MESSAGE}', 'email', 'a@b.example', now(), now());
INSERT INTO area_alert (id, area_id, level, stage, coming_stage, flood_state, revision, raised_at, told_at, memory)
    VALUES ('{ALERT}', '31.1', 1, 3, 3, 0, 1, now(), '2026-01-01T00:00Z', '{{"told_at": "x"}}');
INSERT INTO conversation (channel, sender, talk, heard_at) VALUES ('sms', '1',
    '{{"texts": ["banjir"], "heard_at": "2026-01-01T00:00:00+00:00", "asked": 1}}', '2026-01-01T00:00Z');
INSERT INTO media (id, sha256, kind, mime, size_bytes, width, height, created_at)
    VALUES ('{PHOTO}', repeat('a', 64), 'proof', 'image/jpeg', 9, 9, 9, now());
INSERT INTO proof (id, task_id, media_id, resolved_at, resolved_by, worst, held, way, made_at)
    SELECT '{PROOF}', id, '{PHOTO}', now(), 'officer-1', 'fine', false, 'findings', now() FROM task LIMIT 1;
INSERT INTO proof_check (proof_id, name, result, explanation_id, explanation_en)
    VALUES ('{PROOF}', 'taken_when', 'fine', '', ''), ('{PROOF}', 'edited', 'fine', '', '');
INSERT INTO relook (id, proof_id, task_id, node_id, camera_id, hazard, made_at, deadline)
    SELECT '{LOOK}', '{PROOF}', task_id, 'box-1', 'cam-1', 'trash', now(), now() FROM proof;
INSERT INTO user_session (id, secret_sha256, user_id, way, made_at, seen_at, expires_at)
    VALUES ('{SESSION}', sha256('a'), 'officer-1', 'oidc', now(), now(), now());
INSERT INTO subscription (id, channel, address_sha256, secret_sha256, areas, hears, language,
    code_tries, created_at, code_sha256, expires_at)
    VALUES ('{SUBSCRIPTION}', 'email', sha256('a'), sha256('b'), '{{31.1}}', '{{31.1}}', 'id', 2, now(), sha256('c'),
    now());
INSERT INTO camera_view (id, camera_id, node_id, kind, asked_by, asked_at, until, most_frames)
    VALUES ('{VIEW}', 'cam-1', 'box-1', 'still', 'operator', '2026-01-01T00:00Z', now(), 1);
INSERT INTO site_order (kind, id, node_id, asked_at, asked_by) VALUES ('camera', 'cam-1', 'box-1', now(), 'admin');
INSERT INTO text_photo (id, channel, source_id, sender, state, media_id, received_at)
    VALUES ('{PHOTO}', 'sms', '1', '1', 'kept', '{PHOTO}', now());
INSERT INTO review_look (actor, action, items, at) VALUES ('operator', 'picture', '{{}}', now());
INSERT INTO task_policy (sha256, document, imported_at, used_at) VALUES (repeat('b', 64), '{POLICY}', now(), now());
INSERT INTO proof_policy (category, body) VALUES ('trash', '{{"held": {{"taken_when": ["failed"]}}}}');
INSERT INTO feed (id, kind, options, enabled, updated_at)
    VALUES ('frigate', 'frigate', '{{"cameras": [{{"stays_seconds": 60}}], "stays_seconds": 60}}', true, now());
INSERT INTO dead_letter (topic, payload, reason, received_at, last_at) VALUES ('t', 'p', 'r', now(), now());
INSERT INTO audit (actor, action, object_kind, object_id, at)
    VALUES ('admin', 'take_back_camera', 'camera', 'cam-1', now()), ('admin', 'list_users', 'user', '1', now());
INSERT INTO procrastinate_jobs (queue_name, task_name, args)
    VALUES ('notices', 'deliver_notice', '{{"delivery_id": 1}}'),
    ('upkeep', 'send_notices', '{{}}');
UPDATE task SET clock_round = 1, next_clock_at = '2026-01-02T00:00Z';
UPDATE signal SET taken_revision = 1;
"""  # noqa: S608

# Queries of the new version, and what each finds of that.
FOUND: dict[str, list[tuple[Any, ...]]] = {
    "SELECT notification_count FROM notification_message": [(3,)],
    "SELECT state FROM notification": [("queued",)],
    "SELECT address FROM notification_delivery": [("a@b.example",)],
    "SELECT date(issued_at AT TIME ZONE 'UTC')::text, rule_state FROM area_alert": [("2026-01-01", {"issued_at": "x"})],
    "SELECT rules FROM proof_policy WHERE category = 'trash'": [({"held": {"capture_time": ["failed"]}},)],
    "SELECT state -> 'questions', state ? 'last_message_at', state ? 'asked' FROM conversation": [(1, True, False)],
    "SELECT method FROM proof": [("checks",)],
    "SELECT name FROM proof_check ORDER BY 1": [("capture_time",), ("edited",)],
    "SELECT camera_id FROM camera_recheck": [("cam-1",)],
    "SELECT method FROM user_session": [("oidc",)],
    "SELECT area_ids, code_attempts FROM subscription": [(["31.1"], 2)],
    "SELECT kind, requested_by FROM camera_view": [("snapshot", "operator")],
    "SELECT requested_by, has_url FROM site_config": [("admin", False)],
    "SELECT state FROM text_photo": [("stored",)],
    "SELECT action FROM review_look": [("image",)],
    "SELECT rules #> '{deadline,0,resolve_hours}', rules #> '{notifications,burst}',"
    " rules #> '{pause_reason,0,pauses_deadlines}' FROM task_policy": [(4, 6, False)],
    "SELECT options -> 'persists_seconds', options #> '{cameras,0,persists_seconds}' FROM feed": [(60, 60)],
    "SELECT DISTINCT deadline_round, date(next_deadline_at AT TIME ZONE 'UTC')::text FROM task": [(1, "2026-01-02")],
    "SELECT count(*) FROM task_fact WHERE officer_id IS NOT NULL AND reopened = 1": [(400,)],
}

# What the previous version writes and reads while both work, in its words.
GOES_ON = {
    "siaga_worker": f"""
UPDATE notice SET state = 'sent', message_id = '{MESSAGE}', sent_at = now() WHERE id = '{NOTIFICATION}';
INSERT INTO notice_delivery (message_id, channel, address, created_at, due_at)
    VALUES ('{MESSAGE}', 'email', 'c@d.example', now(), now())
    ON CONFLICT (message_id, channel, address) DO NOTHING;
UPDATE proof SET way = 'operator' WHERE way = 'findings';
INSERT INTO proof_check (proof_id, name, result, explanation_id, explanation_en)
    VALUES ('{PROOF}', 'taken_where', 'fine', '', '');
UPDATE area_alert SET told_at = now(), memory = '{{"told_at": "y"}}';
UPDATE relook SET done_at = now() WHERE id = '{LOOK}';
UPDATE conversation SET talk = '{{"heard_at": "2026-01-03T00:00:00+00:00", "asked": 2}}', heard_at =
'2026-01-03T00:00Z';
UPDATE task SET clock_stopped = true, next_clock_at = NULL WHERE NOT clock_stopped;
UPDATE site_order SET ordered_at = now(), config_version = 7 WHERE id = 'cam-1';
""",  # noqa: S608
    "siaga_api": f"""
SELECT act_for('admin', 'admin', NULL, NULL, true);
INSERT INTO user_session (id, secret_sha256, user_id, way, made_at, seen_at, expires_at)
    VALUES ('{MESSAGE}', sha256('z'), 'officer-1', 'password', now(), now(), now());
INSERT INTO site_order (kind, id, node_id, asked_at, asked_by) VALUES ('camera', 'cam-2', 'box-1', now(), 'admin')
    ON CONFLICT (kind, id, node_id) DO UPDATE SET asked_at = excluded.asked_at, asked_by = excluded.asked_by;
UPDATE site_order SET url = 'rtsp://user:password@camera' WHERE id = 'cam-2';
UPDATE dead_letter SET asked_at = now(), asked_by = 'admin' WHERE asked_at IS NULL;
""",  # noqa: S608
}
THEN: dict[str, list[tuple[Any, ...]]] = {
    "SELECT state FROM notification": [("sent",)],
    "SELECT count(*) FROM notification_delivery": [(2,)],
    "SELECT rule_state FROM area_alert": [({"issued_at": "y"},)],
    "SELECT method FROM proof": [("operator",)],
    "SELECT count(*) FROM proof_check WHERE name = 'capture_place'": [(1,)],
    "SELECT done_at IS NOT NULL FROM camera_recheck": [(True,)],
    "SELECT state -> 'questions', extract(day FROM last_message_at AT TIME ZONE 'UTC')::int FROM conversation": [
        (2, 3)
    ],
    "SELECT DISTINCT deadlines_paused, next_deadline_at FROM task": [(True, None)],
    "SELECT config_version, sent_at IS NOT NULL, has_url FROM site_config ORDER BY 1": [
        (7, True, False),
        (None, False, True),
    ],
    "SELECT requested_by FROM dead_letter": [("admin",)],
    "SELECT method FROM user_session ORDER BY 1": [("oidc",), ("password",)],
}


@pytest.fixture
def conn(empty_database_url: str) -> Iterator[psycopg.Connection]:
    create_old_database(empty_database_url)
    apply_until(empty_database_url, PREVIOUS)
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute(WRITTEN.encode())
        migrate(empty_database_url)
        yield connection


def answers(conn: psycopg.Connection, queries: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    return {query: conn.execute(query.encode()).fetchall() for query in queries}


def test_rows_are_there_under_the_new_names(conn: psycopg.Connection) -> None:
    assert answers(conn, FOUND) == FOUND


def test_the_previous_version_goes_on_until_it_ends(conn: psycopg.Connection, empty_database_url: str) -> None:
    for role, queries in GOES_ON.items():
        with conn.transaction():
            conn.execute(f"SET LOCAL ROLE {role}".encode())
            conn.execute(queries.encode())
    with conn.transaction(force_rollback=True):
        conn.execute("UPDATE proof SET method = 'checks'")
        assert conn.execute("SELECT way FROM proof").fetchall() == [("findings",)], "what the new version writes"
    with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
        conn.execute("SET LOCAL ROLE siaga_api; SELECT url FROM site_order")
    assert answers(conn, THEN) == THEN
    assert migrate(empty_database_url, finish=True).applied == ("0272_former_names", "0361_former_token")
    assert answers(conn, THEN) == THEN
    for former in ("notice", "relook", "site_order", "public_picture_of(uuid)"):
        kind = "regprocedure" if "(" in former else "regclass"
        assert conn.execute(f"SELECT to_{kind}(%s)", (former,)).fetchone() == (None,)
    with conn.cursor(row_factory=dict_row) as cursor:
        jobs = cursor.execute("SELECT queue_name, task_name FROM procrastinate_jobs").fetchall()
        assert jobs == [{"queue_name": "notifications", "task_name": "deliver_notification"}]
        actions = cursor.execute("SELECT action FROM audit ORDER BY id").fetchall()
        assert [row["action"] for row in actions] == ["restore_camera", "list_users"]
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
            cursor.execute("UPDATE audit SET why = 'x'")
