-- What the disk forecast looks back on: how large each table was on each day.
CREATE TABLE table_size (
    day     date NOT NULL,
    name    text NOT NULL,
    bytes   bigint NOT NULL,
    PRIMARY KEY (day, name)
);
COMMENT ON TABLE table_size IS 'Size of each table with its indexes, the last one of each day; kept for 400 days';
