"""Rain as rain gauges measured it: which there are, what fell, and for how much of a time that is known."""
