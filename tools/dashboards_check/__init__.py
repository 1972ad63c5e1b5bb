"""Draws every board on databases of a calm city, a storm, a year and a silent hour, as far as that needs no screen."""
