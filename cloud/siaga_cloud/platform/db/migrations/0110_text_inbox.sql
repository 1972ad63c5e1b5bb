-- Messages of text channels: places that they may name, and those that an operator must read.

CREATE TABLE gazetteer_place (
    id          text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 200),
    name        text NOT NULL CHECK (name <> ''),
    aliases     text[] NOT NULL DEFAULT '{}',
    kind        text NOT NULL CHECK (kind IN ('street', 'landmark', 'area')),
    lat         double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    lon         double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
    radius_m    double precision NOT NULL CHECK (radius_m > 0),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE gazetteer_place IS 'Streets and landmarks as people call them; kelurahan and kecamatan are in area';

CREATE TABLE inbox_item (
    id                  uuid PRIMARY KEY,
    channel             text NOT NULL CHECK (channel <> ''),
    source_id           text NOT NULL CHECK (source_id <> ''),
    sender              text NOT NULL,
    body                text NOT NULL CHECK (length(body) <= 4000),
    category            text,
    category_confidence real NOT NULL,
    category_words      text[] NOT NULL DEFAULT '{}',
    why                 text NOT NULL,
    lat                 double precision,
    lon                 double precision,
    place_name          text,
    place_confidence    real NOT NULL,
    radius_m            real,
    candidates          jsonb NOT NULL DEFAULT '[]',
    status              text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'reported', 'rejected')),
    reason              text NOT NULL DEFAULT '',
    report_id           uuid REFERENCES report (id) ON DELETE SET NULL,
    received_at         timestamptz NOT NULL,
    decided_at          timestamptz,
    decided_by          text,
    UNIQUE (channel, source_id)
);
CREATE INDEX inbox_item_waiting ON inbox_item (received_at) WHERE status = 'waiting';
CREATE INDEX inbox_item_report ON inbox_item (report_id) WHERE report_id IS NOT NULL;
COMMENT ON TABLE inbox_item IS 'Messages whose category or place was unsure, with the guesses; sender and body are personal data';
