-- What administrators do on the pages: zones drawn in the cloud, dead letters tried again, enrolment to look back on.

CREATE TABLE camera_drawing (
    camera_id       text PRIMARY KEY REFERENCES camera (id) ON DELETE CASCADE,
    version         integer NOT NULL CHECK (version > 0),
    zones           jsonb NOT NULL CHECK (jsonb_typeof(zones) = 'array'),
    masks           jsonb NOT NULL CHECK (jsonb_typeof(masks) = 'array'),
    drawn_at        timestamptz NOT NULL,
    drawn_by        text NOT NULL,
    node_id         text,
    config_version  bigint,
    ordered_at      timestamptz,
    problem         text,
    taken_over_at   timestamptz,
    CHECK ((config_version IS NULL) = (ordered_at IS NULL))
);
CREATE INDEX camera_drawing_open ON camera_drawing (drawn_at) WHERE taken_over_at IS NULL;
COMMENT ON TABLE camera_drawing IS 'Zones and masks as an administrator wants them for a camera; the camera''s box is ordered to use them';
COMMENT ON COLUMN camera_drawing.config_version IS 'of the configuration that was sent to the box with it; null: not sent yet';
COMMENT ON COLUMN camera_drawing.problem IS 'why it could not be sent';
COMMENT ON COLUMN camera_drawing.taken_over_at IS 'since when the box runs it, so that camera_zone says the same';

ALTER TABLE dead_letter
    ADD COLUMN asked_at timestamptz,
    ADD COLUMN asked_by text,
    ADD COLUMN tried_at timestamptz,
    ADD COLUMN failed_because text;
CREATE INDEX dead_letter_received ON dead_letter (received_at DESC, id DESC);
COMMENT ON COLUMN dead_letter.asked_at IS 'when an administrator asked for it to be taken in again; tried_at before it: still to be tried';

ALTER TABLE fleet_enrolment
    ADD COLUMN made_by text NOT NULL DEFAULT '',
    ADD COLUMN credential text CHECK (credential IN ('certificate', 'password')),
    ADD COLUMN valid_until timestamptz;
CREATE INDEX fleet_enrolment_node ON fleet_enrolment (node_id, made_at DESC);
COMMENT ON COLUMN fleet_enrolment.valid_until IS 'of the certificate that was given; a password has no end';
