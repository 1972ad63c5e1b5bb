"""Rules about how deep a street is under water: what each piece of evidence tells, and what follows of all of them."""
