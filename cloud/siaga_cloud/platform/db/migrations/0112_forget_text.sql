-- Erasing what text channels hold of a report together with it: raw messages of its sender (which of them were of this
-- report is not known), its number, and the text that an operator read. Other messages that still wait stay.
CREATE FUNCTION forget_text_of_report() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM text_message AS held USING (
            SELECT channel, sender FROM text_report WHERE report_id = NEW.id
            UNION SELECT channel, sender FROM inbox_item WHERE report_id = NEW.id) AS sent
        WHERE held.channel = sent.channel AND held.sender = sent.sender;
    DELETE FROM text_report WHERE report_id = NEW.id;
    UPDATE inbox_item SET body = '', sender = '', source_id = 'forgotten:' || id, category_words = '{}', reason = '',
        place_name = NULL, candidates = '[]', lat = round(lat::numeric, 3), lon = round(lon::numeric, 3)
        WHERE report_id = NEW.id;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION forget_text_of_report() FROM PUBLIC;
-- forget_reports (0071) marks a report so.
CREATE TRIGGER report_forgotten AFTER UPDATE OF external_id ON report FOR EACH ROW
    WHEN (NEW.external_id = 'forgotten:' || NEW.id AND OLD.external_id IS DISTINCT FROM NEW.external_id)
    EXECUTE FUNCTION forget_text_of_report();
