-- Orders to nodes, what became of them, and enrolment.
CREATE TABLE fleet_config (
    node_id    text NOT NULL CHECK (node_id ~ '^[a-z0-9][a-z0-9-]{1,47}$'),
    version    bigint NOT NULL CHECK (version > 0),
    sha256     text NOT NULL,
    body       text NOT NULL,
    signature  text NOT NULL,
    made_at    timestamptz NOT NULL,
    made_by    text NOT NULL DEFAULT '',
    PRIMARY KEY (node_id, version)
);
COMMENT ON TABLE fleet_config IS 'Signed configurations; the highest version of a node is the wanted one. Bodies may hold cameras'' passwords';

CREATE TABLE fleet_command (
    node_id    text NOT NULL CHECK (node_id ~ '^[a-z0-9][a-z0-9-]{1,47}$'),
    number     bigint NOT NULL CHECK (number > 0),
    kind       text NOT NULL,
    body       text NOT NULL,
    made_at    timestamptz NOT NULL,
    made_by    text NOT NULL DEFAULT '',
    PRIMARY KEY (node_id, number)
);
COMMENT ON TABLE fleet_command IS 'Commands that were signed and sent, for the record';

CREATE TABLE fleet_enrolment (
    token_sha256 bytea PRIMARY KEY,
    node_id      text NOT NULL CHECK (node_id ~ '^[a-z0-9][a-z0-9-]{1,47}$'),
    made_at      timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz,
    used_from    text
);
COMMENT ON TABLE fleet_enrolment IS 'One-time tokens, hashed; a token is used once and only before it expires';

ALTER TABLE node
    ADD COLUMN config_at timestamptz,
    ADD COLUMN config_state text,
    ADD COLUMN running_version bigint,
    ADD COLUMN running_sha256 text;
COMMENT ON COLUMN node.config_version IS 'of the configuration that the node answered last; it may have refused it';
COMMENT ON COLUMN node.running_version IS 'what the node runs by its own word; 0 is its own file';
