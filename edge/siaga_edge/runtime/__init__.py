"""The running agent: builds its parts from settings, runs them, and checks an installation."""
