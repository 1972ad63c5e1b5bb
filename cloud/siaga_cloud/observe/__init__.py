"""How the cloud's programs can be watched: metrics, logs and traces."""
