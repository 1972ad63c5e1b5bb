-- Pictures of before and after a task. By the definer, because the public may see those in which nobody is recognised
-- though it may not see the rows that they hang on; who asks leaves out what its caller may not see.
CREATE FUNCTION task_pair(wanted uuid)
RETURNS TABLE (side text, rank integer, media_id uuid, kind text, taken_at timestamptz, redacted boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT found.side, found.rank, media.id, media.kind, coalesce(media.taken_at, media.created_at), media.redacted
    FROM (
        SELECT 'before' AS side, evidence.media_id,
            CASE evidence.role WHEN 'threshold' THEN 0 WHEN 'update' THEN 1 ELSE 2 END AS rank
        FROM task JOIN incident_member AS member USING (incident_id) JOIN evidence ON evidence.event_id = member.signal_id
        WHERE task.id = wanted AND member.removed_at IS NULL AND evidence.role <> 'departure'
        UNION ALL
        SELECT 'before', shot.media_id, 5
        FROM task JOIN incident_member AS member USING (incident_id)
            JOIN report_media AS shot ON shot.report_id = member.signal_id
        WHERE task.id = wanted AND member.removed_at IS NULL
        UNION ALL
        SELECT 'after', task.proof_media_id, 0 FROM task WHERE task.id = wanted AND task.proof_media_id IS NOT NULL
        UNION ALL
        SELECT 'after', evidence.media_id, 1
        FROM relook JOIN proof ON proof.id = relook.proof_id JOIN task ON task.id = proof.task_id
            JOIN evidence ON evidence.event_id = relook.id AND evidence.node_id = relook.node_id
        WHERE task.id = wanted AND task.proof_media_id = proof.media_id
        UNION ALL
        SELECT 'after', proof.after_media_id, 2 FROM proof JOIN task ON task.id = proof.task_id
        WHERE task.id = wanted AND task.proof_media_id = proof.media_id AND proof.after_media_id IS NOT NULL
    ) AS found JOIN media ON media.id = found.media_id
    ORDER BY found.side DESC, found.rank, media.created_at LIMIT 20
$$;
