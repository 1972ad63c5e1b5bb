"""Very many smart gauges from one process, to see what a broker and a cloud can bear."""
