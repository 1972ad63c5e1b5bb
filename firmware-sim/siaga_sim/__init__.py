"""The simulated city: river, gauges, cameras, and the demo that plays them."""
