-- Incidents as operators work on them: policies of the city, what verdicts have taught, changes that can be undone,
-- contradictions, flood states of areas.

-- === policies of the city ======================================================================================

CREATE TABLE match_policy (
    category        text PRIMARY KEY CHECK (category ~ '^[a-z_]{2,32}$'),
    radius_m        double precision NOT NULL CHECK (radius_m > 0 AND radius_m <= 5000),
    window_seconds  double precision NOT NULL CHECK (window_seconds > 0 AND window_seconds <= 31622400),
    updated_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE match_policy IS 'How near in space and time signals of a category are the same incident; categories without a row: siaga_core.rules.incident';

CREATE TABLE source_prior (
    kind        text PRIMARY KEY CHECK (kind IN ('camera', 'gauge', 'citizen', 'feed', 'rule')),
    mean        double precision NOT NULL CHECK (mean BETWEEN 0 AND 1),
    strength    double precision NOT NULL CHECK (strength > 0 AND strength <= 10000),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE source_prior IS 'Beta prior of a kind of source: believed as if judged `strength` times, right in `mean` of them; kinds without a row: siaga_core.rules.reliability';

-- === signals of more kinds =====================================================================================

ALTER TABLE signal DROP CONSTRAINT signal_kind_check;
ALTER TABLE signal ADD CONSTRAINT signal_kind_check CHECK (kind IN ('event', 'report', 'feed', 'stage', 'rule'));
ALTER TABLE signal DROP CONSTRAINT signal_source_key_check;
ALTER TABLE signal ADD CONSTRAINT signal_source_key_check CHECK (source_key ~ '^(camera|gauge|citizen|feed|rule):.+$');
ALTER TABLE signal ADD COLUMN depth_cm double precision CHECK (depth_cm BETWEEN 0 AND 2000);
COMMENT ON COLUMN signal.kind IS 'stage: the cloud''s own stage of a gauge that sends readings only; rule: a contradiction that was noticed';
COMMENT ON COLUMN signal.depth_cm IS 'water on the street as measured or told, null where nobody did';
CREATE INDEX signal_citizen_flood ON signal (last_at) WHERE category = 'flooding' AND kind = 'report';
CREATE UNIQUE INDEX signal_open_stage ON signal (source_key) WHERE kind = 'stage' AND ended_at IS NULL;
CREATE UNIQUE INDEX signal_open_rule ON signal (source_key) WHERE kind = 'rule' AND ended_at IS NULL;

-- === what was learned ==========================================================================================

CREATE TABLE counted_verdict (
    incident_id uuid NOT NULL REFERENCES incident (id),
    source_key  text NOT NULL,
    verdict     text NOT NULL CHECK (verdict IN ('confirmed', 'false_alarm')),
    PRIMARY KEY (incident_id, source_key)
);
COMMENT ON TABLE counted_verdict IS 'What each judged incident added to source_reliability, so that it can be taken back to the last count';
INSERT INTO counted_verdict
    SELECT DISTINCT incident.id, member.source_key, incident.verdict
    FROM incident JOIN incident_member AS member ON member.incident_id = incident.id
    WHERE incident.verdict IS NOT NULL AND member.removed_at IS NULL;

ALTER TABLE incident_member ADD COLUMN prior_mean double precision, ADD COLUMN prior_strength double precision,
    ADD COLUMN confirmed integer, ADD COLUMN refuted integer;
COMMENT ON COLUMN incident_member.prior_mean IS 'with prior_strength, confirmed and refuted: what made up `reliability` when the ledger was last reckoned';

-- === changes by people =========================================================================================

CREATE TABLE incident_change (
    id          uuid PRIMARY KEY,
    number      bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    verb        text NOT NULL CHECK (verb IN ('merge', 'split', 'close', 'reopen', 'undo')),
    incident_id uuid NOT NULL REFERENCES incident (id),
    other_id    uuid REFERENCES incident (id),
    actor       text NOT NULL CHECK (actor <> ''),
    reason      text NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
    at          timestamptz NOT NULL,
    undoes      uuid UNIQUE REFERENCES incident_change (id),
    signal_ids  uuid[] NOT NULL DEFAULT '{}',
    before      jsonb NOT NULL DEFAULT '{}',
    CHECK ((verb = 'undo') = (undoes IS NOT NULL)),
    CHECK ((other_id IS NOT NULL) OR verb IN ('close', 'reopen', 'undo'))
);
CREATE INDEX incident_change_incident ON incident_change (incident_id, number);
CREATE INDEX incident_change_other ON incident_change (other_id, number) WHERE other_id IS NOT NULL;
CREATE TRIGGER incident_change_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON incident_change
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
COMMENT ON TABLE incident_change IS 'Who merged, split, closed or reopened what, why, and what moved; append-only. An undo names the change that it undoes';
COMMENT ON COLUMN incident_change.other_id IS 'merge: the incident that took the members; split: the new one';
COMMENT ON COLUMN incident_change.before IS 'what an undo puts back: state, verdict and tasks as they were';
CREATE INDEX incident_merged_spot ON incident USING gist (spot) WHERE state = 'merged';
CREATE INDEX incident_merged_into ON incident (merged_into) WHERE merged_into IS NOT NULL;

-- === contradictions ============================================================================================

CREATE TABLE gauge_check (
    signal_id       uuid PRIMARY KEY REFERENCES signal (id),
    gauge_id        text NOT NULL,
    level_cm        double precision NOT NULL,
    s3_cm           double precision NOT NULL,
    measured_at     timestamptz NOT NULL,
    citizens        integer NOT NULL,
    evidence        uuid[] NOT NULL,
    updated_at      timestamptz NOT NULL
);
COMMENT ON TABLE gauge_check IS 'Why a gauge is to be inspected: its level, and the reports (signal ids) that contradict it';

CREATE TABLE incident_remark (
    incident_id uuid NOT NULL REFERENCES incident (id),
    kind        text NOT NULL CHECK (kind IN ('camera_sees_dry_road')),
    source_key  text NOT NULL,
    began_at    timestamptz NOT NULL,
    ended_at    timestamptz,
    note        text NOT NULL DEFAULT '',
    PRIMARY KEY (incident_id, kind, source_key, began_at)
);
CREATE UNIQUE INDEX incident_remark_open ON incident_remark (incident_id, kind, source_key) WHERE ended_at IS NULL;
COMMENT ON TABLE incident_remark IS 'What speaks against an incident without being a signal; shown in its ledger, weighs nothing';

-- === flood states ==============================================================================================

CREATE TABLE area_flood_state (
    area_id             text PRIMARY KEY REFERENCES area (id) ON DELETE CASCADE,
    state               smallint NOT NULL CHECK (state BETWEEN 0 AND 4),
    computed            smallint NOT NULL CHECK (computed BETWEEN 0 AND 4),
    since               timestamptz NOT NULL,
    expires_at          timestamptz,
    evidence            jsonb NOT NULL DEFAULT '[]',
    override_state      smallint CHECK (override_state BETWEEN 0 AND 4),
    override_reason     text CHECK (length(override_reason) BETWEEN 1 AND 2000),
    override_by         text,
    override_until      timestamptz,
    updated_at          timestamptz NOT NULL,
    CHECK (num_nulls(override_state, override_reason, override_by, override_until) IN (0, 4))
);
COMMENT ON TABLE area_flood_state IS 'The flood state in force: 0 none, 1 caution, 2 minor, 3 moderate, 4 severe; `computed` by evidence alone';
COMMENT ON COLUMN area_flood_state.expires_at IS 'until when it holds if nothing new is heard';

CREATE TABLE area_flood_state_log (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    area_id     text NOT NULL,
    at          timestamptz NOT NULL,
    previous    smallint NOT NULL,
    state       smallint NOT NULL,
    computed    smallint NOT NULL,
    actor       text NOT NULL CHECK (actor <> ''),
    reason      text NOT NULL,
    evidence    jsonb NOT NULL DEFAULT '[]'
);
CREATE INDEX area_flood_state_log_area ON area_flood_state_log (area_id, id DESC);
CREATE TRIGGER area_flood_state_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON area_flood_state_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
COMMENT ON TABLE area_flood_state_log IS 'Every change of an area''s flood state and every override, with its evidence; append-only';

-- === speed =====================================================================================================

CREATE INDEX incident_open_area ON incident (area_id) WHERE state = 'open' AND category = 'flooding';
