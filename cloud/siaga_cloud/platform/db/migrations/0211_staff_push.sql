-- Browsers of staff that are told of what comes into the inbox, by web push.
CREATE TABLE staff_push (
    id          uuid PRIMARY KEY,
    user_id     text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    endpoint    text NOT NULL UNIQUE CHECK (length(endpoint) BETWEEN 9 AND 1000),
    p256dh      text NOT NULL,
    auth        text NOT NULL,
    language    text NOT NULL CHECK (language IN ('id', 'en')),
    made_at     timestamptz NOT NULL
);
CREATE INDEX staff_push_user ON staff_push (user_id, made_at);
COMMENT ON TABLE staff_push IS 'Push subscriptions of people who sign in; an endpoint that is gone is forgotten. Personal data';
