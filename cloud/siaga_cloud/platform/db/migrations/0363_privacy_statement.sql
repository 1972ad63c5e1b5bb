-- Which privacy statement a reporter was shown before the report was sent. Reports of programs of the previous version,
-- and those of other channels, have none.
CREATE TABLE report_privacy (
    report_id   uuid PRIMARY KEY REFERENCES report (id) ON DELETE CASCADE,
    version     text NOT NULL CHECK (version ~ '^[0-9a-z.-]{1,20}$')
);
COMMENT ON TABLE report_privacy IS 'Version of the privacy statement that the form showed with a report';
