"""This package holds the clients of the SMS, mail, Telegram and social media services."""
