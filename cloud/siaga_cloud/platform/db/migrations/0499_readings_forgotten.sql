-- From when on every raw reading is there, so that they can be counted by their hours. Before it some may be left: a chunk
-- is dropped whole, plain tables forget a bite at a time, and a node may send what is older.
CREATE TABLE reading_forgotten (
    is_only     boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    until       timestamptz NOT NULL CHECK (until = date_trunc('hour', until, 'UTC'))
);
COMMENT ON TABLE reading_forgotten IS 'Until when raw readings were forgotten, a whole hour; one row, none before the first time';
