-- Text channels: what came in raw, talks that go on, numbers of reports for STATUS, health of connectors.

CREATE TABLE text_message (
    id          uuid PRIMARY KEY,
    channel     text NOT NULL CHECK (channel <> ''),
    source_id   text NOT NULL CHECK (source_id <> ''),
    sender      text NOT NULL,
    raw         text NOT NULL CHECK (length(raw) <= 70000),
    outcome     text NOT NULL,
    reply       text NOT NULL,
    sent_at     timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    UNIQUE (channel, source_id)
);
CREATE INDEX text_message_received ON text_message (received_at);
CREATE INDEX text_message_sender ON text_message (channel, sender, received_at);
COMMENT ON TABLE text_message IS 'Each message once, as it came, with the reply that a repeat gets again; personal data, kept 30 days';

CREATE TABLE conversation (
    channel     text NOT NULL,
    sender      text NOT NULL,
    talk        jsonb NOT NULL,
    heard_at    timestamptz NOT NULL,
    PRIMARY KEY (channel, sender)
);
CREATE INDEX conversation_heard ON conversation (heard_at);
COMMENT ON TABLE conversation IS 'Talks that go on; those quiet for two hours have ended';

CREATE TABLE text_report (
    number      bigint GENERATED ALWAYS AS IDENTITY (START WITH 1001) PRIMARY KEY,
    report_id   uuid NOT NULL UNIQUE REFERENCES report (id) ON DELETE CASCADE,
    channel     text NOT NULL,
    sender      text NOT NULL
);
COMMENT ON TABLE text_report IS 'Short numbers for STATUS; only their own sender is answered';

CREATE TABLE connector_health (
    channel         text PRIMARY KEY,
    received        bigint NOT NULL DEFAULT 0,
    repeated        bigint NOT NULL DEFAULT 0,
    refused         bigint NOT NULL DEFAULT 0,
    last_success_at timestamptz,
    lag_seconds     double precision,
    last_error_at   timestamptz,
    last_error      text NOT NULL DEFAULT ''
);
COMMENT ON TABLE connector_health IS 'How each connector fares; lag is from sending to receiving of the last message';
