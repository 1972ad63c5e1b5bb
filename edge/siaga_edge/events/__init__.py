"""What pipelines and gauges report: drafts of events and their evidence images."""
