-- Alerts to people by place, the ledger of what was decided and told, and who wishes to be told (without an account).

CREATE TABLE gauge_warns (
    gauge_id    text NOT NULL REFERENCES gauge (id) ON DELETE CASCADE,
    area_id     text NOT NULL REFERENCES area (id) ON DELETE CASCADE,
    PRIMARY KEY (gauge_id, area_id)
);
COMMENT ON TABLE gauge_warns IS 'Areas downstream that a gauge warns, as published; a gauge without any warns its own area';

CREATE TABLE area_alert (
    id              uuid PRIMARY KEY,
    area_id         text REFERENCES area (id) ON DELETE CASCADE,
    gauge_id        text REFERENCES gauge (id) ON DELETE CASCADE,
    level           smallint NOT NULL CHECK (level BETWEEN 0 AND 3),
    stage           smallint NOT NULL CHECK (stage BETWEEN 1 AND 4),
    coming_stage    smallint NOT NULL CHECK (coming_stage BETWEEN 1 AND 4),
    flood_state     smallint NOT NULL CHECK (flood_state BETWEEN 0 AND 4),
    arrives_at      timestamptz,
    earliest_at     timestamptz,
    latest_at       timestamptz,
    revision        integer NOT NULL CHECK (revision > 0),
    raised_at       timestamptz NOT NULL,
    told_at         timestamptz NOT NULL,
    ended_at        timestamptz,
    memory          jsonb NOT NULL,
    CHECK (num_nonnulls(area_id, gauge_id) = 1),
    CHECK ((level = 0) = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX area_alert_one ON area_alert (coalesce(area_id, ''), coalesce(gauge_id, '')) WHERE ended_at IS NULL;
CREATE INDEX area_alert_ended ON area_alert (ended_at) WHERE ended_at IS NOT NULL;
COMMENT ON TABLE area_alert IS 'A warning of an area, or of a gauge for those who follow it; open until its all-clear';
COMMENT ON COLUMN area_alert.memory IS 'what siaga_core.rules.alert needs to go on';

CREATE TABLE area_alert_revision (
    alert_id        uuid NOT NULL REFERENCES area_alert (id) ON DELETE CASCADE,
    revision        integer NOT NULL,
    at              timestamptz NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('raise', 'update', 'all_clear')),
    why             text NOT NULL,
    level           smallint NOT NULL CHECK (level BETWEEN 0 AND 3),
    stage           smallint NOT NULL CHECK (stage BETWEEN 1 AND 4),
    flood_state     smallint NOT NULL CHECK (flood_state BETWEEN 0 AND 4),
    severity        text NOT NULL CHECK (severity IN ('Extreme', 'Severe', 'Moderate', 'Minor', 'Unknown')),
    urgency         text NOT NULL CHECK (urgency IN ('Immediate', 'Expected', 'Future', 'Past', 'Unknown')),
    certainty       text NOT NULL CHECK (certainty IN ('Observed', 'Likely', 'Possible', 'Unlikely', 'Unknown')),
    onset_at        timestamptz,
    expires_at      timestamptz,
    headline_id     text NOT NULL,
    headline_en     text NOT NULL,
    text_id         text NOT NULL,
    text_en         text NOT NULL,
    short_id        text NOT NULL,
    short_en        text NOT NULL,
    instruction_id  text NOT NULL,
    instruction_en  text NOT NULL,
    evidence        jsonb NOT NULL,
    PRIMARY KEY (alert_id, revision)
);
COMMENT ON TABLE area_alert_revision IS 'The ledger: what was told, why, on what evidence; severity, urgency and certainty in CAP 1.2''s words. Append-only';
COMMENT ON COLUMN area_alert_revision.stage IS 'the worse of what is at hand and what is coming: what a subscriber''s least stage is compared with';
CREATE TRIGGER area_alert_revision_append_only BEFORE UPDATE ON area_alert_revision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- === who wishes to be told =====================================================================================

CREATE TABLE subscription (
    id                  uuid PRIMARY KEY,
    channel             text NOT NULL CHECK (channel IN ('email', 'webpush', 'webhook', 'sms')),
    address_sha256      bytea NOT NULL CHECK (octet_length(address_sha256) = 32),
    secret_sha256       bytea NOT NULL UNIQUE CHECK (octet_length(secret_sha256) = 32),
    areas               text[] NOT NULL DEFAULT '{}',
    hears               text[] NOT NULL DEFAULT '{}',
    gauges              text[] NOT NULL DEFAULT '{}',
    least_stage         smallint NOT NULL DEFAULT 3 CHECK (least_stage BETWEEN 1 AND 3),
    least_flood_state   smallint NOT NULL DEFAULT 2 CHECK (least_flood_state BETWEEN 1 AND 4),
    language            text NOT NULL CHECK (language IN ('id', 'en')),
    quiet_from          time,
    quiet_to            time,
    confirmed_at        timestamptz,
    code_sha256         bytea,
    code_tries          integer NOT NULL DEFAULT 0,
    failures            integer NOT NULL DEFAULT 0,
    created_at          timestamptz NOT NULL,
    expires_at          timestamptz,
    CHECK ((quiet_from IS NULL) = (quiet_to IS NULL)),
    CHECK (cardinality(areas) + cardinality(gauges) BETWEEN 1 AND 50),
    CHECK ((confirmed_at IS NULL) = (expires_at IS NOT NULL))
);
CREATE INDEX subscription_hears ON subscription USING gin (hears) WHERE confirmed_at IS NOT NULL;
CREATE INDEX subscription_gauges ON subscription USING gin (gauges) WHERE confirmed_at IS NOT NULL;
CREATE INDEX subscription_address_of ON subscription (address_sha256);
CREATE INDEX subscription_expires ON subscription (expires_at) WHERE confirmed_at IS NULL;
COMMENT ON TABLE subscription IS 'Who is told of alerts, without the address; pending until confirmed, and forgotten if that never comes';
COMMENT ON COLUMN subscription.hears IS 'the areas, and of an RW its kelurahan: alerts are made for kelurahan';
COMMENT ON COLUMN subscription.quiet_from IS 'from quiet_to on (local time of the city) what was held back is told; level danger never waits';

CREATE TABLE subscription_address (
    subscription_id uuid PRIMARY KEY REFERENCES subscription (id) ON DELETE CASCADE,
    address         text NOT NULL CHECK (length(address) BETWEEN 1 AND 2000),
    keys            jsonb,
    secret          text NOT NULL,
    code            text
);
COMMENT ON TABLE subscription_address IS 'Personal data, apart so that it can be granted and deleted apart; the secret is for the link in each message';
COMMENT ON COLUMN subscription_address.keys IS 'of a browser''s push subscription: p256dh, auth';

CREATE TABLE subscription_attempt (
    key     text NOT NULL CHECK (length(key) BETWEEN 1 AND 100),
    at      timestamptz NOT NULL
);
CREATE INDEX subscription_attempt_key ON subscription_attempt (key, at);
CREATE INDEX subscription_attempt_at ON subscription_attempt (at);
COMMENT ON TABLE subscription_attempt IS 'Counted by hashed address and by client, over all replicas; kept two days';

CREATE TABLE alert_message (
    id              uuid PRIMARY KEY,
    subscription_id uuid NOT NULL,
    channel         text NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('confirm', 'alert')),
    priority        smallint NOT NULL CHECK (priority BETWEEN 1 AND 4),
    state           text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'failed')),
    attempts        integer NOT NULL DEFAULT 0,
    error           text NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL,
    due_at          timestamptz NOT NULL,
    asked_at        timestamptz,
    done_at         timestamptz
);
CREATE INDEX alert_message_queued ON alert_message (priority, due_at) WHERE state = 'queued';
CREATE INDEX alert_message_done ON alert_message (created_at);
CREATE INDEX alert_message_subscription ON alert_message (subscription_id);
COMMENT ON TABLE alert_message IS 'A message to a subscription: one alert, or all that were due for it at once. No address, so that counts outlive people';
COMMENT ON COLUMN alert_message.asked_at IS 'when a job was deferred for this try';

CREATE TABLE alert_told (
    subscription_id uuid NOT NULL,
    alert_id        uuid NOT NULL REFERENCES area_alert (id) ON DELETE CASCADE,
    revision        integer NOT NULL,
    message_id      uuid NOT NULL REFERENCES alert_message (id) ON DELETE CASCADE,
    PRIMARY KEY (alert_id, subscription_id, revision)
);
CREATE INDEX alert_told_message ON alert_told (message_id);
COMMENT ON TABLE alert_told IS 'The key that makes it exactly once: a subscription is told a revision of an alert one time';
