"""What a result is: scores, matching, curves, and the tables kept of them. numpy and hotcoco, no torch."""
