-- Applied after every migrate, last: what Grafana may see. A schema of views, and a role that can read nothing else.
-- Views are the owner's, so row-level security does not stand in their way: none of them shows a person, a text that
-- somebody wrote, or a citizen's exact place. Queries of dashboards name these columns: a test runs each of them.
DROP SCHEMA IF EXISTS dashboards CASCADE;
CREATE SCHEMA dashboards;

CREATE FUNCTION dashboards.short_time(seconds float8, language text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN seconds < 90 THEN round(seconds) || CASE language WHEN 'en' THEN ' s' ELSE ' dtk' END
        WHEN seconds < 5400 THEN round(seconds / 60) || CASE language WHEN 'en' THEN ' min' ELSE ' mnt' END
        WHEN seconds < 172800 THEN round(seconds / 3600) || CASE language WHEN 'en' THEN ' h' ELSE ' jam' END
        ELSE round(seconds / 86400) || CASE language WHEN 'en' THEN ' d' ELSE ' hari' END END
$$;
COMMENT ON FUNCTION dashboards.short_time IS 'A duration in one short word of the language: Grafana has English ones alone';

-- === places and people's offices ================================================================================

CREATE VIEW dashboards.area AS
SELECT area.id AS area_id, area.name, area.level, area.parent_id, parent.name AS parent_name
FROM area LEFT JOIN area AS parent ON parent.id = area.parent_id;

CREATE VIEW dashboards.area_scope AS SELECT area_id, ancestor_id AS within_id FROM area_within;
COMMENT ON VIEW dashboards.area_scope IS 'area_id lies in within_id, or is it';

CREATE VIEW dashboards.dim_area AS
SELECT area.id AS area_id, max(above.name) FILTER (WHERE above.level = 'kelurahan') AS kelurahan,
    max(above.name) FILTER (WHERE above.level = 'kecamatan') AS kecamatan, max(above.name) FILTER (WHERE above.level = 'city') AS city
FROM area LEFT JOIN area_within AS within ON within.area_id = area.id LEFT JOIN area AS above ON above.id = within.ancestor_id
GROUP BY area.id;
COMMENT ON VIEW dashboards.dim_area IS 'Each area with the kelurahan, kecamatan and city that it is or lies in; null above its own level';

CREATE VIEW dashboards.agency AS SELECT id AS agency_id, name FROM agency;

-- === water ======================================================================================================

CREATE VIEW dashboards.gauge_now AS
SELECT gauge.id AS gauge_id, gauge.name, gauge.river, coalesce(latest.node_id, gauge.node_id) AS node_id, gauge.lat, gauge.lon, gauge.area_id, area.name AS area_name,
    gauge.downstream_id, gauge.travel_minutes, gauge.s3_cm, gauge.s2_cm, gauge.s1_cm,
    latest.measured_at, held.level_cm, CASE WHEN held.is_known THEN latest.quality END AS quality,
    CASE WHEN held.is_known THEN latest.stage_since END AS stage_since,
    CASE WHEN NOT held.is_known THEN coalesce(knowledge.unknown_since, latest.measured_at) END AS stale_since,
    knowledge.unknown_cause, extract(epoch FROM now() - knowledge.unknown_since)::float8 AS unknown_seconds,
    CASE WHEN NOT held.is_known THEN latest.stage END AS last_stage,
    CASE WHEN NOT held.is_known THEN knowledge.known_level_cm END AS last_level_cm,
    extract(epoch FROM now() - latest.measured_at)::float8 AS age_seconds,
    CASE WHEN held.is_known THEN latest.stage END AS stage, alarm.published_stage,
    coalesce(alarm.alarm_stage, 0) AS state,
    CASE WHEN held.level_cm < gauge.s3_cm THEN gauge.s3_cm - held.level_cm
        WHEN held.level_cm < gauge.s2_cm THEN gauge.s2_cm - held.level_cm
        WHEN held.level_cm < gauge.s1_cm THEN gauge.s1_cm - held.level_cm END AS margin_cm,
    row_number() OVER (ORDER BY alarm.alarm_stage NULLS LAST, held.level_cm / nullif(gauge.s1_cm, 0) DESC NULLS LAST,
        gauge.id) AS urgency
FROM gauge JOIN gauge_alarm AS alarm ON alarm.gauge_id = gauge.id
JOIN gauge_knowledge AS knowledge ON knowledge.gauge_id = gauge.id
LEFT JOIN gauge_latest AS latest ON latest.gauge_id = gauge.id
CROSS JOIN LATERAL (SELECT knowledge.unknown_cause IS NULL AS is_known,
    CASE WHEN knowledge.unknown_cause IS NULL THEN latest.level_cm END AS level_cm) AS held
LEFT JOIN area ON area.id = gauge.area_id WHERE gauge.retired_at IS NULL;
COMMENT ON VIEW dashboards.gauge_now IS 'state: Siaga 1 to 4, the worse of computed and published; 0 is unknown, never calm; unknown by the ages at the time of the query, last_... is history. margin_cm: to the next worse stage';

CREATE VIEW dashboards.gauge_order AS
WITH RECURSIVE down (gauge_id, steps) AS (
    SELECT id, 0 FROM gauge WHERE NOT EXISTS (SELECT FROM gauge AS up WHERE up.downstream_id = gauge.id)
    UNION ALL
    SELECT gauge.downstream_id, down.steps + 1 FROM down JOIN gauge ON gauge.id = down.gauge_id
    WHERE gauge.downstream_id IS NOT NULL AND down.steps < 30 -- a ring of gauges must not loop here
)
SELECT gauge_id, max(steps) AS steps FROM down GROUP BY gauge_id;
COMMENT ON VIEW dashboards.gauge_order IS 'how many gauges the water passed before it: 0 at the source';

CREATE VIEW dashboards.gauge_rise AS
SELECT latest.gauge_id, gauge.name,
    ((latest.level_cm - before.level_cm) / nullif(extract(epoch FROM latest.measured_at - before.measured_at), 0)
        * 3600)::float8 AS rise_cm_per_hour
FROM gauge_latest AS latest JOIN gauge ON gauge.id = latest.gauge_id
LEFT JOIN LATERAL (SELECT reading.level_cm, reading.measured_at FROM reading WHERE reading.gauge_id = latest.gauge_id
    AND reading.measured_at BETWEEN latest.measured_at - interval '90 minutes' AND latest.measured_at - interval '30 minutes'
    AND reading.quality IN ('good', 'suspect') AND reading.level_cm IS NOT NULL
    ORDER BY reading.measured_at DESC LIMIT 1) AS before ON true
JOIN gauge_knowledge AS knowledge ON knowledge.gauge_id = gauge.id
WHERE knowledge.unknown_cause IS NULL;
COMMENT ON VIEW dashboards.gauge_rise IS 'centimetres an hour, from the newest reading and the newest that is half an hour older';

CREATE VIEW dashboards.level AS
SELECT reading.gauge_id, gauge.name, gauge.river, gauge.area_id, reading.measured_at, reading.level_cm
FROM reading JOIN gauge ON gauge.id = reading.gauge_id
WHERE reading.quality IN ('good', 'suspect') AND reading.level_cm IS NOT NULL;

CREATE VIEW dashboards.level_hourly AS
SELECT hourly.gauge_id, gauge.name, gauge.river, gauge.area_id, hourly.bucket,
    (hourly.sum_cm / nullif(hourly.n_good, 0))::float8 AS mean_cm, hourly.min_cm, hourly.max_cm, hourly.n, hourly.n_good
FROM reading_hourly AS hourly JOIN gauge ON gauge.id = hourly.gauge_id;

CREATE VIEW dashboards.fact_level AS
SELECT hourly.bucket, hourly.gauge_id, gauge.area_id, gauge.s1_cm, hourly.min_cm, hourly.max_cm, hourly.n, hourly.n_good
FROM reading_hourly AS hourly JOIN gauge ON gauge.id = hourly.gauge_id WHERE hourly.n_good > 0;
COMMENT ON VIEW dashboards.fact_level IS 'An hour of a gauge with its lowest and highest usable level, beside the limit of Siaga 1';

CREATE VIEW dashboards.stage_change AS
SELECT change.gauge_id, gauge.name, gauge.area_id, change.at, change.previous_stage, change.stage, change.level_cm
FROM gauge_stage AS change JOIN gauge ON gauge.id = change.gauge_id;

CREATE VIEW dashboards.forecast_now AS
SELECT run.gauge_id, gauge.name, gauge.area_id, run.made_at, value.at, value.level_cm, value.low_cm, value.high_cm,
    CASE WHEN value.level_cm >= gauge.s1_cm THEN 1 WHEN value.level_cm >= gauge.s2_cm THEN 2
        WHEN value.level_cm >= gauge.s3_cm THEN 3 WHEN gauge.s3_cm IS NOT NULL THEN 4 END AS stage
FROM forecast_run AS run JOIN gauge ON gauge.id = run.gauge_id
JOIN forecast AS value ON value.gauge_id = run.gauge_id AND value.made_at = run.made_at
WHERE run.made_at > now() - interval '3 hours';
COMMENT ON VIEW dashboards.forecast_now IS 'the newest forecast of each gauge; stage without hysteresis';

CREATE VIEW dashboards.forecast_score AS
SELECT score.gauge_id, gauge.name, score.day::timestamptz AS day, score.horizon_minutes, score.n, score.inside,
    sqrt(score.sum_square / nullif(score.n, 0)) AS rmse_cm, sqrt(score.sum_square_persistence / nullif(score.n, 0)) AS rmse_persistence_cm
FROM forecast_score AS score JOIN gauge ON gauge.id = score.gauge_id;

CREATE VIEW dashboards.flood_state_now AS
SELECT held.area_id, area.name, coalesce(held.override_state, held.state) AS state, held.since, held.expires_at,
    -- subqueries and no join: who only counts the areas does not compute their middles
    (SELECT avg((point ->> 1)::float8) FROM jsonb_path_query(area.geometry -> 'coordinates',
        'strict $.** ? (@.type() == "array" && @[0].type() == "number")') AS point) AS lat,
    (SELECT avg((point ->> 0)::float8) FROM jsonb_path_query(area.geometry -> 'coordinates',
        'strict $.** ? (@.type() == "array" && @[0].type() == "number")') AS point) AS lon
FROM area_flood_state AS held JOIN area ON area.id = held.area_id;
COMMENT ON VIEW dashboards.flood_state_now IS 'lat, lon: the middle of the area, null where its border is not known';

CREATE VIEW dashboards.alert AS
SELECT alert.id AS alert_id, alert.area_id, alert.gauge_id, coalesce(area.name, gauge.name) AS name, alert.level,
    alert.stage, alert.coming_stage, alert.flood_state, alert.arrives_at, alert.raised_at, alert.ended_at
FROM area_alert AS alert LEFT JOIN area ON area.id = alert.area_id LEFT JOIN gauge ON gauge.id = alert.gauge_id;

-- === incidents and tasks ========================================================================================

-- Exact where a camera or a gauge says so, else the middle of a square of 250 m: a citizen's place is not shown.
CREATE VIEW dashboards.incident AS
SELECT incident.id AS incident_id, incident.number, incident.category, incident.state, incident.severity,
    incident.confidence, incident.area_id, area.name AS area_name, incident.began_at, incident.last_signal_at,
    incident.over_at, incident.closed_at, incident.verdict, incident.sources, incident.mixed
FROM incident LEFT JOIN area ON area.id = incident.area_id;

CREATE VIEW dashboards.incident_open AS
SELECT incident.id AS incident_id, incident.number, incident.category, incident.severity, incident.confidence,
    incident.area_id, area.name AS area_name, incident.began_at, incident.last_signal_at, incident.over_at,
    incident.sources, incident.mixed, extract(epoch FROM now() - incident.began_at)::float8 AS age_seconds,
    -- a subquery with LIMIT and not EXISTS, which the planner may turn into a hash of all members of all years
    CASE WHEN (SELECT true FROM incident_member AS member WHERE member.incident_id = incident.id AND member.removed_at IS NULL
        AND (member.source_key LIKE 'camera:%' OR member.source_key LIKE 'gauge:%') LIMIT 1)
        THEN incident.lat ELSE coarse(incident.lat) END AS lat,
    CASE WHEN (SELECT true FROM incident_member AS member WHERE member.incident_id = incident.id AND member.removed_at IS NULL
        AND (member.source_key LIKE 'camera:%' OR member.source_key LIKE 'gauge:%') LIMIT 1)
        THEN incident.lon ELSE coarse(incident.lon) END AS lon
FROM incident LEFT JOIN area ON area.id = incident.area_id
WHERE incident.state = 'open';

CREATE VIEW dashboards.task_open AS
SELECT task.id AS task_id, task.number, task.incident_id, task.category, task.state, task.priority, task.severity,
    task.agency_id, agency.name AS agency_name, task.area_id, area.name AS area_name, task.created_at,
    CASE WHEN task.acknowledged_at IS NULL THEN task.acknowledge_by WHEN task.first_action_at IS NULL
        THEN task.first_action_by ELSE task.resolve_by END AS due_at, task.resolve_by, task.overdue_since,
    task.overdue_since IS NOT NULL AS is_overdue, task.escalation,
    extract(epoch FROM now() - task.created_at)::float8 AS age_seconds,
    extract(epoch FROM CASE WHEN task.acknowledged_at IS NULL THEN task.acknowledge_by WHEN task.first_action_at IS NULL
        THEN task.first_action_by ELSE task.resolve_by END - now())::float8 AS left_seconds
FROM task LEFT JOIN agency ON agency.id = task.agency_id LEFT JOIN area ON area.id = task.area_id
WHERE task.finished_at IS NULL;
COMMENT ON VIEW dashboards.task_open IS 'due_at: the next deadline that is not met; left_seconds is negative past it';

CREATE VIEW dashboards.task_fact AS
SELECT fact.created_at, fact.category, fact.severity, fact.state, fact.area_id, fact.agency_id,
    fact.response_seconds, fact.action_seconds, fact.resolve_seconds, fact.is_overdue, fact.reopened, person.officer
FROM task_fact AS fact LEFT JOIN (
    SELECT app_user.id, 'P-' || upper(substr(encode(sha256(convert_to(salt.salt || app_user.id, 'UTF8')), 'hex'), 1, 6)) AS officer
    FROM app_user CROSS JOIN dashboards_salt AS salt OFFSET 0 -- a hash for each person, not for each of their tasks
) AS person ON person.id = fact.officer_id
WHERE fact.state <> 'following';
COMMENT ON VIEW dashboards.task_fact IS 'officer: a code of no other use; who it is, those in charge see in the control room';

CREATE VIEW dashboards.proof AS
SELECT proof.resolved_at, task.category, task.area_id, task.agency_id, proof.worst, proof.method, proof.held, proof.outcome,
    extract(epoch FROM proof.decided_at - proof.resolved_at)::float8 AS decide_seconds
FROM proof JOIN task ON task.id = proof.task_id;

-- === cameras ====================================================================================================

CREATE VIEW dashboards.camera_now AS
SELECT camera.id AS camera_id, coalesce(nullif(camera.name, ''), camera.id) AS name, camera.node_id, camera.lat, camera.lon,
    camera.area_id, area.name AS area_name, unseen.since AS unknown_since,
    extract(epoch FROM now() - unseen.since)::float8 AS unknown_seconds,
    CASE WHEN latest.camera_id IS NULL THEN 'never' WHEN unseen.since IS NOT NULL THEN 'unknown' ELSE 'sees' END AS state,
    latest.last_frame_at, latest.frames, latest.dropped, latest.inferred, latest.reconnects
FROM camera LEFT JOIN camera_latest AS latest ON latest.camera_id = camera.id
LEFT JOIN node ON node.id = latest.node_id LEFT JOIN area ON area.id = camera.area_id
CROSS JOIN LATERAL (SELECT coalesce(latest.unknown_since, CASE WHEN node.state = 'offline' THEN node.state_at END,
    -- a node that does not state its interval has ten minutes
    CASE WHEN latest.at < now() - coalesce(make_interval(secs => 3 * CASE WHEN jsonb_typeof(node.health -> 'interval_seconds') = 'number'
        THEN (node.health ->> 'interval_seconds')::float8 END), interval '10 minutes') THEN latest.at END) AS since) AS unseen
WHERE camera.retired_at IS NULL;
COMMENT ON VIEW dashboards.camera_now IS 'A camera whose node is gone or says nothing is unknown, too: silence is not clear';

CREATE VIEW dashboards.camera_unknown AS
SELECT span.camera_id, coalesce(nullif(camera.name, ''), camera.id) AS name, camera.area_id, span.began_at,
    coalesce(span.ended_at, now()) AS ended_at, span.ended_at IS NULL AS is_open
FROM camera_unknown AS span JOIN camera ON camera.id = span.camera_id;

CREATE VIEW dashboards.camera_event AS
SELECT event.id AS event_id, event.source_id AS camera_id, coalesce(nullif(camera.name, ''), camera.id) AS name,
    camera.area_id, event.hazard, event.state, event.severity, event.confidence, event.began_at, event.ended_at,
    incident.id AS incident_id, incident.verdict, extract(epoch FROM event.first_received_at - event.began_at)::float8 AS report_seconds
FROM event JOIN camera ON camera.id = event.source_id
-- one at a time by the index: a join would read all members there are
LEFT JOIN LATERAL (SELECT one.incident_id FROM incident_member AS one
    WHERE one.signal_id = event.id AND one.removed_at IS NULL LIMIT 1) AS member ON true
LEFT JOIN incident ON incident.id = member.incident_id
WHERE event.source_kind = 'camera';

CREATE VIEW dashboards.camera_accuracy AS
SELECT held.camera_id, coalesce(nullif(camera.name, ''), camera.id) AS name, camera.area_id, area.name AS area_name, held.hazard,
    held.right_count, held.judged_count, held.precision_share,
    CASE WHEN held.precision_share IS NOT NULL THEN held.precision_low END AS precision_low,
    CASE WHEN held.precision_share IS NOT NULL THEN held.precision_high END AS precision_high,
    held.noticed_count, held.present_count, held.recall_share,
    CASE WHEN held.recall_share IS NOT NULL THEN held.recall_low END AS recall_low,
    CASE WHEN held.recall_share IS NOT NULL THEN held.recall_high END AS recall_high,
    suspension.began_at AS suspended_since,
    CASE WHEN suspension.began_at IS NOT NULL THEN 'suspended' WHEN held.precision_share IS NULL THEN 'not_known' ELSE 'known' END AS state
FROM camera_accuracy AS held JOIN camera ON camera.id = held.camera_id LEFT JOIN area ON area.id = camera.area_id
LEFT JOIN camera_suspension AS suspension ON suspension.camera_id = held.camera_id AND suspension.hazard = held.hazard
    AND suspension.ended_at IS NULL
WHERE camera.retired_at IS NULL;
COMMENT ON VIEW dashboards.camera_accuracy IS 'Precision and recall with counts and 95 % intervals; a share is null while too little was judged';

CREATE VIEW dashboards.camera_snapshot AS
SELECT event.source_id AS camera_id, coalesce(nullif(camera.name, ''), camera.id) AS name, camera.area_id, event.hazard,
    event.began_at, media.id AS media_id, coalesce(media.taken_at, media.created_at) AS taken_at
FROM event JOIN camera ON camera.id = event.source_id JOIN evidence ON evidence.event_id = event.id
JOIN media ON media.id = evidence.media_id
WHERE event.source_kind = 'camera' AND media.redacted;
COMMENT ON VIEW dashboards.camera_snapshot IS 'Evidence images in which nobody can be recognised';

CREATE VIEW dashboards.camera_snapshot_now AS
SELECT seen.camera_id, seen.name, seen.area_id, seen.state, seen.unknown_seconds, last.media_id, last.taken_at
FROM dashboards.camera_now AS seen LEFT JOIN LATERAL (
    SELECT media.id AS media_id, coalesce(media.taken_at, media.created_at) AS taken_at
    FROM event JOIN evidence ON evidence.event_id = event.id JOIN media ON media.id = evidence.media_id
    WHERE event.source_kind = 'camera' AND event.source_id = seen.camera_id AND media.redacted
    ORDER BY event.began_at DESC, evidence.number DESC LIMIT 1) AS last ON true;
COMMENT ON VIEW dashboards.camera_snapshot_now IS 'Each camera with its last image in which nobody can be recognised, if there is one';

-- === citizens and channels ======================================================================================

CREATE VIEW dashboards.report AS SELECT received_at, channel, category, area_id FROM report;

CREATE VIEW dashboards.inbox_waiting AS
SELECT channel, received_at, extract(epoch FROM now() - received_at)::float8 AS age_seconds
FROM inbox_item WHERE status = 'waiting';

CREATE VIEW dashboards.connector_now AS
SELECT channel, received, repeated, refused, last_success_at, lag_seconds, last_error_at,
    extract(epoch FROM now() - last_success_at)::float8 AS silence_seconds FROM connector_health;

CREATE VIEW dashboards.subscription_count AS
SELECT channel, language, confirmed_at IS NOT NULL AS is_confirmed, count(*) AS n FROM subscription GROUP BY 1, 2, 3;

CREATE VIEW dashboards.alert_message AS
SELECT created_at, channel, kind, state, attempts, due_at, extract(epoch FROM done_at - created_at)::float8 AS seconds
FROM alert_message;

CREATE VIEW dashboards.notification_delivery AS
SELECT created_at, channel, state, attempts, due_at, extract(epoch FROM done_at - created_at)::float8 AS seconds
FROM notification_delivery;

CREATE VIEW dashboards.storm AS SELECT began_at, ended_at FROM notification_storm;

-- === the platform itself ========================================================================================

CREATE VIEW dashboards.node_now AS
SELECT node.id AS node_id, coalesce(node.name, node.id) AS name, node.lat, node.lon, known.state, node.state_at, node.software,
    node.last_seen_at, extract(epoch FROM now() - node.last_seen_at)::float8 AS silence_seconds,
    node.health_at, node.config_state, node.running_version,
    (node.health ->> 'uptime_seconds')::float8 AS uptime_seconds, (node.health ->> 'rss_bytes')::float8 AS rss_bytes,
    (node.health ->> 'temperature_c')::float8 AS temperature_c, (node.health ->> 'cpu_share')::float8 AS cpu_share,
    (node.health #>> '{outbox,waiting}')::float8 AS waiting, (node.health #>> '{outbox,bytes}')::float8 AS outbox_bytes,
    (node.health #>> '{outbox,free_bytes}')::float8 AS free_bytes,
    coalesce(ledger.received, 0) AS received, coalesce(ledger.stored, 0) AS stored,
    coalesce(ledger.duplicate, 0) AS duplicate, coalesce(ledger.dead, 0) AS dead,
    coalesce(ledger.quarantined, 0) AS quarantined, coalesce(ledger.evicted, 0) AS evicted,
    coalesce(ledger.missing, 0) AS missing
FROM node LEFT JOIN (
    SELECT node_id, sum(received)::bigint AS received, sum(stored)::bigint AS stored, sum(duplicate)::bigint AS duplicate,
        sum(dead)::bigint AS dead, sum(quarantined)::bigint AS quarantined, sum(evicted)::bigint AS evicted,
        sum(missing)::bigint AS missing
    FROM node_ledger GROUP BY node_id
) AS ledger ON ledger.node_id = node.id
CROSS JOIN LATERAL (SELECT CASE WHEN node.state = 'online' AND coalesce(node.last_seen_at, '-infinity') < now() - coalesce(
    -- a node that does not state its interval has ten minutes
    make_interval(secs => 3 * CASE WHEN jsonb_typeof(node.health -> 'interval_seconds') = 'number'
        THEN (node.health ->> 'interval_seconds')::float8 END), interval '10 minutes') THEN 'unknown' ELSE node.state END AS state) AS known
WHERE node.retired_at IS NULL;
COMMENT ON VIEW dashboards.node_now IS 'state: unknown where an online node was silent for three of its own intervals, by the age at the time of the query';

CREATE VIEW dashboards.outbox AS
SELECT node_id, outbox_id, received, stored, duplicate, dead, quarantined, evicted, missing, first_at, updated_at
FROM node_ledger;

CREATE VIEW dashboards.node_state AS SELECT node_id, at, state FROM node_state;

CREATE VIEW dashboards.node_message AS
SELECT node_id, stream, measured_at, received_at, late, size_bytes, seq,
    extract(epoch FROM received_at - measured_at)::float8 AS lag_seconds FROM message;

CREATE VIEW dashboards.ingest_minute AS
SELECT minute, stream, messages, late, size_bytes, lag_p50_seconds, lag_p95_seconds FROM ingest_minute;

CREATE VIEW dashboards.ingest_replica AS
SELECT ingest_replica.replica, ingest_replica.seen_at, extract(epoch FROM now() - ingest_replica.seen_at)::float8 AS silence_seconds,
    count(lease.shard) AS shards
FROM ingest_replica LEFT JOIN shard_lease AS lease ON lease.replica = ingest_replica.replica AND lease.until > now()
GROUP BY 1, 2;

CREATE VIEW dashboards.shard AS SELECT shard, replica, coalesce(until > now(), false) AS is_held FROM shard_lease;

CREATE VIEW dashboards.dead_letter AS
SELECT id, node_id, left(reason, 160) AS reason, times, received_at, last_at, replayed_at, octet_length(payload) AS size_bytes
FROM dead_letter;

CREATE VIEW dashboards.quarantine AS
SELECT id, node_id, left(reason, 160) AS reason, times, measured_at, received_at, last_at, released_at FROM quarantine;

CREATE VIEW dashboards.rollup_waiting AS
SELECT count(*) AS hours, coalesce(extract(epoch FROM now() - min(marked_at)), 0)::float8 AS oldest_seconds FROM rollup_dirty;

CREATE VIEW dashboards.signal_waiting AS
SELECT count(*) AS signals, coalesce(extract(epoch FROM now() - min(received_at)), 0)::float8 AS oldest_seconds
FROM signal WHERE processed_revision < revision;

CREATE VIEW dashboards.deadline_waiting AS
SELECT count(*) AS tasks, coalesce(extract(epoch FROM now() - min(next_deadline_at)), 0)::float8 AS oldest_seconds
FROM task WHERE finished_at IS NULL AND NOT deadlines_paused AND next_deadline_at < now();

CREATE VIEW dashboards.job AS
SELECT job.queue_name AS queue, job.task_name AS task, job.status::text AS status, count(*) AS n,
    coalesce(max(extract(epoch FROM now() - coalesce(job.scheduled_at, event.at))), 0)::float8 AS oldest_seconds
FROM procrastinate_jobs AS job LEFT JOIN LATERAL (SELECT min(one.at) AS at FROM procrastinate_events AS one
    WHERE one.job_id = job.id AND job.status IN ('todo', 'doing')) AS event ON true
GROUP BY 1, 2, 3;

CREATE VIEW dashboards.pulse AS
SELECT coalesce(extract(epoch FROM now() - (SELECT max(last_heartbeat) FROM procrastinate_workers)), 86400)::float8 AS worker_seconds,
    coalesce(extract(epoch FROM now() - (SELECT max(seen_at) FROM ingest_replica)), 86400)::float8 AS ingest_seconds;
COMMENT ON VIEW dashboards.pulse IS 'For how long the worker and ingest gave no sign of life; a day where they never did or signed off';

CREATE VIEW dashboards.database AS
SELECT pg_database_size(stat.datname)::float8 AS size_bytes, stat.numbackends AS connections,
    current_setting('max_connections')::integer AS most_connections, stat.deadlocks, stat.temp_bytes::float8 AS temp_bytes,
    (stat.blks_hit / nullif(stat.blks_hit + stat.blks_read, 0)::float8) AS cache_share,
    (SELECT coalesce(max(extract(epoch FROM replay_lag)), 0)::float8 FROM pg_stat_replication) AS replica_lag_seconds,
    (SELECT version FROM public.siaga_migration ORDER BY version DESC LIMIT 1) AS schema_version
FROM pg_stat_database AS stat WHERE stat.datname = current_database();

CREATE VIEW dashboards.table_size AS
SELECT relation.relname AS name, (pg_total_relation_size(relation.oid) + coalesce(chunks.size_bytes, 0))::float8 AS size_bytes,
    coalesce(chunks.n, 0) AS chunks, (greatest(relation.reltuples, 0) + coalesce(chunks.rows, 0))::float8 AS rows
FROM pg_class AS relation LEFT JOIN (
    SELECT link.inhparent, sum(pg_total_relation_size(link.inhrelid)) AS size_bytes, count(*) AS n,
        sum(greatest(chunk.reltuples, 0)) AS rows
    FROM pg_inherits AS link JOIN pg_class AS chunk ON chunk.oid = link.inhrelid WHERE chunk.relkind = 'r'
    GROUP BY link.inhparent
) AS chunks ON chunks.inhparent = relation.oid
WHERE relation.relnamespace = 'public'::regnamespace AND relation.relkind = 'r';
COMMENT ON VIEW dashboards.table_size IS 'with indexes and chunks; rows as last analysed';

-- === who may read it ============================================================================================

-- Only a role may have a statement timeout of its own, not a group; so this one logs in itself:
-- ALTER ROLE siaga_grafana LOGIN PASSWORD '...'
DO $$
DECLARE one record; setting text; programs text;
BEGIN
    BEGIN
        IF to_regrole('siaga_grafana') IS NULL THEN
            CREATE ROLE siaga_grafana NOLOGIN CONNECTION LIMIT 20;
        END IF;
    EXCEPTION
        WHEN insufficient_privilege THEN RAISE NOTICE 'may not create role siaga_grafana, Grafana gets no access'; RETURN;
        WHEN duplicate_object OR unique_violation THEN NULL; -- another migrate in this cluster was faster
    END;
    FOREACH setting IN ARRAY ARRAY['statement_timeout=10s', 'lock_timeout=2s', 'default_transaction_read_only=on',
            'idle_in_transaction_session_timeout=30s', 'search_path=dashboards, public', 'jit=off'] LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_db_role_setting
            WHERE setrole = to_regrole('siaga_grafana') AND setdatabase = 0 AND (SELECT array_agg(replace(each, '"', ''))
            FROM unnest(setconfig) AS each) @> ARRAY[setting]);
        EXECUTE format('ALTER ROLE siaga_grafana SET %s TO %s', split_part(setting, '=', 1),
            CASE WHEN setting LIKE 'search_path=%' THEN split_part(setting, '=', 2) ELSE quote_literal(split_part(setting, '=', 2)) END);
    END LOOP;
    GRANT USAGE ON SCHEMA dashboards TO siaga_grafana;
    GRANT SELECT ON ALL TABLES IN SCHEMA dashboards TO siaga_grafana;
    IF to_regrole('siaga_worker') IS NOT NULL THEN -- it serves the metrics of the platform
        GRANT USAGE ON SCHEMA dashboards TO siaga_worker;
        GRANT SELECT ON ALL TABLES IN SCHEMA dashboards TO siaga_worker;
    END IF;
    SELECT string_agg(quote_ident(rolname), ', ') INTO programs FROM pg_roles
        WHERE rolname IN ('siaga_ingest', 'siaga_api', 'siaga_worker', 'siaga_feeds', 'siaga_readonly');
    -- Functions that run as their owner are for the programs: everybody may call a new function unless it is said.
    FOR one IN SELECT oid::regprocedure AS wanted FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
            AND prorettype <> 'trigger'::regtype AND has_function_privilege('siaga_grafana', oid, 'EXECUTE') LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', one.wanted, programs);
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', one.wanted);
    END LOOP;
END $$;
