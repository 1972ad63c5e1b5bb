"""Labelled drawn stories, played through the real `siaga-edge replay`, and a table of how its decisions compare."""
