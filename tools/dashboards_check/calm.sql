-- Everything works and nothing happens.
INSERT INTO node (id, name, state, state_at, last_seen_at, health, health_at, config_state)
VALUES ('node-1', 'Perangkat 1', 'online', now() - interval '3 days', now(), '{"interval_seconds": 30}', now(), 'applied');
INSERT INTO reading (gauge_id, measured_at, level_cm, quality, node_id, received_at)
SELECT gauge.id, at, coalesce(gauge.s3_cm, 200) - 60, 'good', 'node-1', at
FROM gauge, generate_series(now() - interval '1 day', now(), interval '10 minutes') AS at;
INSERT INTO gauge_latest (gauge_id, node_id, measured_at, received_at, level_cm, quality, stage, stage_since)
SELECT id, 'node-1', now(), now(), coalesce(s3_cm, 200) - 60, 'good', 4, now() - interval '2 days' FROM gauge;
INSERT INTO gauge_stage SELECT id, now() - interval '2 days', NULL, 4, 100, now() - interval '2 days' FROM gauge;
INSERT INTO camera (id, name, node_id, lat, lon, area_id)
SELECT 'camera-' || n, 'Kamera ' || n, 'node-1', -6.2, 106.8, (SELECT id FROM area WHERE level = 'kelurahan' ORDER BY id LIMIT 1)
FROM generate_series(1, 3) AS n;
INSERT INTO camera_latest (camera_id, node_id, last_frame_at, frames, dropped, inferred, reconnects, at)
SELECT id, 'node-1', now(), 1000, 1, 900, 0, now() FROM camera;
INSERT INTO ingest_minute SELECT minute, 'readings', 40, 0, 4000, 0.5, 1.5
FROM generate_series(date_trunc('minute', now()) - interval '1 day', now(), interval '1 minute') AS minute;
INSERT INTO ingest_replica VALUES ('1', gen_random_uuid(), 'siaga-ingest-1', now());
UPDATE shard_lease SET replica = '1', until = now() + interval '1 hour';
INSERT INTO procrastinate_workers DEFAULT VALUES;
