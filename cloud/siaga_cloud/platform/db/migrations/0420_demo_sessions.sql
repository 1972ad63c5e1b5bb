-- In a demo, accounts are entered without a credential; such a session says so.
ALTER TABLE user_session DROP CONSTRAINT user_session_method_check;
ALTER TABLE user_session ADD CONSTRAINT user_session_method_check
    CHECK (method IN ('password', 'oidc', 'passkey', 'demo')) NOT VALID;
