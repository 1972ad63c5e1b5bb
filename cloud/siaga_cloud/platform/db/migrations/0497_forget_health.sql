-- Four of five messages of a calm city are health messages, whose rows only prove the numbering of a node. They are kept
-- for a week, the rest as long as before. Rows that are deleted from a chunk leave its file as large, because nothing is
-- added to it any more; so what is left of it is written anew, one chunk at a time.
CREATE TABLE health_forgotten (
    is_only     boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    until       timestamptz NOT NULL
);
COMMENT ON TABLE health_forgotten IS 'Until when the chunks of message are without health messages; one row';

CREATE FUNCTION forget_health(before timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    chunk regclass;
    ended timestamptz;
    held bigint;
    remaining bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        DELETE FROM message WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM message WHERE stream = 'health' AND measured_at < before LIMIT most));
        GET DIAGNOSTICS held = ROW_COUNT;
        RETURN held;
    END IF;
    SELECT format('%I.%I', chunk_schema, chunk_name)::regclass, range_end INTO chunk, ended
        FROM timescaledb_information.chunks
        WHERE hypertable_schema = 'public' AND hypertable_name = 'message' AND range_end <= before
            AND range_end > coalesce((SELECT until FROM health_forgotten), '-infinity')
        ORDER BY range_end LIMIT 1;
    IF chunk IS NULL THEN
        RETURN 0;
    END IF;
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', chunk);
    EXECUTE format('SELECT count(*) FROM %s', chunk) INTO held;
    DROP TABLE IF EXISTS pg_temp.message_rest;
    EXECUTE format('CREATE TEMP TABLE message_rest ON COMMIT DROP AS SELECT * FROM %s WHERE stream <> ''health''', chunk);
    GET DIAGNOSTICS remaining = ROW_COUNT;
    IF remaining < held THEN
        EXECUTE format('TRUNCATE %s', chunk);
        INSERT INTO message SELECT * FROM pg_temp.message_rest;
    END IF;
    DROP TABLE pg_temp.message_rest;
    INSERT INTO health_forgotten (until) VALUES (ended) ON CONFLICT (is_only) DO UPDATE SET until = excluded.until;
    RETURN held - remaining;
EXCEPTION
    WHEN lock_not_available THEN RETURN 0; -- a backup reads it; the next hour tries again
END $$;
REVOKE ALL ON FUNCTION forget_health(timestamptz, integer) FROM PUBLIC;
