"""What happens in zones: dwells, water on roads, drafts of events and evidence images."""
