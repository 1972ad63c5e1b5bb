-- Figures of heads need the deadlines of a task beside its durations: with them in task_fact, nothing but it is read.
-- Columns that may be empty need no new table, so that the lock is a short one; 0501 fills them.
ALTER TABLE task_fact
    ADD COLUMN acknowledge_by timestamptz,
    ADD COLUMN resolve_by timestamptz,
    ADD COLUMN acknowledged_in_time boolean,
    ADD COLUMN finished_in_time boolean;
COMMENT ON COLUMN task_fact.acknowledged_in_time IS 'empty while it is not acknowledged, as response_seconds is';
COMMENT ON COLUMN task_fact.finished_in_time IS 'empty while it is not finished';

CREATE OR REPLACE VIEW task_fact_now AS
SELECT id AS task_id, created_at, category, severity,
    CASE WHEN state = 'verified' AND verified_by IS NULL THEN 'resolved' ELSE state END AS state,
    area_id, agency_id, assignee_id AS officer_id,
    extract(epoch FROM acknowledged_at - created_at)::real AS response_seconds,
    extract(epoch FROM first_action_at - created_at)::real AS action_seconds,
    CASE WHEN state IN ('resolved', 'verified')
        THEN greatest(0, extract(epoch FROM finished_at - created_at) - paused_seconds)::real END AS resolve_seconds,
    overdue_since IS NOT NULL OR (state IN ('resolved', 'verified') AND finished_at > resolve_by) AS is_overdue,
    deadline_round::smallint AS reopened,
    acknowledge_by, resolve_by,
    acknowledged_at <= acknowledge_by AS acknowledged_in_time,
    finished_at <= resolve_by AS finished_in_time
FROM task;

-- By name: in a database that was upgraded, columns of former names may lie between those of now.
CREATE OR REPLACE FUNCTION record_task_facts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO task_fact (task_id, created_at, category, severity, state, area_id, agency_id, officer_id,
        response_seconds, action_seconds, resolve_seconds, is_overdue, reopened,
        acknowledge_by, resolve_by, acknowledged_in_time, finished_in_time)
    SELECT fact.task_id, fact.created_at, fact.category, fact.severity, fact.state, fact.area_id, fact.agency_id,
        fact.officer_id, fact.response_seconds, fact.action_seconds, fact.resolve_seconds, fact.is_overdue, fact.reopened,
        fact.acknowledge_by, fact.resolve_by, fact.acknowledged_in_time, fact.finished_in_time
    FROM changed JOIN task_fact_now AS fact ON fact.task_id = changed.id
    ON CONFLICT (task_id) DO UPDATE SET created_at = excluded.created_at, category = excluded.category,
        severity = excluded.severity, state = excluded.state, area_id = excluded.area_id,
        agency_id = excluded.agency_id, officer_id = excluded.officer_id,
        response_seconds = excluded.response_seconds, action_seconds = excluded.action_seconds,
        resolve_seconds = excluded.resolve_seconds, is_overdue = excluded.is_overdue, reopened = excluded.reopened,
        acknowledge_by = excluded.acknowledge_by, resolve_by = excluded.resolve_by,
        acknowledged_in_time = excluded.acknowledged_in_time, finished_in_time = excluded.finished_in_time;
    RETURN NULL;
END $$;
