"""This package holds citizens' reports from their arrival to their status page."""
