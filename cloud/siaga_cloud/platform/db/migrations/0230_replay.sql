-- After a restore to a point before some acknowledgements: nodes are asked to send again what they saw acknowledged.
CREATE TABLE replay_request (
    id          uuid PRIMARY KEY,
    since       timestamptz NOT NULL,
    made_at     timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL CHECK (ends_at >= made_at),
    made_by     text NOT NULL DEFAULT ''
);
COMMENT ON TABLE replay_request IS 'What the database lost; until ends_at every node that is heard is asked once to send it again';

CREATE TABLE replay_node (
    request_id  uuid NOT NULL REFERENCES replay_request (id) ON DELETE CASCADE,
    node_id     text NOT NULL,
    asked_at    timestamptz NOT NULL,
    times       integer NOT NULL DEFAULT 1,
    done_at     timestamptz,
    PRIMARY KEY (request_id, node_id)
);
COMMENT ON TABLE replay_node IS 'Who was asked; done_at: the node''s health says that it has followed';
