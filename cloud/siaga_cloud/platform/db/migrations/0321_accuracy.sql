-- How often each camera is right, from operators' verdicts and a random sample that operators judge.

CREATE TABLE accuracy_secret (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    secret  text NOT NULL DEFAULT gen_random_uuid()::text || gen_random_uuid()
);
COMMENT ON TABLE accuracy_secret IS 'What draws the sample: without it nobody knows which events and frames are judged';
INSERT INTO accuracy_secret DEFAULT VALUES;

CREATE TABLE accuracy_item (
    id          uuid PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('event', 'frame')),
    camera_id   text NOT NULL,
    event_id    uuid UNIQUE,
    media_id    uuid REFERENCES media (id),
    jpeg        bytea,
    taken_at    timestamptz NOT NULL,
    hazards     text[] NOT NULL,
    drawn_at    timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    answered_at timestamptz,
    answered_by text,
    present     text[],
    CHECK ((kind = 'event') = (event_id IS NOT NULL)),
    CHECK (kind = 'event' OR media_id IS NULL),
    CHECK ((answered_at IS NULL) = (answered_by IS NULL)),
    CONSTRAINT accuracy_item_once UNIQUE (camera_id, kind, taken_at)
);
ALTER TABLE accuracy_item ALTER COLUMN jpeg SET STORAGE EXTERNAL; -- a JPEG cannot be made smaller
CREATE INDEX accuracy_item_drawn ON accuracy_item (drawn_at);
CREATE INDEX accuracy_item_waiting ON accuracy_item (drawn_at) WHERE answered_at IS NULL;
COMMENT ON TABLE accuracy_item IS 'A random event or frame of a camera, redacted, for operators to judge; its image is deleted at expires_at';
COMMENT ON COLUMN accuracy_item.hazards IS 'the hazards that are asked about; what the camera decided is not shown with it';
COMMENT ON COLUMN accuracy_item.present IS 'the hazards that an operator sees in it; null with answered_at set: cannot be judged';

CREATE TABLE camera_accuracy (
    camera_id           text NOT NULL,
    hazard              text NOT NULL,
    right_count         integer NOT NULL,
    judged_count        integer NOT NULL,
    precision_share     double precision,
    precision_low       double precision NOT NULL,
    precision_high      double precision NOT NULL,
    noticed_count       integer NOT NULL,
    present_count       integer NOT NULL,
    recall_share        double precision,
    recall_low          double precision NOT NULL,
    recall_high         double precision NOT NULL,
    computed_at         timestamptz NOT NULL,
    PRIMARY KEY (camera_id, hazard),
    CHECK (right_count BETWEEN 0 AND judged_count),
    CHECK (noticed_count BETWEEN 0 AND present_count)
);
COMMENT ON TABLE camera_accuracy IS 'By siaga_core.rules.trust.accuracy; a share is null while too little was judged, and is never shown without its counts';

CREATE TABLE camera_suspension (
    camera_id       text NOT NULL,
    hazard          text NOT NULL,
    began_at        timestamptz NOT NULL,
    ended_at        timestamptz CHECK (ended_at >= began_at),
    right_count     integer NOT NULL,
    judged_count    integer NOT NULL,
    precision_floor double precision NOT NULL,
    PRIMARY KEY (camera_id, hazard, began_at)
);
CREATE UNIQUE INDEX camera_suspension_open ON camera_suspension (camera_id, hazard) WHERE ended_at IS NULL;
COMMENT ON TABLE camera_suspension IS 'While it lasts, the camera creates no tasks about the hazard by itself; the counts are those that began it';

-- The judgement of a person on an event of a camera: of the sample before that on the incident it belongs to.
CREATE VIEW camera_judgement AS
SELECT event.id AS event_id, event.source_id AS camera_id, event.hazard, event.began_at, event.hazard = ANY (item.present) AS is_right
FROM accuracy_item AS item JOIN event ON event.id = item.event_id
WHERE item.present IS NOT NULL
UNION ALL
SELECT event.id, event.source_id, event.hazard, event.began_at, incident.verdict = 'confirmed'
FROM incident JOIN incident_member AS member ON member.incident_id = incident.id AND member.removed_at IS NULL
JOIN event ON event.id = member.signal_id AND event.source_kind = 'camera'
WHERE incident.verdict IS NOT NULL AND incident.verdict_by NOT LIKE 'task:%'
    AND NOT EXISTS (SELECT FROM accuracy_item AS item WHERE item.event_id = event.id AND item.present IS NOT NULL);
COMMENT ON VIEW camera_judgement IS 'Events of cameras that a person judged; what became of a task is no judgement';
