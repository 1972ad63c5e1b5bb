-- A gauge whose level is not known is unknown at once, for everybody: docs/adr/0033.

-- The newest usable level, which stays when readings without one follow.
ALTER TABLE gauge_latest ADD COLUMN known_at timestamptz, ADD COLUMN known_level_cm real;
COMMENT ON COLUMN gauge_latest.known_at IS 'measured_at of the newest usable level; earlier than measured_at: the newest reading has none';
COMMENT ON COLUMN gauge_latest.stale_since IS 'set by the worker while the level is unknown: since when, by siaga_core.rules.trust.gauge_knowledge';
UPDATE gauge_latest SET known_at = measured_at, known_level_cm = level_cm
    WHERE level_cm IS NOT NULL AND quality IN ('good', 'suspect');

-- A trigger, so that the programs of the previous release record it, too.
CREATE FUNCTION record_known_level() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.level_cm IS NOT NULL AND NEW.quality IN ('good', 'suspect')
            AND (NEW.known_at IS NULL OR NEW.known_at < NEW.measured_at) THEN
        NEW.known_at := NEW.measured_at;
        NEW.known_level_cm := NEW.level_cm;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER gauge_known_level BEFORE INSERT OR UPDATE ON gauge_latest
    FOR EACH ROW EXECUTE FUNCTION record_known_level();

CREATE TABLE gauge_view (
    gauge_id        text PRIMARY KEY,
    node_id         text NOT NULL,
    unknown_since   timestamptz,
    at              timestamptz NOT NULL
);
COMMENT ON TABLE gauge_view IS 'What a node last stated of a gauge, by event or health: no level since unknown_since, or null';

CREATE VIEW gauge_fact AS
SELECT gauge.id AS gauge_id, gauge.stale_seconds, latest.known_at, latest.known_level_cm, latest.measured_at,
    view.unknown_since AS lost_since, view.at AS lost_at, coalesce(node.state = 'offline', false) AS is_node_offline,
    node.last_seen_at AS node_seen_at,
    CASE WHEN jsonb_typeof(node.health -> 'interval_seconds') = 'number'
        THEN (node.health ->> 'interval_seconds')::float8 END AS node_interval_seconds
FROM gauge LEFT JOIN gauge_latest AS latest ON latest.gauge_id = gauge.id
LEFT JOIN gauge_view AS view ON view.gauge_id = gauge.id
LEFT JOIN node ON node.id = coalesce(latest.node_id, view.node_id);
COMMENT ON VIEW gauge_fact IS 'What is held of a gauge that decides whether its level is known';

CREATE FUNCTION gauge_unknown_cause(fact gauge_fact, at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN fact.lost_since IS NOT NULL AND (fact.known_at IS NULL OR fact.known_at <= fact.lost_at) THEN 'lost'
        WHEN fact.known_at IS NULL THEN CASE WHEN fact.measured_at IS NULL THEN 'never' ELSE 'missing' END
        WHEN fact.measured_at > fact.known_at THEN 'missing'
        WHEN fact.is_node_offline AND fact.node_interval_seconds IS NOT NULL THEN 'node_offline'
        WHEN at - fact.node_seen_at > make_interval(secs => 3 * fact.node_interval_seconds) THEN 'node_silent'
        WHEN at - fact.known_at > make_interval(secs => fact.stale_seconds) THEN 'silent'
    END
$$;
COMMENT ON FUNCTION gauge_unknown_cause IS 'Why the level of a gauge is unknown at a time, null where it is known; as siaga_core.rules.trust.gauge_knowledge';

CREATE VIEW gauge_knowledge AS
SELECT fact.gauge_id, fact.known_at, fact.known_level_cm, cause.text AS unknown_cause,
    CASE WHEN cause.text IS NOT NULL THEN coalesce(fact.known_at, fact.lost_since) END AS unknown_since
FROM gauge_fact AS fact CROSS JOIN LATERAL (SELECT gauge_unknown_cause(fact, now()) AS text) AS cause;
COMMENT ON VIEW gauge_knowledge IS 'Whether the level of each gauge is known now, by the ages at the time of the query';

-- A stage of before is no stage of now, and what an authority published does not make a lost gauge calm.
CREATE OR REPLACE VIEW gauge_alarm AS
SELECT gauge.id AS gauge_id, stage.computed AS computed_stage, published.stage AS published_stage,
    published.source AS published_by, published.at AS published_at,
    least(stage.computed, CASE WHEN knowledge.unknown_cause IS NULL OR knowledge.unknown_cause = 'never'
        OR published.stage < 4 THEN published.stage END) AS alarm_stage
FROM gauge
JOIN gauge_knowledge AS knowledge ON knowledge.gauge_id = gauge.id
LEFT JOIN gauge_latest AS latest ON latest.gauge_id = gauge.id
CROSS JOIN LATERAL (SELECT CASE WHEN knowledge.unknown_cause IS NULL THEN latest.stage END AS computed) AS stage
LEFT JOIN LATERAL (
    SELECT one.stage, one.source, one.at FROM gauge_published AS one
    WHERE one.gauge_id = gauge.id AND one.at > now() - interval '3 hours' ORDER BY one.at DESC, one.stage LIMIT 1
) AS published ON true;
COMMENT ON VIEW gauge_alarm IS 'Siaga computed from known levels, published by authorities (not older than 3 h), and the worse of both; 1 is worst, null is unknown';
