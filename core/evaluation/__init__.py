"""Results of evaluations: scores, matching, curves and their stored tables. Uses numpy and hotcoco, no torch."""
