"""What is drawn, placed in points: items, labels, geometry."""
