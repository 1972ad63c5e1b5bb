"""What the Dockerfiles do to installed packages, so that images are small."""
