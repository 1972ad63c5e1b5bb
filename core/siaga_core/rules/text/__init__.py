"""This package holds the rules that read a text: its words, its category and its place."""
