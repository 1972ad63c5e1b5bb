"""Parts of the camera benchmarks."""
