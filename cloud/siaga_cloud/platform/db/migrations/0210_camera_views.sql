-- The control room looks through cameras: series of pictures that a box sends while somebody watches, looks that were
-- asked for by hand, and masks, which take a camera out of what is believed and shown.

CREATE TABLE camera_view (
    id              uuid PRIMARY KEY,
    camera_id       text NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
    node_id         text NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('live', 'still')),
    asked_by        text NOT NULL,
    asked_at        timestamptz NOT NULL,
    until           timestamptz NOT NULL,
    most_frames     integer NOT NULL CHECK (most_frames BETWEEN 1 AND 600),
    sent_at         timestamptz,
    frames          integer NOT NULL DEFAULT 0,
    last_frame_at   timestamptz
);
CREATE INDEX camera_view_camera ON camera_view (camera_id, asked_at DESC);
CREATE INDEX camera_view_until ON camera_view (until);
COMMENT ON TABLE camera_view IS 'A box was asked to show a camera; id is the command''s view_id. Kept for 30 days';
COMMENT ON COLUMN camera_view.frames IS 'pictures that came and could be shown';

-- Lost in a crash of the database, and no harm done: what is shown now is shown anew.
CREATE UNLOGGED TABLE camera_frame (
    camera_id       text PRIMARY KEY,
    view_id         uuid NOT NULL,
    number          integer NOT NULL,
    taken_at        timestamptz NOT NULL,
    received_at     timestamptz NOT NULL,
    width           integer NOT NULL,
    height          integer NOT NULL,
    jpeg            bytea NOT NULL
) WITH (fillfactor = 50);
ALTER TABLE camera_frame ALTER COLUMN jpeg SET STORAGE EXTERNAL; -- a JPEG cannot be made smaller
COMMENT ON TABLE camera_frame IS 'The newest redacted picture of each camera that was looked through; forgotten after an hour';

CREATE TABLE camera_look (
    id              uuid PRIMARY KEY,
    camera_id       text NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
    node_id         text NOT NULL,
    hazard          text NOT NULL CHECK (hazard IN ('flooding', 'trash', 'illegal_parking')),
    incident_id     uuid,
    asked_by        text NOT NULL,
    asked_at        timestamptz NOT NULL,
    deadline        timestamptz NOT NULL,
    sent_at         timestamptz,
    answered_at     timestamptz,
    seen_at         timestamptz,
    state           text CHECK (state IN ('cleared', 'still_there', 'cannot_see')),
    reason          text NOT NULL DEFAULT '',
    frames          integer,
    seen_share      double precision,
    water_share     double precision
);
CREATE INDEX camera_look_camera ON camera_look (camera_id, asked_at DESC);
COMMENT ON TABLE camera_look IS 'An operator asked a camera to look; id is the command''s look_id, its picture is evidence of event_id = id';

CREATE TABLE camera_mask (
    camera_id       text NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
    began_at        timestamptz NOT NULL,
    began_by        text NOT NULL,
    reason          text NOT NULL,
    ended_at        timestamptz CHECK (ended_at >= began_at),
    ended_by        text,
    end_reason      text,
    PRIMARY KEY (camera_id, began_at)
);
CREATE UNIQUE INDEX camera_mask_open ON camera_mask (camera_id) WHERE ended_at IS NULL;
COMMENT ON TABLE camera_mask IS 'A masked camera is not believed and shows nothing, as if it could not see; reversible, never deleted';

-- Anybody may know that a camera is masked, staff alone why and by whom.
CREATE VIEW camera_masked AS SELECT camera_id, began_at FROM camera_mask WHERE ended_at IS NULL;

CREATE FUNCTION forget_shows(wanted timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (DELETE FROM fleet_command AS old WHERE old.kind = 'show' AND old.made_at < wanted
        AND EXISTS (SELECT FROM fleet_command AS newer WHERE newer.node_id = old.node_id AND newer.number > old.number)
        RETURNING 1) SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION forget_shows FROM PUBLIC;
COMMENT ON FUNCTION forget_shows IS 'Old commands to show a camera; the newest command of each node stays, so that numbers go on rising';
