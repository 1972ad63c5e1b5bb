-- What the control room showed of the last day, minute by minute: docs/adr/0065. Levels are in the record of readings,
-- stages in gauge_stage and maskings in camera_mask; this holds what those tables do not.

CREATE TABLE state_history (
    kind    text NOT NULL CHECK (kind IN ('began', 'incident', 'task', 'flood_state', 'camera', 'gauge', 'gauge_view', 'node')),
    id      text NOT NULL,
    minute  timestamptz NOT NULL CHECK (minute = date_trunc('minute', minute, 'UTC')),
    held    jsonb NOT NULL,
    PRIMARY KEY (kind, id, minute)
);
CREATE INDEX state_history_minute ON state_history (kind, minute);
COMMENT ON TABLE state_history IS 'How a thing was at the end of a minute in which it changed; forgotten after two days. Written by triggers alone';
COMMENT ON COLUMN state_history.kind IS 'began: since when there is a history, of which nothing is known before';

CREATE FUNCTION record_state(wanted_kind text, wanted_id text, state jsonb) RETURNS void LANGUAGE sql AS $$
    INSERT INTO state_history (kind, id, minute, held)
        VALUES (wanted_kind, wanted_id, date_trunc('minute', clock_timestamp(), 'UTC'), jsonb_strip_nulls(state))
        ON CONFLICT (kind, id, minute) DO UPDATE SET held = excluded.held
$$;
REVOKE ALL ON FUNCTION record_state FROM PUBLIC;

-- Neither notes nor who judged: what the list of incidents shows, and no more.
CREATE FUNCTION state_of(one incident) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('state', one.state, 'severity', one.severity, 'confidence', one.confidence,
        'lat', one.lat, 'lon', one.lon, 'area_id', one.area_id, 'began_at', one.began_at,
        'last_signal_at', one.last_signal_at, 'over_at', one.over_at, 'sources', one.sources, 'mixed', one.mixed,
        'sensor_confidence', one.sensor_confidence, 'people', one.people, 'partners', one.partners,
        'verdict', one.verdict, 'is_confirmed', one.verdict = 'confirmed' AND one.verdict_by NOT LIKE 'task:%')
$$;
CREATE FUNCTION state_of(one task) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('state', one.state, 'priority', one.priority, 'severity', one.severity,
        'agency_id', one.agency_id, 'area_id', one.area_id, 'assignee_id', one.assignee_id, 'lat', one.lat,
        'lon', one.lon, 'updated_at', one.updated_at, 'acknowledge_by', one.acknowledge_by,
        'first_action_by', one.first_action_by, 'resolve_by', one.resolve_by, 'acknowledged_at', one.acknowledged_at,
        'first_action_at', one.first_action_at, 'paused_seconds', one.paused_seconds, 'finished_at', one.finished_at,
        'escalation', one.escalation, 'started_at', one.started_at, 'deadlines_paused', one.deadlines_paused,
        'remind_at_share', one.remind_at_share, 'verified_by', one.verified_by, 'disputed_by', one.disputed_by,
        'disputed_at', one.disputed_at)
$$;
CREATE FUNCTION state_of(one area_flood_state) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('state', one.state, 'computed', one.computed, 'since', one.since,
        'expires_at', one.expires_at, 'evidence', one.evidence, 'override_state', one.override_state)
$$;
CREATE FUNCTION state_of(one camera_latest) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('unknown_since', one.unknown_since, 'has_frame', one.last_frame_at IS NOT NULL)
$$;
CREATE FUNCTION state_of(one gauge_latest) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('stale_since', one.stale_since)
$$;
CREATE FUNCTION state_of(one gauge_view) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('unknown_since', one.unknown_since, 'at', one.at)
$$;
CREATE FUNCTION state_of(one node) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('state', one.state)
$$;

-- Of the definer: whoever changes a thing needs no right to its history.
CREATE FUNCTION record_incident_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' OR state_of(OLD) IS DISTINCT FROM state_of(NEW) THEN
        PERFORM record_state('incident', NEW.id::text, state_of(NEW));
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION record_task_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' OR state_of(OLD) IS DISTINCT FROM state_of(NEW) THEN
        PERFORM record_state('task', NEW.id::text, state_of(NEW));
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION record_flood_state_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' OR state_of(OLD) IS DISTINCT FROM state_of(NEW) THEN
        PERFORM record_state('flood_state', NEW.area_id, state_of(NEW));
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION record_camera_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM record_state('camera', NEW.camera_id, state_of(NEW));
    RETURN NULL;
END $$;
CREATE FUNCTION record_gauge_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM record_state('gauge', NEW.gauge_id, state_of(NEW));
    RETURN NULL;
END $$;
CREATE FUNCTION record_gauge_view_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM record_state('gauge_view', NEW.gauge_id, state_of(NEW));
    RETURN NULL;
END $$;
CREATE FUNCTION record_node_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM record_state('node', NEW.id, state_of(NEW));
    RETURN NULL;
END $$;

CREATE TRIGGER incident_state_history AFTER INSERT OR UPDATE ON incident
    FOR EACH ROW EXECUTE FUNCTION record_incident_history();
CREATE TRIGGER task_state_history AFTER INSERT OR UPDATE ON task
    FOR EACH ROW EXECUTE FUNCTION record_task_history();
CREATE TRIGGER flood_state_history AFTER INSERT OR UPDATE ON area_flood_state
    FOR EACH ROW EXECUTE FUNCTION record_flood_state_history();
-- These rows are written with every health or message of a node: their functions are called only where something that is
-- shown has changed.
CREATE TRIGGER camera_state_history_first AFTER INSERT ON camera_latest
    FOR EACH ROW EXECUTE FUNCTION record_camera_history();
CREATE TRIGGER camera_state_history AFTER UPDATE ON camera_latest FOR EACH ROW
    WHEN (OLD.unknown_since IS DISTINCT FROM NEW.unknown_since
        OR (OLD.last_frame_at IS NULL) <> (NEW.last_frame_at IS NULL))
    EXECUTE FUNCTION record_camera_history();
CREATE TRIGGER gauge_state_history AFTER UPDATE ON gauge_latest FOR EACH ROW
    WHEN ((OLD.stale_since IS NULL) <> (NEW.stale_since IS NULL))
    EXECUTE FUNCTION record_gauge_history();
CREATE TRIGGER gauge_view_state_history_first AFTER INSERT ON gauge_view
    FOR EACH ROW EXECUTE FUNCTION record_gauge_view_history();
CREATE TRIGGER gauge_view_state_history AFTER UPDATE ON gauge_view FOR EACH ROW
    WHEN (OLD.unknown_since IS DISTINCT FROM NEW.unknown_since OR NEW.unknown_since IS NOT NULL)
    EXECUTE FUNCTION record_gauge_view_history();
CREATE TRIGGER node_state_history_first AFTER INSERT ON node
    FOR EACH ROW EXECUTE FUNCTION record_node_history();
CREATE TRIGGER node_state_history AFTER UPDATE ON node FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION record_node_history();

-- The history begins with what holds now.
SELECT record_state('began', '', '{}');
SELECT record_state('incident', id::text, state_of(incident)) FROM incident WHERE state = 'open';
SELECT record_state('task', id::text, state_of(task)) FROM task
    WHERE finished_at IS NULL OR finished_at > now() - interval '1 day';
SELECT record_state('flood_state', area_id, state_of(area_flood_state)) FROM area_flood_state;
SELECT record_state('camera', camera_id, state_of(camera_latest)) FROM camera_latest;
SELECT record_state('gauge', gauge_id, state_of(gauge_latest)) FROM gauge_latest WHERE stale_since IS NOT NULL;
SELECT record_state('gauge_view', gauge_id, state_of(gauge_view)) FROM gauge_view;
SELECT record_state('node', id, state_of(node)) FROM node;

-- What a thing was before the horizon stays as long as it still holds then; nothing is left of what was finished before.
CREATE FUNCTION forget_state_history(before timestamptz, most integer) RETURNS bigint LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (DELETE FROM state_history WHERE ctid = ANY (ARRAY(
        SELECT old.ctid FROM state_history AS old WHERE old.minute < before AND old.kind <> 'began' AND (
            EXISTS (SELECT FROM state_history AS newer WHERE newer.kind = old.kind AND newer.id = old.id
                AND newer.minute > old.minute AND newer.minute <= before)
            OR ((old.kind = 'incident' AND old.held ->> 'state' <> 'open'
                    OR old.kind = 'task' AND old.held ? 'finished_at')
                -- The last line goes last, or what was open before would seem to be open still.
                AND NOT EXISTS (SELECT FROM state_history AS older WHERE older.kind = old.kind AND older.id = old.id
                    AND older.minute < old.minute))) LIMIT most))
        RETURNING 1) SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION forget_state_history FROM PUBLIC;
