-- Figures of a year in a moment: months that are over are added up once, exactly, with every time that a median needs.
-- What is not added up yet, or changed since, is read from the facts themselves: figures are the same either way.

CREATE TABLE task_month (
    month               timestamptz NOT NULL,
    kind                text NOT NULL CHECK (kind IN ('area', 'agency', 'official', 'category', 'day')),
    id                  text NOT NULL,
    tasks               integer NOT NULL,
    waiting             integer NOT NULL,
    in_hand             integer NOT NULL,
    resolved            integer NOT NULL,
    verified            integer NOT NULL,
    dismissed           integer NOT NULL,
    overdue             integer NOT NULL,
    late                integer NOT NULL,
    reopened            integer NOT NULL,
    verified_in_time    integer NOT NULL,
    resolved_in_time    integer NOT NULL,
    reopened_done       integer NOT NULL,
    responses           bytea NOT NULL,
    resolves            bytea NOT NULL,
    PRIMARY KEY (kind, month, id)
);
COMMENT ON TABLE task_month IS 'task_fact added up by UTC month and area, agency, official, category or day of the city';
COMMENT ON COLUMN task_month.responses IS 'every response_seconds as float4 in network order, so that percentiles stay exact; resolves alike';
COMMENT ON COLUMN task_month.resolved_in_time IS 'resolved and not verified, in time; reopened_done: of the resolved and verified';

CREATE TABLE report_month (
    month       timestamptz NOT NULL,
    area_id     text NOT NULL,
    n           integer NOT NULL,
    PRIMARY KEY (month, area_id)
);
COMMENT ON TABLE report_month IS 'Reports added up by UTC month and area';

CREATE TABLE month_rolled (
    what        text NOT NULL CHECK (what IN ('task', 'report')),
    month       timestamptz NOT NULL,
    zone        text NOT NULL,
    rolled_at   timestamptz NOT NULL,
    PRIMARY KEY (what, month)
);
COMMENT ON COLUMN month_rolled.zone IS 'the city''s time zone then, which days are of';
CREATE TABLE month_stale (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    what        text NOT NULL,
    month       timestamptz NOT NULL
);
CREATE INDEX month_stale_month ON month_stale (what, month);
COMMENT ON TABLE month_stale IS 'Months that changed since they were added up; a row for each change, so that no two writers wait for one another';

-- A month is marked from a day after its end, and added up from eight days after it: no transaction takes a week, so that
-- none which found no need to mark is still open then.
CREATE FUNCTION mark_month_stale() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'task_fact' THEN
        INSERT INTO month_stale (what, month) SELECT 'task', month FROM (
            SELECT DISTINCT date_trunc('month', created_at, 'UTC') AS month FROM changed) AS one
        WHERE month + interval '1 month' < now() - interval '1 day';
    ELSE
        INSERT INTO month_stale (what, month) SELECT 'report', month FROM (
            SELECT DISTINCT date_trunc('month', received_at, 'UTC') AS month FROM changed) AS one
        WHERE month + interval '1 month' < now() - interval '1 day';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER task_fact_added AFTER INSERT ON task_fact REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_month_stale();
CREATE TRIGGER task_fact_changed AFTER UPDATE ON task_fact REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_month_stale();
CREATE TRIGGER task_fact_gone AFTER DELETE ON task_fact REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_month_stale();
CREATE TRIGGER report_added AFTER INSERT ON report REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_month_stale();
CREATE TRIGGER report_changed AFTER UPDATE ON report REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_month_stale();
CREATE TRIGGER report_gone AFTER DELETE ON report REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_month_stale();

-- Adds up months that are over and were not, or changed since. A mark goes before the facts are read: what is written
-- in between leaves its own. The newest first: they are asked for most. Returns how many months it added up, at most `most`.
CREATE FUNCTION roll_months(zone text, most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE one record; rolled integer := 0; before timestamptz := now() - interval '8 days';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('siaga roll_months'));
    FOR one IN
        SELECT each.what, each.month FROM (
            SELECT 'task' AS what, generate_series(date_trunc('month', min(created_at), 'UTC'), before, '1 month') AS month
            FROM task_fact
            UNION ALL
            SELECT 'report', generate_series(date_trunc('month', min(received_at), 'UTC'), before, '1 month') FROM report
        ) AS each
        WHERE each.month + interval '1 month' < before AND (
            NOT EXISTS (SELECT FROM month_rolled AS done WHERE done.what = each.what AND done.month = each.month
                AND done.zone = roll_months.zone)
            OR EXISTS (SELECT FROM month_stale AS stale WHERE stale.what = each.what AND stale.month = each.month))
        ORDER BY each.month DESC LIMIT most
    LOOP
        DELETE FROM month_stale WHERE month_stale.what = one.what AND month_stale.month = one.month;
        IF one.what = 'task' THEN
            PERFORM roll_task_month(one.month, zone);
        ELSE
            DELETE FROM report_month WHERE report_month.month = one.month;
            INSERT INTO report_month SELECT one.month, area_id, count(*) FROM report
            WHERE area_id IS NOT NULL AND received_at >= one.month AND received_at < one.month + interval '1 month'
            GROUP BY area_id;
        END IF;
        INSERT INTO month_rolled VALUES (one.what, one.month, zone, clock_timestamp())
        ON CONFLICT ON CONSTRAINT month_rolled_pkey DO UPDATE SET zone = excluded.zone, rolled_at = excluded.rolled_at;
        rolled := rolled + 1;
    END LOOP;
    RETURN rolled;
END $$;

CREATE FUNCTION roll_task_month(wanted timestamptz, zone text) RETURNS void LANGUAGE sql AS $$
    DELETE FROM task_month WHERE month = wanted;
    INSERT INTO task_month
    SELECT wanted, CASE WHEN grouping(area_id) = 0 THEN 'area' WHEN grouping(agency_id) = 0 THEN 'agency'
            WHEN grouping(official_id) = 0 THEN 'official' WHEN grouping(category) = 0 THEN 'category' ELSE 'day' END,
        coalesce(area_id, agency_id, official_id, category, day::text),
        count(*), count(*) FILTER (WHERE state IN ('review', 'open', 'assigned')),
        count(*) FILTER (WHERE state IN ('accepted', 'on_site', 'paused')),
        count(*) FILTER (WHERE state IN ('resolved', 'verified')), count(*) FILTER (WHERE state = 'verified'),
        count(*) FILTER (WHERE state = 'dismissed'),
        count(*) FILTER (WHERE is_late AND state NOT IN ('resolved', 'verified', 'dismissed')),
        count(*) FILTER (WHERE is_late AND state <> 'dismissed'), count(*) FILTER (WHERE reopened > 0),
        count(*) FILTER (WHERE state = 'verified' AND NOT is_late),
        count(*) FILTER (WHERE state = 'resolved' AND NOT is_late),
        count(*) FILTER (WHERE state IN ('resolved', 'verified') AND reopened > 0),
        coalesce(string_agg(float4send(response_seconds), ''), ''), coalesce(string_agg(float4send(resolve_seconds), ''), '')
    FROM (SELECT *, (created_at AT TIME ZONE zone)::date AS day FROM task_fact
          WHERE created_at >= wanted AND created_at < wanted + interval '1 month' AND state <> 'following') AS fact
    GROUP BY GROUPING SETS ((area_id), (agency_id), (official_id), (category), (day))
    HAVING coalesce(area_id, agency_id, official_id, category, day::text) IS NOT NULL;
$$;

-- What is asked of one category, agency or area is read from the facts themselves.
CREATE INDEX task_fact_category ON task_fact (category, created_at);
CREATE INDEX task_fact_agency ON task_fact (agency_id, created_at);
CREATE INDEX task_fact_area ON task_fact (area_id, created_at);

-- Reporters and their judged incidents, each once, from the view reporter_judged; kept by `refresh_reporter_facts`.
CREATE TABLE reporter_fact (
    pseudonym       text NOT NULL,
    incident_id     uuid NOT NULL REFERENCES incident (id) ON DELETE CASCADE,
    received_at     timestamptz NOT NULL,
    category        text NOT NULL,
    is_confirmed    boolean NOT NULL,
    PRIMARY KEY (incident_id, pseudonym)
);
CREATE INDEX reporter_fact_received ON reporter_fact (received_at);
COMMENT ON TABLE reporter_fact IS 'reporter_judged as it was at the last refresh, some minutes ago';
CREATE TABLE reporter_refreshed (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    at      timestamptz NOT NULL
);

-- Reckons anew what changed since the last time (ten minutes more, for clocks and open transactions), or since then.
CREATE FUNCTION refresh_reporter_facts(wanted timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
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
          WHERE incident.verdict IN ('confirmed', 'false_alarm') AND incident.updated_at >= since) AS told
    WHERE reporter_hash IS NOT NULL
    GROUP BY reporter_hash, incident_id
    ON CONFLICT (incident_id, pseudonym) DO NOTHING;
    GET DIAGNOSTICS made = ROW_COUNT;
    RETURN made;
END $$;
SELECT refresh_reporter_facts('-infinity');
