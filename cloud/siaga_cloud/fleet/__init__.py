"""Orders to nodes: signed, numbered, sent; and how a new box comes to its credentials."""
