"""The inside of one recurrent cell: Subject and CellOptions in, a Draft out (`figure.CELL`)."""
