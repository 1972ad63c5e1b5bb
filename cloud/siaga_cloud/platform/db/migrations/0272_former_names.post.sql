-- Removes the former names that 0270 left for programs of the previous version, and renames what such programs queued.

DROP VIEW notice, notice_bucket, notice_delivery, notice_inbox, notice_message, notice_storm, notice_target, alert_told,
    relook, site_order, task_clock_event;
DROP VIEW IF EXISTS task_seen, signal_seen; -- policies.sql makes them without the former columns

DO $$
DECLARE one record; arguments text[];
BEGIN
    FOR one IN SELECT tgrelid::regclass AS owner, encode(tgargs, 'escape') AS arguments FROM pg_trigger
            WHERE tgname = 'sync_former_names' LOOP
        arguments := string_to_array(one.arguments, '\000');
        EXECUTE format('DROP TRIGGER sync_former_names ON %s', one.owner);
        FOR place IN 1 .. cardinality(arguments) - 2 BY 3 LOOP
            CONTINUE WHEN arguments[place] = arguments[place + 1];
            EXECUTE format('ALTER TABLE %s DROP COLUMN %I', one.owner, arguments[place]);
        END LOOP;
    END LOOP;
END $$;
DROP FUNCTION sync_former_names(), rename_columns(regclass, text[]), rename_value(jsonb, jsonb), rename_keys(jsonb, jsonb),
    public_picture_of(uuid), trending_counts(timestamptz, timestamptz, timestamptz);

DELETE FROM task_month WHERE kind = 'official';
ALTER TABLE task_month DROP CONSTRAINT task_month_kind_check, ADD CONSTRAINT task_month_kind_check
    CHECK (kind IN ('area', 'agency', 'officer', 'category', 'day'));
CREATE OR REPLACE FUNCTION roll_task_month(wanted timestamptz, zone text) RETURNS void
LANGUAGE sql AS $$
    DELETE FROM task_month WHERE month = wanted;
    INSERT INTO task_month
    SELECT wanted, CASE WHEN grouping(area_id) = 0 THEN 'area' WHEN grouping(agency_id) = 0 THEN 'agency'
            WHEN grouping(officer_id) = 0 THEN 'officer' WHEN grouping(category) = 0 THEN 'category' ELSE 'day' END,
        coalesce(area_id, agency_id, officer_id, category, day::text),
        count(*), count(*) FILTER (WHERE state IN ('review', 'open', 'assigned')),
        count(*) FILTER (WHERE state IN ('accepted', 'on_site', 'paused')),
        count(*) FILTER (WHERE state IN ('resolved', 'verified')), count(*) FILTER (WHERE state = 'verified'),
        count(*) FILTER (WHERE state = 'dismissed'),
        count(*) FILTER (WHERE is_overdue AND state NOT IN ('resolved', 'verified', 'dismissed')),
        count(*) FILTER (WHERE is_overdue AND state <> 'dismissed'), count(*) FILTER (WHERE reopened > 0),
        count(*) FILTER (WHERE state = 'verified' AND NOT is_overdue),
        count(*) FILTER (WHERE state = 'resolved' AND NOT is_overdue),
        count(*) FILTER (WHERE state IN ('resolved', 'verified') AND reopened > 0),
        coalesce(string_agg(float4send(response_seconds), ''), ''), coalesce(string_agg(float4send(resolve_seconds), ''), '')
    FROM (SELECT *, (created_at AT TIME ZONE zone)::date AS day FROM task_fact
          WHERE created_at >= wanted AND created_at < wanted + interval '1 month' AND state <> 'following') AS fact
    GROUP BY GROUPING SETS ((area_id), (agency_id), (officer_id), (category), (day))
    HAVING coalesce(area_id, agency_id, officer_id, category, day::text) IS NOT NULL;
$$;

-- What programs of the previous version queued. On a new database the library's tables come later.
DO $$
BEGIN
    IF to_regclass('procrastinate_jobs') IS NULL THEN
        RETURN;
    END IF;
    UPDATE procrastinate_jobs SET task_name = names.name FROM (VALUES ('take_signal', 'process_signal'),
        ('take_look_answer', 'process_look_answer'), ('take_report_answer', 'process_report_answer'),
        ('send_asked_look', 'send_look_request'), ('deliver_notice', 'deliver_notification'),
        ('replay_letters', 'replay_dead_letters')) AS names (former, name)
        WHERE task_name = names.former;
    UPDATE procrastinate_jobs SET queue_name = 'notifications' WHERE queue_name = 'notices';
    DELETE FROM procrastinate_jobs WHERE task_name IN ('notice_silence', 'send_notices',
        'check_clocks', 'decide_again', 'remember_pictures', 'ask_feeds'); -- the schedule queues them by their names
END $$;

-- The audit log stays as it was but for the codes of actions, which pages translate.
ALTER TABLE audit DISABLE TRIGGER audit_append_only;
UPDATE audit SET action = names.name FROM (VALUES ('ask_camera_to_look', 'request_camera_look'),
    ('take_back_camera', 'restore_camera'), ('take_back_gauge', 'restore_gauge'), ('take_back_node', 'restore_node'),
    ('use_policy_again', 'restore_policy_version'), ('look_at_letter', 'view_dead_letter'),
    ('look_at_picture', 'view_image'), ('replay_letters', 'replay_dead_letters')) AS names (former, name)
    WHERE action = names.former;
ALTER TABLE audit ENABLE TRIGGER audit_append_only;
