"""How a padded batch is packed: Subject and BatchOptions in, a Draft out (`figure.BATCH`)."""
