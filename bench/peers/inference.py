"""PyTorch's side of bench/inference: runs a network for each line on stdin, answers with a line of JSON.

usage: inference.py FOLDER THREADS   (FOLDER holds graph.json and graph.bin: a list of operators, and tensors)

Each operator is the torch.nn.functional call that a module's forward makes, in the network's own order. A ReLU whose
input nobody else reads works in place, as the released code's do; values are freed after their last use.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F


def ints(t):
    return [int(x) for x in t]


def pads(p, where):
    half = len(p) // 2
    if p[:half] != p[half:]:
        raise RuntimeError(f"{where}: padding that differs between sides is not written here")
    return p[:half]


def conv(i, a):
    return F.conv2d(i[0], i[1], i[2] if len(i) > 2 else None, a.get("strides", 1), pads(a.get("pads", [0] * 4), "Conv"),
                    a.get("dilations", 1), a.get("group", 1))


def conv_transpose(i, a):
    return F.conv_transpose2d(i[0], i[1], i[2] if len(i) > 2 else None, a.get("strides", 1),
                              pads(a.get("pads", [0] * 4), "ConvTranspose"), a.get("output_padding", 0),
                              a.get("group", 1), a.get("dilations", 1))


def max_pool(i, a):
    return F.max_pool2d(i[0], a["kernel_shape"], a["strides"], pads(a.get("pads", [0] * 4), "MaxPool"),
                        ceil_mode=bool(a.get("ceil_mode", 0)))


def average_pool(i, a):
    return F.avg_pool2d(i[0], a["kernel_shape"], a["strides"], pads(a.get("pads", [0] * 4), "AveragePool"),
                        bool(a.get("ceil_mode", 0)), bool(a.get("count_include_pad", 0)))


def resize(i, a):
    mode = {"linear": "bilinear", "cubic": "bicubic", "nearest": "nearest"}[a["mode"]]
    how = {} if mode == "nearest" else {"align_corners": a["coordinate_transformation_mode"] == "align_corners"}
    if len(i) > 3 and i[3] is not None:
        return F.interpolate(i[0], size=ints(i[3])[2:], mode=mode, **how)
    return F.interpolate(i[0], scale_factor=[float(x) for x in i[2]][2:], mode=mode, **how)


def pad(i, a):
    amounts = ints(i[1])
    rank = len(amounts) // 2
    flat = [n for axis in reversed(range(rank)) for n in (amounts[axis], amounts[axis + rank])]
    while len(flat) > 2 and flat[-2:] == [0, 0]:
        flat = flat[:-2]
    mode = {"constant": "constant", "reflect": "reflect", "edge": "replicate"}[a.get("mode", "constant")]
    return F.pad(i[0], flat, mode, **({"value": float(i[2])} if mode == "constant" and len(i) > 2 else {}))


def slice_(i, a):
    x = i[0]
    for start, end, axis in zip(ints(i[1]), ints(i[2]), ints(i[3])):
        size = x.shape[axis]
        x = x.narrow(axis, min(start, size), min(end, size) - min(start, size))
    return x


def reshape(i, a):
    return i[0].reshape([i[0].shape[k] if n == 0 else n for k, n in enumerate(ints(i[1]))])


def squeeze(i, a):
    for axis in sorted(ints(i[1]), reverse=True):
        i[0] = i[0].squeeze(axis)
    return i[0]


def unsqueeze(i, a):
    for axis in sorted(ints(i[1])):
        i[0] = i[0].unsqueeze(axis)
    return i[0]


def depth_to_space(i, a):
    if a.get("mode", "DCR") == "CRD":
        return F.pixel_shuffle(i[0], a["blocksize"])
    n, c, h, w = i[0].shape
    b = a["blocksize"]
    x = i[0].reshape(n, b, b, c // b**2, h, w).permute(0, 3, 4, 1, 5, 2)
    return x.reshape(n, c // b**2, h * b, w * b)


TYPES = {1: torch.float32, 6: torch.int32, 7: torch.int64, 9: torch.bool}


def clip(i, a):
    return torch.clamp(i[0], *(None if bound is None else float(bound) for bound in (i[1:] + [None, None])[:2]))


OPERATORS = {
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "BatchNormalization": lambda i, a: F.batch_norm(i[0], i[3], i[4], i[1], i[2], eps=a["epsilon"]),
    "InstanceNormalization": lambda i, a: F.instance_norm(i[0], weight=i[1], bias=i[2], eps=a["epsilon"]),
    "LayerNormalization": lambda i, a: F.layer_norm(i[0], i[1].shape, i[1], i[2], a["epsilon"]),
    "Relu": lambda i, a: F.relu(i[0]),
    "Sigmoid": lambda i, a: torch.sigmoid(i[0]),
    "Gelu": lambda i, a: F.gelu(i[0]),
    "Softmax": lambda i, a: F.softmax(i[0], a.get("axis", -1)),
    "Clip": clip,
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "GlobalAveragePool": lambda i, a: F.adaptive_avg_pool2d(i[0], 1),
    "Resize": resize,
    "Concat": lambda i, a: torch.cat(i, a["axis"]),
    "Split": lambda i, a: torch.split(i[0], ints(i[1]), a["axis"]),
    "Slice": slice_,
    "Pad": pad,
    "Add": lambda i, a: i[0] + i[1],
    "Sub": lambda i, a: i[0] - i[1],
    "Mul": lambda i, a: i[0] * i[1],
    "Div": lambda i, a: i[0] / i[1],
    "Neg": lambda i, a: -i[0],
    "Erf": lambda i, a: torch.erf(i[0]),
    "Cast": lambda i, a: i[0].to(TYPES[a["to"]]),
    "DepthToSpace": depth_to_space,
    "Abs": lambda i, a: i[0].abs(),
    "Max": lambda i, a: torch.maximum(i[0], i[1]),
    "Min": lambda i, a: torch.minimum(i[0], i[1]),
    "MatMul": lambda i, a: i[0] @ i[1],
    "Transpose": lambda i, a: i[0].permute(a["perm"]),
    "Reshape": reshape,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Expand": lambda i, a: i[0].expand(torch.broadcast_shapes(i[0].shape, ints(i[1]))),
    "Gather": lambda i, a: i[0][i[1]] if a.get("axis", 0) == 0 else i[0].index_select(a["axis"], i[1].flatten()),
    "ReduceMean": lambda i, a: i[0].mean(ints(i[1]), keepdim=bool(a.get("keepdims", 1))),
    "Identity": lambda i, a: i[0],
}


class Network:
    def __init__(self, folder):
        description = json.loads((folder / "graph.json").read_text())
        data = (folder / "graph.bin").read_bytes()
        self.constants = {}
        for t in description["tensors"]:
            part = np.frombuffer(data, dtype=t["dtype"], offset=t["offset"], count=int(np.prod(t["shape"])))
            self.constants[t["name"]] = torch.from_numpy(part.copy().reshape(t["shape"]))
        self.output = description["output"]
        self.nodes = description["nodes"]
        uses = {}
        for index, node in enumerate(self.nodes):
            if node["op"] not in OPERATORS:
                raise RuntimeError(f"operator {node['op']} is not written here")
            for name in node["inputs"]:
                uses.setdefault(name, []).append(index)
        for index, node in enumerate(self.nodes):
            # What a node reads for the last time goes away after it.
            node["last"] = [n for n in set(node["inputs"]) if n not in self.constants and uses[n][-1] == index]
            node["alone"] = all(len(uses[n]) == 1 and n not in self.constants for n in node["inputs"] if n)

    def __call__(self):
        values = dict(self.constants)
        for node in self.nodes:
            inputs = [None if name is None else values[name] for name in node["inputs"]]
            if node["op"] == "Relu" and node["alone"]:
                result = F.relu_(inputs[0])
            else:
                result = OPERATORS[node["op"]](inputs, node["attributes"])
            results = result if isinstance(result, (tuple, list)) else [result]
            values.update(zip(node["outputs"], results))
            for name in node["last"]:
                values.pop(name, None)
            del inputs, result, results
        return values[self.output]


def peak_mb():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmHWM in /proc/self/status")


def main():
    torch.set_num_threads(int(sys.argv[2]))
    network = Network(Path(sys.argv[1]))
    print(json.dumps({"ready": torch.__version__}), flush=True)
    with torch.no_grad():
        for _ in sys.stdin:
            start, cpu_start = time.perf_counter(), time.process_time()
            matte = network()
            seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
            mean = matte.double().mean().item()
            print(json.dumps({"seconds": seconds, "cpuSeconds": cpu_seconds, "loss": mean, "peakMb": peak_mb()}), flush=True)


main()
