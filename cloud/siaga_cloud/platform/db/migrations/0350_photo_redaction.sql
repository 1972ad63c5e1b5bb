-- Citizens' and officers' photos get a redacted copy, which is a row of media of its own; the public sees copies only.
CREATE TABLE photo_redaction (
    media_id            uuid PRIMARY KEY REFERENCES media (id) ON DELETE CASCADE,
    state               text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'redacted', 'failed')),
    redacted_media_id   uuid UNIQUE REFERENCES media (id),
    attempts            smallint NOT NULL DEFAULT 0,
    reason              text NOT NULL DEFAULT '',
    regions             integer,
    queued_at           timestamptz,
    decided_at          timestamptz,
    CHECK ((state = 'redacted') = (redacted_media_id IS NOT NULL))
);
CREATE INDEX photo_redaction_waiting ON photo_redaction (media_id DESC) WHERE state = 'waiting';
COMMENT ON TABLE photo_redaction IS 'How the redaction of each photo of a citizen or officer stands; media_id is the original';
COMMENT ON COLUMN photo_redaction.reason IS 'why there is no copy yet: file_missing, unreadable, detector_unavailable, detector_failed, storage_failed';
COMMENT ON COLUMN photo_redaction.regions IS 'parts of the photo that were made unrecognisable';
COMMENT ON COLUMN photo_redaction.queued_at IS 'when a job was last queued for it; null: by a program of the previous version, or never';

-- Whatever program stores a photo, also one of the previous version, it is never forgotten.
CREATE FUNCTION expect_redaction() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO photo_redaction (media_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER media_expects_redaction AFTER INSERT ON media
    FOR EACH ROW WHEN (NOT NEW.redacted AND NEW.kind IN ('report', 'proof')) EXECUTE FUNCTION expect_redaction();
INSERT INTO photo_redaction (media_id) SELECT id FROM media WHERE NOT redacted AND kind IN ('report', 'proof');

-- An original that is erased takes its copy along.
CREATE FUNCTION erase_redacted_copy() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE media SET sha256 = NEW.sha256, size_bytes = NEW.size_bytes, mime = NEW.mime, width = NEW.width,
        height = NEW.height, taken_at = NULL
        WHERE id = (SELECT redacted_media_id FROM photo_redaction WHERE media_id = NEW.id);
    DELETE FROM photo_redaction WHERE media_id = NEW.id AND state <> 'redacted';
    RETURN NULL;
END $$;
CREATE TRIGGER media_erases_redacted_copy AFTER UPDATE OF sha256 ON media
    FOR EACH ROW WHEN (OLD.sha256 <> NEW.sha256 AND NEW.kind IN ('report', 'proof')) EXECUTE FUNCTION erase_redacted_copy();

-- The image of the public in the place of each image of the pair.
CREATE FUNCTION task_images(wanted uuid)
RETURNS TABLE (side text, media_id uuid, public_media_id uuid, kind text, taken_at timestamptz, received_at timestamptz,
    redaction text, reason text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT found.side, found.media_id, CASE WHEN found.redacted THEN found.media_id ELSE held.redacted_media_id END,
        found.kind, found.taken_at, media.created_at,
        CASE WHEN found.redacted THEN 'redacted' ELSE coalesce(held.state, 'none') END, coalesce(held.reason, '')
    FROM task_pair(wanted) WITH ORDINALITY AS found (side, rank, media_id, kind, taken_at, redacted, position)
        JOIN media ON media.id = found.media_id LEFT JOIN photo_redaction AS held ON held.media_id = found.media_id
    ORDER BY found.position
$$;

-- The photos of one report, for its reporter and for Open311.
CREATE FUNCTION report_images(wanted uuid)
RETURNS TABLE (public_media_id uuid, received_at timestamptz, redaction text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN media.redacted THEN media.id ELSE held.redacted_media_id END, media.created_at,
        CASE WHEN media.redacted THEN 'redacted' ELSE coalesce(held.state, 'none') END
    FROM report_media AS photo JOIN media ON media.id = photo.media_id
        LEFT JOIN photo_redaction AS held ON held.media_id = media.id
    WHERE photo.report_id = wanted ORDER BY photo.position
$$;

CREATE OR REPLACE FUNCTION public_image_of(wanted uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT public_media_id FROM report_images(wanted) WITH ORDINALITY AS photo (public_media_id, received_at, redaction, n)
    WHERE public_media_id IS NOT NULL ORDER BY n LIMIT 1
$$;
