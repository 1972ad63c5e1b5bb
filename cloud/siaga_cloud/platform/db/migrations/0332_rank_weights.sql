-- What a task weighs in rankings, and reporters and officers who meet more often than chance explains.
CREATE TABLE task_weight (
    task_id     uuid PRIMARY KEY REFERENCES task (id) ON DELETE CASCADE,
    is_ranked   boolean NOT NULL DEFAULT false,
    credit      real NOT NULL DEFAULT 0 CHECK (credit >= 0),
    reason      text NOT NULL DEFAULT '',
    weighed_at  timestamptz
);
CREATE INDEX task_weight_due ON task_weight (task_id) WHERE weighed_at IS NULL;
COMMENT ON TABLE task_weight IS 'is_ranked: something besides anonymous new names speaks for the incident; credit: for how many tasks its independent verification stands; weighed_at NULL: to be weighed';

CREATE FUNCTION mark_task_weight() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO task_weight (task_id) SELECT id FROM changed
    ON CONFLICT (task_id) DO UPDATE SET weighed_at = NULL WHERE task_weight.weighed_at IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER task_adds_weight AFTER INSERT ON task REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_task_weight();
CREATE TRIGGER task_changes_weight AFTER UPDATE ON task REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_task_weight();
INSERT INTO task_weight (task_id) SELECT id FROM task;

CREATE TABLE reporter_pair (
    reporter_hash   text NOT NULL,
    officer_id      text NOT NULL,
    pseudonym       text NOT NULL,
    meetings        integer NOT NULL,
    expected        double precision NOT NULL,
    chance          double precision NOT NULL,
    found_at        timestamptz NOT NULL,
    PRIMARY KEY (reporter_hash, officer_id)
);
COMMENT ON TABLE reporter_pair IS 'Reporters whose reports one officer handles more often than chance explains; computed anew by the worker';

CREATE TABLE task_rank_month (
    month           timestamptz NOT NULL,
    kind            text NOT NULL,
    id              text NOT NULL,
    cases           integer NOT NULL,
    verified        integer NOT NULL,
    credit_in_time  double precision NOT NULL,
    credit_overdue  double precision NOT NULL,
    done_again      integer NOT NULL,
    weightless      integer NOT NULL,
    PRIMARY KEY (kind, month, id)
);
COMMENT ON TABLE task_rank_month IS 'task_fact with task_weight added up by UTC month, as rankings need it';

-- What a program of an earlier version verified by "system" counts as reported done.
CREATE OR REPLACE VIEW task_fact_now AS
SELECT id AS task_id, created_at, category, severity,
    CASE WHEN state = 'verified' AND verified_by IS NULL THEN 'resolved' ELSE state END AS state,
    area_id, agency_id, assignee_id AS officer_id,
    extract(epoch FROM acknowledged_at - created_at)::real AS response_seconds,
    extract(epoch FROM first_action_at - created_at)::real AS action_seconds,
    CASE WHEN state IN ('resolved', 'verified')
        THEN greatest(0, extract(epoch FROM finished_at - created_at) - paused_seconds)::real END AS resolve_seconds,
    overdue_since IS NOT NULL OR (state IN ('resolved', 'verified') AND finished_at > resolve_by) AS is_overdue,
    deadline_round::smallint AS reopened
FROM task;

CREATE FUNCTION roll_rank_month(wanted timestamptz, zone text) RETURNS void LANGUAGE sql AS $$
    DELETE FROM task_rank_month WHERE month = wanted;
    INSERT INTO task_rank_month (month, kind, id, cases, verified, credit_in_time, credit_overdue, done_again, weightless)
    SELECT wanted, CASE WHEN grouping(area_id) = 0 THEN 'area' WHEN grouping(agency_id) = 0 THEN 'agency'
            WHEN grouping(officer_id) = 0 THEN 'officer' WHEN grouping(category) = 0 THEN 'category' ELSE 'day' END,
        coalesce(area_id, agency_id, officer_id, category, day::text),
        count(*) FILTER (WHERE is_ranked), count(*) FILTER (WHERE is_ranked AND credit > 0),
        coalesce(sum(credit) FILTER (WHERE is_ranked AND NOT is_overdue), 0),
        coalesce(sum(credit) FILTER (WHERE is_ranked AND is_overdue), 0),
        count(*) FILTER (WHERE is_ranked AND state IN ('resolved', 'verified') AND reopened > 0),
        count(*) FILTER (WHERE reason IN ('anonymous', 'paired'))
    FROM (SELECT fact.*, (created_at AT TIME ZONE zone)::date AS day, weight.is_ranked, weight.credit, weight.reason
          FROM task_fact AS fact JOIN task_weight AS weight USING (task_id)
          WHERE created_at >= wanted AND created_at < wanted + interval '1 month'
            AND (state IN ('resolved', 'verified') OR is_overdue AND state NOT IN ('dismissed', 'following'))) AS fact
    GROUP BY GROUPING SETS ((area_id), (agency_id), (officer_id), (category), (day))
    HAVING coalesce(area_id, agency_id, officer_id, category, day::text) IS NOT NULL;
$$;

CREATE OR REPLACE FUNCTION roll_months(zone text, most integer) RETURNS integer LANGUAGE plpgsql AS $$
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
            PERFORM roll_rank_month(one.month, zone);
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
-- Months that were added up before have no lines in task_rank_month.
DELETE FROM month_rolled WHERE what = 'task';
