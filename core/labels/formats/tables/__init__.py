"""Tables of boxes: how columns are recognised, and how their rows are read."""
