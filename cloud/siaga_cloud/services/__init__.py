"""What the cloud does: load, decide by the rules, save, enqueue; always inside the caller's transaction."""
