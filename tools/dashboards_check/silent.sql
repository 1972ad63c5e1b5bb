-- An hour and a bit passes in which nothing comes and nobody computes: every age grows, no flag is set.
UPDATE gauge_latest SET measured_at = measured_at - interval '64 minutes', known_at = known_at - interval '64 minutes',
    received_at = received_at - interval '64 minutes', stale_since = NULL;
DELETE FROM gauge_published;
DELETE FROM gauge_stage WHERE at > now() - interval '64 minutes';
DELETE FROM reading WHERE measured_at > now() - interval '64 minutes';
UPDATE node SET state = 'online', state_at = now() - interval '2 days', last_seen_at = now() - interval '64 minutes',
    health_at = now() - interval '64 minutes';
UPDATE camera_latest SET at = now() - interval '64 minutes', last_frame_at = now() - interval '64 minutes', unknown_since = NULL;
DELETE FROM ingest_minute WHERE minute > now() - interval '64 minutes';
DELETE FROM message WHERE received_at > now() - interval '64 minutes';
UPDATE ingest_replica SET seen_at = now() - interval '64 minutes';
UPDATE shard_lease SET until = now() - interval '63 minutes';
INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '64 minutes');
