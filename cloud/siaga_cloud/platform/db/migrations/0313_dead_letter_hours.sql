-- How much room the dead letters of a node took in an hour, and what was counted only.

CREATE TABLE dead_letter_hour (
    sender        text NOT NULL CHECK (length(sender) <= 48),
    hour          timestamptz NOT NULL,
    stored        bigint NOT NULL DEFAULT 0,
    stored_bytes  bigint NOT NULL DEFAULT 0,
    counted       bigint NOT NULL DEFAULT 0,
    counted_bytes bigint NOT NULL DEFAULT 0,
    last_reason   text NOT NULL DEFAULT '',
    PRIMARY KEY (sender, hour)
);
CREATE INDEX dead_letter_hour_counted ON dead_letter_hour (hour DESC) WHERE counted > 0;
COMMENT ON TABLE dead_letter_hour IS 'Dead letters and quarantined messages of each sender by the hour; beyond a limit they are counted and not stored';
COMMENT ON COLUMN dead_letter_hour.sender IS 'the node in the topic; empty where the topic names none';
COMMENT ON COLUMN dead_letter_hour.counted IS 'refused beyond the limit: their bytes are not stored';
