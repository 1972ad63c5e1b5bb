-- %(reports)s reports over a year, each with its signal, incident, task and moves; one of fifty is unfinished. Readings of
-- six gauges each minute of %(reading_days)s days, in several chunks, with their hours.
CREATE TEMP TABLE past ON COMMIT DROP AS
SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS incident_id, gen_random_uuid() AS task_id, area.id AS area_id,
    agency.id AS agency_id, officer.id AS officer_id,
    (ARRAY['flooding', 'trash', 'pothole', 'illegal_parking'])[1 + n %% 4] AS category,
    (ARRAY['minor', 'moderate', 'severe'])[1 + n %% 3] AS severity,
    CASE WHEN n %% 50 = 0 THEN 'open' ELSE (ARRAY['verified', 'resolved', 'dismissed'])[1 + n %% 3] END AS state,
    now() - interval '1 year' * n / %(reports)s AS at
FROM generate_series(1, %(reports)s) AS n
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM area WHERE level = 'kelurahan') AS area ON area.place = 1 + n %% 40
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM agency) AS agency ON agency.place = 1 + n %% 3
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM app_user WHERE role = 'officer') AS officer
    ON officer.place = 1 + n %% 2;
INSERT INTO report (id, channel, secret_sha256, category, lat, lon, area_id, reporter_hash, happened_at, received_at)
SELECT id, 'web', sha256(id::text::bytea), category, -6.2 + n %% 100 * 0.001, 106.8, area_id, 'hash-' || n %% 90, at, at FROM past;
INSERT INTO signal (id, kind, category, severity, confidence, lat, lon, source_key, began_at, last_at, measured_at, received_at)
SELECT id, 'report', category, severity, 0.6, -6.2, 106.8, 'citizen:' || n %% 90, at, at, at, at FROM past;
INSERT INTO incident (id, category, state, severity, confidence, lat, lon, area_id, began_at, last_signal_at, created_at,
    updated_at, closed_at)
SELECT incident_id, category, CASE WHEN state = 'open' THEN 'open' ELSE 'closed' END, severity, 0.6, -6.2, 106.8, area_id,
    at, at, at, at, CASE WHEN state <> 'open' THEN at + interval '5 hours' END FROM past;
INSERT INTO incident_member (incident_id, signal_id, source_key, reliability, confidence, weight, joined_at)
SELECT incident_id, id, 'citizen:' || n %% 90, 0.6, 0.6, 0.6, at FROM past;
INSERT INTO task (id, incident_id, category, state, priority, severity, agency_id, area_id, assignee_id, lat, lon, caused_at,
    created_at, updated_at, acknowledge_by, first_action_by, resolve_by, finished_at, imported_from)
SELECT task_id, incident_id, category, state, 2, severity, agency_id, area_id, officer_id, -6.2, 106.8, at, at, at,
    at + interval '1 hour', at + interval '4 hours', at + interval '1 day',
    CASE WHEN state <> 'open' THEN at + interval '5 hours' END, 'seed' FROM past;
INSERT INTO task_move (task_id, verb, from_state, to_state, actor, at)
SELECT task_id, step.verb, step.from_state, step.to_state, 'system', at + step.after FROM past CROSS JOIN LATERAL (VALUES
    ('create', NULL, 'open', interval '0'), ('accept', 'open', 'accepted', interval '20 minutes'),
    ('resolve', 'accepted', past.state, interval '5 hours')) AS step (verb, from_state, to_state, after)
WHERE step.to_state <> 'open' OR step.verb = 'create';
INSERT INTO reading (gauge_id, measured_at, level_cm, quality, node_id, received_at)
SELECT gauge.id, at, 200 + 100 * sin(extract(epoch FROM at) / 20000), 'good', 'box-3', at
FROM (SELECT id FROM gauge ORDER BY id = 'manggarai' DESC, id LIMIT 6) AS gauge,
    generate_series(now() - interval '1 day' * %(reading_days)s, now(), interval '1 minute') AS at;
INSERT INTO reading_hourly SELECT gauge_id, date_trunc('hour', measured_at), count(*), count(*), sum(level_cm), min(level_cm),
    max(level_cm), min(level_cm), max(level_cm), now() FROM reading GROUP BY 1, 2;
