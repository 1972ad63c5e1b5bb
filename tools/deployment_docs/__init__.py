"""This package follows docs/deployment.md word by word on a Docker Engine: `make deployment-docs`."""
