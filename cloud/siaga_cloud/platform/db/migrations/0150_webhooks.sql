-- Webhooks out: other systems hear of incidents, tasks and stages; what cannot be delivered is kept and can be sent again.

CREATE TABLE webhook (
    id              uuid PRIMARY KEY,
    url             text NOT NULL CHECK (length(url) BETWEEN 8 AND 2000),
    kinds           text[] NOT NULL CHECK (cardinality(kinds) > 0 AND kinds <@ ARRAY['incident', 'task', 'stage']),
    area_id         text REFERENCES area (id) ON DELETE CASCADE,
    note            text NOT NULL DEFAULT '' CHECK (length(note) <= 500),
    created_by      text NOT NULL,
    created_at      timestamptz NOT NULL,
    disabled_at     timestamptz,
    disabled_why    text NOT NULL DEFAULT ''
);
COMMENT ON TABLE webhook IS 'Subscriptions of other systems, made by administrators; area_id narrows them to an area and what lies in it';

CREATE TABLE webhook_secret (
    webhook_id      uuid PRIMARY KEY REFERENCES webhook (id) ON DELETE CASCADE,
    secret          text NOT NULL CHECK (length(secret) >= 32),
    made_at         timestamptz NOT NULL
);
COMMENT ON TABLE webhook_secret IS 'Signs what is sent; no request can read it, only the worker that sends';

CREATE TABLE webhook_event (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind            text NOT NULL,
    subject_id      text NOT NULL,
    facts           jsonb NOT NULL DEFAULT '{}',
    at              timestamptz NOT NULL
);
COMMENT ON TABLE webhook_event IS 'What happened and was not planned for delivery yet; written by triggers in the very transaction, only while somebody subscribes';

CREATE TABLE webhook_delivery (
    id              uuid PRIMARY KEY,
    webhook_id      uuid NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    event_id        bigint NOT NULL,
    kind            text NOT NULL,
    body            jsonb NOT NULL,
    state           text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'dead')),
    attempts        integer NOT NULL DEFAULT 0,
    due_at          timestamptz NOT NULL,
    error           text NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL,
    done_at         timestamptz,
    UNIQUE (webhook_id, event_id),
    CHECK ((done_at IS NULL) = (state = 'queued'))
);
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (due_at) WHERE state = 'queued';
CREATE INDEX webhook_delivery_of ON webhook_delivery (webhook_id, created_at DESC);
CREATE INDEX webhook_delivery_done ON webhook_delivery (done_at) WHERE done_at IS NOT NULL;
COMMENT ON TABLE webhook_delivery IS 'One event on its way to one webhook; dead ones wait to be sent again';

-- The definer writes for whoever changes things: none of them needs a right to this table.
CREATE FUNCTION note_webhook_event(kind text, subject text, facts jsonb, at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO webhook_event (kind, subject_id, facts, at)
    SELECT $1, $2, $3, $4 WHERE EXISTS (SELECT FROM webhook WHERE disabled_at IS NULL AND split_part($1, '.', 1) = ANY (kinds))
$$;
REVOKE EXECUTE ON FUNCTION note_webhook_event FROM PUBLIC;

CREATE FUNCTION webhook_incident() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM note_webhook_event('incident.opened', NEW.id::text, '{}', NEW.created_at);
    ELSIF NEW.state <> OLD.state THEN
        PERFORM note_webhook_event(CASE WHEN NEW.state = 'open' THEN 'incident.reopened' ELSE 'incident.closed' END,
            NEW.id::text, jsonb_build_object('from_state', OLD.state, 'to_state', NEW.state), NEW.updated_at);
    ELSIF NEW.severity <> OLD.severity THEN
        PERFORM note_webhook_event('incident.changed', NEW.id::text,
            jsonb_build_object('from_severity', OLD.severity, 'to_severity', NEW.severity), NEW.updated_at);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER webhook_incident AFTER INSERT OR UPDATE OF state, severity ON incident
    FOR EACH ROW EXECUTE FUNCTION webhook_incident();

CREATE FUNCTION webhook_task_move() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.to_state IS DISTINCT FROM NEW.from_state THEN
        PERFORM note_webhook_event(CASE WHEN NEW.from_state IS NULL THEN 'task.created' ELSE 'task.moved' END,
            NEW.task_id::text, jsonb_build_object('from_state', NEW.from_state, 'to_state', NEW.to_state), NEW.at);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER webhook_task_move AFTER INSERT ON task_move FOR EACH ROW EXECUTE FUNCTION webhook_task_move();

CREATE FUNCTION webhook_stage() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM note_webhook_event('stage.changed', NEW.gauge_id,
        jsonb_build_object('from_stage', NEW.previous_stage, 'to_stage', NEW.stage, 'level_cm', NEW.level_cm), NEW.at);
    RETURN NULL;
END $$;
CREATE TRIGGER webhook_stage AFTER INSERT ON gauge_stage FOR EACH ROW EXECUTE FUNCTION webhook_stage();
