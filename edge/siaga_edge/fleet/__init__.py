"""What the cloud may change of a running node: signed, tried out, and taken back where it does harm."""
