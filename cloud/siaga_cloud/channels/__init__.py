"""Ways out to people besides the inbox: one module each."""
