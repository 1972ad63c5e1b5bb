-- Retention for a worker that does not own the tables: drop_chunks asks for the owner, so this runs as the owner,
-- and knows two tables only. Whole chunks where TimescaleDB keeps them, a bounded bite of rows where it does not.
CREATE FUNCTION forget_before(wanted name, before timestamptz, most integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF wanted NOT IN ('message', 'reading') THEN
        RAISE EXCEPTION '% is not forgotten by time', wanted USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        PERFORM drop_chunks(format('public.%I', wanted)::regclass, older_than => before);
    ELSE
        EXECUTE format(
            'DELETE FROM public.%1$I WHERE ctid = ANY (ARRAY(SELECT ctid FROM public.%1$I WHERE measured_at < $1 LIMIT $2))',
            wanted) USING before, most;
    END IF;
END $$;
REVOKE ALL ON FUNCTION forget_before(name, timestamptz, integer) FROM PUBLIC;
