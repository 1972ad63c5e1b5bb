"""What the tests of the edge share: node processes, files, messages and devices."""
