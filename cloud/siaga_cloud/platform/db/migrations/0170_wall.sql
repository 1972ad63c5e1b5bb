-- What the wall and the operators of the platform need to look back on: when cameras could not see, when nodes were
-- gone, how fast messages came in. Views for Grafana are in wall.sql, which is applied after every migrate.

CREATE TABLE camera_unknown (
    camera_id   text NOT NULL,
    began_at    timestamptz NOT NULL,
    ended_at    timestamptz,
    PRIMARY KEY (camera_id, began_at),
    CHECK (ended_at >= began_at)
);
CREATE INDEX camera_unknown_open ON camera_unknown (camera_id) WHERE ended_at IS NULL;
CREATE INDEX camera_unknown_ended ON camera_unknown (ended_at);
COMMENT ON TABLE camera_unknown IS 'When a camera did not see, by its node''s word; open while it lasts. Kept by a trigger on camera_latest';

CREATE FUNCTION keep_camera_unknown() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE camera_unknown SET ended_at = greatest(began_at, coalesce(NEW.unknown_since, NEW.at))
        WHERE camera_id = NEW.camera_id AND ended_at IS NULL AND began_at IS DISTINCT FROM NEW.unknown_since;
    IF NEW.unknown_since IS NOT NULL THEN
        INSERT INTO camera_unknown (camera_id, began_at) VALUES (NEW.camera_id, NEW.unknown_since)
        ON CONFLICT (camera_id, began_at) DO UPDATE SET ended_at = NULL;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER camera_first_unknown AFTER INSERT ON camera_latest FOR EACH ROW
    WHEN (NEW.unknown_since IS NOT NULL) EXECUTE FUNCTION keep_camera_unknown();
CREATE TRIGGER camera_turns_unknown AFTER UPDATE ON camera_latest FOR EACH ROW
    WHEN (NEW.unknown_since IS DISTINCT FROM OLD.unknown_since) EXECUTE FUNCTION keep_camera_unknown();
INSERT INTO camera_unknown (camera_id, began_at) SELECT camera_id, unknown_since FROM camera_latest
    WHERE unknown_since IS NOT NULL;

CREATE TABLE node_state (
    node_id     text NOT NULL,
    at          timestamptz NOT NULL,
    state       text NOT NULL,
    PRIMARY KEY (node_id, at)
);
CREATE INDEX node_state_at ON node_state (at);
COMMENT ON TABLE node_state IS 'When nodes came and went, by the broker''s word; kept by a trigger on node';

CREATE FUNCTION keep_node_state() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO node_state VALUES (NEW.id, coalesce(NEW.state_at, now()), NEW.state)
    ON CONFLICT (node_id, at) DO UPDATE SET state = excluded.state;
    RETURN NULL;
END $$;
CREATE TRIGGER node_first_state AFTER INSERT ON node FOR EACH ROW
    WHEN (NEW.state <> 'unknown') EXECUTE FUNCTION keep_node_state();
CREATE TRIGGER node_turns AFTER UPDATE ON node FOR EACH ROW
    WHEN (NEW.state IS DISTINCT FROM OLD.state) EXECUTE FUNCTION keep_node_state();
INSERT INTO node_state SELECT id, coalesce(state_at, now()), state FROM node WHERE state <> 'unknown';

-- A minute of messages is added up once it is over, and anew as long as it may still grow; so it is right whenever it
-- was done. The index is small (block ranges): what was received lately is nearly all at the ends of a few chunks.
CREATE INDEX message_received ON message USING brin (received_at) WITH (pages_per_range = 32);
CREATE TABLE ingest_minute (
    minute              timestamptz NOT NULL,
    stream              text NOT NULL,
    messages            integer NOT NULL,
    late                integer NOT NULL,
    size_bytes          bigint NOT NULL,
    lag_p50_seconds     real,
    lag_p95_seconds     real,
    PRIMARY KEY (minute, stream)
);
COMMENT ON TABLE ingest_minute IS 'Messages by the minute in which they were received; lag is from measuring to receiving, of those that were not late';

CREATE TABLE ingest_minute_mark (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    until   timestamptz NOT NULL
);
COMMENT ON TABLE ingest_minute_mark IS 'Up to where ingest_minute is added up';

-- Codes for people in figures that many may see. Without the salt nobody can try out names.
CREATE TABLE wall_salt (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    salt    text NOT NULL DEFAULT gen_random_uuid()::text || gen_random_uuid()
);
COMMENT ON TABLE wall_salt IS 'What codes of officials on the wall are made with; only the owner reads it';
INSERT INTO wall_salt DEFAULT VALUES;

COMMENT ON TABLE month_rolled IS 'Which months are added up, of tasks and of reports';
COMMENT ON TABLE reporter_refreshed IS 'When reporter_fact was reckoned last';
