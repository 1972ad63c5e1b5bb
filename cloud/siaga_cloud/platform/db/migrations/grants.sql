-- Applied after every migrate: least privilege by group roles. A deployment gives each program a login role that is a
-- member of one of them. Where the migrating role may not create roles, nothing is granted and the owner serves all.
DO $$
DECLARE wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['siaga_ingest', 'siaga_api', 'siaga_worker', 'siaga_feeds', 'siaga_readonly', 'siaga_publish'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            END IF;
        EXCEPTION
            WHEN insufficient_privilege THEN RAISE NOTICE 'may not create role %, no grants for it', wanted;
            WHEN duplicate_object OR unique_violation THEN NULL; -- another migrate in this cluster was faster
        END;
    END LOOP;
END $$;

DO $$
BEGIN
    IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('siaga_ingest', 'siaga_api', 'siaga_worker', 'siaga_feeds', 'siaga_readonly')) < 5 THEN
        RETURN;
    END IF;

    GRANT USAGE ON SCHEMA public TO siaga_ingest, siaga_api, siaga_worker, siaga_feeds, siaga_readonly;

    GRANT SELECT ON gauge, camera, camera_zone, camera_masked, siaga_migration TO siaga_ingest;
    GRANT SELECT, INSERT, UPDATE ON node, node_ledger, camera_latest, message, reading, gauge_latest, gauge_stage,
        rollup_dirty, event, evidence, event_clip, media, gauge_view, accuracy_item, camera_recheck, camera_view, camera_look, camera_frame, dead_letter, quarantine, signal, shard_lease, procrastinate_jobs
        TO siaga_ingest;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ingest_replica TO siaga_ingest;
    GRANT DELETE ON gauge_stage TO siaga_ingest, siaga_feeds; -- changes that a late reading shows never were
    GRANT SELECT ON replay_request, accuracy_secret TO siaga_ingest;
    GRANT SELECT ON asset TO siaga_ingest;
    GRANT SELECT, INSERT ON asset_state TO siaga_ingest;
    GRANT SELECT, INSERT, UPDATE ON refused_source, dead_letter_hour TO siaga_ingest;
    GRANT SELECT, UPDATE (dropped, dropped_bytes, last_dropped_at) ON node_block TO siaga_ingest;
    GRANT EXECUTE ON FUNCTION claim_source(text, text, text, timestamptz) TO siaga_ingest, siaga_worker, siaga_feeds;
    GRANT SELECT, INSERT, UPDATE ON replay_node TO siaga_ingest;
    GRANT INSERT ON procrastinate_events TO siaga_ingest;

    GRANT SELECT ON ALL TABLES IN SCHEMA public TO siaga_api;
    GRANT INSERT, UPDATE ON report, report_contact, report_media, media, signal, incident, incident_member,
        source_reliability, task, task_photo, app_user, procrastinate_jobs TO siaga_api;
    GRANT INSERT ON task_move, procrastinate_events, signal_origin, report_privacy TO siaga_api;
    REVOKE SELECT ON fleet_config, fleet_command FROM siaga_api; -- they may hold cameras' passwords
    GRANT SELECT (node_id, version, sha256, made_at, made_by) ON fleet_config TO siaga_api;
    REVOKE SELECT ON accuracy_secret FROM siaga_api; -- it says which events are judged
    GRANT UPDATE ON accuracy_item TO siaga_api;
    REVOKE SELECT ON sampling_day FROM siaga_api; -- the sample could be foreseen with it
    REVOKE SELECT ON reporter_pair FROM siaga_api; -- the hash leads to a reporter
    GRANT SELECT (pseudonym, officer_id, meetings, expected, chance, found_at) ON reporter_pair TO siaga_api;
    REVOKE SELECT ON dashboards_salt FROM siaga_api; -- codes of officers could be computed with it
    REVOKE SELECT ON feed, feed_raw FROM siaga_api; -- addresses, and what others know of people
    GRANT EXECUTE ON FUNCTION observation_feeds() TO siaga_api;
    GRANT INSERT, UPDATE, DELETE ON fleet_enrolment TO siaga_api;
    GRANT INSERT, DELETE ON node_block TO siaga_api;
    GRANT INSERT, UPDATE ON node_certificate TO siaga_api;
    GRANT INSERT, UPDATE ON camera_drawing, task_policy TO siaga_api;
    GRANT INSERT, UPDATE, DELETE ON agency, agency_route TO siaga_api;
    GRANT INSERT, UPDATE ON camera, gauge, site_config TO siaga_api;
    GRANT INSERT, DELETE ON gauge_warns TO siaga_api;
    GRANT INSERT (id, name, lat, lon), UPDATE (name, lat, lon, retired_at, state, state_at) ON node TO siaga_api;
    REVOKE SELECT ON site_config FROM siaga_api; -- addresses of streams, with passwords in them
    GRANT SELECT (kind, id, node_id, is_off, has_url, requested_at, requested_by, config_version, sent_at, problem)
        ON site_config TO siaga_api;
    IF to_regclass('public.site_order') IS NOT NULL THEN -- its name for the previous version, until 0272
        REVOKE SELECT ON site_order FROM siaga_api;
        GRANT SELECT (kind, id, node_id, is_off, has_url, asked_at, asked_by, config_version, ordered_at, problem)
            ON site_order TO siaga_api;
    END IF;
    GRANT UPDATE (requested_at, requested_by) ON dead_letter TO siaga_api; -- the worker processes them
    GRANT INSERT, UPDATE ON review_item TO siaga_api;
    GRANT INSERT ON review_look TO siaga_api;
    GRANT INSERT, DELETE ON counted_verdict TO siaga_api;
    GRANT INSERT ON gauge_published, asset_state TO siaga_api;
    GRANT UPDATE (node_id, updated_at) ON asset TO siaga_api; -- its release from the node that owns it
    GRANT INSERT, UPDATE ON area_flood_state TO siaga_api;
    GRANT INSERT ON incident_change, area_flood_state_log TO siaga_api;
    GRANT INSERT, UPDATE ON notification, notification_message, notification_inbox, notification_delivery, notification_bucket,
        notification_storm
        TO siaga_api;
    GRANT INSERT, DELETE ON notification_target TO siaga_api;
    GRANT INSERT, UPDATE, DELETE ON subscription TO siaga_api;
    GRANT INSERT, DELETE ON subscription_threshold TO siaga_api;
    GRANT INSERT ON subscription_address, subscription_attempt, alert_message TO siaga_api;
    GRANT INSERT, UPDATE ON task_deadline_event, task_handover, task_party, task_follow, task_check TO siaga_api;
    GRANT DELETE ON task_follow, task_party, task_check TO siaga_api;

    GRANT INSERT, UPDATE ON inbox_item TO siaga_api;
    GRANT INSERT, UPDATE, DELETE ON text_message, conversation TO siaga_api;
    GRANT INSERT, UPDATE ON text_report, text_photo, connector_health TO siaga_api;

    GRANT INSERT, UPDATE, DELETE ON webhook TO siaga_api;
    GRANT INSERT, UPDATE ON webhook_delivery TO siaga_api;
    REVOKE SELECT ON webhook_secret FROM siaga_api; -- what signs is read by the worker alone
    GRANT SELECT (webhook_id), INSERT, UPDATE ON webhook_secret TO siaga_api;

    GRANT INSERT, UPDATE ON camera_view, camera_look, camera_mask TO siaga_api;
    GRANT INSERT, UPDATE, DELETE ON staff_push TO siaga_api;
    GRANT DELETE ON camera_frame TO siaga_api; -- of a camera that is masked

    GRANT INSERT ON photo_fact, photo_hash, photo_unhashed, proof_answer, photo_capture TO siaga_api;
    GRANT INSERT, UPDATE ON capture_challenge TO siaga_api;
    GRANT UPDATE (queued_at) ON photo_redaction TO siaga_api; -- what becomes of it is the worker's

    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO siaga_worker;
    REVOKE UPDATE, DELETE ON task_move, review_look, incident_change, area_flood_state_log FROM siaga_worker;
    REVOKE UPDATE, DELETE ON area_alert_revision FROM siaga_worker;
    REVOKE INSERT, UPDATE, DELETE ON backup_run, health_forgotten FROM siaga_worker; -- only who made a backup says that there is one
    REVOKE UPDATE, DELETE ON sampling_day FROM siaga_worker; -- a committed secret stays
    GRANT UPDATE (revealed_at) ON sampling_day TO siaga_worker;
    REVOKE ALL ON app_user, report_contact, fleet_config, fleet_command, fleet_enrolment, dashboards_salt FROM siaga_worker;
    GRANT SELECT (node_id, number), INSERT ON fleet_command TO siaga_worker; -- it requests camera rechecks
    GRANT SELECT, INSERT ON fleet_config TO siaga_worker; -- it merges drawings into the configuration of a node, and signs it
    GRANT EXECUTE ON FUNCTION forget_before(name, timestamptz, integer) TO siaga_worker;
    GRANT EXECUTE ON FUNCTION forget_health(timestamptz, integer) TO siaga_worker;
    GRANT EXECUTE ON FUNCTION forget_forecasts(timestamptz) TO siaga_worker;
    GRANT EXECUTE ON FUNCTION forget_shows(timestamptz) TO siaga_worker;
    GRANT SELECT (id, name, role, area_id, agency_id, disabled_at) ON app_user TO siaga_worker;
    GRANT SELECT (report_id, email) ON report_contact TO siaga_worker; -- it notifies reporters of the result

    -- what other systems publish; nothing is sent to them, so nothing about people is read here
    GRANT SELECT ON gauge, camera, camera_zone, camera_masked, asset, rain_gauge, area, feed, city_words, siaga_migration
        TO siaga_feeds;
    GRANT SELECT, INSERT ON signal_origin TO siaga_feeds;
    GRANT SELECT, INSERT, UPDATE ON feed_state, feed_warning, signal, report, report_media, media, reading,
        gauge_latest, gauge_stage, gauge_published, rollup_dirty, event, evidence, camera_latest, gauge_view, node, dead_letter,
        connector_health TO siaga_feeds;
    GRANT SELECT, INSERT, UPDATE ON rain_reading TO siaga_feeds;
    GRANT SELECT, INSERT ON event_clip TO siaga_feeds; -- clips of Frigate, redacted
    GRANT SELECT, UPDATE (queued_at) ON photo_redaction TO siaga_feeds;
    GRANT SELECT, INSERT, UPDATE, DELETE ON feed_item, feed_raw, traffic_line, procrastinate_jobs, procrastinate_events,
        procrastinate_periodic_defers, procrastinate_workers TO siaga_feeds;

    GRANT SELECT ON area, agency, agency_route, node, node_ledger, camera, camera_zone, camera_latest, gauge, message,
        reading, gauge_latest, gauge_stage, gauge_fact, gauge_knowledge, reading_hourly, event, incident, incident_member, task,
        task_move, area_flood_state, asset, asset_state, rain_gauge, rain_reading
        TO siaga_readonly;

    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO siaga_ingest, siaga_api, siaga_worker, siaga_feeds;
END $$;

-- Only what everybody may read: the publisher acts for the public, and row-level security holds it to that.
DO $$
BEGIN
    IF to_regrole('siaga_publish') IS NULL THEN
        RETURN;
    END IF;
    GRANT USAGE ON SCHEMA public TO siaga_publish;
    GRANT SELECT ON siaga_migration, area, area_within, area_statistic, waterway, layer, layer_feature, task_policy,
        gauge, gauge_latest, gauge_fact, gauge_knowledge, gauge_alarm, gauge_usual, gauge_warns, reading,
        forecast, forecast_run, forecast_run_inputs, forecast_model, forecast_learned, forecast_learned_inputs,
        forecast_input, forecast_score, area_alert, area_alert_revision,
        area_flood_state, incident_member, camera, camera_zone, camera_latest, camera_masked, task_completion, traffic_line,
        street_segment, street_depth, rain_gauge, rain_reading
        TO siaga_publish;
END $$;
