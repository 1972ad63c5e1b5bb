"""The same boxes and the same ingest on a broker of three nodes, while nodes and replicas die: `make cluster`."""
