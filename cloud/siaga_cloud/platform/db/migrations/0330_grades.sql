-- Three grades of work that is reported as done: who confirmed it, and who disputed it.
ALTER TABLE task ADD COLUMN verified_by text, ADD COLUMN disputed_by text, ADD COLUMN disputed_at timestamptz;
COMMENT ON COLUMN task.verified_by IS 'the witness who confirmed the work: camera:ID, gauge:ID, operator, reporter, person:ROLE or record (an imported record); null: nobody did';
COMMENT ON COLUMN task.disputed_by IS 'the witness who contradicted that the work is done; counts until it is reported as done again';

UPDATE task SET verified_by = CASE
        WHEN task.imported_from IS NOT NULL THEN 'record'
        WHEN last.actor LIKE 'camera:%' OR last.actor LIKE 'gauge:%' OR last.actor = 'reporter' THEN last.actor
        WHEN last.actor IS NOT DISTINCT FROM task.assignee_id THEN NULL
        WHEN app_user.role IN ('operator', 'admin') THEN 'operator'
        WHEN app_user.role IN ('area_head', 'agency_head') THEN 'person:' || app_user.role END
FROM task AS held
LEFT JOIN LATERAL (SELECT actor FROM task_move WHERE task_move.task_id = held.id AND verb = 'verify'
    ORDER BY task_move.id DESC LIMIT 1) AS last ON true
LEFT JOIN app_user ON app_user.id = last.actor
WHERE held.id = task.id AND task.state = 'verified';

-- What nobody confirmed was never verified.
UPDATE task SET state = 'resolved' WHERE state = 'verified' AND verified_by IS NULL;

-- The end of a task as everybody may know it. A task that follows another ends as that one does.
CREATE VIEW task_completion AS
SELECT task.id AS task_id, main.state, main.finished_at, main.verified_by, main.disputed_by, main.disputed_at,
    agency.name AS agency_name,
    coalesce(camera.name, gauge.name) AS verified_by_name, coalesce(disputing.name, measuring.name) AS disputed_by_name
FROM task
LEFT JOIN task_follow AS follow ON follow.task_id = task.id AND task.state = 'following'
JOIN task AS main ON main.id = coalesce(follow.parent_id, task.id)
LEFT JOIN agency ON agency.id = main.agency_id
LEFT JOIN camera ON main.verified_by = 'camera:' || camera.id
LEFT JOIN gauge ON main.verified_by = 'gauge:' || gauge.id
LEFT JOIN camera AS disputing ON main.disputed_by = 'camera:' || disputing.id
LEFT JOIN gauge AS measuring ON main.disputed_by = 'gauge:' || measuring.id;
COMMENT ON VIEW task_completion IS 'Who confirmed or disputed that the work of a task is done; names no person';
