-- The deadlines of tasks that were there before 0500. What a program changed since has them: a row without is as it was,
-- also where one is changed meanwhile, because the condition is read again then. Finished tasks come first, because hardly
-- anybody changes one: the rows of those in hand are locked for a moment only.
UPDATE task_fact AS fact SET acknowledge_by = fresh.acknowledge_by, resolve_by = fresh.resolve_by,
    acknowledged_in_time = fresh.acknowledged_in_time, finished_in_time = fresh.finished_in_time
FROM task_fact_now AS fresh
WHERE fresh.task_id = fact.task_id AND fact.resolve_by IS NULL AND fresh.finished_in_time IS NOT NULL;

UPDATE task_fact AS fact SET acknowledge_by = fresh.acknowledge_by, resolve_by = fresh.resolve_by,
    acknowledged_in_time = fresh.acknowledged_in_time, finished_in_time = fresh.finished_in_time
FROM task_fact_now AS fresh
WHERE fresh.task_id = fact.task_id AND fact.resolve_by IS NULL;

-- Nothing changed that months are added up from: the marks of these two statements alone are taken back.
DELETE FROM month_stale WHERE what = 'task' AND xmin = pg_current_xact_id()::xid;
