-- What people are told: notices (one fact for one audience, each made exactly once), the messages that carry them (one
-- notice, or many grouped), whom a message reached, and what is still to be delivered elsewhere.

CREATE TABLE notice_message (
    id              uuid PRIMARY KEY,
    audience_kind   text NOT NULL,
    audience_key    text NOT NULL,
    priority        smallint NOT NULL CHECK (priority BETWEEN 1 AND 4),
    text_id         text NOT NULL,
    text_en         text NOT NULL,
    notices         integer NOT NULL CHECK (notices > 0),
    in_storm        boolean NOT NULL,
    created_at      timestamptz NOT NULL
);
CREATE INDEX notice_message_audience ON notice_message (audience_kind, audience_key, created_at DESC);
COMMENT ON TABLE notice_message IS 'What was said to an audience: one notice, or a group of them under the most urgent';

CREATE TABLE notice (
    id              uuid PRIMARY KEY,
    dedupe_key      text NOT NULL UNIQUE CHECK (length(dedupe_key) BETWEEN 1 AND 300),
    audience_kind   text NOT NULL CHECK (audience_kind IN ('user', 'role', 'agency', 'reporter', 'subscriber')),
    audience_key    text NOT NULL CHECK (length(audience_key) BETWEEN 1 AND 200),
    kind            text NOT NULL CHECK (kind ~ '^[a-z_]{2,48}$'),
    subject_kind    text NOT NULL CHECK (subject_kind ~ '^[a-z_]{2,32}$'),
    subject_id      text NOT NULL,
    priority        smallint NOT NULL CHECK (priority BETWEEN 1 AND 4),
    group_key       text NOT NULL,
    body            jsonb NOT NULL CHECK (jsonb_typeof(body) = 'object'),
    text_id         text NOT NULL DEFAULT '',
    text_en         text NOT NULL DEFAULT '',
    state           text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'grouped', 'failed')),
    message_id      uuid REFERENCES notice_message (id),
    due_at          timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    sent_at         timestamptz,
    CHECK ((state IN ('sent', 'grouped')) = (message_id IS NOT NULL)),
    CHECK ((state = 'queued') = (sent_at IS NULL))
);
CREATE INDEX notice_queued ON notice (due_at) WHERE state = 'queued';
CREATE INDEX notice_created ON notice (created_at);
CREATE INDEX notice_subject ON notice (subject_kind, subject_id);
CREATE INDEX notice_message_of ON notice (message_id);
CREATE INDEX notice_audience ON notice (audience_kind, audience_key, created_at DESC);
COMMENT ON TABLE notice IS 'One fact for one audience. The unique dedupe_key makes it exactly once, whoever asks however often';
COMMENT ON COLUMN notice.audience_key IS 'user: its id; role: role, or role@area; agency: its id; reporter: the report''s id; subscriber: the subscription''s id';
COMMENT ON COLUMN notice.group_key IS 'area and category: in a storm, notices of one group become one message';
COMMENT ON COLUMN notice.state IS 'sent: heads its message; grouped: listed in it; failed: the audience is nobody';
COMMENT ON COLUMN notice.sent_at IS 'when its message was put in the inboxes, or it failed';

CREATE TABLE notice_inbox (
    user_id     text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    message_id  uuid NOT NULL REFERENCES notice_message (id) ON DELETE CASCADE,
    at          timestamptz NOT NULL,
    read_at     timestamptz,
    PRIMARY KEY (user_id, message_id)
);
CREATE INDEX notice_inbox_at ON notice_inbox (user_id, at DESC);
COMMENT ON TABLE notice_inbox IS 'The inbox of each user';

CREATE TABLE notice_target (
    audience_kind   text NOT NULL,
    audience_key    text NOT NULL,
    channel         text NOT NULL CHECK (channel ~ '^[a-z_]{2,16}$'),
    address         text NOT NULL CHECK (length(address) BETWEEN 1 AND 2000),
    PRIMARY KEY (audience_kind, audience_key, channel, address)
);
COMMENT ON TABLE notice_target IS 'Where an audience is told besides the inbox: email, webhook, ... Addresses of people are personal data';

CREATE TABLE notice_delivery (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id  uuid NOT NULL REFERENCES notice_message (id) ON DELETE CASCADE,
    channel     text NOT NULL,
    address     text NOT NULL,
    state       text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'failed')),
    attempts    integer NOT NULL DEFAULT 0,
    error       text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL,
    due_at      timestamptz NOT NULL,
    done_at     timestamptz,
    UNIQUE (message_id, channel, address)
);
CREATE INDEX notice_delivery_queued ON notice_delivery (due_at) WHERE state = 'queued';
COMMENT ON TABLE notice_delivery IS 'A message on its way to an address; tried again until sent, or failed for good with its error';

CREATE TABLE notice_bucket (
    audience_kind   text NOT NULL,
    audience_key    text NOT NULL,
    tokens          double precision NOT NULL,
    at              timestamptz NOT NULL,
    PRIMARY KEY (audience_kind, audience_key)
);
COMMENT ON TABLE notice_bucket IS 'Token bucket of each audience: how many messages it may get now';

CREATE TABLE notice_storm (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    began_at    timestamptz NOT NULL,
    began_by    text NOT NULL CHECK (began_by <> ''),
    why         text NOT NULL,
    ended_at    timestamptz,
    ended_by    text,
    end_why     text,
    hold_until  timestamptz,
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE UNIQUE INDEX notice_storm_one ON notice_storm ((true)) WHERE ended_at IS NULL;
COMMENT ON TABLE notice_storm IS 'When alarms came so thick that notices were grouped; begun and ended by rate or by an operator';
COMMENT ON COLUMN notice_storm.hold_until IS 'an operator decided: until then the rate changes nothing';
