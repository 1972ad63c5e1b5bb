"""This package holds the nodes: their enrolment, configuration, commands and sites."""
