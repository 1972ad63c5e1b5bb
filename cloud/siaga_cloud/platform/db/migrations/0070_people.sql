-- People: sign-in, sessions, tokens; the audit of looks at personal data; officers' duty and position.

ALTER TABLE app_user DROP CONSTRAINT app_user_role_check;
ALTER TABLE app_user ADD CONSTRAINT app_user_role_check
    CHECK (role IN ('citizen', 'officer', 'area_head', 'agency_head', 'operator', 'leader', 'admin'));
ALTER TABLE app_user
    ADD COLUMN email text CHECK (length(email) <= 254),
    ADD COLUMN password_set_at timestamptz,
    ADD COLUMN oidc_issuer text,
    ADD COLUMN oidc_subject text,
    ADD CHECK ((oidc_issuer IS NULL) = (oidc_subject IS NULL)),
    ADD UNIQUE (oidc_issuer, oidc_subject);
COMMENT ON TABLE app_user IS 'People who sign in; citizens need not';

CREATE TABLE user_session (
    id              uuid PRIMARY KEY,
    secret_sha256   bytea NOT NULL UNIQUE CHECK (octet_length(secret_sha256) = 32),
    user_id         text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    way             text NOT NULL CHECK (way IN ('password', 'oidc')),
    agent           text NOT NULL DEFAULT '' CHECK (length(agent) <= 200),
    made_at         timestamptz NOT NULL,
    seen_at         timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    ended_at        timestamptz
);
CREATE INDEX user_session_user ON user_session (user_id) WHERE ended_at IS NULL;
COMMENT ON TABLE user_session IS 'Sign-ins by cookie; only the hash of the cookie''s 32 random bytes is kept';

CREATE TABLE api_token (
    id              uuid PRIMARY KEY,
    secret_sha256   bytea NOT NULL UNIQUE CHECK (octet_length(secret_sha256) = 32),
    user_id         text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    scopes          text[] NOT NULL CHECK (scopes <@ ARRAY['read:public', 'read:tasks', 'write:tasks', 'read:personal',
                                                          'admin'] AND cardinality(scopes) > 0),
    made_at         timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    used_at         timestamptz,
    revoked_at      timestamptz
);
CREATE INDEX api_token_user ON api_token (user_id) WHERE revoked_at IS NULL;
COMMENT ON TABLE api_token IS 'Bearer tokens with limits, several a user; app_user.token_sha256 is the one without limits that the command line makes';

CREATE TABLE sign_in_guard (
    key             text PRIMARY KEY CHECK (length(key) <= 120),
    failures        integer NOT NULL CHECK (failures >= 0),
    last_at         timestamptz NOT NULL,
    locked_until    timestamptz
);
CREATE INDEX sign_in_guard_last ON sign_in_guard (last_at);
COMMENT ON TABLE sign_in_guard IS 'Failed sign-ins by account (hashed) and by address; in the database so that it holds over replicas';

CREATE TABLE oidc_attempt (
    state_sha256    bytea PRIMARY KEY CHECK (octet_length(state_sha256) = 32),
    browser_sha256  bytea NOT NULL,
    nonce           text NOT NULL,
    verifier        text NOT NULL,
    expires_at      timestamptz NOT NULL
);
COMMENT ON TABLE oidc_attempt IS 'Sign-ins under way at the city''s identity provider; each is taken once';

CREATE TABLE audit (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    actor       text NOT NULL CHECK (actor <> ''),
    action      text NOT NULL CHECK (action ~ '^[a-z_]{2,40}$'),
    object_kind text NOT NULL,
    object_id   text NOT NULL,
    why         text NOT NULL DEFAULT '' CHECK (length(why) <= 500),
    details     jsonb NOT NULL DEFAULT '{}',
    at          timestamptz NOT NULL
);
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_object ON audit (object_kind, object_id, id);
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
COMMENT ON TABLE audit IS 'Who looked at or changed which personal data and why, append-only. actor = app_user.id, admin command, or reporter';

CREATE FUNCTION record_audit(
    actor text, action text, object_kind text, object_id text, why text, details jsonb, at timestamptz
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO audit (actor, action, object_kind, object_id, why, details, at)
    VALUES ($1, $2, $3, $4, left($5, 500), $6, $7)
$$;

-- === officers ==================================================================================================

CREATE TABLE officer_duty (
    id              uuid PRIMARY KEY,
    user_id         text NOT NULL REFERENCES app_user (id),
    began_at        timestamptz NOT NULL,
    ended_at        timestamptz,
    consent_version text NOT NULL,
    consent_at      timestamptz NOT NULL,
    last_lat        double precision CHECK (last_lat BETWEEN -90 AND 90),
    last_lon        double precision CHECK (last_lon BETWEEN -180 AND 180),
    last_at         timestamptz,
    CHECK (ended_at >= began_at),
    CHECK (ended_at IS NULL OR last_at IS NULL)
);
CREATE UNIQUE INDEX officer_duty_now ON officer_duty (user_id) WHERE ended_at IS NULL;
CREATE INDEX officer_duty_user ON officer_duty (user_id, began_at DESC);
COMMENT ON TABLE officer_duty IS 'Spans of duty, each with the consent to share the position during it; the newest position only while it lasts';

CREATE TABLE officer_position (
    user_id     text NOT NULL,
    measured_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    lat         double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    lon         double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
    accuracy_m  real,
    PRIMARY KEY (user_id, measured_at)
);
SELECT make_hypertable('officer_position', 'measured_at', interval '1 day');
COMMENT ON TABLE officer_position IS 'Where officers were while on duty; kept 30 days';

-- drop_chunks asks for the owner, and the worker is not.
CREATE FUNCTION forget_officer_positions(before timestamptz, most integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        PERFORM drop_chunks('public.officer_position'::regclass, older_than => before);
    END IF;
    DELETE FROM public.officer_position WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM public.officer_position WHERE measured_at < before LIMIT most));
END $$;
REVOKE ALL ON FUNCTION forget_officer_positions(timestamptz, integer) FROM PUBLIC;

CREATE INDEX task_incident ON task (incident_id);

-- How fast officers came: from the newest assignment before the arrival to the arrival.
CREATE VIEW officer_response WITH (security_invoker = true) AS
SELECT task.id AS task_id, task.category, task.area_id, task.agency_id, arrived.actor AS user_id, assigned.at AS assigned_at,
    arrived.at AS arrived_at, extract(epoch FROM arrived.at - assigned.at)::float8 AS seconds
FROM task_move AS arrived JOIN task ON task.id = arrived.task_id
JOIN LATERAL (SELECT at FROM task_move AS earlier WHERE earlier.task_id = arrived.task_id
    AND earlier.verb IN ('assign', 'accept') AND earlier.at <= arrived.at
    AND (earlier.verb = 'accept' OR earlier.to_user = arrived.actor OR earlier.to_user IS NULL)
    ORDER BY (earlier.verb = 'assign') DESC, earlier.id DESC LIMIT 1) AS assigned ON true
WHERE arrived.verb = 'arrive';
