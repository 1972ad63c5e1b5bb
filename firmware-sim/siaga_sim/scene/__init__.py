"""A city camera's view, drawn at run time: streets, traffic, litter and flood water that real models recognise."""
