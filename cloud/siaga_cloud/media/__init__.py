"""This package holds evidence images, clips and photos, and who may view them."""
