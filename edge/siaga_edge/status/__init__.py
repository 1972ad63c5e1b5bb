"""What a technician and a Prometheus see of a box: a page, /metrics, and word to systemd."""
