-- Subscribers' own levels and lead times, how often forecasts of such levels proved right, and who was warned ahead by
-- them (docs/adr/0077).

CREATE TABLE subscription_threshold (
    subscription_id uuid NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
    gauge_id        text NOT NULL REFERENCES gauge (id) ON DELETE CASCADE,
    level_cm        double precision NOT NULL CHECK (level_cm BETWEEN -2000 AND 5000),
    lead_minutes    integer NOT NULL CHECK (lead_minutes BETWEEN 30 AND 720),
    PRIMARY KEY (subscription_id, gauge_id, level_cm)
);
CREATE INDEX subscription_threshold_gauge ON subscription_threshold (gauge_id, level_cm, lead_minutes);
COMMENT ON TABLE subscription_threshold IS 'Warn this subscription when a forecast reaches the level within the lead time';

CREATE TABLE forecast_precision (
    gauge_id        text NOT NULL REFERENCES gauge (id) ON DELETE CASCADE,
    level_cm        double precision NOT NULL,
    lead_minutes    integer NOT NULL,
    episodes        integer NOT NULL CHECK (episodes >= 0),
    came            integer NOT NULL CHECK (came BETWEEN 0 AND episodes),
    computed_at     timestamptz NOT NULL,
    PRIMARY KEY (gauge_id, level_cm, lead_minutes)
);
COMMENT ON TABLE forecast_precision IS 'Of how many announced floods the water came, from stored forecasts and readings (siaga_core.rules.ahead)';

CREATE TABLE threshold_alert (
    id              uuid PRIMARY KEY,
    subscription_id uuid NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
    gauge_id        text NOT NULL REFERENCES gauge (id) ON DELETE CASCADE,
    level_cm        double precision NOT NULL,
    made_at         timestamptz NOT NULL,
    at              timestamptz NOT NULL CHECK (at > made_at),
    raised_at       timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    message_id      uuid NOT NULL REFERENCES alert_message (id) ON DELETE CASCADE,
    part            jsonb NOT NULL CHECK (jsonb_typeof(part) = 'object')
);
CREATE INDEX threshold_alert_of ON threshold_alert (subscription_id, gauge_id, level_cm, ends_at);
CREATE INDEX threshold_alert_message ON threshold_alert (message_id);
CREATE INDEX threshold_alert_gauge ON threshold_alert (gauge_id);
COMMENT ON TABLE threshold_alert IS 'Which subscriptions were warned ahead of a level, once until ends_at; part is what the message says, in CAP 1.2''s words';
