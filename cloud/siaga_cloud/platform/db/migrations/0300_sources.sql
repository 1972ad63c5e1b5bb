-- The evidence about who gave a report, what it makes of the sources of an incident, and what an alert rests on. Programs
-- of the previous version write none of it: such rows are read as reports from a network that is not known.

CREATE TABLE signal_origin (
    signal_id   uuid PRIMARY KEY REFERENCES signal (id) ON DELETE CASCADE,
    is_account  boolean NOT NULL DEFAULT false,
    device_key  text CHECK (length(device_key) <= 100),
    network     text CHECK (length(network) <= 100),
    photos      bigint[] NOT NULL DEFAULT '{}' CHECK (cardinality(photos) <= 3),
    received_at timestamptz NOT NULL
);
CREATE INDEX signal_origin_personal ON signal_origin (received_at) WHERE network IS NOT NULL OR device_key IS NOT NULL;
COMMENT ON TABLE signal_origin IS 'Evidence about the sender of a citizen''s signal; rules.independence makes sources of it';
COMMENT ON COLUMN signal_origin.is_account IS 'a phone or messenger proves the account; the hash of the reporter is its name';
COMMENT ON COLUMN signal_origin.network IS 'prefix of the address (/24, /48) or the partner that passed it on, deleted after 30 days; never the address';
COMMENT ON COLUMN signal_origin.photos IS 'perceptual hashes of 64 bits';

-- Whoever is forgotten leaves no network and no device behind.
CREATE FUNCTION forget_origin() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM signal_origin WHERE signal_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER report_origin_forgotten AFTER UPDATE OF reporter_hash ON report FOR EACH ROW
    WHEN (NEW.reporter_hash LIKE 'forgotten-%' AND OLD.reporter_hash IS DISTINCT FROM NEW.reporter_hash)
    EXECUTE FUNCTION forget_origin();

ALTER TABLE incident_member
    ADD COLUMN independent_key text,
    ADD COLUMN grade text CHECK (grade IN ('sensor', 'partner', 'verified', 'unverified'));
COMMENT ON COLUMN incident_member.independent_key IS 'members with the same key are one source; null before the ledger was computed';

ALTER TABLE incident
    ADD COLUMN sensor_confidence double precision CHECK (sensor_confidence BETWEEN 0 AND 1),
    ADD COLUMN people integer,
    ADD COLUMN partners integer;
COMMENT ON COLUMN incident.sensor_confidence IS 'confidence of the sensors that still see it, alone; null before the ledger was computed';
COMMENT ON COLUMN incident.people IS 'independent sources that are people';

ALTER TABLE area_alert ADD COLUMN basis jsonb NOT NULL DEFAULT '[]';
ALTER TABLE area_alert_revision
    ADD COLUMN basis jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN flood_certainty text CHECK (flood_certainty IN ('Unknown', 'Possible', 'Likely', 'Observed'));
COMMENT ON COLUMN area_alert_revision.flood_certainty IS 'of the flood state alone: a gauge may be sure of its stage while water on streets is only reported; null without a flood state';
COMMENT ON COLUMN area_alert.basis IS 'the kinds of source that it rests on, each with count, first and last time';

-- Which people confirm an incident, of which certainty follows. Of the definer, because the caller may not see who judged
-- it or where officers are. A verdict that follows from a task is not an operator's.
CREATE FUNCTION incident_confirmation(wanted uuid) RETURNS TABLE (is_confirmed boolean, has_officer boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(incident.verdict = 'confirmed' AND incident.verdict_by NOT LIKE 'task:%', false),
        EXISTS (SELECT FROM task JOIN officer_position AS place ON place.user_id = task.assignee_id
            WHERE task.incident_id = incident.id AND task.state = 'on_site'
            AND place.measured_at > now() - interval '30 minutes'
            AND abs(place.lat - incident.lat) < 0.0027
            AND abs(place.lon - incident.lon) * cos(radians(incident.lat)) < 0.0027)
    FROM incident WHERE incident.id = wanted
$$;
COMMENT ON FUNCTION incident_confirmation IS 'has_officer: an officer is at work there and was within about 300 m in the last half hour';

-- Trends count people by the network where nothing better is proven, so that names alone make no trend.
CREATE OR REPLACE FUNCTION count_trending_reports(since timestamptz, until timestamptz, before timestamptz)
RETURNS TABLE (area_id text, category text, reporters integer, usual_reports integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH recent AS (
        SELECT report.area_id, report.category, count(DISTINCT CASE
            WHEN origin.signal_id IS NULL OR origin.is_account THEN reporter_hash
            ELSE coalesce(origin.network, 'unknown') END)::int AS n
        FROM report LEFT JOIN signal_origin AS origin ON origin.signal_id = report.id
        WHERE report.received_at >= since AND report.received_at < until AND report.area_id IS NOT NULL
        GROUP BY GROUPING SETS ((report.area_id, report.category), (report.category))
    ), earlier AS (
        SELECT report.area_id, report.category, count(*)::int AS n FROM report
        WHERE received_at >= before AND received_at < since AND report.area_id IS NOT NULL
        GROUP BY GROUPING SETS ((report.area_id, report.category), (report.category))
    )
    SELECT recent.area_id, recent.category, recent.n, coalesce(earlier.n, 0)
    FROM recent LEFT JOIN earlier
        ON earlier.category = recent.category AND coalesce(earlier.area_id, '') = coalesce(recent.area_id, '')
$$;
