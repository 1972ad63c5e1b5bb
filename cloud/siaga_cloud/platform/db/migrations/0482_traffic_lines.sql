-- Where traffic stands or a road is blocked, as a feed (Waze) draws it: what an incident's single point cannot show.
CREATE TABLE traffic_line (
    signal_id       uuid PRIMARY KEY,
    feed_id         text NOT NULL,
    street          text NOT NULL DEFAULT '' CHECK (length(street) <= 100),
    line            double precision[] NOT NULL
        CHECK (cardinality(line) >= 4 AND cardinality(line) <= 400 AND cardinality(line) % 2 = 0
            AND array_position(line, NULL) IS NULL),
    is_blocked      boolean NOT NULL,
    speed_kmh       real CHECK (speed_kmh BETWEEN 0 AND 400),
    length_m        real NOT NULL CHECK (length_m >= 0),
    delay_seconds   real CHECK (delay_seconds >= 0),
    began_at        timestamptz NOT NULL,
    seen_at         timestamptz NOT NULL
);
CREATE INDEX traffic_line_feed ON traffic_line (feed_id);
COMMENT ON TABLE traffic_line IS 'Jams and blocked roads that a feed lists now; a row is deleted when the feed no longer lists it';
COMMENT ON COLUMN traffic_line.line IS 'latitude and longitude of each corner in turn';
COMMENT ON COLUMN traffic_line.speed_kmh IS 'null: the feed states none; unknown is not zero';
COMMENT ON COLUMN traffic_line.seen_at IS 'when the feed listed it last; a line that is not confirmed is not shown';
