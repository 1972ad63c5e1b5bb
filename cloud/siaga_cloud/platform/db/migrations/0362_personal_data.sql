-- Personal data ends by itself, and hashes of reporters get a key that the database does not hold.

-- Gives a reporter another hash everywhere. Unlike a forgotten reporter (forget_reports), this one may have rows under the
-- new hash already, made by programs with the key while those of the previous version went on without it.
CREATE FUNCTION rekey_reporter(old_hash text, new_hash text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO source_reliability AS held (source_key, confirmed, refuted, updated_at)
        SELECT 'citizen:' || new_hash, confirmed, refuted, updated_at FROM source_reliability
        WHERE source_key = 'citizen:' || old_hash
        ON CONFLICT (source_key) DO UPDATE SET confirmed = held.confirmed + excluded.confirmed,
            refuted = held.refuted + excluded.refuted, updated_at = greatest(held.updated_at, excluded.updated_at);
    DELETE FROM source_reliability WHERE source_key = 'citizen:' || old_hash;
    INSERT INTO reporter_month AS held (month, pseudonym, confirmed, refuted)
        SELECT month, pseudonym_of(new_hash), confirmed, refuted FROM reporter_month
        WHERE pseudonym = pseudonym_of(old_hash)
        ON CONFLICT (month, pseudonym) DO UPDATE SET confirmed = held.confirmed + excluded.confirmed,
            refuted = held.refuted + excluded.refuted;
    DELETE FROM reporter_month WHERE pseudonym = pseudonym_of(old_hash);
    DELETE FROM reporter_fact AS held WHERE pseudonym = pseudonym_of(old_hash) AND EXISTS (SELECT FROM reporter_fact AS other
        WHERE other.incident_id = held.incident_id AND other.pseudonym = pseudonym_of(new_hash));
    UPDATE reporter_fact SET pseudonym = pseudonym_of(new_hash) WHERE pseudonym = pseudonym_of(old_hash);
    UPDATE signal SET source_key = 'citizen:' || new_hash WHERE source_key = 'citizen:' || old_hash;
    UPDATE incident_member SET source_key = 'citizen:' || new_hash WHERE source_key = 'citizen:' || old_hash;
    UPDATE report SET reporter_hash = new_hash WHERE reporter_hash = old_hash;
END $$;
REVOKE ALL ON FUNCTION rekey_reporter(text, text) FROM PUBLIC;

-- A report is over when its incident and the tasks of it are; one without an incident was over when it came.
CREATE FUNCTION report_over_at(wanted uuid) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN incident.id IS NULL THEN report.received_at
        WHEN incident.state <> 'open' AND coalesce(work.is_finished, true)
            THEN greatest(coalesce(incident.closed_at, incident.updated_at), work.finished_at) END
    FROM report LEFT JOIN incident_member AS member ON member.signal_id = report.id AND member.removed_at IS NULL
        LEFT JOIN incident ON incident.id = member.incident_id
        LEFT JOIN LATERAL (SELECT bool_and(finished_at IS NOT NULL) AS is_finished, max(finished_at) AS finished_at
            FROM task WHERE task.incident_id = incident.id) AS work ON true
    WHERE report.id = wanted
$$;

-- Names, addresses and numbers of reporters whose report came before a time and is over; how many reports, `most` at once.
CREATE FUNCTION forget_contacts(before timestamptz, most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE old uuid[];
BEGIN
    old := ARRAY(SELECT report.id FROM report JOIN (SELECT report_id FROM report_contact
            UNION SELECT report_id FROM text_report
            UNION SELECT report_id FROM inbox_item WHERE report_id IS NOT NULL AND sender <> ''
            UNION SELECT audience_key::uuid FROM notification_target WHERE audience_kind = 'reporter') AS held
            ON held.report_id = report.id
        WHERE received_at < before AND report_over_at(report.id) IS NOT NULL ORDER BY received_at LIMIT most);
    DELETE FROM report_contact WHERE report_id = ANY (old);
    DELETE FROM text_report WHERE report_id = ANY (old);
    DELETE FROM notification_target WHERE audience_kind = 'reporter' AND audience_key = ANY (old::text[]);
    UPDATE notification_delivery SET address = '(removed) ' || notification_delivery.id,
        state = CASE state WHEN 'queued' THEN 'failed' ELSE state END, done_at = coalesce(done_at, now())
        FROM notification_message WHERE notification_message.id = message_id AND audience_kind = 'reporter'
        AND audience_key = ANY (old::text[]);
    UPDATE inbox_item SET sender = '', body = '', source_id = 'forgotten:' || id, category_words = '{}', reason = '',
        candidates = '[]' WHERE report_id = ANY (old) OR id IN (SELECT id FROM inbox_item
            WHERE status = 'rejected' AND received_at < before AND sender <> '' ORDER BY received_at LIMIT most);
    RETURN cardinality(old);
END $$;
REVOKE ALL ON FUNCTION forget_contacts(timestamptz, integer) FROM PUBLIC;

-- Photos of reporters whose report was over before a time; the hashes of the files that were shown until now, `most` at
-- once. The redacted copy takes the place of the original where there is one, else a blank image.
CREATE FUNCTION forget_photos(before timestamptz, blank_sha256 text, blank_bytes integer, most integer) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE old uuid[];
BEGIN
    old := ARRAY(SELECT media.id FROM media JOIN (SELECT report_id, media_id FROM report_media
            UNION ALL SELECT report_id, media_id FROM proof_answer WHERE media_id IS NOT NULL) AS photo ON photo.media_id = media.id
        WHERE NOT media.redacted AND media.created_at < before AND report_over_at(photo.report_id) < before
        ORDER BY media.created_at LIMIT most);
    RETURN QUERY SELECT DISTINCT sha256 FROM media WHERE id = ANY (old);
    IF to_regclass('public.photo_redaction') IS NOT NULL THEN
        UPDATE media SET sha256 = copy.sha256, size_bytes = copy.size_bytes, mime = copy.mime, width = copy.width,
            height = copy.height, redacted = true, lat = NULL, lon = NULL
            FROM photo_redaction AS held JOIN media AS copy ON copy.id = held.redacted_media_id
            WHERE media.id = held.media_id AND media.id = ANY (old);
    END IF;
    UPDATE media SET sha256 = blank_sha256, size_bytes = blank_bytes, mime = 'image/jpeg', width = 16, height = 16,
        redacted = true, taken_at = NULL, lat = NULL, lon = NULL
        WHERE id = ANY (old) AND NOT redacted;
END $$;
REVOKE ALL ON FUNCTION forget_photos(timestamptz, text, integer, integer) FROM PUBLIC;
CREATE INDEX media_unredacted_photo ON media (created_at) WHERE NOT redacted AND kind = 'report';

-- What a report holds of its reporter, for whoever has its secret. Of the definer, because the public may not see contacts.
CREATE FUNCTION personal_data_of_report(wanted_sha256 bytea) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT jsonb_build_object('report_id', report.id, 'channel', channel, 'category', category, 'text', body,
        'lat', report.lat, 'lon', report.lon, 'area_id', area_id, 'happened_at', happened_at,
        'received_at', report.received_at, 'name', contact.name, 'email', contact.email, 'phone', contact.phone,
        'sender', (SELECT sender FROM text_report WHERE report_id = report.id),
        'network', origin.network, 'device_key', origin.device_key,
        'photos', (SELECT coalesce(jsonb_agg(jsonb_build_object('media_id', media.id, 'sha256', media.sha256,
                'taken_at', media.taken_at, 'lat', media.lat, 'lon', media.lon, 'width', media.width, 'height', media.height)
                ORDER BY photo.position), '[]')
            FROM report_media AS photo JOIN media ON media.id = photo.media_id WHERE photo.report_id = report.id),
        'answers', (SELECT coalesce(jsonb_agg(jsonb_build_object('fixed', fixed, 'answered_at', at) ORDER BY at), '[]')
            FROM proof_answer WHERE report_id = report.id))
    FROM report LEFT JOIN report_contact AS contact ON contact.report_id = report.id
        LEFT JOIN signal_origin AS origin ON origin.signal_id = report.id
    WHERE secret_sha256 = wanted_sha256
$$;
REVOKE ALL ON FUNCTION personal_data_of_report(bytea) FROM PUBLIC;

-- The account of a person that was erased stays as the key of what is on record, without anything else of the person.
ALTER TABLE app_user ADD COLUMN erased_at timestamptz;
COMMENT ON COLUMN app_user.erased_at IS 'when name, e-mail, password, linked identity, devices and positions of the person were erased; final';

-- Erases a person who signed in. Whatever belongs to the account alone (tables that go with it) is deleted; tasks, moves,
-- times of duty and the audit log name the account by its ID only.
CREATE FUNCTION erase_user(wanted text, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE one record;
BEGIN
    UPDATE app_user SET name = 'Akun dihapus / erased account', email = NULL, password_hash = NULL, password_set_at = NULL,
        oidc_issuer = NULL, oidc_subject = NULL, disabled_at = coalesce(disabled_at, at), erased_at = at WHERE id = wanted;
    FOR one IN SELECT conrelid::regclass AS owner, attname AS name FROM pg_constraint
            JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
            WHERE contype = 'f' AND confrelid = 'app_user'::regclass AND confdeltype = 'c' LOOP
        EXECUTE format('DELETE FROM %s WHERE %I = $1', one.owner, one.name) USING wanted;
    END LOOP;
    DELETE FROM officer_position WHERE user_id = wanted;
    UPDATE officer_duty SET ended_at = coalesce(ended_at, at), last_lat = NULL, last_lon = NULL, last_at = NULL
        WHERE user_id = wanted;
    DELETE FROM notification_target WHERE audience_kind = 'user' AND audience_key = wanted;
    UPDATE notification_delivery SET address = '(removed) ' || notification_delivery.id,
        state = CASE state WHEN 'queued' THEN 'failed' ELSE state END, done_at = coalesce(done_at, at)
        FROM notification_message WHERE notification_message.id = message_id AND audience_kind = 'user'
        AND audience_key = wanted;
END $$;
REVOKE ALL ON FUNCTION erase_user(text, timestamptz) FROM PUBLIC;

-- What one person did, of the audit log and of tasks of all agencies. Of the definer: callers see only their own.
CREATE FUNCTION own_actions(most integer)
RETURNS TABLE (action text, object_kind text, object_id text, why text, at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT action, object_kind, object_id, why, at FROM audit
    WHERE actor = nullif(current_setting('siaga.user', true), '') ORDER BY id DESC LIMIT most
$$;
REVOKE ALL ON FUNCTION own_actions(integer) FROM PUBLIC;

CREATE FUNCTION own_moves(most integer) RETURNS TABLE (task_id uuid, verb text, note text, at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT task_id, verb, note, at FROM task_move
    WHERE actor = nullif(current_setting('siaga.user', true), '') ORDER BY id DESC LIMIT most
$$;
REVOKE ALL ON FUNCTION own_moves(integer) FROM PUBLIC;
CREATE INDEX task_move_actor ON task_move (actor, id);
CREATE INDEX audit_actor ON audit (actor, id);
