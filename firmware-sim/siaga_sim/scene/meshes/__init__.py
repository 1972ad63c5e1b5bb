"""Everything that is placed in a street, as meshes: vehicles, people, trash, and what stands beside the road."""
