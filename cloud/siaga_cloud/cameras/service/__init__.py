"""This package holds the changes of drawings and the requests for snapshots and live views."""
