"""This package sets up a new city: the files of its folder, and the checklist of what is missing."""
