"""This package holds the interfaces by which other systems read Siaga, one package or module for each standard."""
