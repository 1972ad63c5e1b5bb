-- When a backup was made and when it was sent away, so that an alarm notices that none was.
CREATE TABLE backup_run (
    name        text NOT NULL,
    off_site    boolean NOT NULL,
    taken_at    timestamptz NOT NULL,
    finished_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (name, off_site)
);
COMMENT ON TABLE backup_run IS 'Backups that were completed, and those that were sent to another place; written by `siaga-cloud admin`, the last 400 of each kind';
COMMENT ON COLUMN backup_run.taken_at IS 'The moment of the database that the backup holds';
