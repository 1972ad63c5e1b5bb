-- Pictures that operators' verdicts speak of, kept for the next training where a city has opted in.
CREATE TABLE review_item (
    id           uuid PRIMARY KEY,
    event_id     uuid NOT NULL UNIQUE,
    incident_id  uuid NOT NULL REFERENCES incident (id),
    camera_id    text NOT NULL,
    hazard       text NOT NULL CHECK (hazard IN ('illegal_parking', 'trash')),
    verdict      text NOT NULL CHECK (verdict IN ('confirmed', 'false_alarm')),
    media_id     uuid NOT NULL REFERENCES media (id),
    seen         jsonb NOT NULL,
    boxes        jsonb NOT NULL CHECK (jsonb_typeof(boxes) = 'array'),
    complete     boolean NOT NULL DEFAULT false,
    rejected     boolean NOT NULL DEFAULT false,
    edited_by    text,
    edited_at    timestamptz,
    collected_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX review_item_expires ON review_item (expires_at);
COMMENT ON TABLE review_item IS 'One redacted picture for each camera event of an incident with a verdict; deleted at expires_at';
COMMENT ON COLUMN review_item.seen IS 'what the camera said was there: {label, x1, y1, x2, y2} in shares of the picture';
COMMENT ON COLUMN review_item.boxes IS 'what is there by the operator''s word: the same, none where it was a false alarm';
COMMENT ON COLUMN review_item.complete IS 'boxes hold everything of every class, so the picture can be measured on';

CREATE TABLE review_look (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    actor   text NOT NULL CHECK (actor <> ''),
    action  text NOT NULL CHECK (action IN ('list', 'picture', 'edit', 'export')),
    items   uuid[] NOT NULL,
    at      timestamptz NOT NULL
);
CREATE INDEX review_look_at ON review_look (at);
CREATE TRIGGER review_look_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON review_look
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
COMMENT ON TABLE review_look IS 'Who looked at or changed which items of the review set, append-only. actor = app_user.id or admin command';
