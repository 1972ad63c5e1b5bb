-- A reporter who is forgotten is forgotten by the ranking at once: the old pseudonym goes with the old hash.
CREATE FUNCTION pseudonym_of(reporter_hash text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 'Warga ' || upper(substr(encode(sha256(convert_to('ranking:' || reporter_hash, 'UTF8')), 'hex'), 1, 8))
$$;

CREATE FUNCTION rename_reporter() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE reporter_fact SET pseudonym = pseudonym_of(NEW.reporter_hash)
    WHERE pseudonym = pseudonym_of(OLD.reporter_hash)
        AND incident_id IN (SELECT incident_id FROM incident_member WHERE signal_id = NEW.id AND removed_at IS NULL);
    RETURN NULL;
END $$;
CREATE TRIGGER report_renamed AFTER UPDATE OF reporter_hash ON report FOR EACH ROW
    WHEN (OLD.reporter_hash IS DISTINCT FROM NEW.reporter_hash) EXECUTE FUNCTION rename_reporter();
