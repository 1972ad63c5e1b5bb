"""`make siege`: the real programs under a simulated attack beside an honest storm, measured from outside."""
