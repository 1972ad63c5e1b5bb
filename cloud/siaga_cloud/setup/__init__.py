"""The first start of a deployment: passwords, certificates, roles, the city."""
