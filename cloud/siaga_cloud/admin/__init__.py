"""The operator's command line: imports, tokens, dead letters."""
