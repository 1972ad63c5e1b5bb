-- The random sample of tasks that people verify is drawn with a secret of the day that was committed to beforehand.
CREATE TABLE sampling_day (
    day             date PRIMARY KEY,
    secret          bytea NOT NULL CHECK (octet_length(secret) = 32),
    commitment      text NOT NULL CHECK (commitment ~ '^[0-9a-f]{64}$'),
    committed_at    timestamptz NOT NULL,
    revealed_at     timestamptz
);
COMMENT ON TABLE sampling_day IS 'commitment: SHA-256 of the secret, public from committed_at on; the secret is public from revealed_at on';

CREATE VIEW sampling_published AS
SELECT day, commitment, committed_at, revealed_at, CASE WHEN revealed_at IS NOT NULL THEN secret END AS secret
FROM sampling_day;

ALTER TABLE proof ADD COLUMN draw_day date REFERENCES sampling_day (day), ADD COLUMN draw_message text,
    ADD COLUMN draw double precision, ADD COLUMN sampled_share double precision;
CREATE INDEX proof_draw_day ON proof (draw_day) WHERE draw_day IS NOT NULL;
COMMENT ON COLUMN proof.draw IS 'HMAC-SHA256 of draw_message with the secret of draw_day, its first 64 bits as 0..1; below sampled_share: a person verifies';

CREATE VIEW sampling_draw AS
SELECT proof.draw_day AS day, proof.draw_message AS message, proof.draw, proof.sampled_share AS share, proof.method,
    proof.made_at, proof.id AS proof_id
FROM proof JOIN sampling_day ON sampling_day.day = proof.draw_day WHERE sampling_day.revealed_at IS NOT NULL;
COMMENT ON VIEW sampling_draw IS 'The draws of revealed days, for everybody: a message names the task and the hash of its photo';
