"""Rules about pumps and gates: what is known of one now, and whether it does what the water calls for."""
