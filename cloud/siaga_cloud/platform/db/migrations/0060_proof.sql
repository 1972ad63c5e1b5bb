-- Proof that work was done: what photos say for themselves, whether they were used before, and the camera's second look.

CREATE TABLE photo_fact (
    media_id    uuid PRIMARY KEY REFERENCES media (id) ON DELETE CASCADE,
    facts       jsonb NOT NULL,
    stated      jsonb NOT NULL DEFAULT '{}',
    made_at     timestamptz NOT NULL
);
COMMENT ON TABLE photo_fact IS 'Read from an uploaded photo before its EXIF was taken out: siaga_core.rules.verification.checks.PhotoFacts; stated: what the app said beside it';

-- Two fingerprints a picture (whole, and its middle four fifths). Each is cut into four bands of 16 bits: two that
-- differ in at most 3 bits share a band, in at most 7 a band with one bit turned over.
CREATE TABLE photo_hash (
    media_id    uuid NOT NULL,
    part        smallint NOT NULL CHECK (part IN (0, 1)),
    hash        bigint NOT NULL,
    band0       integer GENERATED ALWAYS AS (((hash >> 48) & 65535)::integer) STORED,
    band1       integer GENERATED ALWAYS AS (((hash >> 32) & 65535)::integer) STORED,
    band2       integer GENERATED ALWAYS AS (((hash >> 16) & 65535)::integer) STORED,
    band3       integer GENERATED ALWAYS AS ((hash & 65535)::integer) STORED,
    PRIMARY KEY (media_id, part)
);
CREATE INDEX photo_hash_band0 ON photo_hash (band0, part) INCLUDE (hash, media_id);
CREATE INDEX photo_hash_band1 ON photo_hash (band1, part) INCLUDE (hash, media_id);
CREATE INDEX photo_hash_band2 ON photo_hash (band2, part) INCLUDE (hash, media_id);
CREATE INDEX photo_hash_band3 ON photo_hash (band3, part) INCLUDE (hash, media_id);
COMMENT ON TABLE photo_hash IS 'Perceptual hashes of every picture: proofs, citizens'' photos, evidence of cameras; plain ones have none';

CREATE TABLE photo_unhashed (
    media_id    uuid PRIMARY KEY,
    reason      text NOT NULL,
    made_at     timestamptz NOT NULL
);
COMMENT ON TABLE photo_unhashed IS 'Pictures that have no hash, and why, so that none is tried again';
CREATE INDEX media_created ON media (created_at);

CREATE TABLE proof_policy (
    category    text PRIMARY KEY CHECK (category = '*' OR category ~ '^[a-z_]{2,32}$'),
    body        jsonb NOT NULL CHECK (jsonb_typeof(body) = 'object'),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE proof_policy IS 'Limits of the checks, which results an operator sees, who is asked how often; of a category over that of *; what is not named is as in siaga_core.rules.verification.method';
INSERT INTO proof_policy (category, body) VALUES
    ('*', '{}'),
    ('flooding', '{"limits": {"near_m": 400}}');

CREATE TABLE proof (
    id              uuid PRIMARY KEY,
    task_id         uuid NOT NULL REFERENCES task (id),
    media_id        uuid NOT NULL REFERENCES media (id),
    resolved_at     timestamptz NOT NULL,
    resolved_by     text NOT NULL,
    before_media_id uuid REFERENCES media (id),
    worst           text NOT NULL CHECK (worst IN ('fine', 'doubtful', 'failed', 'unknown')),
    held            boolean NOT NULL,
    way             text NOT NULL CHECK (way IN ('camera', 'reporter', 'operator', 'findings')),
    why             text NOT NULL DEFAULT '',
    answer_by       timestamptz,
    outcome         text CHECK (outcome IN ('verified', 'reopened')),
    decided_by      text,
    decided_at      timestamptz,
    after_media_id  uuid,
    made_at         timestamptz NOT NULL,
    UNIQUE (task_id, resolved_at),
    CHECK ((outcome IS NULL) = (decided_at IS NULL))
);
CREATE INDEX proof_waiting ON proof (answer_by) WHERE outcome IS NULL;
CREATE INDEX proof_made ON proof (made_at DESC);
COMMENT ON TABLE proof IS 'One row for each time that a task was resolved; way: who has the last word';
COMMENT ON COLUMN proof.held IS 'its findings are such that an operator sees it before it is verified';
COMMENT ON COLUMN proof.after_media_id IS 'the camera''s picture of its second look, or the reporter''s; no foreign key, because it may arrive later';

CREATE TABLE proof_check (
    proof_id        uuid NOT NULL REFERENCES proof (id),
    name            text NOT NULL CHECK (name IN ('taken_when', 'taken_where', 'duplicate', 'edited', 'same_scene')),
    result          text NOT NULL CHECK (result IN ('fine', 'doubtful', 'failed', 'unknown')),
    explanation_id  text NOT NULL,
    explanation_en  text NOT NULL,
    figures         jsonb NOT NULL DEFAULT '{}',
    twin_media_id   uuid,
    PRIMARY KEY (proof_id, name)
);
CREATE INDEX proof_check_result ON proof_check (result, name);
COMMENT ON TABLE proof_check IS 'Findings: what was looked into, how it ended and why; never a verdict';

CREATE TABLE relook (
    id              uuid PRIMARY KEY,
    proof_id        uuid NOT NULL UNIQUE REFERENCES proof (id),
    task_id         uuid NOT NULL,
    node_id         text NOT NULL,
    camera_id       text NOT NULL,
    zone_id         text,
    hazard          text NOT NULL,
    box             jsonb,
    made_at         timestamptz NOT NULL,
    deadline        timestamptz NOT NULL,
    sent_at         timestamptz,
    command_number  bigint,
    answered_at     timestamptz,
    seen_at         timestamptz,
    state           text CHECK (state IN ('cleared', 'still_there', 'cannot_see')),
    reason          text NOT NULL DEFAULT '',
    frames          integer,
    seen_share      double precision,
    water_share     double precision,
    done_at         timestamptz
);
CREATE INDEX relook_open ON relook (deadline) WHERE done_at IS NULL;
COMMENT ON TABLE relook IS 'A camera was asked to look again; id is the command''s look_id, its picture is evidence of event_id = id';
COMMENT ON COLUMN relook.done_at IS 'the answer (or the deadline) was acted on, once';

CREATE TABLE proof_answer (
    report_id   uuid NOT NULL REFERENCES report (id) ON DELETE CASCADE,
    proof_id    uuid NOT NULL REFERENCES proof (id),
    fixed       boolean NOT NULL,
    media_id    uuid REFERENCES media (id),
    at          timestamptz NOT NULL,
    PRIMARY KEY (report_id, proof_id)
);
COMMENT ON TABLE proof_answer IS 'What a reporter said when asked whether it was fixed; the first answer counts';
