"""This package holds what forecasts use besides levels: rain and the tide."""
