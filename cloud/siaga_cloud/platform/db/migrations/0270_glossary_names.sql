-- The names of docs/glossary.md. What was named otherwise is renamed, with its rows, constraints and indexes. Programs of
-- the previous version work on: they find renamed tables as views and renamed columns as second columns that a trigger
-- keeps equal. 0271 fills those columns and 0272, once no such program runs, removes both.

DROP SCHEMA IF EXISTS wall CASCADE; -- the schema is named dashboards; dashboards.sql makes it

-- === tables, with their constraints, indexes and sequences ======================================================

ALTER TABLE notice RENAME TO notification;
ALTER TABLE notice_bucket RENAME TO notification_bucket;
ALTER TABLE notice_delivery RENAME TO notification_delivery;
ALTER TABLE notice_inbox RENAME TO notification_inbox;
ALTER TABLE notice_message RENAME TO notification_message;
ALTER TABLE notice_storm RENAME TO notification_storm;
ALTER TABLE notice_target RENAME TO notification_target;
ALTER TABLE alert_told RENAME TO alert_notified;
ALTER TABLE relook RENAME TO camera_recheck;
ALTER TABLE site_order RENAME TO site_config;
ALTER TABLE task_clock_event RENAME TO task_deadline_event;
ALTER TABLE wall_salt RENAME TO dashboards_salt;

DO $$
DECLARE one record; former text[]; pairs text[][] := ARRAY[
    ['notice_message_notices', 'notification_message_notification_count'], ['notice', 'notification'],
    ['alert_told', 'alert_notified'], ['relook', 'camera_recheck'], ['site_order', 'site_config'],
    ['task_clock_event', 'task_deadline_event'], ['wall_salt', 'dashboards_salt'], ['task_clock', 'task_deadline'],
    ['task_next_clock', 'task_next_deadline'], ['conversation_heard', 'conversation_last_message'],
    ['subscription_hears', 'subscription_area_ids'], ['text_photo_talk', 'text_photo_source'],
    ['proof_way', 'proof_method'], ['user_session_way', 'user_session_method']];
BEGIN
    FOREACH former SLICE 1 IN ARRAY pairs LOOP
        FOR one IN SELECT conrelid::regclass AS owner, conname AS name FROM pg_constraint
                WHERE connamespace = 'public'::regnamespace AND conname ~ ('^' || former[1] || '(_|$)') LOOP
            EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', one.owner, one.name,
                former[2] || substr(one.name, length(former[1]) + 1));
        END LOOP;
        FOR one IN SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'INDEX' END AS kind, relname AS name FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('i', 'S')
                AND relname ~ ('^' || former[1] || '(_|$)') LOOP
            EXECUTE format('ALTER %s %I RENAME TO %I', one.kind, one.name,
                former[2] || substr(one.name, length(former[1]) + 1));
        END LOOP;
    END LOOP;
    FOR one IN SELECT tablename AS owner FROM pg_policies WHERE schemaname = 'public' AND policyname = 'wall' LOOP
        EXECUTE format('DROP POLICY wall ON %I', one.owner); -- policies.sql makes it as `reporting`
    END LOOP;
END $$;

-- === columns ====================================================================================================

-- Keys of an object, at every depth, as `names` has them.
CREATE FUNCTION rename_keys(document jsonb, names jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN CASE jsonb_typeof(document)
        WHEN 'object' THEN (SELECT coalesce(jsonb_object_agg(coalesce(names ->> key, key), rename_keys(value, names)), '{}')
            FROM jsonb_each(document))
        WHEN 'array' THEN (SELECT coalesce(jsonb_agg(rename_keys(value, names) ORDER BY place), '[]')
            FROM jsonb_array_elements(document) WITH ORDINALITY AS item (value, place))
        ELSE document END;
END $$;

-- A value of a column under its other name: a word that is renamed itself, or an object whose keys are.
CREATE FUNCTION rename_value(value jsonb, names jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_typeof(value) = 'string' THEN coalesce(names -> (value #>> '{}'), value)
        ELSE rename_keys(value, names) END
$$;

-- Arguments: former name, name, and what is renamed within the value, for each column. Whichever of the two a program
-- wrote, the other follows. An insert that leaves out the former name is one of the new version. Where both names are the
-- same, the value alone is renamed.
CREATE FUNCTION sync_former_names() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE written jsonb := to_jsonb(NEW); stored jsonb := '{}'; changed jsonb := '{}'; names jsonb; former text; name text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        stored := to_jsonb(OLD);
    END IF;
    FOR place IN 0 .. TG_NARGS / 3 - 1 LOOP
        former := TG_ARGV[3 * place];
        name := TG_ARGV[3 * place + 1];
        names := TG_ARGV[3 * place + 2];
        IF former = name OR coalesce(stored -> former, 'null') <> written -> former THEN
            changed := changed || jsonb_build_object(name, rename_value(written -> former, names));
        ELSE
            changed := changed || jsonb_build_object(former, rename_value(written -> name,
                (SELECT coalesce(jsonb_object_agg(value, to_jsonb(key)), '{}') FROM jsonb_each_text(names))));
        END IF;
    END LOOP;
    RETURN jsonb_populate_record(NEW, changed);
END $$;

-- Renames columns of a table, given as for the trigger.
CREATE FUNCTION rename_columns(wanted regclass, VARIADIC columns text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE kind text;
BEGIN
    FOR place IN 1 .. cardinality(columns) BY 3 LOOP
        CONTINUE WHEN columns[place] = columns[place + 1];
        EXECUTE format('ALTER TABLE %s RENAME COLUMN %I TO %I', wanted, columns[place], columns[place + 1]);
        SELECT format_type(atttypid, atttypmod) INTO kind FROM pg_attribute
            WHERE attrelid = wanted AND attname = columns[place + 1];
        EXECUTE format('ALTER TABLE %s ADD COLUMN %I %s', wanted, columns[place], kind);
    END LOOP;
    EXECUTE format('CREATE TRIGGER sync_former_names BEFORE INSERT OR UPDATE ON %s FOR EACH ROW'
        ' EXECUTE FUNCTION sync_former_names(%s)', wanted,
        (SELECT string_agg(quote_literal(one), ', ' ORDER BY n) FROM unnest(columns) WITH ORDINALITY AS each (one, n)));
END $$;

SELECT rename_columns('alert_message', 'asked_at', 'requested_at', '{}');
SELECT rename_columns('area_alert', 'told_at', 'issued_at', '{}', 'memory', 'rule_state', '{"told_at": "issued_at"}');
SELECT rename_columns('camera_drawing', 'taken_over_at', 'adopted_at', '{}', 'ordered_at', 'sent_at', '{}');
SELECT rename_columns('camera_look', 'asked_at', 'requested_at', '{}', 'asked_by', 'requested_by', '{}');
SELECT rename_columns('connector_health', 'asked_at', 'polled_at', '{}');
SELECT rename_columns('conversation', 'talk', 'state', '{"heard_at": "last_message_at", "asked": "questions"}',
    'heard_at', 'last_message_at', '{}');
SELECT rename_columns('dead_letter', 'asked_at', 'requested_at', '{}', 'asked_by', 'requested_by', '{}',
    'tried_at', 'attempted_at', '{}');
SELECT rename_columns('feed_item', 'said_at', 'item_at', '{}');
SELECT rename_columns('forecast_score', 'sum_square_stay', 'sum_square_persistence', '{}');
SELECT rename_columns('replay_node', 'asked_at', 'requested_at', '{}');
SELECT rename_columns('signal', 'taken_revision', 'processed_revision', '{}');
SELECT rename_columns('subscription', 'hears', 'area_ids', '{}', 'code_tries', 'code_attempts', '{}');
SELECT rename_columns('task', 'clock_round', 'deadline_round', '{}', 'clock_stopped', 'deadlines_paused', '{}',
    'next_clock_at', 'next_deadline_at', '{}');
SELECT rename_columns('task_fact', 'official_id', 'officer_id', '{}', 'is_late', 'is_overdue', '{}');
SELECT rename_columns('task_month', 'late', 'overdue_count', '{}');
SELECT rename_columns('user_session', 'way', 'method', '{}');
ALTER TABLE notification_message RENAME COLUMN notices TO notification_count;
ALTER TABLE site_config RENAME COLUMN asked_at TO requested_at;
ALTER TABLE site_config RENAME COLUMN asked_by TO requested_by;
ALTER TABLE site_config RENAME COLUMN ordered_at TO sent_at;
ALTER VIEW task_fact_now RENAME COLUMN official_id TO officer_id;
ALTER VIEW task_fact_now RENAME COLUMN is_late TO is_overdue;

-- === values =====================================================================================================

ALTER TABLE proof DROP CONSTRAINT proof_method_check;
UPDATE proof SET way = 'checks' WHERE way = 'findings';
SELECT rename_columns('proof', 'way', 'method', '{"findings": "checks"}');
ALTER TABLE proof ADD CONSTRAINT proof_method_check CHECK (method IN ('camera', 'reporter', 'operator', 'checks'));

SELECT rename_columns('camera_view', 'asked_at', 'requested_at', '{}', 'asked_by', 'requested_by', '{}',
    'kind', 'kind', '{"still": "snapshot"}');
SELECT rename_columns('proof_check', 'name', 'name', '{"taken_when": "capture_time", "taken_where": "capture_place"}');
SELECT rename_columns('review_look', 'action', 'action', '{"picture": "image"}');
SELECT rename_columns('text_photo', 'state', 'state', '{"kept": "stored"}');
SELECT rename_columns('task_policy', 'document', 'rules',
    '{"clock": "deadline", "notices": "notifications", "stops_clock": "pauses_deadlines"}');
SELECT rename_columns('proof_policy', 'body', 'rules',
    '{"taken_when": "capture_time", "taken_where": "capture_place", "late_minutes": "delay_minutes"}');

ALTER TABLE camera_view DROP CONSTRAINT camera_view_kind_check;
ALTER TABLE proof_check DROP CONSTRAINT proof_check_name_check;
ALTER TABLE review_look DROP CONSTRAINT review_look_action_check, DISABLE TRIGGER review_look_append_only;
ALTER TABLE text_photo DROP CONSTRAINT text_photo_state_check, DROP CONSTRAINT text_photo_check;
UPDATE camera_view SET kind = kind WHERE kind = 'still';
UPDATE proof_check SET name = name WHERE name IN ('taken_when', 'taken_where');
UPDATE review_look SET action = action WHERE action = 'picture';
UPDATE text_photo SET state = state WHERE state = 'kept';
ALTER TABLE camera_view ADD CONSTRAINT camera_view_kind_check CHECK (kind IN ('live', 'snapshot'));
ALTER TABLE proof_check ADD CONSTRAINT proof_check_name_check
    CHECK (name IN ('capture_time', 'capture_place', 'duplicate', 'edited', 'same_scene'));
ALTER TABLE review_look ADD CONSTRAINT review_look_action_check CHECK (action IN ('list', 'image', 'edit', 'export')),
    ENABLE TRIGGER review_look_append_only;
ALTER TABLE text_photo ADD CONSTRAINT text_photo_state_check CHECK (state IN ('wanted', 'stored', 'refused')),
    ADD CONSTRAINT text_photo_check CHECK ((state = 'stored') = (media_id IS NOT NULL));

-- Months of officers are there under both words until 0272.
ALTER TABLE task_month DROP CONSTRAINT task_month_kind_check, ADD CONSTRAINT task_month_kind_check
    CHECK (kind IN ('area', 'agency', 'officer', 'category', 'day', 'official'));
INSERT INTO task_month (month, kind, id, tasks, waiting, in_hand, resolved, verified, dismissed, overdue, overdue_count,
    reopened, verified_in_time, resolved_in_time, reopened_done, responses, resolves)
SELECT month, 'officer', id, tasks, waiting, in_hand, resolved, verified, dismissed, overdue, overdue_count,
    reopened, verified_in_time, resolved_in_time, reopened_done, responses, resolves FROM task_month WHERE kind = 'official';

UPDATE conversation SET state = rename_keys(state, '{"heard_at": "last_message_at", "asked": "questions"}');
UPDATE task_policy SET rules = rename_keys(rules,
    '{"clock": "deadline", "notices": "notifications", "stops_clock": "pauses_deadlines"}');
UPDATE proof_policy SET rules = rename_keys(rules,
    '{"taken_when": "capture_time", "taken_where": "capture_place", "late_minutes": "delay_minutes"}');
UPDATE area_alert SET rule_state = rename_keys(rule_state, '{"told_at": "issued_at"}');
UPDATE feed SET options = rename_keys(options, '{"stays_seconds": "persists_seconds",
    "keep_raw_days": "raw_retention_days", "keep_raw_megabytes": "raw_limit_megabytes"}');

-- === functions ==================================================================================================

ALTER FUNCTION keep_camera_unknown() RENAME TO record_camera_unknown;
ALTER FUNCTION keep_node_state() RENAME TO record_node_state;
ALTER FUNCTION keep_task_facts() RENAME TO record_task_facts;
DO $$
BEGIN
    IF to_regprocedure('sees_picture(uuid)') IS NOT NULL THEN -- policies.sql made it, and makes it by its new name
        ALTER FUNCTION sees_picture(uuid) RENAME TO sees_image;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION area_path(leaf text) RETURNS text[]
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE up (id, parent_id, depth) AS (
        SELECT id, parent_id, 0 FROM area WHERE id = leaf
        UNION ALL
        SELECT area.id, area.parent_id, up.depth + 1 FROM area JOIN up ON area.id = up.parent_id
        WHERE up.depth < 10 -- a loop in the tree must not loop here
    )
    SELECT coalesce(array_agg(id ORDER BY depth), '{}') FROM up
$$;

CREATE OR REPLACE FUNCTION forget_replies() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM notification_message WHERE audience_kind = 'message' AND audience_key = OLD.id::text;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION forget_reports(reports uuid[], fresh_hash text, blank_sha256 text, blank_bytes integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE old_hash text; n integer;
BEGIN
    FOR old_hash IN SELECT DISTINCT reporter_hash FROM report WHERE id = ANY (reports) LOOP
        UPDATE report SET reporter_hash = fresh_hash WHERE reporter_hash = old_hash;
        UPDATE signal SET source_key = 'citizen:' || fresh_hash WHERE source_key = 'citizen:' || old_hash;
        UPDATE incident_member SET source_key = 'citizen:' || fresh_hash WHERE source_key = 'citizen:' || old_hash;
        UPDATE source_reliability SET source_key = 'citizen:' || fresh_hash WHERE source_key = 'citizen:' || old_hash;
    END LOOP;
    DELETE FROM report_contact WHERE report_id = ANY (reports);
    DELETE FROM notification_target WHERE audience_kind = 'reporter' AND audience_key = ANY (reports::text[]);
    UPDATE media SET sha256 = blank_sha256, size_bytes = blank_bytes, mime = 'image/jpeg', width = 16, height = 16,
        redacted = true, taken_at = NULL, lat = NULL, lon = NULL
        WHERE id IN (SELECT media_id FROM report_media WHERE report_id = ANY (reports)
            UNION ALL SELECT media_id FROM proof_answer WHERE report_id = ANY (reports));
    UPDATE signal SET lat = round(lat::numeric, 3), lon = round(lon::numeric, 3), note = '' WHERE id = ANY (reports);
    UPDATE report SET body = '', lat = round(lat::numeric, 3), lon = round(lon::numeric, 3),
        external_id = CASE WHEN external_id IS NULL THEN NULL ELSE 'forgotten:' || id END
        WHERE id = ANY (reports);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

CREATE OR REPLACE FUNCTION forget_text_of_report() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM conversation AS held USING (
            SELECT channel, sender FROM text_report WHERE report_id = NEW.id
            UNION SELECT channel, sender FROM inbox_item WHERE report_id = NEW.id) AS sent
        WHERE held.channel = sent.channel AND split_part(held.sender, chr(10), 1) = sent.sender;
    DELETE FROM text_message AS held USING (
            SELECT channel, sender FROM text_report WHERE report_id = NEW.id
            UNION SELECT channel, sender FROM inbox_item WHERE report_id = NEW.id) AS sent
        WHERE held.channel = sent.channel AND held.sender = sent.sender;
    DELETE FROM text_photo WHERE (channel, source_id) = (OLD.channel, OLD.external_id);
    UPDATE notification_delivery SET address = '(removed) ' || notification_delivery.id,
        state = CASE state WHEN 'queued' THEN 'failed' ELSE state END, done_at = coalesce(done_at, now())
        FROM notification_message WHERE notification_message.id = message_id AND audience_kind = 'reporter'
        AND audience_key = NEW.id::text;
    DELETE FROM text_report WHERE report_id = NEW.id;
    UPDATE inbox_item SET body = '', sender = '', source_id = 'forgotten:' || id, category_words = '{}', reason = '',
        place_name = NULL, candidates = '[]', lat = round(lat::numeric, 3), lon = round(lon::numeric, 3)
        WHERE report_id = NEW.id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION record_task_facts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO task_fact SELECT fact.* FROM changed JOIN task_fact_now AS fact ON fact.task_id = changed.id
    ON CONFLICT (task_id) DO UPDATE SET created_at = excluded.created_at, category = excluded.category,
        severity = excluded.severity, state = excluded.state, area_id = excluded.area_id,
        agency_id = excluded.agency_id, officer_id = excluded.officer_id,
        response_seconds = excluded.response_seconds, action_seconds = excluded.action_seconds,
        resolve_seconds = excluded.resolve_seconds, is_overdue = excluded.is_overdue, reopened = excluded.reopened;
    RETURN NULL;
END $$;

CREATE FUNCTION public_image_of(wanted uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT media.id FROM report_media AS photo JOIN media ON media.id = photo.media_id
    WHERE photo.report_id = wanted AND media.redacted ORDER BY photo.position LIMIT 1
$$;

CREATE OR REPLACE FUNCTION refresh_reporter_lines(wanted timestamptz) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE made integer; since timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('siaga refresh_reporter_facts'));
    since := coalesce(wanted, (SELECT at - interval '10 minutes' FROM reporter_refreshed), '-infinity');
    INSERT INTO reporter_refreshed (at) VALUES (now()) ON CONFLICT (one) DO UPDATE SET at = excluded.at;
    DELETE FROM reporter_fact WHERE incident_id IN (SELECT id FROM incident WHERE updated_at >= since);
    INSERT INTO reporter_fact
    SELECT 'Warga ' || upper(substr(encode(sha256(convert_to('ranking:' || reporter_hash, 'UTF8')), 'hex'), 1, 8)),
        incident_id, min(received_at), min(category), bool_or(is_confirmed)
    FROM (SELECT report.reporter_hash, incident.id AS incident_id, report.received_at, incident.category,
              incident.verdict = 'confirmed' AS is_confirmed
          FROM incident JOIN incident_member AS member ON member.incident_id = incident.id AND member.removed_at IS NULL
          JOIN report ON report.id = member.signal_id
          WHERE incident.verdict IN ('confirmed', 'false_alarm') AND incident.updated_at >= since) AS judged
    WHERE reporter_hash IS NOT NULL
    GROUP BY reporter_hash, incident_id
    ON CONFLICT (incident_id, pseudonym) DO NOTHING;
    GET DIAGNOSTICS made = ROW_COUNT;
    RETURN made;
END $$;

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
    INSERT INTO task_month (month, kind, id, tasks, waiting, in_hand, resolved, verified, dismissed, overdue, overdue_count,
        reopened, verified_in_time, resolved_in_time, reopened_done, responses, resolves)
    SELECT month, 'official', id, tasks, waiting, in_hand, resolved, verified, dismissed, overdue, overdue_count,
        reopened, verified_in_time, resolved_in_time, reopened_done, responses, resolves
    FROM task_month WHERE kind = 'officer' AND month = wanted;
$$;

CREATE OR REPLACE FUNCTION task_pair(wanted uuid)
RETURNS TABLE (side text, rank integer, media_id uuid, kind text, taken_at timestamptz, redacted boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT found.side, found.rank, media.id, media.kind, coalesce(media.taken_at, media.created_at), media.redacted
    FROM (
        SELECT 'before' AS side, evidence.media_id,
            CASE evidence.role WHEN 'threshold' THEN 0 WHEN 'update' THEN 1 ELSE 2 END AS rank
        FROM task JOIN incident_member AS member USING (incident_id) JOIN evidence ON evidence.event_id = member.signal_id
        WHERE task.id = wanted AND member.removed_at IS NULL AND evidence.role <> 'departure'
        UNION ALL
        SELECT 'before', photo.media_id, 5
        FROM task JOIN incident_member AS member USING (incident_id)
            JOIN report_media AS photo ON photo.report_id = member.signal_id
        WHERE task.id = wanted AND member.removed_at IS NULL
        UNION ALL
        SELECT 'after', task.proof_media_id, 0 FROM task WHERE task.id = wanted AND task.proof_media_id IS NOT NULL
        UNION ALL
        SELECT 'after', evidence.media_id, 1
        FROM camera_recheck AS recheck JOIN proof ON proof.id = recheck.proof_id JOIN task ON task.id = proof.task_id
            JOIN evidence ON evidence.event_id = recheck.id AND evidence.node_id = recheck.node_id
        WHERE task.id = wanted AND task.proof_media_id = proof.media_id
        UNION ALL
        SELECT 'after', proof.after_media_id, 2 FROM proof JOIN task ON task.id = proof.task_id
        WHERE task.id = wanted AND task.proof_media_id = proof.media_id AND proof.after_media_id IS NOT NULL
    ) AS found JOIN media ON media.id = found.media_id
    ORDER BY found.side DESC, found.rank, media.created_at LIMIT 20
$$;

CREATE FUNCTION count_trending_reports(since timestamptz, until timestamptz, before timestamptz)
RETURNS TABLE (area_id text, category text, reporters integer, usual_reports integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH recent AS (
        SELECT report.area_id, report.category, count(DISTINCT reporter_hash)::int AS n FROM report
        WHERE received_at >= since AND received_at < until AND report.area_id IS NOT NULL
        GROUP BY GROUPING SETS ((report.area_id, report.category), (report.category))
    ), earlier AS (
        SELECT report.area_id, report.category, count(*)::int AS n FROM report
        WHERE received_at >= before AND received_at < since AND report.area_id IS NOT NULL
        GROUP BY GROUPING SETS ((report.area_id, report.category), (report.category))
    )
    SELECT recent.area_id, recent.category, recent.n, coalesce(earlier.n, 0)
    FROM recent LEFT JOIN earlier
        ON earlier.category = recent.category AND coalesce(earlier.area_id, '') = coalesce(recent.area_id, '')
$$;

-- === what programs of the previous version look for =============================================================

CREATE VIEW notice WITH (security_invoker = true) AS SELECT * FROM notification;
CREATE VIEW notice_bucket WITH (security_invoker = true) AS SELECT * FROM notification_bucket;
CREATE VIEW notice_delivery WITH (security_invoker = true) AS SELECT * FROM notification_delivery;
CREATE VIEW notice_inbox WITH (security_invoker = true) AS SELECT * FROM notification_inbox;
CREATE VIEW notice_message WITH (security_invoker = true) AS SELECT * FROM notification_message;
ALTER VIEW notice_message RENAME COLUMN notification_count TO notices;
CREATE VIEW notice_storm WITH (security_invoker = true) AS SELECT * FROM notification_storm;
CREATE VIEW notice_target WITH (security_invoker = true) AS SELECT * FROM notification_target;
CREATE VIEW alert_told WITH (security_invoker = true) AS SELECT * FROM alert_notified;
CREATE VIEW relook WITH (security_invoker = true) AS SELECT * FROM camera_recheck;
-- Of the owner, because an update through a view of the invoker needs the right to read every column, `url` included.
CREATE VIEW site_order AS SELECT * FROM site_config;
ALTER VIEW site_order RENAME COLUMN requested_at TO asked_at;
ALTER VIEW site_order RENAME COLUMN requested_by TO asked_by;
ALTER VIEW site_order RENAME COLUMN sent_at TO ordered_at;
CREATE VIEW task_clock_event WITH (security_invoker = true) AS SELECT * FROM task_deadline_event;
DO $$
DECLARE programs text;
BEGIN
    SELECT string_agg(quote_ident(rolname), ', ') INTO programs FROM pg_roles
        WHERE rolname IN ('siaga_ingest', 'siaga_api', 'siaga_worker', 'siaga_feeds');
    IF programs IS NOT NULL THEN -- what each may do is granted on the tables
        EXECUTE 'GRANT SELECT, INSERT, UPDATE, DELETE ON notice, notice_bucket, notice_delivery, notice_inbox,'
            ' notice_message, notice_storm, notice_target, alert_told, relook, task_clock_event TO ' || programs;
    END IF;
    IF to_regrole('siaga_api') IS NOT NULL AND to_regrole('siaga_worker') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON site_order TO siaga_worker;
        GRANT SELECT (kind, id, node_id, is_off, has_url, asked_at, asked_by, config_version, ordered_at, problem),
            INSERT, UPDATE ON site_order TO siaga_api;
        GRANT UPDATE (asked_at, asked_by) ON dead_letter TO siaga_api;
    END IF;
END $$;

COMMENT ON TABLE alert_notified IS 'The key that makes it exactly once: a subscription is notified of a revision of an alert one time';
COMMENT ON TABLE camera_recheck IS 'A camera recheck; id is the look_id of the command, its image is the evidence of event_id = id';
COMMENT ON TABLE conversation IS 'Conversations that are not finished; after two hours without a message they have ended';
COMMENT ON TABLE dashboards_salt IS 'The salt of the codes of officers on the dashboards; only the owner reads it';
COMMENT ON TABLE site_config IS 'What administrators configured for a camera or gauge of a node, merged over the file of the node';
COMMENT ON TABLE proof IS 'One row for each time that a task was resolved; method: who has the last word';
COMMENT ON TABLE proof_check IS 'Proof checks: what was checked, the result and the reason; never a verdict';
COMMENT ON TABLE task_month IS 'task_fact added up by UTC month and area, agency, officer, category or day of the city';
COMMENT ON COLUMN alert_message.requested_at IS 'when a job was deferred for this attempt';
COMMENT ON COLUMN site_config.is_off IS 'of a camera: the node does not analyse it any more';
COMMENT ON COLUMN site_config.config_version IS 'of the configuration that the node received with it; null: not sent yet';
