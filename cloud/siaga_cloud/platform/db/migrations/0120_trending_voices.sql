-- What is trending counts people and not their reports: nobody makes a trend by telling of one thing over and over.

CREATE FUNCTION trending_counts(since timestamptz, until timestamptz, before timestamptz)
RETURNS TABLE (area_id text, category text, voices integer, usual_reports integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH told AS (
        SELECT report.area_id, report.category, count(DISTINCT reporter_hash)::int AS n FROM report
        WHERE received_at >= since AND received_at < until AND report.area_id IS NOT NULL
        GROUP BY GROUPING SETS ((report.area_id, report.category), (report.category))
    ), earlier AS (
        SELECT report.area_id, report.category, count(*)::int AS n FROM report
        WHERE received_at >= before AND received_at < since AND report.area_id IS NOT NULL
        GROUP BY GROUPING SETS ((report.area_id, report.category), (report.category))
    )
    SELECT told.area_id, told.category, told.n, coalesce(earlier.n, 0)
    FROM told LEFT JOIN earlier
        ON earlier.category = told.category AND coalesce(earlier.area_id, '') = coalesce(told.area_id, '')
$$;
COMMENT ON FUNCTION trending_counts IS
    'Of areas, and of the whole (area_id NULL): how many people reported of a category, and how many reports came before; SECURITY DEFINER because reports are hidden from the public and how many there were is not';
