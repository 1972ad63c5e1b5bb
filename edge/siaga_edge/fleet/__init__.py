"""What the cloud may change of a running box: signed, tried out, and taken back where it does harm."""
