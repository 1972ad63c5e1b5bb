-- Pages of lists in their own sequence: without these indexes a page of a hundred rows sorts the whole table.
CREATE INDEX CONCURRENTLY IF NOT EXISTS task_listed ON task (finished_at DESC NULLS FIRST, priority, resolve_by, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS task_assignee ON task (assignee_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS incident_newest ON incident (began_at DESC, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS incident_severest ON incident
    (array_position(ARRAY['severe', 'moderate', 'minor'], severity), began_at DESC, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS incident_state_newest ON incident (state, began_at DESC, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS incident_category_newest ON incident (category, began_at DESC, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS report_newest ON report (received_at DESC, id DESC);
CREATE INDEX CONCURRENTLY IF NOT EXISTS reading_newest ON reading (measured_at DESC, gauge_id);
-- Whether a sensor saw an incident is asked of each row that the public reads.
CREATE INDEX CONCURRENTLY IF NOT EXISTS incident_member_sensor ON incident_member (incident_id)
    WHERE removed_at IS NULL AND (source_key LIKE 'camera:%' OR source_key LIKE 'gauge:%');
-- What was done in a span of time, the oldest first.
CREATE INDEX CONCURRENTLY IF NOT EXISTS task_move_at ON task_move (at, id);
