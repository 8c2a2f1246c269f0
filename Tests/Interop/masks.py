"""Our dropout as a torch module: the same elements of an adapter's input are zero as in `mlops train`.

CounterRandom.swift says what the numbers of a step are, DecoderModel+Gradients.swift which a token has, bodies/lowrank.h which elements
that leaves.
"""

import numpy
import torch

GOLDEN = 0x9E3779B97F4A7C15
# Linear layers a decoder layer may have: these, and the two that families with fused weights have.
KINDS = 9
ORDER = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "qkv_proj", "gate_up_proj"]
OTHER_NAMES = {
    "dense": "o_proj", "query_key_value": "qkv_proj", "fc1": "up_proj", "c_fc": "up_proj", "dense_h_to_4h": "up_proj",
    "fc2": "down_proj", "c_proj": "down_proj", "dense_4h_to_h": "down_proj",
    "c_attn": "qkv_proj", "Wqkv": "qkv_proj", "out_proj": "o_proj", "fc_in": "up_proj", "fc_out": "down_proj", "attn.c_proj": "o_proj",
}


def mixed(value: int) -> int:
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB % 2**64
    return value ^ (value >> 31)


class Counter:
    def __init__(self, key: int):
        self.key = key

    def bits(self, index: int) -> int:
        return mixed(mixed((index * GOLDEN + self.key) % 2**64) ^ self.key)

    def child(self, index: int) -> "Counter":
        return Counter(self.bits(index))


class Masks:
    """The keys of the tokens that are being computed."""

    def __init__(self, seed: int, share: float):
        self.root = Counter(mixed(mixed(seed) ^ (2 * GOLDEN % 2**64)))
        self.threshold = int(share * 65536 + 0.5)
        self.keys: list[int] = []

    def begin(self, step: int, row: int, ids: list[int], labels: list[int]) -> None:
        """Names the row of a step, both counted from 0."""
        own = self.root.child(step)
        prompts, random = own.child(0), own.child(row + 1)
        first = next(i for i, label in enumerate(labels) if i > 0 and label != -100) - 1
        path, self.keys = 0, []
        for position, token in enumerate(ids):
            if position < first:
                path = prompts.bits(path ^ token)
                self.keys.append(path)
            else:
                self.keys.append(random.bits(position))

    def mask(self, module: int, columns: int) -> torch.Tensor:
        rows = []
        with numpy.errstate(over="ignore"):
            for token in self.keys:
                key = mixed(token ^ mixed((module * GOLDEN + 1) % 2**64))
                low, high = numpy.uint32(key % 2**32), numpy.uint32(key >> 32)
                row = []
                for start in range(0, columns, 32):
                    h = (numpy.arange(16, dtype=numpy.uint32) + numpy.uint32(start // 2)) * numpy.uint32(0x9E3779B1) + low
                    h = (h ^ (h >> 16)) * numpy.uint32(0x7FEB352D)
                    h = (h ^ (h >> 15)) * numpy.uint32(0x846CA68B)
                    h = ((h ^ (h >> 16)) ^ high) * numpy.uint32(0x9E3779B1)
                    h = h ^ (h >> 15)
                    row += list((h & 0xFFFF) >= self.threshold) + list((h >> 16) >= self.threshold)
                rows.append(row[:columns])
        return torch.tensor(rows, dtype=torch.float32) * (65536 / (65536 - self.threshold))


class OurDropout(torch.nn.Module):
    def __init__(self, masks: Masks, module: int):
        super().__init__()
        self.masks, self.module = masks, module

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.masks.mask(self.module, x.shape[-1]) if self.training else x


def install(network, seed: int, share: float) -> Masks:
    """Puts our dropout in the place of PEFT's."""
    masks = Masks(seed, share)
    for name, module in network.named_modules():
        if hasattr(module, "lora_dropout") and "default" in module.lora_dropout:
            parts = name.split(".")
            layer = next(int(part) for part in parts if part.isdigit())
            # GPT-2's two have one name.
            end = "attn.c_proj" if name.endswith("attn.c_proj") else parts[-1]
            place = ORDER.index(OTHER_NAMES.get(end, end))
            module.lora_dropout["default"] = OurDropout(masks, layer * KINDS + place)
    return masks
