"""What a technician and a Prometheus see of a node: a page, /metrics, and word to systemd."""
