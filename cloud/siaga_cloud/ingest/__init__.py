"""This package holds the program that stores the messages of nodes: it loses none and stores none twice."""
