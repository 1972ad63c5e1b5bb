"""What waits for the cloud: kept first, sent in order of worth, deleted only when the cloud has committed it."""
