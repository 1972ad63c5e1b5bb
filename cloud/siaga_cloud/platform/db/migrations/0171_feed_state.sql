COMMENT ON TABLE feed_state IS 'What each feed remembers from one reading of its source to the next';
