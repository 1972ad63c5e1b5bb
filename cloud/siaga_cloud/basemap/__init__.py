"""This package holds the basemap: the file of streets below the map, how it is made, checked, served and searched."""
