"""Advice on what would improve a model most: facts, rules, costs."""
