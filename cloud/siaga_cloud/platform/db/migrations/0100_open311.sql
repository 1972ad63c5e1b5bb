-- Open311: tokens that may only send reports, and the one picture of a report that the public may see.

ALTER TABLE api_token DROP CONSTRAINT api_token_scopes_check;
ALTER TABLE api_token ADD CONSTRAINT api_token_scopes_check CHECK (scopes <@ ARRAY['read:public', 'read:tasks',
    'write:tasks', 'read:personal', 'admin', 'write:reports'] AND cardinality(scopes) > 0);

-- The definer passes row-level security: which pictures a report has is not public, but a redacted picture is.
CREATE FUNCTION public_picture_of(wanted uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT media.id FROM report_media AS shot JOIN media ON media.id = shot.media_id
    WHERE shot.report_id = wanted AND media.redacted ORDER BY shot.position LIMIT 1
$$;
COMMENT ON FUNCTION public_picture_of IS 'The first picture of a report in which nobody can be recognised, or null';
