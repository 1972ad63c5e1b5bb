-- Device keys of installed pages: public halves of keys that a browser cannot export, and the requests signed with them.

CREATE TABLE device_key (
    id              text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{43}$'),
    public_key      bytea NOT NULL CHECK (octet_length(public_key) = 65),
    network         text NOT NULL CHECK (length(network) BETWEEN 1 AND 64),
    registered_at   timestamptz NOT NULL,
    used_at         timestamptz,
    revoked_at      timestamptz,
    revoked_by      text,
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE INDEX device_key_network ON device_key (network, registered_at);
COMMENT ON TABLE device_key IS 'Public keys (ECDSA P-256) of installed pages; the private key never leaves its browser';
COMMENT ON COLUMN device_key.id IS 'the thumbprint of the key (RFC 7638), so that it cannot be chosen';
COMMENT ON COLUMN device_key.network IS 'the network that registered it: /24 of IPv4, /48 of IPv6; keys of one network are weak evidence of several people';
COMMENT ON COLUMN device_key.used_at IS 'of the newest request that it signed; null: none yet';

CREATE TABLE device_key_user (
    key_id          text NOT NULL REFERENCES device_key (id) ON DELETE CASCADE,
    user_id         text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    agent           text NOT NULL DEFAULT '' CHECK (length(agent) <= 200),
    bound_at        timestamptz NOT NULL,
    PRIMARY KEY (key_id, user_id)
);
CREATE INDEX device_key_user_user ON device_key_user (user_id, bound_at);
COMMENT ON TABLE device_key_user IS 'Members of staff who signed in on the device of a key; a shared phone has several';

CREATE TABLE device_key_use (
    message_sha256  bytea PRIMARY KEY CHECK (octet_length(message_sha256) = 32),
    used_at         timestamptz NOT NULL
);
CREATE INDEX device_key_use_at ON device_key_use (used_at);
COMMENT ON TABLE device_key_use IS 'Signed requests that were accepted, for as long as they would be fresh: a replay is refused';
