-- Figures: what became of tasks, a narrow line for each, so that a year of a city is added up in a moment.

CREATE TABLE task_fact (
    task_id             uuid PRIMARY KEY REFERENCES task (id) ON DELETE CASCADE,
    created_at          timestamptz NOT NULL,
    category            text NOT NULL,
    severity            text NOT NULL,
    state               text NOT NULL,
    area_id             text,
    agency_id           text,
    official_id         text,
    response_seconds    real,
    action_seconds      real,
    resolve_seconds     real,
    is_late             boolean NOT NULL,
    reopened            smallint NOT NULL
);
CREATE INDEX task_fact_created ON task_fact (created_at);
COMMENT ON TABLE task_fact IS 'A line for each task, kept by a trigger on task in the same transaction; figures are added up from it';
COMMENT ON COLUMN task_fact.response_seconds IS 'from created to accepted; action: to the first arrival; resolve: to resolved, without the time it was paused';
COMMENT ON COLUMN task_fact.is_late IS 'resolved after it was due, or overdue now';

CREATE VIEW task_fact_now AS
SELECT id AS task_id, created_at, category, severity, state, area_id, agency_id, assignee_id AS official_id,
    extract(epoch FROM acknowledged_at - created_at)::real AS response_seconds,
    extract(epoch FROM first_action_at - created_at)::real AS action_seconds,
    CASE WHEN state IN ('resolved', 'verified')
        THEN greatest(0, extract(epoch FROM finished_at - created_at) - paused_seconds)::real END AS resolve_seconds,
    overdue_since IS NOT NULL OR (state IN ('resolved', 'verified') AND finished_at > resolve_by) AS is_late,
    clock_round::smallint AS reopened
FROM task;
COMMENT ON VIEW task_fact_now IS 'task_fact as reckoned anew: both are always the same';

-- Once a statement, so that loading a year is no slower for it.
CREATE FUNCTION keep_task_facts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO task_fact SELECT fact.* FROM changed JOIN task_fact_now AS fact ON fact.task_id = changed.id
    ON CONFLICT (task_id) DO UPDATE SET created_at = excluded.created_at, category = excluded.category,
        severity = excluded.severity, state = excluded.state, area_id = excluded.area_id,
        agency_id = excluded.agency_id, official_id = excluded.official_id,
        response_seconds = excluded.response_seconds, action_seconds = excluded.action_seconds,
        resolve_seconds = excluded.resolve_seconds, is_late = excluded.is_late, reopened = excluded.reopened;
    RETURN NULL;
END $$;

CREATE TRIGGER task_adds_fact AFTER INSERT ON task REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION keep_task_facts();
CREATE TRIGGER task_changes_fact AFTER UPDATE ON task REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION keep_task_facts();
INSERT INTO task_fact SELECT * FROM task_fact_now;

CREATE INDEX report_received_figure ON report (received_at) INCLUDE (area_id, category);

-- Each area with itself and all areas that it lies in.
CREATE VIEW area_within AS
WITH RECURSIVE up (area_id, ancestor_id, depth) AS (
    SELECT id, id, 0 FROM area
    UNION ALL
    SELECT up.area_id, area.parent_id, up.depth + 1 FROM up JOIN area ON area.id = up.ancestor_id
    WHERE area.parent_id IS NOT NULL AND up.depth < 8
)
SELECT up.area_id, up.ancestor_id, area.level FROM up JOIN area ON area.id = up.ancestor_id;
COMMENT ON VIEW area_within IS 'area_id lies in ancestor_id, which is of this level; each area lies in itself';

CREATE TABLE area_statistic (
    area_id     text NOT NULL REFERENCES area (id) ON DELETE CASCADE,
    name        text NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]{1,47}$'),
    value       double precision NOT NULL,
    source      text NOT NULL CHECK (length(source) BETWEEN 1 AND 200),
    as_of       date NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (area_id, name)
);
COMMENT ON TABLE area_statistic IS 'Older data joined to areas, such as population and schools; areas above have the sum of those within, unless they have their own';

CREATE VIEW area_statistic_all AS
SELECT area.id AS area_id, named.name, coalesce(own.value, within.value) AS value, own.value IS NULL AS is_sum
FROM area CROSS JOIN (SELECT DISTINCT name FROM area_statistic) AS named
LEFT JOIN area_statistic AS own ON own.area_id = area.id AND own.name = named.name
LEFT JOIN (
    SELECT up.ancestor_id, held.name, sum(held.value) AS value
    FROM area_statistic AS held JOIN area_within AS up ON up.area_id = held.area_id AND up.ancestor_id <> up.area_id
    JOIN area AS one ON one.id = held.area_id AND one.level = 'kelurahan' GROUP BY 1, 2
) AS within ON within.ancestor_id = area.id AND within.name = named.name
WHERE coalesce(own.value, within.value) IS NOT NULL;
COMMENT ON VIEW area_statistic_all IS 'Statistics of every area: its own, else the sum over the kelurahan in it';

-- Reports under row-level security are hidden from the public; how many there were is not.
CREATE VIEW report_figure AS SELECT received_at, area_id, category FROM report;
COMMENT ON VIEW report_figure IS 'Reports without anything that tells who or where exactly';

CREATE VIEW reporter_judged AS
SELECT DISTINCT 'Warga ' || upper(substr(encode(sha256(convert_to('ranking:' || report.reporter_hash, 'UTF8')), 'hex'), 1, 8))
        AS pseudonym, incident.id AS incident_id, incident.verdict, incident.category,
    min(report.received_at) OVER (PARTITION BY report.reporter_hash, incident.id) AS received_at
FROM report JOIN incident_member AS member ON member.signal_id = report.id AND member.removed_at IS NULL
JOIN incident ON incident.id = member.incident_id
WHERE incident.verdict IS NOT NULL;
COMMENT ON VIEW reporter_judged IS 'Reporters under a pseudonym of no other use, and their incidents that were judged, each once';
