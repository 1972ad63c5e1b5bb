"""Updates the agent of a Debian package by signed commands, under a systemd that runs."""
