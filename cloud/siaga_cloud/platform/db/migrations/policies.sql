-- Applied after every migrate, after grants.sql: row-level security, so that a request sees what its caller may see even
-- where a service omits the check. `act_for` sets who a transaction acts for; without it a transaction is the public's.
-- A request that reads is held to its caller's scope. One that writes (siaga.writes = on) was checked by the service for
-- its right, and its work may touch rows of others (a hand-over, a merge), so that it sees incidents, tasks and reports
-- whole; people's positions and contacts stay closed to it all the same.
-- Tables hide rows; the views `*_seen` show every row with what the caller may not see left out: lists read those.

CREATE OR REPLACE FUNCTION siaga_setting(wanted text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(current_setting('siaga.' || wanted, true), '')
$$;

CREATE OR REPLACE FUNCTION sees_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT siaga_setting('role') IN ('operator', 'leader', 'admin')
$$;

CREATE OR REPLACE FUNCTION is_writing() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT siaga_setting('writes') = 'on'
$$;

CREATE OR REPLACE FUNCTION own_areas() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT string_to_array(siaga_setting('areas'), chr(31))
$$;
COMMENT ON FUNCTION own_areas IS 'Areas under an area head, from the setting that act_for made once a transaction';

CREATE OR REPLACE FUNCTION own_agency() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(siaga_setting('agency'), '')
$$;

CREATE OR REPLACE FUNCTION own_user() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(siaga_setting('user'), '')
$$;

-- Whom the rest of this transaction acts for; assumes siaga_api where that role exists and the login may.
CREATE OR REPLACE FUNCTION act_for(role text, user_id text, agency_id text, area_id text, writes boolean)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE areas text := '';
BEGIN
    IF role = 'area_head' THEN
        WITH RECURSIVE under (id, depth) AS (
            SELECT area.id, 0 FROM area WHERE area.id = act_for.area_id
            UNION ALL
            SELECT area.id, under.depth + 1 FROM area JOIN under ON area.parent_id = under.id WHERE under.depth < 10)
        SELECT coalesce(string_agg(under.id, chr(31)), '') INTO areas FROM under;
    END IF;
    PERFORM set_config('siaga.role', role, true), set_config('siaga.user', user_id, true),
        -- an area head sees by area, a citizen nothing; only people of an agency see by agency
        set_config('siaga.agency', CASE WHEN role IN ('officer', 'agency_head') THEN agency_id ELSE '' END, true),
        set_config('siaga.areas', areas, true), set_config('siaga.writes', CASE WHEN writes THEN 'on' ELSE 'off' END, true),
        -- policies make plans look dear; compiling them takes longer than they run
        set_config('jit', 'off', true);
    IF to_regrole('siaga_api') IS NOT NULL AND pg_has_role('siaga_api', 'SET') THEN
        PERFORM set_config('role', 'siaga_api', true);
    END IF;
END $$;

-- === views: every row, and of each what the caller may see =====================================================

-- The definer passes row-level security, so that these can ask across tables whose policies ask one another. For single
-- rows and short lists; in plpgsql because its plans are kept, where a function in SQL is planned anew at each call.
CREATE OR REPLACE FUNCTION sees_task(wanted uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN sees_all() OR EXISTS (SELECT FROM task WHERE task.id = wanted AND (task.area_id = ANY (own_areas())
        OR (own_agency() IS NOT NULL AND (task.agency_id = own_agency() OR task.assignee_id = own_user()
            OR EXISTS (SELECT FROM task_party AS party WHERE party.task_id = task.id AND party.agency_id = own_agency())))));
END $$;

CREATE OR REPLACE FUNCTION sees_incident(wanted uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN sees_all()
        OR EXISTS (SELECT FROM incident WHERE incident.id = wanted AND incident.area_id = ANY (own_areas()))
        OR (own_agency() IS NOT NULL AND EXISTS (SELECT FROM task WHERE task.incident_id = wanted
            AND (task.agency_id = own_agency() OR task.assignee_id = own_user()
            OR EXISTS (SELECT FROM task_party AS party WHERE party.task_id = task.id AND party.agency_id = own_agency()))));
END $$;

CREATE OR REPLACE FUNCTION sees_report(wanted uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN sees_all()
        OR EXISTS (SELECT FROM report WHERE report.id = wanted AND report.area_id = ANY (own_areas()))
        OR (own_agency() IS NOT NULL AND EXISTS (SELECT FROM incident_member AS member
            WHERE member.signal_id = wanted AND member.removed_at IS NULL AND sees_incident(member.incident_id)));
END $$;

-- Whether an image in which people may be recognised belongs to something in the caller's scope.
CREATE OR REPLACE FUNCTION sees_image(wanted uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN siaga_setting('role') NOT IN ('', 'citizen') AND (sees_all()
        OR EXISTS (SELECT FROM report_media AS photo WHERE photo.media_id = wanted AND sees_report(photo.report_id))
        OR EXISTS (SELECT FROM task_photo AS photo WHERE photo.media_id = wanted AND sees_task(photo.task_id))
        OR EXISTS (SELECT FROM evidence JOIN incident_member AS member ON member.signal_id = evidence.event_id
            WHERE evidence.media_id = wanted AND sees_incident(member.incident_id))
        OR EXISTS (SELECT FROM event_clip AS clip JOIN incident_member AS member ON member.signal_id = clip.event_id
            WHERE clip.media_id = wanted AND sees_incident(member.incident_id)));
END $$;
CREATE INDEX IF NOT EXISTS report_media_media ON report_media (media_id);
CREATE INDEX IF NOT EXISTS task_photo_media ON task_photo (media_id);
CREATE INDEX IF NOT EXISTS evidence_media ON evidence (media_id);

CREATE OR REPLACE FUNCTION coarse(degrees double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT round(((floor(degrees / 0.0025) + 0.5) * 0.0025)::numeric, 6)::float8 $$;
COMMENT ON FUNCTION coarse IS 'The middle of a square of about 250 m, as siaga_cloud.http.forms does it';

-- A view of a table with its columns as they are now, but those of `masks` only where `allowed`, else what stands there;
-- after an = the mask says all of it.
CREATE OR REPLACE FUNCTION make_seen_view(wanted text, allowed text, masks jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE columns text;
BEGIN
    SELECT string_agg(CASE WHEN masks ->> attname LIKE '=%' THEN format('%s AS %I', substr(masks ->> attname, 2), attname)
            WHEN masks ? attname
            THEN format('CASE WHEN %s THEN held.%I ELSE %s END AS %2$I', allowed, attname, masks ->> attname)
            ELSE format('held.%I', attname) END, ', ' ORDER BY attnum) INTO columns
        FROM pg_attribute WHERE attrelid = format('public.%I', wanted)::regclass AND attnum > 0 AND NOT attisdropped;
    EXECUTE format('DROP VIEW IF EXISTS public.%I', wanted || '_seen');
    EXECUTE format('CREATE VIEW public.%I AS SELECT %s FROM public.%I AS held', wanted || '_seen', columns, wanted);
END $$;

SELECT make_seen_view('task', '(SELECT sees_all()) OR held.area_id = ANY ((SELECT own_areas())::text[])
    OR held.agency_id = (SELECT own_agency()) OR ((SELECT own_agency() IS NOT NULL)
        AND (held.assignee_id = (SELECT own_user()) OR held.id IN (SELECT party.task_id FROM task_party AS party
        WHERE party.agency_id = (SELECT own_agency()))))',
    '{"lat": "NULL", "lon": "NULL", "spot": "NULL", "assignee_id": "NULL", "proof_media_id": "NULL"}');
SELECT make_seen_view('incident', '(SELECT sees_all()) OR held.area_id = ANY ((SELECT own_areas())::text[])
    OR ((SELECT own_agency() IS NOT NULL) AND sees_incident(held.id))
    OR EXISTS (SELECT FROM incident_member AS member WHERE member.incident_id = held.id AND member.removed_at IS NULL
        AND (member.source_key LIKE ''camera:%'' OR member.source_key LIKE ''gauge:%''))',
    '{"lat": "coarse(held.lat)", "lon": "coarse(held.lon)", "spot": "NULL",
    "verdict_by": "=CASE WHEN (SELECT siaga_setting(''role'') <> '''') AND sees_incident(held.id) THEN held.verdict_by END",
    "verdict_note": "=CASE WHEN (SELECT siaga_setting(''role'') <> '''') AND sees_incident(held.id) THEN held.verdict_note ELSE '''' END"}');
SELECT make_seen_view('signal', 'held.kind <> ''report'' OR (SELECT sees_all())
    OR ((SELECT siaga_setting(''role'') <> '''') AND sees_report(held.id))',
    '{"lat": "coarse(held.lat)", "lon": "coarse(held.lon)", "spot": "NULL", "note": "''''"}');
SELECT make_seen_view('report', '(SELECT sees_all())
    OR ((SELECT siaga_setting(''role'') <> '''') AND sees_report(held.id))',
    '{"lat": "coarse(held.lat)", "lon": "coarse(held.lon)", "body": "''''", "reporter_hash": "''''", "external_id": "NULL",
    "secret_sha256": "NULL"}');
SELECT make_seen_view('task_move', '(SELECT sees_all())
    OR ((SELECT siaga_setting(''role'') <> '''') AND sees_task(held.task_id))',
    '{"actor": "''''", "note": "''''", "to_user": "NULL", "media_id": "NULL"}');

-- === policies ==================================================================================================

-- A policy by name for a role, made anew each time; nothing where a role may not be created.
CREATE OR REPLACE FUNCTION make_policy(wanted text, named text, command text, roles text[], using_what text, check_what text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE held text[] := ARRAY(SELECT one FROM unnest(roles) AS one WHERE to_regrole(one) IS NOT NULL);
BEGIN
    EXECUTE format('DROP POLICY IF EXISTS %I ON public.%I', named, wanted);
    IF cardinality(held) = 0 THEN RETURN; END IF;
    EXECUTE format('CREATE POLICY %I ON public.%I FOR %s TO %s %s %s', named, wanted, command,
        (SELECT string_agg(quote_ident(one), ', ') FROM unnest(held) AS one),
        CASE WHEN using_what IS NULL THEN '' ELSE 'USING (' || using_what || ')' END,
        CASE WHEN check_what IS NULL THEN '' ELSE 'WITH CHECK (' || check_what || ')' END);
END $$;

-- One table under row-level security: the programs see all, a request `seen`, and writes where it may write at all.
-- Sub-selects in `seen` are asked once a query, not once a row.
CREATE OR REPLACE FUNCTION guard_rows(wanted text, seen text, written text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', wanted);
    PERFORM make_policy(wanted, 'programs', 'ALL', ARRAY['siaga_worker', 'siaga_ingest', 'siaga_feeds'], 'true', 'true');
    PERFORM make_policy(wanted, 'reporting', 'SELECT', ARRAY['siaga_readonly'], 'true', NULL);
    PERFORM make_policy(wanted, 'request_reads', 'SELECT', ARRAY['siaga_api'], seen, NULL);
    PERFORM make_policy(wanted, 'request_adds', 'INSERT', ARRAY['siaga_api'], NULL, written);
    PERFORM make_policy(wanted, 'request_changes', 'UPDATE', ARRAY['siaga_api'], written, written);
    PERFORM make_policy(wanted, 'request_deletes', 'DELETE', ARRAY['siaga_api'], written, NULL);
END $$;

SELECT guard_rows('task', '(SELECT sees_all() OR is_writing()) OR area_id = ANY ((SELECT own_areas())::text[])
    OR agency_id = (SELECT own_agency())
    OR ((SELECT own_agency() IS NOT NULL) AND (assignee_id = (SELECT own_user())
        OR id IN (SELECT party.task_id FROM task_party AS party WHERE party.agency_id = (SELECT own_agency()))))',
    '(SELECT is_writing())');
SELECT guard_rows('task_move', '(SELECT sees_all() OR is_writing()) OR EXISTS (SELECT FROM task WHERE task.id = task_id)',
    '(SELECT is_writing())');
SELECT guard_rows('task_photo', '(SELECT sees_all() OR is_writing()) OR EXISTS (SELECT FROM task WHERE task.id = task_id)',
    '(SELECT is_writing())');
SELECT guard_rows('incident', '(SELECT sees_all() OR is_writing()) OR area_id = ANY ((SELECT own_areas())::text[])
    OR ((SELECT own_agency() IS NOT NULL) AND EXISTS (SELECT FROM task WHERE task.incident_id = incident.id))',
    '(SELECT is_writing())');
SELECT guard_rows('signal', '(SELECT sees_all() OR is_writing()) OR kind <> ''report''
    OR EXISTS (SELECT FROM report WHERE report.id = signal.id)', '(SELECT is_writing())');
SELECT guard_rows('report', '(SELECT sees_all() OR is_writing()) OR area_id = ANY ((SELECT own_areas())::text[])
    OR ((SELECT own_agency() IS NOT NULL) AND EXISTS (SELECT FROM incident_member AS member
        JOIN task ON task.incident_id = member.incident_id WHERE member.signal_id = report.id AND member.removed_at IS NULL))
    OR secret_sha256 = (SELECT decode(siaga_setting(''secret''), ''hex''))', '(SELECT is_writing())');
SELECT guard_rows('signal_origin', '(SELECT is_writing())', '(SELECT is_writing())');
SELECT guard_rows('report_contact', '(SELECT siaga_setting(''role'') IN (''operator'', ''admin'', ''area_head'', ''agency_head''))
    AND sees_report(report_id)',
    '(SELECT is_writing())');
SELECT guard_rows('report_media', '(SELECT sees_all() OR is_writing())
    OR EXISTS (SELECT FROM report WHERE report.id = report_id)', '(SELECT is_writing())');
SELECT guard_rows('media', '(redacted AND kind <> ''clip'') OR (SELECT sees_all() OR is_writing())
    OR uploaded_by = (SELECT own_user()) OR sees_image(id)', '(SELECT is_writing())');
SELECT guard_rows('event_clip', '(SELECT sees_all() OR is_writing())
    OR EXISTS (SELECT FROM media WHERE media.id = media_id)', '(SELECT is_writing())');
SELECT guard_rows('photo_redaction', '(SELECT sees_all() OR is_writing())
    OR EXISTS (SELECT FROM media WHERE media.id = media_id)', '(SELECT is_writing())');

SELECT guard_rows('proof', '(SELECT sees_all() OR is_writing()) OR EXISTS (SELECT FROM task WHERE task.id = task_id)',
    '(SELECT is_writing())');
SELECT guard_rows('proof_check', '(SELECT sees_all() OR is_writing())
    OR EXISTS (SELECT FROM proof WHERE proof.id = proof_id)', '(SELECT is_writing())');
SELECT guard_rows('camera_recheck', '(SELECT sees_all() OR is_writing()) OR EXISTS (SELECT FROM proof WHERE proof.id = proof_id)',
    '(SELECT is_writing())');
SELECT guard_rows('photo_capture', '(SELECT sees_all() OR is_writing()) OR EXISTS (SELECT FROM task WHERE task.id = task_id)',
    '(SELECT is_writing())');
SELECT guard_rows('capture_challenge', '(SELECT is_writing()) OR user_id = (SELECT own_user())', '(SELECT is_writing())');
SELECT guard_rows('photo_fact', '(SELECT sees_all() OR is_writing()) OR EXISTS (SELECT FROM media WHERE media.id = media_id)',
    '(SELECT is_writing())');

-- Whether an officer on duty agreed to a text that names leaders. Of the definer, because a policy that reads its own table
-- would ask itself.
CREATE OR REPLACE FUNCTION shares_with_leaders(officer text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM officer_duty WHERE user_id = officer AND ended_at IS NULL
        AND consent_version >= '2026-12');
END $$;

-- Officers: themselves, and those in charge of them; never a whole city for someone who only writes.
SELECT guard_rows(officers, 'user_id = (SELECT own_user()) OR (SELECT siaga_setting(''role'') IN (''operator'', ''admin''))
    OR ((SELECT siaga_setting(''role'') = ''leader'') AND shares_with_leaders(user_id))
    OR ((SELECT siaga_setting(''role'') IN (''area_head'', ''agency_head'')) AND EXISTS (SELECT FROM app_user AS person
        WHERE person.id = user_id AND (person.area_id = ANY ((SELECT own_areas())::text[])
            OR person.agency_id = (SELECT own_agency()))))',
    '(SELECT is_writing()) AND user_id = (SELECT own_user())')
    FROM unnest(ARRAY['officer_duty', 'officer_position']) AS officers;

-- A person's browsers are that person's.
SELECT guard_rows('staff_push', 'user_id = (SELECT own_user()) OR (SELECT is_writing())', '(SELECT is_writing())');

-- Notifications are their recipient's; addresses are personal data.
SELECT guard_rows('notification_inbox', 'user_id = (SELECT own_user()) OR (SELECT is_writing())', '(SELECT is_writing())');
SELECT guard_rows('notification_target', '(SELECT is_writing() OR siaga_setting(''role'') = ''admin'')', '(SELECT is_writing())');
SELECT guard_rows('notification_delivery', '(SELECT is_writing() OR siaga_setting(''role'') = ''admin'')', '(SELECT is_writing())');

-- A subscription is its owner's, by the secret of its link; the address is for those who send to it.
SELECT guard_rows('subscription', '(SELECT is_writing())
    OR secret_sha256 = (SELECT decode(siaga_setting(''secret''), ''hex''))', '(SELECT is_writing())');
SELECT guard_rows('subscription_threshold', '(SELECT is_writing())
    OR EXISTS (SELECT FROM subscription WHERE subscription.id = subscription_id)', '(SELECT is_writing())');
SELECT guard_rows('threshold_alert', 'false', '(SELECT is_writing())');
SELECT guard_rows('subscription_address', 'false', '(SELECT is_writing())');
SELECT guard_rows('subscription_attempt', '(SELECT is_writing())', '(SELECT is_writing())');
SELECT guard_rows('alert_message', '(SELECT sees_all())', '(SELECT is_writing())');
SELECT guard_rows('alert_notified', '(SELECT sees_all())', '(SELECT is_writing())');

-- What came in by text channels is read by operators alone.
SELECT guard_rows('inbox_item', '(SELECT siaga_setting(''role'') IN (''operator'', ''admin'') OR is_writing())',
    '(SELECT is_writing())');
SELECT guard_rows(texts, '(SELECT is_writing())', '(SELECT is_writing())')
    FROM unnest(ARRAY['text_message', 'conversation', 'text_report', 'text_photo']) AS texts;

-- What the control room sees through cameras, what it requested of them and what it masked, and by whom, is its own.
SELECT guard_rows(views, '(SELECT sees_all() OR is_writing())', '(SELECT is_writing())')
    FROM unnest(ARRAY['camera_view', 'camera_frame', 'camera_look', 'camera_mask']) AS views;

-- Webhooks are the administrators'.
SELECT guard_rows(hooks, '(SELECT siaga_setting(''role'') = ''admin'')',
    '(SELECT is_writing() AND siaga_setting(''role'') = ''admin'')')
    FROM unnest(ARRAY['webhook', 'webhook_delivery', 'webhook_secret']) AS hooks;

SELECT guard_rows('audit', '(SELECT siaga_setting(''role'') = ''admin'')', 'false');

-- How things were is for those who see how all things are; triggers alone write it.
SELECT guard_rows('state_history', '(SELECT sees_all())', 'false');

-- === grants of these tables ====================================================================================
DO $$
BEGIN
    IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('siaga_ingest', 'siaga_api', 'siaga_worker', 'siaga_feeds', 'siaga_readonly')) < 5 THEN
        RETURN;
    END IF;
    GRANT SELECT ON task_seen, incident_seen, signal_seen, report_seen, task_move_seen TO siaga_api, siaga_worker;
    REVOKE INSERT, UPDATE, DELETE ON task_seen, incident_seen, signal_seen, report_seen, task_move_seen FROM siaga_api, siaga_worker;
    GRANT INSERT, UPDATE, DELETE ON user_session, api_token, sign_in_guard, oidc_attempt TO siaga_api;
    GRANT INSERT, UPDATE, DELETE ON device_key, device_key_user, device_key_use, passkey, passkey_attempt TO siaga_api;
    GRANT INSERT, UPDATE ON officer_duty, officer_position TO siaga_api;
    REVOKE INSERT, UPDATE, DELETE ON audit, state_history FROM siaga_api, siaga_worker;
    GRANT EXECUTE ON FUNCTION forget_state_history(timestamptz, integer) TO siaga_worker;
    REVOKE ALL ON user_session, api_token, sign_in_guard, oidc_attempt, passkey, passkey_attempt FROM siaga_worker;
    GRANT SELECT, DELETE ON user_session, sign_in_guard, oidc_attempt TO siaga_worker;
    GRANT EXECUTE ON FUNCTION public_snapshots() TO siaga_api;
    GRANT EXECUTE ON FUNCTION forget_officer_positions(timestamptz, integer) TO siaga_worker;
    GRANT EXECUTE ON FUNCTION forget_reports(uuid[], text, text, integer) TO siaga_api;
    GRANT EXECUTE ON FUNCTION personal_data_of_report(bytea), erase_user(text, timestamptz), own_actions(integer),
        own_moves(integer) TO siaga_api;
    GRANT EXECUTE ON FUNCTION forget_contacts(timestamptz, integer), forget_photos(timestamptz, text, integer, integer),
        rekey_reporter(text, text) TO siaga_worker;
END $$;

DO $$
BEGIN
    IF to_regrole('siaga_publish') IS NOT NULL THEN
        GRANT SELECT ON incident_seen, task_seen, signal_seen TO siaga_publish;
        GRANT EXECUTE ON FUNCTION public_snapshots() TO siaga_publish;
        GRANT EXECUTE ON FUNCTION incident_confirmation(uuid), sees_incident(uuid), sees_task(uuid) TO siaga_publish;
    END IF;
END $$;
