"""This package holds the SQL for cameras, drawings, masks, rechecks and views."""
