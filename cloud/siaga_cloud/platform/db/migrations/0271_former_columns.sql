-- Fills the former columns of 0270 for programs of the previous version, which wait only for rows and not for tables; the
-- trigger sync_former_names writes the values.
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT tgrelid::regclass AS owner, attname AS name FROM pg_trigger JOIN pg_attribute ON attrelid = tgrelid
            WHERE tgname = 'sync_former_names' AND attnum > 0
            AND attname = split_part(encode(tgargs, 'escape'), '\000', 2)
            AND attname <> split_part(encode(tgargs, 'escape'), '\000', 1) ORDER BY 1 LOOP
        EXECUTE format('UPDATE %s SET %2$I = %2$I', one.owner, one.name);
    END LOOP;
END $$;
CREATE INDEX signal_former_waiting ON signal (received_at) WHERE taken_revision < revision;
CREATE INDEX task_former_deadline ON task (next_clock_at) WHERE finished_at IS NULL AND NOT clock_stopped;
