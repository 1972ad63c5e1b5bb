-- A city may mark cameras whose newest redacted snapshot everybody may see. No camera is marked by this change.
ALTER TABLE camera ADD COLUMN public_snapshot boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN camera.public_snapshot IS 'the city shows the newest redacted snapshot of this camera to everybody';

-- Frames are staff's; this is the one way to them for the publisher. A masked, retired or unmarked camera has none.
CREATE FUNCTION public_snapshots() RETURNS TABLE (camera_id text, taken_at timestamptz, jpeg bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT frame.camera_id, frame.taken_at, frame.jpeg FROM camera_frame AS frame
    JOIN camera ON camera.id = frame.camera_id
    WHERE camera.public_snapshot AND camera.retired_at IS NULL
    AND NOT EXISTS (SELECT FROM camera_masked AS masked WHERE masked.camera_id = camera.id)
    AND frame.taken_at <= now() + interval '1 minute'
    ORDER BY frame.camera_id
$$;
REVOKE EXECUTE ON FUNCTION public_snapshots() FROM PUBLIC;
