-- Channels answer where they were asked: photos that came by text channels, threads of e-mail, and replies on their way.

CREATE TABLE text_photo (
    id          uuid PRIMARY KEY,
    channel     text NOT NULL CHECK (channel <> ''),
    source_id   text NOT NULL CHECK (source_id <> ''),
    sender      text NOT NULL,
    address     text NOT NULL DEFAULT '' CHECK (length(address) <= 2000),
    state       text NOT NULL CHECK (state IN ('wanted', 'kept', 'refused')),
    error       text NOT NULL DEFAULT '',
    media_id    uuid REFERENCES media (id),
    received_at timestamptz NOT NULL,
    CHECK ((state = 'kept') = (media_id IS NOT NULL))
);
CREATE INDEX text_photo_talk ON text_photo (channel, source_id);
CREATE INDEX text_photo_wanted ON text_photo (received_at) WHERE state = 'wanted';
COMMENT ON TABLE text_photo IS 'Photos of messages, at most three a report; wanted ones are still to be fetched from their channel';
COMMENT ON COLUMN text_photo.source_id IS 'of the first message of the talk, as in report.external_id and inbox_item.source_id';
COMMENT ON COLUMN text_photo.address IS 'where it is fetched from, as the channel named it; empty for one that came along';

ALTER TABLE text_message ADD COLUMN thread text NOT NULL DEFAULT '';
COMMENT ON COLUMN text_message.thread IS 'of e-mail: the Message-ID that its thread began with';
ALTER TABLE text_report
    ADD COLUMN language text NOT NULL DEFAULT 'id' CHECK (language IN ('id', 'en')),
    ADD COLUMN thread text NOT NULL DEFAULT '',
    ADD COLUMN reply_to jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(reply_to) = 'object');
CREATE INDEX text_report_thread ON text_report (channel, thread) WHERE thread <> '';
CREATE INDEX text_report_sender ON text_report (channel, sender);
COMMENT ON COLUMN text_report.reply_to IS 'of e-mail: subject and references (Message-IDs, oldest first), so that news come in its thread';
ALTER TABLE text_message ADD COLUMN reply_to jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(reply_to) = 'object');

ALTER TABLE connector_health ADD COLUMN asked_at timestamptz;
COMMENT ON COLUMN connector_health.asked_at IS 'of those that are asked (mailbox, polling, feeds): when their source last answered';

-- Replies go the way of notices: a message for the audience "message", delivered to its sender. They go with what they answer.
CREATE FUNCTION forget_replies() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM notice_message WHERE audience_kind = 'message' AND audience_key = OLD.id::text;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION forget_replies() FROM PUBLIC;
CREATE TRIGGER text_message_gone AFTER DELETE ON text_message FOR EACH ROW EXECUTE FUNCTION forget_replies();

-- As 0112 made it, with talks, photos that no report has, and the addresses that news were sent to.
CREATE OR REPLACE FUNCTION forget_text_of_report() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM conversation AS held USING (
            SELECT channel, sender FROM text_report WHERE report_id = NEW.id
            UNION SELECT channel, sender FROM inbox_item WHERE report_id = NEW.id) AS sent
        WHERE held.channel = sent.channel AND split_part(held.sender, chr(10), 1) = sent.sender;
    DELETE FROM text_message AS held USING (
            SELECT channel, sender FROM text_report WHERE report_id = NEW.id
            UNION SELECT channel, sender FROM inbox_item WHERE report_id = NEW.id) AS sent
        WHERE held.channel = sent.channel AND held.sender = sent.sender;
    DELETE FROM text_photo WHERE (channel, source_id) = (OLD.channel, OLD.external_id);
    UPDATE notice_delivery SET address = '(removed) ' || notice_delivery.id,
        state = CASE state WHEN 'queued' THEN 'failed' ELSE state END, done_at = coalesce(done_at, now())
        FROM notice_message WHERE notice_message.id = message_id AND audience_kind = 'reporter'
        AND audience_key = NEW.id::text;
    DELETE FROM text_report WHERE report_id = NEW.id;
    UPDATE inbox_item SET body = '', sender = '', source_id = 'forgotten:' || id, category_words = '{}', reason = '',
        place_name = NULL, candidates = '[]', lat = round(lat::numeric, 3), lon = round(lon::numeric, 3)
        WHERE report_id = NEW.id;
    RETURN NULL;
END $$;
