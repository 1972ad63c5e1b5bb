"""One module for each channel: its settings, how deliveries are proved and read, and how messages are answered."""
