"""Rules about warning of a level before it comes, on forecasts that proved right often enough."""
