"""Commands that run models and pipelines on files, without a node."""
