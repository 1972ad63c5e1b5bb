"""The centre of Siaga: what crosses the network (`wire`) and what is decided (`rules`)."""
