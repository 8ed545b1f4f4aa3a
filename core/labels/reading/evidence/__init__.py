"""Evidence for or against a frame: repairs that boxes would need, and masks and areas that they agree with."""
