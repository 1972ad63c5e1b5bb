-- The city (areas, agencies, people, nodes, cameras, gauges), the record (messages, readings, events, evidence) and
-- the work (signals, incidents, tasks). Ids that a node names are text; ids that the cloud makes are UUIDs.
-- Distances: `spot` is point(lon, lat) under a GiST index; metres are computed by siaga_core.rules.geometry.

-- Turns a plain table into a hypertable where TimescaleDB is installed; says whether it did.
CREATE FUNCTION make_hypertable(table_name regclass, time_column name, chunk interval) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        RETURN false;
    END IF;
    PERFORM create_hypertable(table_name, by_range(time_column, chunk), create_default_indexes => false);
    RETURN true;
END $$;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

-- === city ======================================================================================================

CREATE TABLE area (
    id          text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    name        text NOT NULL CHECK (name <> ''),
    level       text NOT NULL CHECK (level IN ('province', 'city', 'kecamatan', 'kelurahan', 'rw')),
    parent_id   text REFERENCES area (id) DEFERRABLE INITIALLY DEFERRED,
    geometry    jsonb CHECK (geometry IS NULL OR geometry ->> 'type' IN ('Polygon', 'MultiPolygon')),
    schematic   boolean NOT NULL DEFAULT false,
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CHECK (parent_id IS DISTINCT FROM id)
);
CREATE INDEX area_parent ON area (parent_id);
COMMENT ON TABLE area IS 'Administrative areas as a tree; geometry is GeoJSON (WGS 84, lon lat), null where only the name is known';
COMMENT ON COLUMN area.schematic IS 'drawn for a demo, not a surveyed border';

CREATE TABLE agency (
    id          text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{1,47}$'),
    name        text NOT NULL CHECK (name <> ''),
    colour      text CHECK (colour ~ '^#[0-9a-f]{6}$'),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE agency IS 'Who acts: a dinas, a suku dinas, a kelurahan crew';

CREATE TABLE agency_route (
    category    text NOT NULL CHECK (category ~ '^[a-z_]{2,32}$'),
    area_id     text REFERENCES area (id) ON DELETE CASCADE,
    agency_id   text NOT NULL REFERENCES agency (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX agency_route_key ON agency_route (category, area_id) NULLS NOT DISTINCT;
COMMENT ON TABLE agency_route IS 'Which agency a category goes to; a route of the area or its nearest ancestor beats the one without area';

CREATE TABLE app_user (
    id              text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9._@-]{1,63}$'),
    name            text NOT NULL CHECK (name <> ''),
    role            text NOT NULL CHECK (role IN ('officer', 'area_head', 'agency_head', 'operator', 'leader', 'admin')),
    area_id         text REFERENCES area (id),
    agency_id       text REFERENCES agency (id),
    token_sha256    bytea UNIQUE CHECK (octet_length(token_sha256) = 32),
    token_made_at   timestamptz,
    password_hash   text,
    disabled_at     timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    CHECK (role <> 'area_head' OR area_id IS NOT NULL),
    CHECK (role NOT IN ('officer', 'agency_head') OR agency_id IS NOT NULL)
);
COMMENT ON TABLE app_user IS 'People who sign in; citizens do not';
COMMENT ON COLUMN app_user.token_sha256 IS 'sha256 of the bearer token (32 random bytes, so no slow hash is needed); the token itself is not kept';
COMMENT ON COLUMN app_user.password_hash IS 'argon2id, where passwords are used';

CREATE TABLE node (
    id              text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{1,47}$'),
    name            text,
    lat             double precision CHECK (lat BETWEEN -90 AND 90),
    lon             double precision CHECK (lon BETWEEN -180 AND 180),
    state           text NOT NULL DEFAULT 'unknown' CHECK (state IN ('unknown', 'online', 'offline')),
    state_at        timestamptz,
    software        text NOT NULL DEFAULT '',
    last_seen_at    timestamptz,
    health          jsonb,
    health_at       timestamptz,
    config_version  bigint,
    config_sha256   text,
    config_applied  boolean,
    config_reason   text,
    created_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE node IS 'Edge boxes and smart gauges; a row appears when a node first speaks or is imported';
COMMENT ON COLUMN node.last_seen_at IS 'received_at of its newest message (the cloud''s clock)';
COMMENT ON COLUMN node.health IS 'the latest HealthMessage without its envelope';

CREATE TABLE node_ledger (
    node_id       text NOT NULL,
    outbox_id     uuid NOT NULL,
    highest_seq   bigint NOT NULL DEFAULT 0 CHECK (highest_seq >= 0),
    received      bigint NOT NULL DEFAULT 0,
    stored        bigint NOT NULL DEFAULT 0,
    duplicate     bigint NOT NULL DEFAULT 0,
    dead          bigint NOT NULL DEFAULT 0,
    quarantined   bigint NOT NULL DEFAULT 0,
    evicted       bigint NOT NULL DEFAULT 0,
    first_at      timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    missing       bigint GENERATED ALWAYS AS (greatest(0, highest_seq - stored - dead - quarantined - evicted)) STORED,
    PRIMARY KEY (node_id, outbox_id)
);
COMMENT ON TABLE node_ledger IS 'Proof of delivery per outbox: received = every delivery; stored, dead, quarantined = distinct seqs; duplicate = deliveries of what was there already';
COMMENT ON COLUMN node_ledger.missing IS 'gaps in seq that nobody accounts for (may be messages still on their way)';

CREATE TABLE camera (
    id              text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{1,47}$'),
    name            text NOT NULL DEFAULT '',
    node_id         text,
    lat             double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    lon             double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
    spot            point GENERATED ALWAYS AS (point(lon, lat)) STORED,
    area_id         text REFERENCES area (id),
    view_radius_m   double precision NOT NULL DEFAULT 60 CHECK (view_radius_m > 0),
    updated_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX camera_spot ON camera USING gist (spot);
COMMENT ON TABLE camera IS 'Cameras; node_id, where set, is the only node that may speak for it';

CREATE TABLE camera_zone (
    camera_id   text NOT NULL REFERENCES camera (id) ON DELETE CASCADE,
    id          text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('no_stopping', 'watch', 'road')),
    polygon     jsonb NOT NULL CHECK (jsonb_typeof(polygon) = 'array'),
    lat         double precision,
    lon         double precision,
    PRIMARY KEY (camera_id, id)
);
COMMENT ON TABLE camera_zone IS 'Zones in the picture, [[x, y], ...] in shares of width and height';

CREATE TABLE camera_latest (
    camera_id       text PRIMARY KEY,
    node_id         text NOT NULL,
    unknown_since   timestamptz,
    last_frame_at   timestamptz,
    frames          bigint NOT NULL DEFAULT 0,
    dropped         bigint NOT NULL DEFAULT 0,
    inferred        bigint NOT NULL DEFAULT 0,
    reconnects      bigint NOT NULL DEFAULT 0,
    at              timestamptz NOT NULL
);
COMMENT ON TABLE camera_latest IS 'What a node last said of a camera; unknown_since set means: do not read silence as clear';

CREATE TABLE gauge (
    id              text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{1,47}$'),
    name            text NOT NULL DEFAULT '',
    river           text NOT NULL DEFAULT '',
    node_id         text,
    lat             double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    lon             double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
    spot            point GENERATED ALWAYS AS (point(lon, lat)) STORED,
    area_id         text REFERENCES area (id),
    s3_cm           double precision,
    s2_cm           double precision,
    s1_cm           double precision,
    hysteresis_cm   double precision NOT NULL DEFAULT 5 CHECK (hysteresis_cm >= 0),
    stale_seconds   integer NOT NULL DEFAULT 900 CHECK (stale_seconds > 0),
    datum_cm        double precision NOT NULL DEFAULT 0,
    downstream_id   text REFERENCES gauge (id) DEFERRABLE INITIALLY DEFERRED,
    travel_minutes  double precision CHECK (travel_minutes > 0),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CHECK (s3_cm <= s2_cm),
    CHECK (s2_cm <= s1_cm),
    CHECK (s3_cm <= s1_cm),
    CHECK (s3_cm IS NOT NULL OR (s2_cm IS NULL AND s1_cm IS NULL))
);
CREATE INDEX gauge_spot ON gauge USING gist (spot);
COMMENT ON TABLE gauge IS 'Water-level gauges; s3/s2/s1 are inclusive lower bounds in cm over the gauge''s own zero, null where unknown';
COMMENT ON COLUMN gauge.travel_minutes IS 'time that water takes to the gauge downstream_id';

-- === record ====================================================================================================

CREATE TABLE message (
    id              uuid NOT NULL,
    measured_at     timestamptz NOT NULL,
    node_id         text NOT NULL,
    stream          text NOT NULL,
    outbox_id       uuid NOT NULL,
    seq             bigint NOT NULL,
    sent_at         timestamptz NOT NULL,
    received_at     timestamptz NOT NULL,
    late            boolean NOT NULL,
    size_bytes      integer NOT NULL,
    PRIMARY KEY (id, measured_at)
);
SELECT make_hypertable('message', 'measured_at', interval '1 day');
CREATE INDEX message_node_time ON message (node_id, measured_at DESC);
COMMENT ON TABLE message IS 'Every counted message once. Key (id, measured_at): a unique key of a hypertable must hold the time';

CREATE TABLE reading (
    gauge_id        text NOT NULL,
    measured_at     timestamptz NOT NULL,
    level_cm        real,
    quality         text NOT NULL CHECK (quality IN ('good', 'suspect', 'bad', 'missing')),
    flags           text[] NOT NULL DEFAULT '{}',
    spread_cm       real,
    samples         integer,
    stage           smallint CHECK (stage BETWEEN 1 AND 4),
    node_id         text NOT NULL,
    received_at     timestamptz NOT NULL,
    PRIMARY KEY (gauge_id, measured_at),
    CHECK (quality <> 'missing' OR level_cm IS NULL)
);
SELECT make_hypertable('reading', 'measured_at', interval '7 days');
COMMENT ON TABLE reading IS 'Readings as sent; a null level is never a zero';
COMMENT ON COLUMN reading.stage IS 'as the box decided it for its siren; the cloud''s own is in gauge_latest and gauge_stage';

CREATE TABLE gauge_latest (
    gauge_id            text PRIMARY KEY,
    node_id             text NOT NULL,
    measured_at         timestamptz NOT NULL,
    received_at         timestamptz NOT NULL,
    level_cm            real,
    quality             text NOT NULL,
    flags               text[] NOT NULL DEFAULT '{}',
    edge_stage          smallint CHECK (edge_stage BETWEEN 1 AND 4),
    stage               smallint CHECK (stage BETWEEN 1 AND 4),
    stage_since         timestamptz,
    stale_since         timestamptz
);
COMMENT ON TABLE gauge_latest IS 'Newest reading of each gauge by measured_at, with the stage of record';
COMMENT ON COLUMN gauge_latest.stage IS 'Siaga 4 (normal) to 1, decided in the cloud by siaga_core.rules.stage; null without limits or a usable level';
COMMENT ON COLUMN gauge_latest.stale_since IS 'set by the worker when no reading came for gauge.stale_seconds: the level is unknown, not unchanged';

CREATE TABLE gauge_stage (
    gauge_id        text NOT NULL,
    at              timestamptz NOT NULL,
    previous_stage  smallint CHECK (previous_stage BETWEEN 1 AND 4),
    stage           smallint NOT NULL CHECK (stage BETWEEN 1 AND 4),
    level_cm        real NOT NULL,
    recorded_at     timestamptz NOT NULL,
    PRIMARY KEY (gauge_id, at)
);
COMMENT ON TABLE gauge_stage IS 'Stage changes of record, in order';

CREATE TABLE rollup_dirty (
    gauge_id    text NOT NULL,
    bucket      timestamptz NOT NULL,
    marked_at   timestamptz NOT NULL,
    PRIMARY KEY (gauge_id, bucket)
);
COMMENT ON TABLE rollup_dirty IS 'Hours whose readings changed since reading_hourly was computed; no raw reading is dropped before its hour is clean';

CREATE TABLE reading_hourly (
    gauge_id    text NOT NULL,
    bucket      timestamptz NOT NULL,
    n           integer NOT NULL,
    n_good      integer NOT NULL,
    sum_cm      double precision,
    min_cm      real,
    max_cm      real,
    first_cm    real,
    last_cm     real,
    computed_at timestamptz NOT NULL,
    PRIMARY KEY (gauge_id, bucket)
);
COMMENT ON TABLE reading_hourly IS 'One row a gauge and hour, recomputed from readings; mean = sum_cm / n_good (bad and missing ones count in n only)';

CREATE TABLE event (
    id              uuid PRIMARY KEY,
    revision        integer NOT NULL,
    state           text NOT NULL CHECK (state IN ('began', 'updated', 'ended')),
    hazard          text NOT NULL,
    node_id         text NOT NULL,
    source_kind     text NOT NULL CHECK (source_kind IN ('camera', 'gauge')),
    source_id       text NOT NULL,
    zone_id         text,
    lat             double precision NOT NULL,
    lon             double precision NOT NULL,
    began_at        timestamptz NOT NULL,
    ended_at        timestamptz,
    measured_at     timestamptz NOT NULL,
    received_at     timestamptz NOT NULL,
    first_received_at timestamptz NOT NULL,
    confidence      double precision NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    severity        text NOT NULL CHECK (severity IN ('minor', 'moderate', 'severe')),
    details         jsonb NOT NULL,
    evidence        jsonb NOT NULL DEFAULT '[]'
);
CREATE INDEX event_began ON event (began_at DESC);
CREATE INDEX event_source ON event (source_kind, source_id, began_at DESC);
COMMENT ON TABLE event IS 'What sensors saw, at its highest revision';
COMMENT ON COLUMN event.measured_at IS 'of the newest revision';

CREATE TABLE media (
    id              uuid PRIMARY KEY,
    sha256          text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    kind            text NOT NULL CHECK (kind IN ('evidence', 'report', 'proof')),
    mime            text NOT NULL,
    size_bytes      integer NOT NULL CHECK (size_bytes > 0),
    width           integer NOT NULL,
    height          integer NOT NULL,
    redacted        boolean NOT NULL DEFAULT false,
    taken_at        timestamptz,
    lat             double precision,
    lon             double precision,
    uploaded_by     text,
    created_at      timestamptz NOT NULL
);
CREATE INDEX media_sha256 ON media (sha256);
COMMENT ON TABLE media IS 'Pictures; the bytes lie in the media folder under their sha256. taken_at, lat, lon: from EXIF before it was stripped, or the sensor';
COMMENT ON COLUMN media.redacted IS 'people and plates made unrecognisable; nothing else may be shown to the public';

CREATE TABLE evidence (
    event_id    uuid NOT NULL,
    number      smallint NOT NULL CHECK (number BETWEEN 0 AND 99),
    role        text NOT NULL CHECK (role IN ('arrival', 'threshold', 'update', 'departure')),
    node_id     text NOT NULL,
    media_id    uuid NOT NULL REFERENCES media (id),
    taken_at    timestamptz NOT NULL,
    PRIMARY KEY (event_id, number)
);
COMMENT ON TABLE evidence IS 'Pictures of an event; may arrive before the event itself, hence no foreign key to it';

CREATE TABLE dead_letter (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node_id         text,
    topic           text NOT NULL,
    payload         bytea NOT NULL,
    payload_sha256  bytea GENERATED ALWAYS AS (sha256(payload)) STORED,
    reason          text NOT NULL,
    outbox_id       uuid,
    seq             bigint,
    times           integer NOT NULL DEFAULT 1,
    received_at     timestamptz NOT NULL,
    last_at         timestamptz NOT NULL,
    replayed_at     timestamptz,
    CHECK ((outbox_id IS NULL) = (seq IS NULL))
);
CREATE UNIQUE INDEX dead_letter_seq ON dead_letter (node_id, outbox_id, seq) WHERE seq IS NOT NULL;
CREATE UNIQUE INDEX dead_letter_bytes ON dead_letter (payload_sha256, topic) WHERE seq IS NULL;
COMMENT ON TABLE dead_letter IS 'Messages that cannot be read or kept, with their bytes and the reason; they are acknowledged';

CREATE TABLE quarantine (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node_id         text NOT NULL,
    message_id      uuid NOT NULL,
    outbox_id       uuid NOT NULL,
    seq             bigint NOT NULL,
    measured_at     timestamptz NOT NULL,
    topic           text NOT NULL,
    payload         bytea NOT NULL,
    reason          text NOT NULL,
    times           integer NOT NULL DEFAULT 1,
    received_at     timestamptz NOT NULL,
    last_at         timestamptz NOT NULL,
    released_at     timestamptz,
    UNIQUE (node_id, outbox_id, seq)
);
COMMENT ON TABLE quarantine IS 'Well-formed messages whose clock cannot be right; kept whole, acknowledged, not in the record';

CREATE TABLE ingest_replica (
    replica     text PRIMARY KEY,
    instance    uuid NOT NULL,
    client_id   text NOT NULL,
    seen_at     timestamptz NOT NULL
);
COMMENT ON TABLE ingest_replica IS 'Heartbeats of ingest replicas; `instance` changes with every start';

CREATE TABLE shard_lease (
    shard       text PRIMARY KEY CHECK (shard ~ '^s[0-9]{2}$'),
    replica     text,
    until       timestamptz
);
COMMENT ON TABLE shard_lease IS 'Which ingest replica subscribes to which shard; expired leases may be taken. Correctness does not hang on it: duplicates are dropped by key';
INSERT INTO shard_lease (shard) SELECT 's' || lpad(number::text, 2, '0') FROM generate_series(0, 63) AS number;

-- === work ======================================================================================================

CREATE TABLE signal (
    id              uuid PRIMARY KEY,
    kind            text NOT NULL CHECK (kind IN ('event', 'report', 'feed')),
    category        text NOT NULL CHECK (category ~ '^[a-z_]{2,32}$'),
    source_key      text NOT NULL CHECK (source_key ~ '^(camera|gauge|citizen|feed):.+$'),
    confidence      double precision NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    severity        text NOT NULL CHECK (severity IN ('minor', 'moderate', 'severe')),
    lat             double precision NOT NULL,
    lon             double precision NOT NULL,
    spot            point GENERATED ALWAYS AS (point(lon, lat)) STORED,
    began_at        timestamptz NOT NULL,
    last_at         timestamptz NOT NULL,
    ended_at        timestamptz,
    measured_at     timestamptz NOT NULL,
    received_at     timestamptz NOT NULL,
    note            text NOT NULL DEFAULT '',
    revision        integer NOT NULL DEFAULT 1,
    taken_revision  integer NOT NULL DEFAULT 0
);
CREATE INDEX signal_spot ON signal USING gist (spot);
CREATE INDEX signal_waiting ON signal (received_at) WHERE taken_revision < revision;
COMMENT ON TABLE signal IS 'One sign that something is wrong somewhere: a sensor event (id = event id), a citizen''s report (id = report id), a feed alert';
COMMENT ON COLUMN signal.source_key IS 'signals of one source are not independent: camera:<id>, gauge:<id>, citizen:<hash>, feed:<name>';
COMMENT ON COLUMN signal.taken_revision IS 'the revision that incidents have taken in; behind revision = work waiting';

CREATE TABLE incident (
    id              uuid PRIMARY KEY,
    number          bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    category        text NOT NULL,
    state           text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed', 'rejected', 'merged')),
    severity        text NOT NULL CHECK (severity IN ('minor', 'moderate', 'severe')),
    confidence      double precision NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    lat             double precision NOT NULL,
    lon             double precision NOT NULL,
    spot            point GENERATED ALWAYS AS (point(lon, lat)) STORED,
    area_id         text REFERENCES area (id),
    began_at        timestamptz NOT NULL,
    last_signal_at  timestamptz NOT NULL,
    over_at         timestamptz,
    sources         integer NOT NULL DEFAULT 1,
    mixed           boolean NOT NULL DEFAULT false,
    verdict         text CHECK (verdict IN ('confirmed', 'false_alarm')),
    verdict_by      text,
    verdict_note    text NOT NULL DEFAULT '',
    verdict_at      timestamptz,
    merged_into     uuid REFERENCES incident (id),
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    closed_at       timestamptz,
    CHECK ((state = 'merged') = (merged_into IS NOT NULL))
);
CREATE INDEX incident_open_spot ON incident USING gist (spot) WHERE state = 'open';
CREATE INDEX incident_open_category ON incident (category, last_signal_at) WHERE state = 'open';
CREATE INDEX incident_began ON incident (began_at DESC);
COMMENT ON TABLE incident IS 'One thing wrong in the city, joined from signals; confidence is a noisy-OR over independent sources (ledger: incident_member)';
COMMENT ON COLUMN incident.over_at IS 'when the last sensor member ended: the condition is over; tasks stay until resolved';
COMMENT ON COLUMN incident.mixed IS 'has both a sensor and a citizen as members';

CREATE TABLE incident_member (
    incident_id     uuid NOT NULL REFERENCES incident (id),
    signal_id       uuid NOT NULL REFERENCES signal (id),
    source_key      text NOT NULL,
    reliability     double precision NOT NULL CHECK (reliability BETWEEN 0 AND 1),
    confidence      double precision NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    weight          double precision NOT NULL CHECK (weight BETWEEN 0 AND 1),
    counted         boolean NOT NULL DEFAULT true,
    joined_at       timestamptz NOT NULL,
    removed_at      timestamptz,
    PRIMARY KEY (incident_id, signal_id)
);
CREATE UNIQUE INDEX incident_member_signal ON incident_member (signal_id) WHERE removed_at IS NULL;
COMMENT ON TABLE incident_member IS 'The ledger: which signals make an incident and with what weight (its share in the noisy-OR). A signal is in one incident at a time';
COMMENT ON COLUMN incident_member.counted IS 'false where a stronger signal of the same source stands for it';

CREATE TABLE source_reliability (
    source_key      text PRIMARY KEY,
    confirmed       integer NOT NULL DEFAULT 0,
    refuted         integer NOT NULL DEFAULT 0,
    updated_at      timestamptz NOT NULL
);
COMMENT ON TABLE source_reliability IS 'Verdicts on incidents that a source was a member of; moves the reliability of its later signals';

CREATE TABLE report (
    id              uuid PRIMARY KEY,
    channel         text NOT NULL CHECK (channel ~ '^[a-z0-9_-]{2,32}$'),
    external_id     text,
    secret_sha256   bytea NOT NULL UNIQUE CHECK (octet_length(secret_sha256) = 32),
    category        text NOT NULL CHECK (category ~ '^[a-z_]{2,32}$'),
    body            text NOT NULL DEFAULT '' CHECK (length(body) <= 4000),
    lat             double precision NOT NULL,
    lon             double precision NOT NULL,
    area_id         text REFERENCES area (id),
    reporter_hash   text NOT NULL,
    happened_at     timestamptz NOT NULL,
    received_at     timestamptz NOT NULL
);
CREATE UNIQUE INDEX report_external ON report (channel, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX report_received ON report (received_at DESC);
COMMENT ON TABLE report IS 'Citizens'' reports; text and position are not public. The signal made from it has the same id';
COMMENT ON COLUMN report.secret_sha256 IS 'sha256 of the follow-up secret in /r/<secret>';
COMMENT ON COLUMN report.reporter_hash IS 'keyed hash of reporter or device, for independence only';

CREATE TABLE report_contact (
    report_id   uuid PRIMARY KEY REFERENCES report (id) ON DELETE CASCADE,
    name        text,
    email       text,
    phone       text
);
COMMENT ON TABLE report_contact IS 'Personal data, apart from reports so that it can be granted and deleted apart';

CREATE TABLE report_media (
    report_id   uuid NOT NULL REFERENCES report (id) ON DELETE CASCADE,
    media_id    uuid NOT NULL REFERENCES media (id),
    position    smallint NOT NULL,
    PRIMARY KEY (report_id, position)
);
COMMENT ON TABLE report_media IS 'Photos of a report, in order';

CREATE TABLE task (
    id              uuid PRIMARY KEY,
    number          bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    incident_id     uuid NOT NULL REFERENCES incident (id),
    category        text NOT NULL,
    state           text NOT NULL CHECK (state IN ('review', 'open', 'assigned', 'accepted', 'on_site', 'paused',
                                                   'resolved', 'verified', 'dismissed')),
    priority        smallint NOT NULL CHECK (priority BETWEEN 1 AND 4),
    severity        text NOT NULL CHECK (severity IN ('minor', 'moderate', 'severe')),
    agency_id       text REFERENCES agency (id),
    area_id         text REFERENCES area (id),
    assignee_id     text REFERENCES app_user (id),
    lat             double precision NOT NULL,
    lon             double precision NOT NULL,
    caused_at       timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    acknowledge_by  timestamptz NOT NULL,
    first_action_by timestamptz NOT NULL,
    resolve_by      timestamptz NOT NULL,
    acknowledged_at timestamptz,
    first_action_at timestamptz,
    paused_at       timestamptz,
    paused_seconds  double precision NOT NULL DEFAULT 0,
    overdue_since   timestamptz,
    escalation      smallint NOT NULL DEFAULT 0 CHECK (escalation BETWEEN 0 AND 3),
    finished_at     timestamptz,
    proof_media_id  uuid REFERENCES media (id),
    CHECK ((finished_at IS NOT NULL) = (state IN ('resolved', 'verified', 'dismissed'))),
    CHECK ((paused_at IS NOT NULL) = (state = 'paused')),
    CHECK (state NOT IN ('resolved', 'verified') OR proof_media_id IS NOT NULL)
);
CREATE UNIQUE INDEX task_one_open ON task (incident_id) WHERE finished_at IS NULL;
CREATE INDEX task_agency_state ON task (agency_id, state);
CREATE INDEX task_area_state ON task (area_id, state);
CREATE INDEX task_clock ON task (resolve_by) WHERE finished_at IS NULL;
CREATE INDEX task_created ON task (created_at DESC);
COMMENT ON TABLE task IS 'Work for an agency; states and verbs are siaga_core.rules.task.MOVES. At most one unfinished task an incident';
COMMENT ON COLUMN task.priority IS '1 is most urgent';
COMMENT ON COLUMN task.caused_at IS 'measured_at of the signal that caused it; created_at - caused_at is the time from frame to task';
COMMENT ON COLUMN task.escalation IS 'how many steps up it has climbed: lurah, camat, walikota or head of the agency';

CREATE TABLE task_move (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_id     uuid NOT NULL REFERENCES task (id),
    verb        text NOT NULL,
    from_state  text,
    to_state    text NOT NULL,
    actor       text NOT NULL CHECK (actor <> ''),
    note        text NOT NULL DEFAULT '' CHECK (length(note) <= 2000),
    media_id    uuid REFERENCES media (id),
    to_agency   text,
    to_user     text,
    at          timestamptz NOT NULL
);
CREATE INDEX task_move_task ON task_move (task_id, id);
CREATE TRIGGER task_move_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON task_move
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
COMMENT ON TABLE task_move IS 'Audit trail: every move of every task, append-only. actor = app_user.id or system';

CREATE TABLE task_photo (
    task_id     uuid NOT NULL REFERENCES task (id),
    media_id    uuid NOT NULL REFERENCES media (id),
    uploaded_by text NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (task_id, media_id)
);
COMMENT ON TABLE task_photo IS 'Photos that officers uploaded for a task; resolving names one of them';
