"""This package holds the forecast of each gauge's level, its errors and its refitting."""
