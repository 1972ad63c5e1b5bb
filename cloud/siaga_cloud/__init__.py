"""The cloud of Siaga: its API, its worker and its command line, with one package for each subject."""
