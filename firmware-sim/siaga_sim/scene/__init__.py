"""A city camera's view, drawn at run time: streets, traffic, trash and flood water that real models recognise."""
