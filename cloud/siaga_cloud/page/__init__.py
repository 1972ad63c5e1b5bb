"""The pages: static files, and what cloud/web is built to (`make web`)."""
