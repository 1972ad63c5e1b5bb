"""Evidence clips: the encoded packets of the last seconds, cut around an event and redacted in every frame."""
