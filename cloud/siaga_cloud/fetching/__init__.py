"""Channels that are asked for what came: the mailbox, Telegram without a webhook."""
