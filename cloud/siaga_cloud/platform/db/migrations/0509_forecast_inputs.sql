-- What a forecast uses besides levels: rain and the tide, as the city lists them (docs/adr/0080).

CREATE TABLE forecast_input (
    gauge_id        text NOT NULL REFERENCES gauge (id) ON DELETE CASCADE,
    rain_gauge_id   text REFERENCES rain_gauge (id) ON DELETE CASCADE,
    tide_gauge_id   text REFERENCES gauge (id) ON DELETE CASCADE,
    delay_minutes   integer NOT NULL CHECK (delay_minutes BETWEEN 0 AND 1440),
    CHECK (num_nonnulls(rain_gauge_id, tide_gauge_id) = 1),
    CHECK (tide_gauge_id <> gauge_id),
    UNIQUE NULLS NOT DISTINCT (gauge_id, rain_gauge_id, tide_gauge_id)
);
CREATE INDEX forecast_input_rain_gauge ON forecast_input (rain_gauge_id);
CREATE INDEX forecast_input_tide_gauge ON forecast_input (tide_gauge_id);
COMMENT ON TABLE forecast_input IS 'Rain gauges and gauges at the sea that the forecast of a gauge may use';
COMMENT ON COLUMN forecast_input.delay_minutes IS 'how long after it was measured it is usually known here; a forecast uses only what is older';

CREATE TABLE forecast_learned_inputs (
    gauge_id        text PRIMARY KEY REFERENCES gauge (id) ON DELETE CASCADE,
    fitted_at       timestamptz NOT NULL,
    model           bytea NOT NULL,
    horizons        jsonb NOT NULL CHECK (jsonb_typeof(horizons) = 'array')
);
COMMENT ON TABLE forecast_learned_inputs IS 'The learnt model with rain and tide, where its errors on history that it had not seen are below those without; forecasts while all of them are known';
COMMENT ON COLUMN forecast_learned_inputs.model IS 'as forecast_learned.model';
COMMENT ON COLUMN forecast_learned_inputs.horizons IS 'as forecast_learned.horizons';

-- Beside forecast_run, whose rows programs of the previous version read whole.
CREATE TABLE forecast_run_inputs (
    gauge_id        text PRIMARY KEY REFERENCES forecast_run (gauge_id) ON DELETE CASCADE,
    used_inputs     text[] NOT NULL,
    unknown_inputs  text[] NOT NULL
);
COMMENT ON TABLE forecast_run_inputs IS 'Which rain gauges and gauges at the sea the newest forecast of a gauge used, by id';
COMMENT ON COLUMN forecast_run_inputs.unknown_inputs IS 'those that were not known then; it was made without any of them';
