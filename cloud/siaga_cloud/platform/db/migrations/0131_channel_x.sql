-- A channel may have a name of one letter: X. Every row passed the narrower check, so none is looked at again.
ALTER TABLE report DROP CONSTRAINT report_channel_check;
ALTER TABLE report ADD CONSTRAINT report_channel_check CHECK (channel ~ '^[a-z0-9_-]{1,32}$') NOT VALID;
