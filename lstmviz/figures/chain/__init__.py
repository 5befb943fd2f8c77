"""One recurrent layer rolled, unrolled, or both: Subject and LayerOptions in, a Draft out."""
