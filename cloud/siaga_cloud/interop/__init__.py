"""What other systems read us by: one module per standard, outside of /api/v1."""
