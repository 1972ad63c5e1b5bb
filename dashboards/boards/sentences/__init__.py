"""What is going on, in one sentence each: SQL that forms the top strip of a board in the language of the board."""
