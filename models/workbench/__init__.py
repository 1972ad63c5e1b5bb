"""The parts that the model scripts share."""
