-- How tasks are worked on: the city's policy, teams, hand-overs, duplicates that follow, clocks in working hours.

ALTER TABLE notice_storm ADD COLUMN calm_since timestamptz;
COMMENT ON COLUMN notice_storm.calm_since IS 'since when there have been few enough notices to end it';

CREATE TABLE task_policy (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256      text NOT NULL UNIQUE CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    document    jsonb NOT NULL CHECK (jsonb_typeof(document) = 'object'),
    imported_at timestamptz NOT NULL,
    used_at     timestamptz NOT NULL
);
COMMENT ON TABLE task_policy IS 'Every policy that was ever imported; the one with the newest used_at decides, older ones still rule the clocks of tasks made under them';

CREATE TABLE team (
    id          text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{1,47}$'),
    name        text NOT NULL CHECK (name <> ''),
    agency_id   text NOT NULL REFERENCES agency (id),
    area_id     text REFERENCES area (id),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE team IS 'Officers who are sent together; area_id: where they mostly work';

CREATE TABLE team_member (
    team_id     text NOT NULL REFERENCES team (id) ON DELETE CASCADE,
    user_id     text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    PRIMARY KEY (team_id, user_id)
);
CREATE INDEX team_member_user ON team_member (user_id);
COMMENT ON TABLE team_member IS 'Who is in which team';

ALTER TABLE task DROP CONSTRAINT task_state_check;
ALTER TABLE task ADD CONSTRAINT task_state_check CHECK (state IN ('review', 'open', 'assigned', 'accepted', 'on_site',
    'paused', 'resolved', 'verified', 'dismissed', 'following'));
ALTER TABLE task DROP CONSTRAINT task_check;
ALTER TABLE task ADD CONSTRAINT task_finished_check
    CHECK ((finished_at IS NOT NULL) = (state IN ('resolved', 'verified', 'dismissed', 'following')));
ALTER TABLE task
    ADD COLUMN policy_id integer REFERENCES task_policy (id),
    ADD COLUMN team_id text REFERENCES team (id),
    ADD COLUMN started_at timestamptz,
    ADD COLUMN clock_round integer NOT NULL DEFAULT 0,
    ADD COLUMN clock_stopped boolean NOT NULL DEFAULT false,
    ADD COLUMN next_clock_at timestamptz,
    ADD COLUMN remind_at_share double precision NOT NULL DEFAULT 0.75,
    ADD COLUMN hops smallint NOT NULL DEFAULT 0 CHECK (hops >= 0);
UPDATE task SET started_at = created_at, clock_stopped = paused_at IS NOT NULL,
    next_clock_at = CASE WHEN finished_at IS NULL THEN created_at END;
CREATE INDEX task_next_clock ON task (next_clock_at) WHERE finished_at IS NULL AND NOT clock_stopped;
CREATE INDEX task_team ON task (team_id) WHERE team_id IS NOT NULL;
COMMENT ON COLUMN task.policy_id IS 'the policy that its clocks run by; null: the built-in one';
COMMENT ON COLUMN task.started_at IS 'when its clocks began: created_at (null means that, too), or when it was opened again after it was finished';
COMMENT ON COLUMN task.clock_round IS 'how often it was opened again after it was finished; each round reminds and escalates anew';
COMMENT ON COLUMN task.clock_stopped IS 'paused for a reason that stops the clock';
COMMENT ON COLUMN task.next_clock_at IS 'when a clock has something to do next: remind, be overdue, escalate';
COMMENT ON COLUMN task.hops IS 'how often agencies said that it is not theirs since an operator last decided';

CREATE TABLE task_clock_event (
    task_id     uuid NOT NULL REFERENCES task (id),
    round       integer NOT NULL,
    name        text NOT NULL,
    due_at      timestamptz NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (task_id, round, name)
);
COMMENT ON TABLE task_clock_event IS 'What clocks did: reminders, overdue marks, escalations; each once a round';

CREATE TABLE task_handover (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_id     uuid NOT NULL REFERENCES task (id),
    kind        text NOT NULL CHECK (kind IN ('koordinasi', 'disposisi', 'not_mine')),
    from_agency text,
    to_agency   text NOT NULL REFERENCES agency (id),
    actor       text NOT NULL CHECK (actor <> ''),
    note        text NOT NULL CHECK (note <> ''),
    at          timestamptz NOT NULL
);
CREATE INDEX task_handover_task ON task_handover (task_id, id);
COMMENT ON TABLE task_handover IS 'The chain of agencies: koordinasi asks one to join, disposisi passes down or over, not_mine passes on what is another''s';

CREATE TABLE task_party (
    task_id     uuid NOT NULL REFERENCES task (id),
    agency_id   text NOT NULL REFERENCES agency (id),
    at          timestamptz NOT NULL,
    PRIMARY KEY (task_id, agency_id)
);
CREATE INDEX task_party_agency ON task_party (agency_id);
COMMENT ON TABLE task_party IS 'Agencies that were asked to join (koordinasi); the task stays with task.agency_id';

CREATE TABLE task_follow (
    task_id         uuid PRIMARY KEY REFERENCES task (id),
    parent_id       uuid NOT NULL REFERENCES task (id),
    state_before    text NOT NULL,
    actor           text NOT NULL,
    at              timestamptz NOT NULL,
    CHECK (task_id <> parent_id)
);
CREATE INDEX task_follow_parent ON task_follow (parent_id);
COMMENT ON TABLE task_follow IS 'Tasks of merged incidents and the tasks that they follow: what ends the parent ends them';

CREATE TABLE task_check (
    task_id     uuid NOT NULL REFERENCES task (id),
    item        text NOT NULL CHECK (item ~ '^[a-z0-9_]{2,48}$'),
    done_by     text NOT NULL,
    done_at     timestamptz NOT NULL,
    PRIMARY KEY (task_id, item)
);
COMMENT ON TABLE task_check IS 'What was ticked off the checklist of the category''s template';

ALTER TABLE task_photo ADD COLUMN purpose text NOT NULL DEFAULT 'proof' CHECK (purpose IN ('proof', 'attachment'));
COMMENT ON COLUMN task_photo.purpose IS 'an attachment shows something and proves nothing';
