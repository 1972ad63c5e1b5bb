"""Water-level gauges: from registers to readings, stages and events."""
