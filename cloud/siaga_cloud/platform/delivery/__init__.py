"""This package holds the transports by which messages leave: e-mail, webhook and web push."""
