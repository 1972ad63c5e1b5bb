"""This package holds the rules that verify a resolved task: proof checks, the method and the camera recheck."""
