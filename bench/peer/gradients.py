"""The PyTorch side of bench/gradients.ts: the same weights and token ids, timed on request.

    python gradients.py FOLDER THREADS

FOLDER holds `model.onnx_data` (float32 weights, one after the other) and `peer.json` with their names and shapes, the size of the
encoder and the token ids. Requests come as lines of JSON on standard input and are answered as lines of JSON:

    {"what": "saliency"}                                   forward and backward of the predicted class to the word embeddings
    {"what": "head importance"}                            forward and backward to a factor on every head
    {"what": "integrated gradients", "steps": 50, "together": 10}
                                                           midpoint rule from zero embeddings, so many steps in a batch: what captum's
                                                           LayerIntegratedGradients does with method="riemann_middle" and
                                                           internal_batch_size

An answer has `seconds` on the clock, `work`, the seconds of all cores together, the `values`, and `peak`, the most memory in bytes that the
process ever had resident.
Needs torch only. Attention is torch's own fused one; the weights ask for no gradients, as nobody wants theirs.
"""

import json
import math
import resource
import sys
import time

import torch
from torch.nn import functional as F


class Encoder:
    """BERT with a classifier on its first token, as `bench/bigModel.ts` writes it: matrices are [from, to]."""

    def __init__(self, weights, layers, heads):
        self.weights, self.layers, self.heads = weights, layers, heads

    def linear(self, name, x):
        return torch.matmul(x, self.weights[f"{name}.weight"]) + self.weights[f"{name}.bias"]

    def norm(self, name, x):
        return F.layer_norm(x, x.shape[-1:], self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], 1e-5)

    def embeddings(self, ids):
        return self.weights["tokens"][ids]

    def logits(self, embeddings, factors=None):
        """embeddings [B, S, D]; factors [layers, heads] on what each head gives."""
        batch, tokens, width = embeddings.shape
        x = self.norm("embeddings.norm", embeddings + self.weights["positions"][:tokens])
        for layer in range(self.layers):
            q, k, v = (
                self.linear(f"{layer}.{name}", x).view(batch, tokens, self.heads, -1).transpose(1, 2)
                for name in ("query", "key", "value")
            )
            context = F.scaled_dot_product_attention(q, k, v)
            if factors is not None:
                context = context * factors[layer].view(1, -1, 1, 1)
            joined = context.transpose(1, 2).reshape(batch, tokens, width)
            x = self.norm(f"{layer}.attention.norm", self.linear(f"{layer}.output", joined) + x)
            inner = F.gelu(self.linear(f"{layer}.inner", x))
            x = self.norm(f"{layer}.norm", self.linear(f"{layer}.outer", inner) + x)
        return self.linear("classifier", torch.tanh(self.linear("pooler", x[:, 0])))


def saliency(model, ids):
    e = model.embeddings(ids)[None].requires_grad_(True)
    logits = model.logits(e)
    (gradient,) = torch.autograd.grad(logits[0, logits[0].argmax()], e)
    return gradient[0].abs().sum(-1)


def head_importance(model, ids):
    factors = torch.ones(model.layers, model.heads, requires_grad=True)
    logits = model.logits(model.embeddings(ids)[None], factors)
    (gradient,) = torch.autograd.grad(logits[0, logits[0].argmax()], factors)
    return gradient.abs().flatten()


def integrated_gradients(model, ids, steps, together):
    e = model.embeddings(ids)[None]
    with torch.no_grad():
        chosen = int(model.logits(e)[0].argmax())
    total = torch.zeros_like(e)
    for alphas in ((torch.arange(steps) + 0.5) / steps).split(together):
        scaled = (alphas.view(-1, 1, 1) * e).requires_grad_(True)
        logits = model.logits(scaled)[:, chosen]
        (gradient,) = torch.autograd.grad(torch.unbind(logits), scaled)
        total += gradient.sum(0, keepdim=True)
    return (e * total / steps).sum(-1)[0]


def main(folder, threads):
    torch.set_num_threads(int(threads))
    with open(f"{folder}/peer.json", encoding="utf-8") as file:
        about = json.load(file)
    count = sum(math.prod(weight["dims"]) for weight in about["weights"])
    numbers = torch.from_file(f"{folder}/model.onnx_data", size=count, dtype=torch.float32)
    weights, at = {}, 0
    for weight in about["weights"]:
        size = math.prod(weight["dims"])
        weights[weight["name"]] = numbers[at : at + size].view(weight["dims"])
        at += size
    model = Encoder(weights, about["layers"], about["heads"])
    ids = torch.tensor(about["ids"])
    print(json.dumps({"torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        began, worked = time.perf_counter(), time.process_time()
        if request["what"] == "saliency":
            values = saliency(model, ids)
        elif request["what"] == "head importance":
            values = head_importance(model, ids)
        else:
            values = integrated_gradients(model, ids, request["steps"], request["together"])
        seconds = time.perf_counter() - began
        work = time.process_time() - worked
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"seconds": seconds, "work": work, "values": values.tolist(), "peak": peak}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
