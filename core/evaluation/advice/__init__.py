"""What would help most: facts, rules, costs."""
