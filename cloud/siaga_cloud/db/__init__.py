"""PostgreSQL: the only place with SQL. Functions take a connection and speak the domain's words."""
