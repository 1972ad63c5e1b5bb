"""The first page: HTML, CSS and JavaScript modules as they are, no build step."""
