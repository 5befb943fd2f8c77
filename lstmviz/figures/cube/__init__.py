"""The data as a cube, slices, matrices, windows: Subject, CubeOptions in, a Draft out (`figure.CUBE`)."""
