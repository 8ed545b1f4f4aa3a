"""What is trained: recipe, presets, model catalogue, and the rules that fill in what is not given."""
