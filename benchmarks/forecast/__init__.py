"""What the forecast benchmark needs: storms on the simulated Ciliwung, and simpler ways of telling what comes."""
