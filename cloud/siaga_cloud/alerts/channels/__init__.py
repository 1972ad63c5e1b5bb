"""This package holds the senders of alert messages: e-mail, SMS and webhook."""
