-- A city's machines and people at work, made up, for the queries of the dashboards: beside a past that was imported. All times
-- are relative to now, because the views are. %(days)s of history, %(cameras)s cameras on %(nodes)s nodes.

INSERT INTO node (id, name, lat, lon, state, state_at, software, last_seen_at, health, health_at, config_state)
SELECT 'box-' || n, 'Kotak ' || n, -6.1 - 0.25 * random(), 106.7 + 0.25 * random(),
    CASE WHEN n %% 11 = 3 THEN 'offline' ELSE 'online' END, now() - interval '1 day' * random(), 'siaga-edge 0.1.0',
    now() - interval '1 minute' * random(),
    jsonb_build_object('uptime_seconds', 86400 * random(), 'rss_bytes', 3e8, 'cpu_share', random(), 'temperature_c', 50 + 20 * random(),
        'outbox', jsonb_build_object('waiting', n, 'bytes', 1e7, 'free_bytes', 2e10, 'evicted', 0)), now(), 'applied'
FROM generate_series(1, %(nodes)s) AS n;
INSERT INTO node_state SELECT 'box-' || n, now() - interval '1 hour' * h, CASE WHEN (n + h) %% 2 = 0 THEN 'online' ELSE 'offline' END
FROM generate_series(1, %(nodes)s) AS n, generate_series(1 + n %% 7, 24 * least(%(days)s, 30), 13) AS h ON CONFLICT DO NOTHING;
INSERT INTO node_ledger (node_id, outbox_id, highest_seq, received, stored, duplicate, dead)
SELECT 'box-' || n, gen_random_uuid(), 100000 + n, 101000, 100000 + n - (n %% 5 = 2)::integer * 3, 1000, 0
FROM generate_series(1, %(nodes)s) AS n, generate_series(1, 2);

-- === cameras ====================================================================================================
INSERT INTO camera (id, name, node_id, lat, lon, area_id)
SELECT 'wall-cam-' || n, 'Kamera ' || n, 'box-' || (1 + n %% %(nodes)s), -6.1 - 0.25 * random(), 106.7 + 0.25 * random(), area.id
FROM generate_series(1, %(cameras)s) AS n
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS many FROM area WHERE level = 'kelurahan') AS area
    ON area.place = 1 + n %% area.many;
INSERT INTO camera_latest (camera_id, node_id, unknown_since, last_frame_at, frames, dropped, inferred, reconnects, at)
SELECT 'wall-cam-' || n, 'box-' || (1 + n %% %(nodes)s), CASE WHEN n %% 9 = 1 THEN now() - interval '3 hours' * random() END, now(),
    1000000, 1000, 500000, n %% 5, now() FROM generate_series(1, %(cameras)s) AS n WHERE n %% 23 <> 5;
INSERT INTO camera_unknown SELECT 'wall-cam-' || n, span.at, span.at + interval '3 hours' * random()
FROM generate_series(1, %(cameras)s) AS n,
    LATERAL (SELECT now() - interval '1 day' * d - interval '6 hours' AS at FROM generate_series(n %% 5, %(days)s, 5) AS d) AS span;
-- Two cameras decided so often that their precision can be known.
CREATE TEMP TABLE wall_event ON COMMIT DROP AS
SELECT gen_random_uuid() AS id, gen_random_uuid() AS incident_id, 'wall-cam-' || n AS camera_id, 'box-' || (1 + n %% %(nodes)s) AS node_id,
    (ARRAY['illegal_parking', 'trash', 'flooding'])[1 + (n + d) %% 3] AS hazard, (n + d) %% 3 AS turn,
    now() - interval '1 day' * (d + random()) AS at
FROM generate_series(1, %(cameras)s) AS n, generate_series(0, %(days)s - 1) AS d, generate_series(1, 2)
UNION ALL SELECT gen_random_uuid(), gen_random_uuid(), 'wall-cam-' || n, 'box-' || (1 + n %% %(nodes)s), 'trash', 0,
    now() - interval '1 hour' * (24 + h) FROM generate_series(1, 2) AS n, generate_series(1, 30) AS h;
INSERT INTO event (id, revision, state, hazard, node_id, source_kind, source_id, lat, lon, began_at, ended_at, measured_at,
    received_at, first_received_at, confidence, severity, details)
SELECT id, 2, 'ended', hazard, node_id, 'camera', camera_id, -6.2, 106.8, at, at + interval '20 minutes', at + interval '20 minutes',
    at + interval '21 minutes', at + interval '4 seconds' * random(), 0.8, 'moderate', '{}' FROM wall_event;
INSERT INTO signal (id, kind, category, source_key, confidence, severity, lat, lon, began_at, last_at, measured_at, received_at,
    processed_revision)
SELECT id, 'event', hazard, 'camera:' || camera_id, 0.8, 'moderate', -6.2, 106.8, at, at, at, at, 1 FROM wall_event;
INSERT INTO incident (id, category, state, severity, confidence, lat, lon, area_id, began_at, last_signal_at, verdict, created_at,
    updated_at, closed_at)
SELECT incident_id, hazard, 'closed', 'moderate', 0.8, -6.2, 106.8, camera.area_id, at, at,
    CASE turn WHEN 0 THEN 'confirmed' WHEN 1 THEN 'false_alarm' END, at, at, at + interval '1 hour'
FROM wall_event JOIN camera ON camera.id = wall_event.camera_id;
INSERT INTO incident_member (incident_id, signal_id, source_key, reliability, confidence, weight, joined_at)
SELECT incident_id, id, 'camera:' || camera_id, 0.8, 0.8, 0.64, at FROM wall_event;
UPDATE incident SET state = 'open', closed_at = NULL, verdict = NULL, severity = CASE WHEN random() < 0.3 THEN 'severe' ELSE severity END
    WHERE id IN (SELECT incident_id FROM wall_event ORDER BY at DESC LIMIT 60);
INSERT INTO media (id, sha256, kind, mime, size_bytes, width, height, redacted, created_at, taken_at)
SELECT id, repeat('a', 64), 'evidence', 'image/jpeg', 20000, 640, 360, true, at, at FROM wall_event ORDER BY at DESC LIMIT 5000;
INSERT INTO evidence (event_id, number, media_id, role, taken_at, node_id)
SELECT id, 1, id, 'threshold', at, node_id FROM wall_event WHERE id IN (SELECT id FROM media);

-- What operators judged, 50 a day: four of five events are right, of the second camera one of five. Each fifth frame was missed.
CREATE TEMP TABLE wall_judged ON COMMIT DROP AS
SELECT *, row_number() OVER (PARTITION BY camera_id, hazard ORDER BY at) %% 5 = 0 AS is_fifth
FROM (SELECT * FROM wall_event WHERE at > now() - interval '89 days' ORDER BY camera_id, at LIMIT 50 * least(%(days)s, 90)) AS drawn;
INSERT INTO accuracy_item (id, kind, camera_id, event_id, media_id, taken_at, hazards, drawn_at, expires_at, answered_at, answered_by, present)
SELECT gen_random_uuid(), 'event', camera_id, judged.id, media.id, at, ARRAY['illegal_parking', 'trash', 'flooding'], at,
    at + interval '30 days', now(), 'x', CASE WHEN is_fifth = (camera_id = 'wall-cam-2') THEN ARRAY[hazard] ELSE ARRAY[]::text[] END
FROM wall_judged AS judged LEFT JOIN media ON media.id = judged.id;
INSERT INTO accuracy_item (id, kind, camera_id, taken_at, hazards, drawn_at, expires_at, answered_at, answered_by, present)
SELECT gen_random_uuid(), 'frame', camera_id, at + CASE WHEN is_fifth THEN interval '30 minutes' ELSE interval '5 minutes' END,
    ARRAY['trash', 'flooding'], at, at + interval '30 days', now(), 'x', ARRAY[hazard] FROM wall_judged WHERE hazard <> 'illegal_parking';

-- === water ======================================================================================================
INSERT INTO reading (gauge_id, measured_at, level_cm, quality, node_id, received_at)
SELECT gauge.id, at, 200 + 100 * sin(extract(epoch FROM at) / 20000) + 5 * random(), 'good', 'box-3', at
FROM gauge JOIN (SELECT gauge_id, max(bucket) + interval '1 hour' AS until FROM reading_hourly GROUP BY 1) AS held ON held.gauge_id = gauge.id,
    generate_series(held.until, now(), interval '1 minute') AS at ON CONFLICT DO NOTHING;
INSERT INTO reading_hourly SELECT gauge_id, date_trunc('hour', measured_at), count(*), count(*) - 2, sum(level_cm), min(level_cm), max(level_cm),
    min(level_cm), max(level_cm), now() FROM reading WHERE node_id = 'box-3' GROUP BY 1, 2 ON CONFLICT DO NOTHING;
UPDATE gauge SET s3_cm = 220, s2_cm = 270, s1_cm = 320 WHERE s3_cm IS NULL;
INSERT INTO gauge_latest (gauge_id, node_id, measured_at, received_at, level_cm, quality, stage, stage_since, stale_since)
SELECT gauge.id, 'box-3', last.measured_at, now(), last.level_cm, 'good', 1 + (row_number() OVER (ORDER BY gauge.id)) %% 4, now() - interval '1 hour',
    CASE WHEN row_number() OVER (ORDER BY gauge.id) = 2 THEN now() END
FROM gauge CROSS JOIN LATERAL (SELECT measured_at, level_cm FROM reading WHERE gauge_id = gauge.id ORDER BY measured_at DESC LIMIT 1) AS last;
INSERT INTO gauge_stage SELECT gauge_id, at, 4, 1 + (extract(epoch FROM at)::bigint / 10800) %% 4, 200, at
FROM gauge_latest, generate_series(now() - interval '1 day' * %(days)s, now() - interval '10 minutes', interval '3 hours') AS at;
INSERT INTO forecast_run SELECT gauge_id, now() - interval '4 minutes', now(), 210, '{}', '{}', '' FROM gauge_latest;
INSERT INTO forecast SELECT gauge_id, made, made + interval '10 minutes' * step, 230, 200, 330, 210
FROM gauge_latest, generate_series(1, 36) AS step,
    (SELECT now() - interval '4 minutes' - interval '10 minutes' * n AS made FROM generate_series(0, 144 * least(%(days)s, 3)) AS n) AS run;
INSERT INTO forecast_score SELECT gauge_id, current_date - d, horizon, 144, 144 * 9, 144 * 16, 130
FROM gauge_latest, generate_series(1, %(days)s) AS d, unnest(ARRAY[30, 60, 120, 180, 360]) AS horizon;
INSERT INTO area_flood_state (area_id, state, computed, since, updated_at)
SELECT id, 1 + (row_number() OVER (ORDER BY id)) %% 4, 1, now() - interval '2 hours', now() FROM area WHERE level = 'kelurahan' ORDER BY id LIMIT 20;
INSERT INTO area_alert (id, area_id, level, stage, coming_stage, flood_state, arrives_at, revision, raised_at, issued_at, rule_state)
SELECT gen_random_uuid(), area_id, 2, 3, 2, 1, now() + interval '1 hour', 1, now() - interval '1 hour', now(), '{}' FROM area_flood_state LIMIT 10;

-- === people =====================================================================================================
INSERT INTO proof (id, task_id, media_id, resolved_at, resolved_by, worst, held, method, outcome, decided_by, decided_at, made_at)
SELECT gen_random_uuid(), task.id, (SELECT id FROM media LIMIT 1), task.finished_at, 'someone', 'fine', false,
    (ARRAY['camera', 'reporter', 'operator'])[1 + task.number %% 3], CASE WHEN task.number %% 4 > 0 THEN 'verified' END, 'x',
    CASE WHEN task.number %% 4 > 0 THEN task.finished_at + interval '2 hours' END, task.finished_at
FROM task WHERE task.state IN ('resolved', 'verified') AND task.number %% 5 = 0;
INSERT INTO inbox_item (id, channel, source_id, sender, body, category_confidence, why, place_confidence, received_at)
SELECT gen_random_uuid(), (ARRAY['sms', 'whatsapp'])[1 + n %% 2], 's-' || n, 'x', 'y', 0.2, 'place', 0.1, now() - interval '5 minutes' * n
FROM generate_series(1, 12) AS n;
INSERT INTO connector_health VALUES ('sms', 900, 4, 1, now() - interval '3 minutes', 2.5, NULL, ''), ('telegram', 90, 0, 0, now(), 1.5, now(), 'x');
INSERT INTO subscription (id, channel, address_sha256, secret_sha256, areas, language, confirmed_at, created_at)
SELECT gen_random_uuid(), (ARRAY['email', 'webpush', 'sms'])[1 + n %% 3], sha256('a'), sha256(n::text::bytea), ARRAY['31'], (ARRAY['id', 'en'])[1 + n %% 2], now(), now()
FROM generate_series(1, 300) AS n;
INSERT INTO alert_message (id, subscription_id, channel, kind, priority, state, created_at, due_at, done_at)
SELECT gen_random_uuid(), gen_random_uuid(), (ARRAY['email', 'webpush', 'sms'])[1 + n %% 3], 'alert', 1, CASE WHEN n %% 50 = 0 THEN 'failed' ELSE 'sent' END,
    at, at, at + interval '5 seconds' * random() FROM generate_series(1, 100) AS n, generate_series(now() - interval '1 day' * %(days)s, now(), interval '1 day') AS at;
INSERT INTO notification_message (id, audience_kind, audience_key, priority, text_id, text_en, notification_count, in_storm, created_at)
SELECT gen_random_uuid(), 'role', 'operator', 2, 'x', 'x', 1, false, at FROM generate_series(now() - interval '1 day' * %(days)s, now(), interval '2 hours') AS at;
INSERT INTO notification_delivery (message_id, channel, address, state, created_at, due_at, done_at)
SELECT id, 'email', 'a@b.example', 'sent', created_at, created_at, created_at + interval '3 seconds' FROM notification_message;
INSERT INTO notification_storm (began_at, began_by, why) VALUES (now() - interval '1 hour', 'rate', 'many');

-- === the platform ===============================================================================================
INSERT INTO ingest_minute SELECT minute, stream, 500 + 100 * random(), 20 * random(), 200000, 0.5, 1 + 3 * random()
FROM generate_series(date_trunc('minute', now()) - interval '1 day' * %(minute_days)s, now(), interval '1 minute') AS minute,
    unnest(ARRAY['readings', 'events', 'health', 'evidence']) AS stream;
INSERT INTO message SELECT gen_random_uuid(), at, 'box-' || n, stream, gen_random_uuid(), 1, at, at + interval '2 seconds' * random(), random() < 0.02, 300
FROM generate_series(1, %(nodes)s) AS n, generate_series(now() - interval '30 hours', now(), interval '1 minute') AS at, unnest(ARRAY['readings', 'health']) AS stream;
INSERT INTO ingest_replica VALUES ('1', gen_random_uuid(), 'siaga-ingest-1', now());
UPDATE shard_lease SET replica = '1', until = now() + interval '1 hour' WHERE shard <> 's00';
INSERT INTO dead_letter (node_id, topic, payload, reason, received_at, last_at)
SELECT 'box-' || (1 + n %% 3), 't', n::text::bytea, 'not JSON', now(), now() FROM generate_series(1, 40) AS n;
INSERT INTO quarantine (node_id, message_id, outbox_id, seq, measured_at, topic, payload, reason, received_at, last_at)
SELECT 'box-2', gen_random_uuid(), gen_random_uuid(), n, 'epoch', 't', '', 'clock', now(), now() FROM generate_series(1, 5) AS n;
INSERT INTO rollup_dirty SELECT gauge_id, date_trunc('hour', now()), now() FROM gauge_latest;
INSERT INTO procrastinate_jobs (queue_name, task_name, status)
SELECT 'signals', 'process_signal', (CASE n %% 10 WHEN 0 THEN 'failed' WHEN 1 THEN 'todo' ELSE 'succeeded' END)::procrastinate_job_status
FROM generate_series(1, 2000) AS n;
