-- All that figures of heads need of a span of time: the index alone is read.
CREATE INDEX CONCURRENTLY IF NOT EXISTS task_fact_figures ON task_fact (created_at) INCLUDE
    (category, state, area_id, agency_id, officer_id, response_seconds, resolve_seconds, reopened,
    acknowledge_by, resolve_by, acknowledged_in_time, finished_in_time);
