"""Everything that is placed in a street, as meshes: vehicles, people, litter, and what stands beside the road."""
