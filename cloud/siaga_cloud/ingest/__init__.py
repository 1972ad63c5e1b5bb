"""From the broker into the database: nothing lost, nothing twice, nothing silently dropped."""
