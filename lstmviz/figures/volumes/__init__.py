"""A network for images as feature maps: Subject and VolumesOptions in, a Draft out (`figure.VOLUMES`)."""
