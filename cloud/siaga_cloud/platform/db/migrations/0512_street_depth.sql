-- How deep streets are under water: the segments that a city lists, what history taught of each, and what is known now
-- (docs/adr/0081).

CREATE TABLE street_segment (
    id          text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{1,47}$'),
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    line        double precision[] NOT NULL
        CHECK (cardinality(line) >= 4 AND cardinality(line) <= 400 AND cardinality(line) % 2 = 0
            AND array_position(line, NULL) IS NULL),
    road_cm     real,
    gauge_id    text REFERENCES gauge (id) ON DELETE SET NULL,
    area_id     text REFERENCES area (id) ON DELETE SET NULL,
    origin      text NOT NULL CHECK (length(origin) BETWEEN 1 AND 80),
    updated_at  timestamptz NOT NULL
);
CREATE INDEX street_segment_area ON street_segment (area_id);
COMMENT ON TABLE street_segment IS 'Segments of streets of which the depth of water is computed';
COMMENT ON COLUMN street_segment.line IS 'latitude and longitude of each corner in turn';
COMMENT ON COLUMN street_segment.road_cm IS 'height of the road in cm above the datum of its gauge; null: nobody measured it';
COMMENT ON COLUMN street_segment.gauge_id IS 'the gauge whose water floods it';

CREATE TABLE street_relation (
    segment_id  text PRIMARY KEY REFERENCES street_segment (id) ON DELETE CASCADE,
    gauge_id    text NOT NULL,
    road_cm     real NOT NULL,
    slope       real NOT NULL CHECK (slope > 0),
    error_cm    real NOT NULL CHECK (error_cm > 0),
    pairs       integer NOT NULL CHECK (pairs > 0),
    learned_at  timestamptz NOT NULL
);
COMMENT ON TABLE street_relation IS 'From which level of its gauge on a street is under water, as former floods show, where no height of the road is known';

CREATE TABLE street_depth (
    segment_id  text PRIMARY KEY REFERENCES street_segment (id) ON DELETE CASCADE,
    answer      text NOT NULL CHECK (answer IN ('known', 'wet', 'unknown')),
    depth_cm    real,
    low_cm      real,
    high_cm     real,
    basis       jsonb NOT NULL,
    ahead       jsonb NOT NULL,
    computed_at timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    CHECK (num_nulls(depth_cm, low_cm, high_cm) = CASE answer WHEN 'known' THEN 0 ELSE 3 END),
    CHECK (low_cm <= depth_cm AND depth_cm <= high_cm)
);
COMMENT ON TABLE street_depth IS 'What is known of streets now or foreseen; a street without a row is unknown, and so is one after valid_until';
COMMENT ON COLUMN street_depth.answer IS 'wet: water was seen, its depth is not known; unknown: only something ahead is known';
COMMENT ON COLUMN street_depth.basis IS 'kind, count, first_at, last_at and names of what the depth follows from; people have no names';
