"""The whole cloud, a thousand gauges, real boxes and citizens, while things are broken at random: `make chaos`."""
