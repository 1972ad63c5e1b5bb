-- Feeds as those who look after them may see them: no addresses, no names of secrets.

CREATE VIEW feed_shown AS
SELECT feed.id, feed.kind, feed.enabled, (feed.options ->> 'every_seconds')::float8 AS every_seconds,
    feed_state.failures, feed_state.next_at
FROM feed JOIN feed_state ON feed_state.feed_id = feed.id;
