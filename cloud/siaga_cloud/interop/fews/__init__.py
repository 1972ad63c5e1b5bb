"""This package holds the export of readings to Delft-FEWS as PI-XML."""
