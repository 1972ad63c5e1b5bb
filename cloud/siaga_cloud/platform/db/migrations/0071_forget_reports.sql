-- Erasing what reports hold of a person, without changing any count: text, contact and photos go, the reporter's hash is
-- replaced by a fresh one everywhere at once, so that one who reported twice still counts once.
CREATE FUNCTION forget_reports(reports uuid[], fresh_hash text, blank_sha256 text, blank_bytes integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE old_hash text; n integer;
BEGIN
    FOR old_hash IN SELECT DISTINCT reporter_hash FROM report WHERE id = ANY (reports) LOOP
        UPDATE report SET reporter_hash = fresh_hash WHERE reporter_hash = old_hash;
        UPDATE signal SET source_key = 'citizen:' || fresh_hash WHERE source_key = 'citizen:' || old_hash;
        UPDATE incident_member SET source_key = 'citizen:' || fresh_hash WHERE source_key = 'citizen:' || old_hash;
        UPDATE source_reliability SET source_key = 'citizen:' || fresh_hash WHERE source_key = 'citizen:' || old_hash;
    END LOOP;
    DELETE FROM report_contact WHERE report_id = ANY (reports);
    DELETE FROM notice_target WHERE audience_kind = 'reporter' AND audience_key = ANY (reports::text[]);
    UPDATE media SET sha256 = blank_sha256, size_bytes = blank_bytes, mime = 'image/jpeg', width = 16, height = 16,
        redacted = true, taken_at = NULL, lat = NULL, lon = NULL
        WHERE id IN (SELECT media_id FROM report_media WHERE report_id = ANY (reports));
    UPDATE signal SET lat = round(lat::numeric, 3), lon = round(lon::numeric, 3), note = '' WHERE id = ANY (reports);
    UPDATE report SET body = '', lat = round(lat::numeric, 3), lon = round(lon::numeric, 3),
        external_id = CASE WHEN external_id IS NULL THEN NULL ELSE 'forgotten:' || id END
        WHERE id = ANY (reports);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;
REVOKE ALL ON FUNCTION forget_reports(uuid[], text, text, integer) FROM PUBLIC;
CREATE INDEX IF NOT EXISTS signal_citizen ON signal (source_key) WHERE kind = 'report';
CREATE INDEX IF NOT EXISTS report_reporter ON report (reporter_hash);
CREATE INDEX IF NOT EXISTS incident_member_citizen ON incident_member (source_key) WHERE source_key LIKE 'citizen:%';
