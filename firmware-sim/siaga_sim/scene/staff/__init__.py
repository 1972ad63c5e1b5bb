"""A drawn riverside with a staff gauge: its views, its light, its water, and the film of it."""
