"""The devices of staff: what signs requests, answers challenges of captures and holds passkeys."""
