"""This package holds the accuracy of cameras: the random sample, its judgements, and what follows from them."""
