"""Takes the first GPU's free memory but for some MiB, until it is killed.

python -m gpu_checks.take_memory FREE_MIB
"""

import sys

import torch

free, _ = torch.cuda.mem_get_info()
taken = torch.empty(max(0, free - int(sys.argv[1]) * 2**20), dtype=torch.uint8, device="cuda")
print(taken.numel() // 2**20, flush=True)
sys.stdin.read()
