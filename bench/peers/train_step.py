"""PyTorch's side of bench/train-step: takes a training step for each line on stdin, answers with a line of JSON.

usage: train_step.py NETWORK FOLDER THREADS   (FOLDER holds tensors.json and tensors.bin: weights and a batch)
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch

from networks import NETWORKS


def read_tensors(folder):
    data = np.fromfile(folder / "tensors.bin", dtype=np.float32)
    for entry in json.loads((folder / "tensors.json").read_text()):
        shape, start = entry["shape"], entry["offset"]
        size = int(np.prod(shape))
        yield entry["name"], torch.from_numpy(data[start : start + size].reshape(shape).copy())


def peak_mb():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmHWM in /proc/self/status")


def main():
    name, folder, threads = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(threads)
    tensors = dict(read_tensors(folder))
    batch = {key.removeprefix("batch/"): value for key, value in tensors.items() if key.startswith("batch/")}
    state = {key: value for key, value in tensors.items() if not key.startswith("batch/")}
    model = NETWORKS[name]()
    missing, unexpected = model.load_state_dict(state, strict=False)
    missing = [key for key in missing if not key.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise RuntimeError(f"weights that do not fit: missing {missing}, unexpected {unexpected}")
    del tensors, state
    model.train()
    if name == "modnet":
        optimiser = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    else:
        optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)

    print(json.dumps({"ready": torch.__version__}), flush=True)
    for _ in sys.stdin:
        start, cpu_start = time.perf_counter(), time.process_time()
        optimiser.zero_grad(set_to_none=True)
        loss = model.loss(batch)
        loss.backward()
        optimiser.step()
        seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
        report = {"seconds": seconds, "cpuSeconds": cpu_seconds, "loss": loss.item(), "peakMb": peak_mb()}
        print(json.dumps(report), flush=True)


main()
