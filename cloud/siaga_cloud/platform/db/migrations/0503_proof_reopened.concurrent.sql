-- Proofs that were refuted are few; rankings of officers looked for them in every proof, or in all tasks of the span.
CREATE INDEX CONCURRENTLY IF NOT EXISTS proof_reopened ON proof (task_id) INCLUDE (resolved_by, decided_by)
    WHERE outcome = 'reopened';
