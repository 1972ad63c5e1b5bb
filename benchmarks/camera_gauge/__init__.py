"""What the benchmark of the camera gauge is made of."""
