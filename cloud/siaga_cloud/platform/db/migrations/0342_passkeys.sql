-- Passkeys (WebAuthn): with which staff sign in beside the password, or instead of it where the city requires it.

CREATE TABLE passkey (
    id              bytea PRIMARY KEY CHECK (octet_length(id) BETWEEN 1 AND 1023),
    user_id         text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    public_key      bytea NOT NULL CHECK (octet_length(public_key) <= 2048),
    sign_count      bigint NOT NULL CHECK (sign_count >= 0),
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    is_backed_up    boolean NOT NULL,
    created_at      timestamptz NOT NULL,
    used_at         timestamptz
);
CREATE INDEX passkey_user ON passkey (user_id, created_at);
COMMENT ON TABLE passkey IS 'Public keys of WebAuthn credentials; the private ones are in phones, computers and security keys';

CREATE TABLE passkey_attempt (
    challenge   bytea PRIMARY KEY CHECK (octet_length(challenge) BETWEEN 16 AND 128),
    user_id     text REFERENCES app_user (id) ON DELETE CASCADE,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX passkey_attempt_expiry ON passkey_attempt (expires_at);
COMMENT ON TABLE passkey_attempt IS 'Challenges under way, each accepted once; user_id: who adds a passkey, null for a sign-in';

ALTER TABLE user_session DROP CONSTRAINT user_session_method_check;
ALTER TABLE user_session ADD CONSTRAINT user_session_method_check CHECK (method IN ('password', 'oidc', 'passkey'));
