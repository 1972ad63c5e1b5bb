"""This package holds the SQL for nodes, their broker accounts, commands, replays and sites."""
