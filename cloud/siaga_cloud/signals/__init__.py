"""This package holds the signals from which incidents are made."""
