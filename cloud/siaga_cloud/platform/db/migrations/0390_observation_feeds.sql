-- Feeds whose system writes Observations here. By the definer, because the API checks their tokens and may not read the
-- other feeds, whose addresses are nobody's business there; these hold gauges and the name of a variable alone.
CREATE FUNCTION observation_feeds() RETURNS TABLE (id text, options jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT feed.id, feed.options FROM feed WHERE feed.kind = 'observations' AND feed.enabled ORDER BY feed.id
$$;
REVOKE ALL ON FUNCTION observation_feeds() FROM PUBLIC;
