"""The pages: static files, and what cloud/web is built to. The first page, as modules, until that replaces it."""
