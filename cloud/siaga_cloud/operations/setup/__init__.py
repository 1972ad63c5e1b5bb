"""This package holds the first start: certificates, database logins and secret files."""
