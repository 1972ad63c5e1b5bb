"""What is decided: pure functions over frozen values, standard library only; the time is always an argument."""
