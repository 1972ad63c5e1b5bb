-- What a reporter stated about the depth of the water, for whoever follows the report: signals are not for everybody.
CREATE FUNCTION report_depth_cm(wanted uuid) RETURNS double precision
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT depth_cm FROM signal WHERE id = wanted AND kind = 'report'
$$;
