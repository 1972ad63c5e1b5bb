-- A past that is loaded from elsewhere: its tasks were closed in another system, whose pictures we do not have.
ALTER TABLE task ADD COLUMN imported_from text CHECK (length(imported_from) BETWEEN 1 AND 40);
COMMENT ON COLUMN task.imported_from IS 'the system that a past task was loaded from; such a task may be closed without a proof of ours';

DO $$
DECLARE held text;
BEGIN
    SELECT conname INTO held FROM pg_constraint
    WHERE conrelid = 'task'::regclass AND contype = 'c' AND pg_get_constraintdef(oid) LIKE '%proof_media_id IS NOT NULL%';
    EXECUTE format('ALTER TABLE task DROP CONSTRAINT %I', held);
END $$;
ALTER TABLE task ADD CONSTRAINT task_proof_check
    CHECK (state NOT IN ('resolved', 'verified') OR proof_media_id IS NOT NULL OR imported_from IS NOT NULL);
