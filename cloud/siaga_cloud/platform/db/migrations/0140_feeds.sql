-- Feeds: what other systems publish, polled or subscribed to; what came raw, what became of each item, warnings of others.

CREATE TABLE feed (
    id              text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{1,30}$'),
    kind            text NOT NULL CHECK (kind ~ '^[a-z_]{2,32}$'),
    options         jsonb NOT NULL,
    enabled         boolean NOT NULL,
    updated_at      timestamptz NOT NULL
);
COMMENT ON TABLE feed IS 'A city''s feeds.toml as imported; options are siaga_cloud.feeds.options. Secrets are not in it, only the names of their variables';

CREATE TABLE feed_state (
    feed_id         text PRIMARY KEY REFERENCES feed (id) ON DELETE CASCADE,
    next_at         timestamptz NOT NULL,
    failures        integer NOT NULL DEFAULT 0,
    etag            text,
    last_modified   text,
    as_of           timestamptz
);
COMMENT ON COLUMN feed_state.next_at IS 'when it is due; while it is being polled, when it may be asked for again if that poll dies';
COMMENT ON COLUMN feed_state.as_of IS 'of when the newest body says that it is; an older one changes nothing';

CREATE TABLE feed_item (
    feed_id         text NOT NULL REFERENCES feed (id) ON DELETE CASCADE,
    source_id       text NOT NULL CHECK (length(source_id) BETWEEN 1 AND 300),
    content_sha256  bytea NOT NULL CHECK (octet_length(content_sha256) = 32),
    revision        integer NOT NULL DEFAULT 1,
    signal_id       uuid,
    said_at         timestamptz NOT NULL,
    seen_at         timestamptz NOT NULL,
    gone_at         timestamptz,
    PRIMARY KEY (feed_id, source_id)
);
CREATE INDEX feed_item_seen ON feed_item (seen_at);
CREATE INDEX feed_item_held ON feed_item (feed_id) WHERE signal_id IS NOT NULL AND gone_at IS NULL;
COMMENT ON TABLE feed_item IS 'Each item of a feed once, by the source''s own id or a stated substitute; forgotten 40 days after it was seen last';
COMMENT ON COLUMN feed_item.said_at IS 'of when its newest revision is; an older one changes nothing';

CREATE TABLE feed_raw (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed_id         text NOT NULL REFERENCES feed (id) ON DELETE CASCADE,
    received_at     timestamptz NOT NULL,
    label           text NOT NULL DEFAULT '',
    sha256          bytea NOT NULL CHECK (octet_length(sha256) = 32),
    size_bytes      integer NOT NULL,
    body            bytea NOT NULL
);
CREATE INDEX feed_raw_feed ON feed_raw (feed_id, received_at);
COMMENT ON TABLE feed_raw IS 'Bodies as they came (body is gzip), each that differs from the one before; bounded by days and by bytes a feed';

CREATE TABLE feed_warning (
    id              uuid PRIMARY KEY,
    feed_id         text NOT NULL REFERENCES feed (id) ON DELETE CASCADE,
    identifier      text NOT NULL CHECK (length(identifier) BETWEEN 1 AND 300),
    sender          text NOT NULL CHECK (length(sender) BETWEEN 1 AND 300),
    sent_at         timestamptz NOT NULL,
    status          text NOT NULL CHECK (status IN ('Actual', 'Exercise', 'System', 'Test', 'Draft')),
    message_type    text NOT NULL CHECK (message_type IN ('Alert', 'Update', 'Cancel')),
    refers_to       text[] NOT NULL DEFAULT '{}',
    superseded_at   timestamptz,
    event           text NOT NULL,
    urgency         text NOT NULL,
    severity        text NOT NULL,
    certainty       text NOT NULL,
    onset_at        timestamptz,
    expires_at      timestamptz NOT NULL,
    texts           jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(texts) = 'array'),
    areas           jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(areas) = 'array'),
    area_ids        text[] NOT NULL DEFAULT '{}',
    received_at     timestamptz NOT NULL,
    UNIQUE (feed_id, sender, identifier)
);
CREATE INDEX feed_warning_expires ON feed_warning (expires_at) WHERE superseded_at IS NULL;
CREATE INDEX feed_warning_refers ON feed_warning USING gin (refers_to);
COMMENT ON TABLE feed_warning IS 'Warnings of others (CAP), every message once; in force: Alert or Update of status Actual, not superseded, not expired';
COMMENT ON COLUMN feed_warning.refers_to IS '"sender,identifier" of the messages that this one updates or cancels, which may come later than it';
COMMENT ON COLUMN feed_warning.area_ids IS 'kelurahan that its polygons and circles touch';
