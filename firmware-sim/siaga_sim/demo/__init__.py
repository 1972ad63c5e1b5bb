"""`make demo`: a whole city on this machine, on real services, playing a story; then everything is taken down."""
