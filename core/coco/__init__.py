"""Reading COCO JSON that nobody vouches for: one reader, for import (lenient) and for evaluation (strict)."""
