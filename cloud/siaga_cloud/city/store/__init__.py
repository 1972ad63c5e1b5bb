"""This package holds the SQL for areas, agencies, the gazetteer, layers and the policy."""
