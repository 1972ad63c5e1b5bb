-- What is learnt of a gauge from longer history. It stands beside forecast_model, whose rows programs of the previous
-- version read whole, and which forecasts where nothing was learnt yet or a gauge upstream is silent.
CREATE TABLE forecast_learned (
    gauge_id        text PRIMARY KEY REFERENCES gauge (id) ON DELETE CASCADE,
    fitted_at       timestamptz NOT NULL,
    model           bytea NOT NULL,
    horizons        jsonb NOT NULL CHECK (jsonb_typeof(horizons) = 'array')
);
COMMENT ON TABLE forecast_learned IS 'A learnt model is used where its errors on history that it had not seen are below those of forecast_model';
COMMENT ON COLUMN forecast_learned.model IS 'siaga_cloud.forecast.learning.learned; another format is fitted anew within hours';
COMMENT ON COLUMN forecast_learned.horizons IS '[{"horizon_seconds", "rms_error_cm", "skill"}], on history that it had not seen';
