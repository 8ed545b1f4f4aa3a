"""AP of boxes and masks, delta AP, and the evaluator's self-test."""
