"""What can be wrong with weights, images and clips; messages name the file and what was expected."""

from __future__ import annotations


class VisionError(Exception):
    """Base class of the errors of models, images and clips."""


class ModelError(VisionError):
    """Weights or a manifest that are not what they must be; nothing of them is loaded."""


class ImageError(VisionError):
    """A file that is not an image or clip that can be read."""


class LookError(VisionError):
    """No answer from a model in time, which is not the same as "nothing there"."""
