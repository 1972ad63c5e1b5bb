-- Which signal called for a task: its id names the trace that goes from the box to the notice (docs/adr/0016).
CREATE TABLE task_cause (
    task_id    uuid PRIMARY KEY REFERENCES task (id) ON DELETE CASCADE,
    signal_id  uuid NOT NULL
);
COMMENT ON TABLE task_cause IS 'The signal that called for a task; none where a person or the clock did';
