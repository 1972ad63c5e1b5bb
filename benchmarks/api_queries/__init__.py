"""The heaviest queries of the API on a year of a city, and how the database runs them."""
