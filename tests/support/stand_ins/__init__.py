"""What stands in the tests for services that Siaga talks to."""
