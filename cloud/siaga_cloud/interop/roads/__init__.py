"""This package holds the export of flooded roads to navigation and transit: CIFS, DATEX II and GTFS-Realtime."""
