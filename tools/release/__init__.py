"""This package builds what a release consists of, into dist/: `make release` (docs/releasing.md)."""
