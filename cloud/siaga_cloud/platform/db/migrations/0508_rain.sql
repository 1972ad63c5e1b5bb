-- Rain as rain gauges measured it: how much fell in an interval that ended at a time.

CREATE TABLE rain_gauge (
    id          text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{1,47}$'),
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    lat         double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    lon         double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
    origin      text NOT NULL CHECK (length(origin) BETWEEN 1 AND 80),
    updated_at  timestamptz NOT NULL
);
COMMENT ON TABLE rain_gauge IS 'Rain gauges of the city and around it';
COMMENT ON COLUMN rain_gauge.origin IS 'the file that listed it';

CREATE TABLE rain_reading (
    rain_gauge_id   text NOT NULL REFERENCES rain_gauge (id) ON DELETE CASCADE,
    ends_at         timestamptz NOT NULL,
    minutes         integer NOT NULL CHECK (minutes > 0 AND minutes <= 1440),
    mm              real NOT NULL CHECK (mm >= 0 AND mm <= 1000),
    received_at     timestamptz NOT NULL,
    PRIMARY KEY (rain_gauge_id, ends_at)
);
CREATE INDEX rain_reading_ended ON rain_reading (ends_at);
COMMENT ON TABLE rain_reading IS 'How much rain fell in an interval; where there is no row nothing is known, it is never 0';
COMMENT ON COLUMN rain_reading.ends_at IS 'when the interval ended';
COMMENT ON COLUMN rain_reading.minutes IS 'length of the interval before ends_at';
COMMENT ON COLUMN rain_reading.mm IS 'rain of the whole interval in millimetres';
COMMENT ON COLUMN rain_reading.received_at IS 'when this value arrived; a correction has a later one than what it replaced';
