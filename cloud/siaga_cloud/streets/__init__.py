"""How deep streets are under water: the segments of a city, what follows from the evidence, and what is foreseen."""
