"""What a camera must see, and how often, before a zone's event may be reported."""
