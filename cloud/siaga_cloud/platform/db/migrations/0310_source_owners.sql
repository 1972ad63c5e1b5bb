-- Cameras and gauges belong to the node that reported them first, or to the one that an administrator names.

CREATE TABLE refused_source (
    kind        text NOT NULL CHECK (kind IN ('camera', 'gauge', 'event')),
    id          text NOT NULL CHECK (id = '' OR length(id) <= 48),
    node_id     text NOT NULL CHECK (node_id ~ '^[a-z0-9][a-z0-9-]{1,47}$'),
    reason      text NOT NULL CHECK (reason IN ('unknown', 'foreign')),
    messages    bigint NOT NULL DEFAULT 1 CHECK (messages > 0),
    first_at    timestamptz NOT NULL,
    last_at     timestamptz NOT NULL,
    PRIMARY KEY (node_id, kind, id, reason)
);
CREATE INDEX refused_source_last ON refused_source (last_at DESC);
COMMENT ON TABLE refused_source IS 'Sources that nodes reported without a right to: unknown to the city, or of another node; bounded per node';
COMMENT ON COLUMN refused_source.id IS 'empty: those of the node beyond the limit, together';

-- Who reported a source until today owns it; where nobody did, the first one from now on.
UPDATE gauge SET node_id = latest.node_id FROM gauge_latest AS latest
    WHERE latest.gauge_id = gauge.id AND gauge.node_id IS NULL AND latest.node_id NOT LIKE 'feed-%'
    AND EXISTS (SELECT FROM node WHERE node.id = latest.node_id AND node.retired_at IS NULL);
UPDATE camera SET node_id = latest.node_id FROM camera_latest AS latest
    WHERE latest.camera_id = camera.id AND camera.node_id IS NULL AND latest.node_id NOT LIKE 'feed-%'
    AND EXISTS (SELECT FROM node WHERE node.id = latest.node_id AND node.retired_at IS NULL);

COMMENT ON COLUMN gauge.node_id IS 'the only node that may report it; null: the next node that does owns it';
COMMENT ON COLUMN camera.node_id IS 'the only node that may report it; null: the next node that does owns it';

-- Ingest may claim what nobody owns, and nothing else: it cannot write gauges or cameras.
CREATE FUNCTION claim_source(kind text, source_id text, node text, at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    claimed integer := 0;
BEGIN
    IF $1 = 'gauge' THEN
        UPDATE gauge SET node_id = $3 WHERE id = $2 AND node_id IS NULL;
        GET DIAGNOSTICS claimed = ROW_COUNT;
    ELSIF $1 = 'camera' THEN
        UPDATE camera SET node_id = $3 WHERE id = $2 AND node_id IS NULL;
        GET DIAGNOSTICS claimed = ROW_COUNT;
    END IF;
    IF claimed > 0 THEN
        PERFORM record_audit('node:' || $3, 'claim_' || $1, $1, $2, '', jsonb_build_object('node_id', $3), $4);
    END IF;
    RETURN claimed > 0;
END $$;
REVOKE ALL ON FUNCTION claim_source(text, text, text, timestamptz) FROM PUBLIC;
