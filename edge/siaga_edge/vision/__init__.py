"""What an image shows to a node: the models that look together, water, drawing. The detector is in the core."""
