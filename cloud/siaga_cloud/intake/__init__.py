"""Citizens' channels: each makes the same Report of what came in."""
