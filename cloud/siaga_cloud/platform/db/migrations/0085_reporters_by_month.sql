-- The ranking of reporters by months, kept with reporter_fact in the same transaction, so that both always agree.
CREATE TABLE reporter_month (
    month       timestamptz NOT NULL,
    pseudonym   text NOT NULL,
    confirmed   integer NOT NULL,
    refuted     integer NOT NULL,
    PRIMARY KEY (month, pseudonym)
);
COMMENT ON TABLE reporter_month IS 'reporter_fact added up by UTC month';

ALTER FUNCTION refresh_reporter_facts(timestamptz) RENAME TO refresh_reporter_lines;
CREATE FUNCTION refresh_reporter_facts(wanted timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE made integer; touched timestamptz[];
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('siaga refresh_reporter_facts'));
    -- What an incident's line says now may be of another month than what it said before.
    SELECT coalesce(array_agg(DISTINCT date_trunc('month', fact.received_at, 'UTC')), '{}') INTO touched
    FROM reporter_fact AS fact JOIN incident ON incident.id = fact.incident_id
    WHERE incident.updated_at >= coalesce(wanted, (SELECT at - interval '10 minutes' FROM reporter_refreshed), '-infinity');
    SELECT touched || coalesce(array_agg(DISTINCT date_trunc('month', report.received_at, 'UTC')), '{}') INTO touched
    FROM incident JOIN incident_member AS member ON member.incident_id = incident.id
    JOIN report ON report.id = member.signal_id
    WHERE incident.verdict IS NOT NULL
        AND incident.updated_at >= coalesce(wanted, (SELECT at - interval '10 minutes' FROM reporter_refreshed), '-infinity');
    made := refresh_reporter_lines(wanted);
    DELETE FROM reporter_month WHERE month = ANY (touched);
    INSERT INTO reporter_month
    SELECT date_trunc('month', received_at, 'UTC') AS month, pseudonym,
        count(*) FILTER (WHERE is_confirmed), count(*) FILTER (WHERE NOT is_confirmed)
    FROM reporter_fact WHERE date_trunc('month', received_at, 'UTC') = ANY (touched) GROUP BY 1, 2;
    RETURN made;
END $$;

CREATE OR REPLACE FUNCTION rename_reporter() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE reporter_fact SET pseudonym = pseudonym_of(NEW.reporter_hash)
    WHERE pseudonym = pseudonym_of(OLD.reporter_hash)
        AND incident_id IN (SELECT incident_id FROM incident_member WHERE signal_id = NEW.id AND removed_at IS NULL);
    UPDATE reporter_month SET pseudonym = pseudonym_of(NEW.reporter_hash)
    WHERE pseudonym = pseudonym_of(OLD.reporter_hash);
    RETURN NULL;
END $$;
SELECT refresh_reporter_facts('-infinity');
