-- Every step of signals and incidents that is on record, for `siaga-cloud admin trace`.
WITH ours AS (SELECT * FROM task WHERE incident_id = ANY (%(incidents)s)),
sent AS (
    -- The message that brought the event first; later revisions have messages of their own.
    SELECT event.id AS event_id, message.* FROM event JOIN message ON message.node_id = event.node_id
        AND message.stream = 'events' AND message.received_at = event.first_received_at
        AND message.measured_at BETWEEN event.began_at - interval '1 hour' AND event.first_received_at + interval '1 hour'
    WHERE event.id = ANY (%(signals)s)
)
SELECT * FROM (
    SELECT began_at AS at, 'began' AS step, source_kind || ' ' || source_id AS who,
        hazard || ', ' || severity || ', confidence ' || round(confidence::numeric, 2) AS what, 'event ' || id AS ids
        FROM event WHERE id = ANY (%(signals)s)
    UNION ALL SELECT measured_at, 'decided', 'node ' || node_id, 'last frame or sample that decided it',
        'message ' || id || ' outbox ' || outbox_id || ' seq ' || seq FROM sent
    UNION ALL SELECT sent_at, 'sent', 'node ' || node_id, CASE WHEN late THEN 'late: it had waited' ELSE size_bytes || ' bytes' END,
        'message ' || id FROM sent
    UNION ALL SELECT received_at, 'received', 'ingest', 'stored with its batch', 'message ' || id FROM sent
    UNION ALL SELECT ended_at, 'ended', source_kind || ' ' || source_id, 'revision ' || revision, 'event ' || id
        FROM event WHERE id = ANY (%(signals)s) AND ended_at IS NOT NULL
    UNION ALL SELECT media.created_at, 'picture', 'node ' || evidence.node_id, evidence.role || ' of ' || evidence.taken_at::text,
        'media ' || media.id || ' sha256 ' || media.sha256 FROM evidence JOIN media ON media.id = evidence.media_id
        WHERE event_id = ANY (%(signals)s)
    UNION ALL SELECT happened_at, 'noticed', 'citizen', category, 'report ' || report.id FROM report WHERE id = ANY (%(signals)s)
    UNION ALL SELECT received_at, 'reported', 'channel ' || report.channel, coalesce('number ' || number, ''), 'report ' || report.id
        FROM report LEFT JOIN text_report ON report_id = report.id WHERE report.id = ANY (%(signals)s)
    UNION ALL SELECT joined_at, 'joined', 'worker', 'weight ' || round(weight::numeric, 2) || ' of ' || source_key,
        'signal ' || signal_id || ' incident ' || incident_id FROM incident_member WHERE incident_id = ANY (%(incidents)s)
    UNION ALL SELECT created_at, 'incident', 'worker', 'number ' || number || ', ' || category || ' in ' || coalesce(area_id, 'no area'),
        'incident ' || id FROM incident WHERE id = ANY (%(incidents)s)
    UNION ALL SELECT verdict_at, 'verdict', coalesce(verdict_by, 'system'), verdict, 'incident ' || id
        FROM incident WHERE id = ANY (%(incidents)s) AND verdict_at IS NOT NULL
    UNION ALL SELECT at, 'change', actor, verb || CASE WHEN other_id IS NULL THEN '' ELSE ' ' || other_id END, 'change ' || id
        FROM incident_change WHERE incident_id = ANY (%(incidents)s)
    UNION ALL SELECT closed_at, 'closed', 'worker or operator', state, 'incident ' || id
        FROM incident WHERE id = ANY (%(incidents)s) AND closed_at IS NOT NULL
    UNION ALL SELECT created_at, 'task', 'worker', 'number ' || number || ' for ' || coalesce(agency_id, 'nobody') || ', '
        || round(extract(epoch FROM created_at - caused_at)::numeric, 2) || ' s after what caused it', 'task ' || id FROM ours
    UNION ALL SELECT move.at, 'move', actor, verb || ': ' || coalesce(from_state, 'new') || ' to ' || to_state, 'task ' || task_id
        FROM task_move AS move JOIN ours ON ours.id = move.task_id
    UNION ALL SELECT event.at, 'clock', 'worker', name || ', due ' || event.due_at::text, 'task ' || task_id
        FROM task_deadline_event AS event JOIN ours ON ours.id = event.task_id
    UNION ALL SELECT photo.at, 'photo', uploaded_by, 'of the work', 'media ' || media_id
        FROM task_photo AS photo JOIN ours ON ours.id = photo.task_id
    UNION ALL SELECT made_at, 'recheck', 'worker', 'requested from camera ' || camera_id || ' on node ' || recheck.node_id,
        'look ' || recheck.id || coalesce(' command ' || command_number, '') FROM camera_recheck AS recheck JOIN ours ON ours.id = recheck.task_id
    UNION ALL SELECT answered_at, 'looked', 'node ' || recheck.node_id, recheck.state, 'look ' || recheck.id
        FROM camera_recheck AS recheck JOIN ours ON ours.id = recheck.task_id WHERE answered_at IS NOT NULL
    UNION ALL SELECT notification.created_at, 'notification', 'worker', kind || ' to ' || audience_kind, 'notification ' || notification.id
        FROM notification WHERE subject_id IN (SELECT id::text FROM ours UNION ALL SELECT unnest(%(incidents)s::uuid[])::text)
    UNION ALL SELECT delivery.done_at, 'delivered', 'channel ' || channel, delivery.state || ' in ' || attempts || ' attempts',
        'notification ' || notification.id FROM notification JOIN notification_delivery AS delivery USING (message_id)
        WHERE subject_id IN (SELECT id::text FROM ours UNION ALL SELECT unnest(%(incidents)s::uuid[])::text)
            AND delivery.done_at IS NOT NULL
) AS step ORDER BY at, step
