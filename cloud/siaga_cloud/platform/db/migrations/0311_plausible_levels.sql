-- What a gauge can read, and which events of gauges were not believed when they came.

ALTER TABLE gauge
    ADD COLUMN min_cm double precision,
    ADD COLUMN max_cm double precision,
    ADD CONSTRAINT gauge_range CHECK (min_cm < max_cm);
COMMENT ON COLUMN gauge.min_cm IS 'lowest level that it can read; null: follows from its limits (siaga_core.rules.plausibility)';
COMMENT ON COLUMN gauge.max_cm IS 'highest level that it can read; null: follows from its limits';

ALTER TABLE event ADD COLUMN doubted_at timestamptz;
COMMENT ON COLUMN event.doubted_at IS 'of a gauge''s stage: its newest revision was not plausible and is no signal; the stage of record speaks instead';
CREATE INDEX event_doubted ON event (source_id) WHERE doubted_at IS NOT NULL;
