"""Services of gauges: signals of their stages, and reads that other subjects share."""
