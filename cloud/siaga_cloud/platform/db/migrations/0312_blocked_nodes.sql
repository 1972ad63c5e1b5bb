-- Stolen nodes are blocked, and every certificate of a node is known, so that it can be revoked.

CREATE TABLE node_block (
    node_id         text PRIMARY KEY CHECK (node_id ~ '^[a-z0-9][a-z0-9-]{1,47}$'),
    blocked_at      timestamptz NOT NULL,
    blocked_by      text NOT NULL,
    reason          text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    dropped         bigint NOT NULL DEFAULT 0,
    dropped_bytes   bigint NOT NULL DEFAULT 0,
    last_dropped_at timestamptz
);
COMMENT ON TABLE node_block IS 'Nodes of which nothing is believed any more: ingest drops all, no command goes out, the broker refuses them';

CREATE TABLE node_certificate (
    serial      text PRIMARY KEY CHECK (serial ~ '^[0-9a-f]{1,40}$'),
    node_id     text NOT NULL CHECK (node_id ~ '^[a-z0-9][a-z0-9-]{1,47}$'),
    issued_at   timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    revoked_at  timestamptz
);
CREATE INDEX node_certificate_node ON node_certificate (node_id, issued_at DESC);
COMMENT ON TABLE node_certificate IS 'Certificates that enrolment and renewal gave to nodes, by their serial number in hexadecimal';
COMMENT ON COLUMN node_certificate.revoked_at IS 'since when the revocation list names it';
