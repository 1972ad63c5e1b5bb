"""`make street-depth`: the depth of streets judged on simulated floods whose depth is known."""
