"""This package holds the files of images and clips, and the checks of photos."""
