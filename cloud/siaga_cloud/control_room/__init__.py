"""This package holds what the control room showed at a past minute."""
