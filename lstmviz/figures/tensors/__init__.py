"""The module as a box with its tensors: Subject and TensorsOptions in, a Draft out (`figure.TENSORS`)."""
