"""This package holds the programs that poll mailboxes and Telegram for new messages."""
