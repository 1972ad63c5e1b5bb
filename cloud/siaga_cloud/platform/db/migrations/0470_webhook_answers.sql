-- What the other system answered to the last try of a delivery: administrators try a webhook and see the answer.
ALTER TABLE webhook_delivery ADD COLUMN answer_status smallint;
ALTER TABLE webhook_delivery ADD COLUMN answer text NOT NULL DEFAULT '';
COMMENT ON COLUMN webhook_delivery.answer_status IS 'the HTTP status of the last try; null: no answer came';
COMMENT ON COLUMN webhook_delivery.answer IS 'the beginning of the body of the last answer, for administrators';
