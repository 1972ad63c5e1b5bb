-- Pumps and gates as assets: what they are, what was reported of them and when, and which of them are to be inspected
-- (docs/adr/0076).

CREATE TABLE asset (
    id              text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{1,47}$'),
    kind            text NOT NULL CHECK (kind IN ('pump', 'gate')),
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    name_en         text NOT NULL DEFAULT '' CHECK (length(name_en) <= 120),
    lat             double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    lon             double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
    area_id         text REFERENCES area (id) ON DELETE SET NULL,
    gauge_id        text REFERENCES gauge (id) ON DELETE SET NULL,
    works_as        text NOT NULL,
    works_from_cm   real,
    capacity_m3s    real CHECK (capacity_m3s > 0),
    rated_kw        real CHECK (rated_kw > 0),
    stale_seconds   integer NOT NULL DEFAULT 900 CHECK (stale_seconds BETWEEN 60 AND 604800),
    node_id         text,
    origin          text NOT NULL CHECK (length(origin) BETWEEN 1 AND 80),
    updated_at      timestamptz NOT NULL,
    retired_at      timestamptz,
    CHECK (CASE kind WHEN 'pump' THEN works_as = 'running' ELSE works_as IN ('open', 'closed') END)
);
CREATE INDEX asset_gauge ON asset (gauge_id) WHERE retired_at IS NULL;
COMMENT ON TABLE asset IS 'Pumps and gates of the city; unlike a feature of a layer each has a state with its age';
COMMENT ON COLUMN asset.gauge_id IS 'the gauge in the water that it works on';
COMMENT ON COLUMN asset.works_as IS 'the state that it must have while the gauge is at works_from_cm or above; null works_from_cm: nobody said so';
COMMENT ON COLUMN asset.stale_seconds IS 'after so long without a report nothing is known of it';
COMMENT ON COLUMN asset.node_id IS 'the only node that may report it; null: the next node that does owns it';
COMMENT ON COLUMN asset.origin IS 'where it was listed: a file, or layer:ID';

CREATE TABLE asset_state (
    asset_id            text NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
    measured_at         timestamptz NOT NULL,
    state               text NOT NULL CHECK (state IN ('running', 'stopped', 'open', 'closed', 'fault')),
    capacity_share      real CHECK (capacity_share BETWEEN 0 AND 1),
    power_kw            real CHECK (power_kw >= 0),
    level_difference_cm real,
    origin              text NOT NULL CHECK (origin IN ('node', 'person', 'file')),
    recorded_by         text NOT NULL CHECK (length(recorded_by) BETWEEN 1 AND 80),
    received_at         timestamptz NOT NULL,
    PRIMARY KEY (asset_id, measured_at)
);
CREATE INDEX asset_state_measured ON asset_state (measured_at);
COMMENT ON TABLE asset_state IS 'What was reported of pumps and gates; the first report of a moment stands';
COMMENT ON COLUMN asset_state.level_difference_cm IS 'level before it less the level behind it';

CREATE TABLE asset_check (
    signal_id   uuid PRIMARY KEY,
    asset_id    text NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
    problem     text NOT NULL CHECK (problem IN ('fault', 'standing', 'no_effect')),
    since       timestamptz NOT NULL,
    confidence  real NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    level_cm    real,
    ended_at    timestamptz,
    updated_at  timestamptz NOT NULL
);
CREATE UNIQUE INDEX asset_check_open ON asset_check (asset_id) WHERE ended_at IS NULL;
COMMENT ON TABLE asset_check IS 'Why a pump or gate is to be inspected, beside the signal that says so';

ALTER TABLE refused_source DROP CONSTRAINT refused_source_kind_check;
ALTER TABLE refused_source ADD CONSTRAINT refused_source_kind_check
    CHECK (kind IN ('camera', 'gauge', 'event', 'asset'));

CREATE OR REPLACE FUNCTION claim_source(kind text, source_id text, node text, at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    claimed integer := 0;
BEGIN
    IF $1 = 'gauge' THEN
        UPDATE gauge SET node_id = $3 WHERE id = $2 AND node_id IS NULL;
        GET DIAGNOSTICS claimed = ROW_COUNT;
    ELSIF $1 = 'camera' THEN
        UPDATE camera SET node_id = $3 WHERE id = $2 AND node_id IS NULL;
        GET DIAGNOSTICS claimed = ROW_COUNT;
    ELSIF $1 = 'asset' THEN
        UPDATE asset SET node_id = $3 WHERE id = $2 AND node_id IS NULL;
        GET DIAGNOSTICS claimed = ROW_COUNT;
    END IF;
    IF claimed > 0 THEN
        PERFORM record_audit('node:' || $3, 'claim_' || $1, $1, $2, '', jsonb_build_object('node_id', $3), $4);
    END IF;
    RETURN claimed > 0;
END $$;
