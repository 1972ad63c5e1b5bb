-- Captures in place: what the server prompts an officer's phone to photograph, and how each proof photo answers it.

CREATE TABLE capture_challenge (
    id                  uuid PRIMARY KEY,
    task_id             uuid NOT NULL REFERENCES task (id) ON DELETE CASCADE,
    user_id             text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    key_id              text NOT NULL REFERENCES device_key (id) ON DELETE CASCADE,
    nonce               text NOT NULL CHECK (length(nonce) BETWEEN 20 AND 64),
    direction           text NOT NULL CHECK (direction IN ('left', 'right', 'up', 'down')),
    issued_at           timestamptz NOT NULL,
    expires_at          timestamptz NOT NULL CHECK (expires_at > issued_at),
    statement_sha256    bytea CHECK (octet_length(statement_sha256) = 32),
    media_id            uuid REFERENCES media (id) ON DELETE SET NULL,
    used_at             timestamptz,
    CHECK ((statement_sha256 IS NULL) = (used_at IS NULL))
);
CREATE INDEX capture_challenge_task ON capture_challenge (task_id, user_id, key_id, expires_at);
CREATE INDEX capture_challenge_expiry ON capture_challenge (expires_at);
COMMENT ON TABLE capture_challenge IS 'One prompt for one task, officer and device: a nonce, and where to move the camera for the second photo; answered once';

CREATE TABLE photo_capture (
    media_id        uuid PRIMARY KEY REFERENCES media (id) ON DELETE CASCADE,
    task_id         uuid NOT NULL REFERENCES task (id) ON DELETE CASCADE,
    grade           text NOT NULL CHECK (grade IN ('challenged', 'gallery')),
    reasons         text[] NOT NULL,
    second_media_id uuid REFERENCES media (id) ON DELETE SET NULL,
    challenge_id    uuid,
    key_id          text,
    statement       jsonb NOT NULL,
    figures         jsonb NOT NULL DEFAULT '{}',
    received_at     timestamptz NOT NULL,
    CHECK ((grade = 'challenged') = (cardinality(reasons) = 0))
);
CREATE INDEX photo_capture_task ON photo_capture (task_id);
COMMENT ON TABLE photo_capture IS 'How a proof photo was made: challenged = in place as the server prompted; a photo without a row was uploaded (gallery)';
COMMENT ON COLUMN photo_capture.statement IS 'what the device signed: times, positions and orientation of both photos';
