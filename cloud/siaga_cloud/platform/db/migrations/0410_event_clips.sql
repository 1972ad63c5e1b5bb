-- Clips of events are media as images are. They have a table of their own, because programs of the previous version show
-- whatever lies in `evidence` as an image.
ALTER TABLE media DROP CONSTRAINT media_kind_check;
-- It allows more than before, so the rows that are there need not be read.
ALTER TABLE media ADD CONSTRAINT media_kind_check CHECK (kind IN ('evidence', 'report', 'proof', 'clip')) NOT VALID;

CREATE TABLE event_clip (
    event_id            uuid NOT NULL,
    number              smallint NOT NULL CHECK (number BETWEEN 0 AND 99),
    role                text NOT NULL CHECK (role IN ('arrival', 'threshold', 'update', 'departure')),
    node_id             text NOT NULL,
    media_id            uuid NOT NULL UNIQUE REFERENCES media (id) ON DELETE CASCADE,
    began_at            timestamptz NOT NULL,
    duration_seconds    real NOT NULL CHECK (duration_seconds > 0),
    PRIMARY KEY (event_id, number)
);
COMMENT ON TABLE event_clip IS 'Redacted clips of an event; may arrive before the event itself, hence no foreign key to it';
COMMENT ON COLUMN event_clip.began_at IS 'the time of its first frame; role: threshold when the event was reported, departure when it ended';
