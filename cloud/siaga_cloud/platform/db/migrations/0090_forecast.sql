-- Water for people: forecasts with their past errors, what is usual at a gauge, and the stage that officials publish.

CREATE TABLE forecast_model (
    gauge_id        text PRIMARY KEY REFERENCES gauge (id) ON DELETE CASCADE,
    fitted_at       timestamptz NOT NULL,
    history_from    timestamptz,
    history_to      timestamptz,
    models          jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(models) = 'array'),
    lags            jsonb NOT NULL DEFAULT '{}',
    reason          text NOT NULL DEFAULT ''
);
COMMENT ON TABLE forecast_model IS 'siaga_core.rules.forecast.Model for each choice of gauges upstream; empty with a reason where none could be fitted';
COMMENT ON COLUMN forecast_model.lags IS 'gauge upstream -> {"published_seconds", "found_seconds"}; null where not known';

CREATE TABLE forecast_run (
    gauge_id        text PRIMARY KEY REFERENCES gauge (id) ON DELETE CASCADE,
    made_at         timestamptz NOT NULL,
    seen_until      timestamptz,
    level_cm        double precision,
    used            text[] NOT NULL DEFAULT '{}',
    unknown         text[] NOT NULL DEFAULT '{}',
    reason          text NOT NULL DEFAULT ''
);
COMMENT ON TABLE forecast_run IS 'The newest try to tell what comes to a gauge; with a reason where nothing could be told';

CREATE TABLE forecast (
    gauge_id        text NOT NULL,
    made_at         timestamptz NOT NULL,
    at              timestamptz NOT NULL,
    level_cm        real NOT NULL,
    low_cm          real NOT NULL,
    high_cm         real NOT NULL,
    stayed_cm       real NOT NULL,
    PRIMARY KEY (gauge_id, made_at, at),
    CHECK (low_cm <= level_cm AND level_cm <= high_cm AND made_at < at)
);
SELECT make_hypertable('forecast', 'made_at', interval '7 days');
COMMENT ON TABLE forecast IS 'What was told of `at` at `made_at`; 9 of 10 true levels lay within low..high on the history it was fitted on';
COMMENT ON COLUMN forecast.stayed_cm IS 'the level when it was made: the rival that a forecast must beat';

CREATE TABLE forecast_score (
    gauge_id        text NOT NULL,
    day             date NOT NULL,
    horizon_minutes integer NOT NULL,
    n               integer NOT NULL,
    sum_square      double precision NOT NULL,
    sum_square_stay double precision NOT NULL,
    inside          integer NOT NULL,
    PRIMARY KEY (gauge_id, day, horizon_minutes)
);
COMMENT ON TABLE forecast_score IS 'How forecasts of a day came out, recomputed from forecast and reading while both are kept';

CREATE TABLE gauge_usual (
    gauge_id        text PRIMARY KEY REFERENCES gauge (id) ON DELETE CASCADE,
    low_cm          real NOT NULL,
    middle_cm       real NOT NULL,
    high_cm         real NOT NULL,
    record_cm       real NOT NULL,
    record_at       timestamptz NOT NULL,
    hours           integer NOT NULL,
    computed_at     timestamptz NOT NULL
);
COMMENT ON TABLE gauge_usual IS 'From reading_hourly: 5 %, 50 % and 95 % of the hourly means, and the highest level with the hour in which it was';

CREATE TABLE gauge_published (
    gauge_id        text NOT NULL REFERENCES gauge (id) ON DELETE CASCADE,
    at              timestamptz NOT NULL,
    source          text NOT NULL CHECK (length(source) BETWEEN 1 AND 100),
    stage           smallint NOT NULL CHECK (stage BETWEEN 1 AND 4),
    level_cm        real,
    recorded_at     timestamptz NOT NULL,
    PRIMARY KEY (gauge_id, at, source)
);
COMMENT ON TABLE gauge_published IS 'The stage that officials publish, kept beside the computed one: they override, and the worse of both alarms';

-- The published stage counts for as long as its rhythm (hourly at most) makes it believable.
CREATE VIEW gauge_alarm AS
SELECT gauge.id AS gauge_id, latest.stage AS computed_stage, published.stage AS published_stage,
    published.source AS published_by, published.at AS published_at, least(latest.stage, published.stage) AS alarm_stage
FROM gauge
LEFT JOIN gauge_latest AS latest ON latest.gauge_id = gauge.id
LEFT JOIN LATERAL (
    SELECT one.stage, one.source, one.at FROM gauge_published AS one
    WHERE one.gauge_id = gauge.id AND one.at > now() - interval '3 hours' ORDER BY one.at DESC, one.stage LIMIT 1
) AS published ON true;
COMMENT ON VIEW gauge_alarm IS 'Siaga computed from levels, published by officials (not older than 3 h), and the worse of both; 1 is worst';

-- As forget_before: drop_chunks asks for the owner.
CREATE FUNCTION forget_forecasts(before timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        PERFORM drop_chunks('public.forecast'::regclass, older_than => before);
    ELSE
        DELETE FROM public.forecast WHERE made_at < before;
    END IF;
END $$;
REVOKE ALL ON FUNCTION forget_forecasts(timestamptz) FROM PUBLIC;
