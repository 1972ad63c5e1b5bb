"""This package holds the city's areas, agencies, policy, gazetteer and map layers."""
