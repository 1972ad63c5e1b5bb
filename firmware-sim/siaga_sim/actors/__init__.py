"""What simulated people act with: a phone, photos of places that exist only here, and HTTP."""
