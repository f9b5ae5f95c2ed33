"""Train the reader: low-rank differences to the embedding model's weights, and its heads.

    python eval/fit/reader_train.py --train pairs.jsonl [--test other.jsonl] --folder build/reader [--start earlier/state.pt] [--epochs 3] [--minutes 120]

Reads what reader_data.py wrote. Saves after every ``--save`` steps and goes on from there when it is called again; the
result is ``reader.safetensors`` in the folder. On two cores with bfloat16 an epoch over 25,000 windows takes about
25 minutes and 4 GB.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import BertModel

from dgqa.models.store import ensure_torch_weights, model_path, model_source_sha256

RANK = 32  # of the differences: W + B A
INNER = 192  # of the head over sentences
LISTWISE = 0.7  # of the loss that ranks the windows of a question
BATCH_TOKENS = 6_000  # of a step
SHARES = {"question": 1.0, "squad": 0.5, "cross": 0.6, "parallel": 0.5}  # of the questions of a kind that an epoch reads
HEADING_DROPPED = 0.08  # of the windows lose their headings
WEIGHTS = {"question": 1.0, "squad": 0.4, "cross": 0.6, "parallel": 0.3}  # of a window by its kind


class LowRank(nn.Module):
    """A linear layer that stays as it is, with a trained difference of low rank."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.layer = layer
        self.down = nn.Parameter(2 * torch.randn(RANK, layer.in_features) / math.sqrt(layer.in_features))
        self.up = nn.Parameter(torch.zeros(layer.out_features, RANK))

    def forward(self, states: Tensor) -> Tensor:
        low = nn.functional.linear(states, self.down.to(states.dtype))
        return nn.functional.linear(low, self.up.to(states.dtype)).add_(self.layer(states))


class Model(nn.Module):
    """The encoder with its heads, as `dgqa.models.readers.reader.Heads` has them."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.encoder = BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="eager", dtype=torch.bfloat16, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
        for parameter in self.encoder.parameters():
            parameter.requires_grad_(False)
        layers: Any = self.encoder.encoder.layer  # torch knows its members as tensors or modules only
        for layer in layers:
            layer.attention.self.query = LowRank(layer.attention.self.query)
            layer.attention.self.key = LowRank(layer.attention.self.key)
            layer.attention.self.value = LowRank(layer.attention.self.value)
            layer.attention.output.dense = LowRank(layer.attention.output.dense)
            layer.intermediate.dense = LowRank(layer.intermediate.dense)
            layer.output.dense = LowRank(layer.output.dense)
        hidden = self.encoder.config.hidden_size
        self.passage = nn.Linear(hidden, 1)
        self.hidden = nn.Linear(2 * hidden, INNER)
        self.sentence = nn.Linear(INNER, 1)
        self.ends = nn.Linear(hidden, 2, bias=False)

    def forward(self, ids: Tensor, mask: Tensor, pooling: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the logits of the windows (n,), of their sentences (n, most), of the ends of phrases (n, tokens, 2).

        ``pooling`` is (n, most sentences, tokens), each row the mean over the tokens of a sentence.
        """
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        first = states[:, 0]
        means = pooling @ states
        joined = torch.cat([means, first[:, None].expand(-1, means.shape[1], -1)], dim=-1)
        return self.passage(first)[:, 0], self.sentence(torch.tanh(self.hidden(joined)))[..., 0], self.ends(states)


def trained(model: Model) -> dict[str, Tensor]:
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


def batches(groups: list[list[dict[str, Any]]], draw: random.Random | None) -> Iterator[list[dict[str, Any]]]:
    """Yield the windows of whole questions, of about the same length, `BATCH_TOKENS` at a time; in a random order where ``draw`` is given."""

    def longest(group: list[dict[str, Any]]) -> int:
        return max(len(row["ids"]) for row in group)

    order = sorted(groups, key=lambda group: longest(group) + (draw.random() * 24 if draw else 0))
    made: list[list[dict[str, Any]]] = [[]]
    for group in order:
        if made[-1] and longest(group) * (len(made[-1]) + len(group)) > BATCH_TOKENS:
            made.append([])
        made[-1] += group
    if draw:
        draw.shuffle(made)
    yield from made


def drawn(groups: list[list[dict[str, Any]]], most: int, draw: random.Random) -> list[list[dict[str, Any]]]:
    """Return the questions of one epoch: with every right window, and of the wrong ones at ``most`` so many, others each time."""
    made: list[list[dict[str, Any]]] = []
    for group in groups:
        if draw.random() < SHARES[group[0]["kind"]]:
            right = [row for row in group if any(row["labels"])]
            wrong = [row for row in group if not any(row["labels"])]
            made.append(right + draw.sample(wrong, min(most, len(wrong))))
    return [group for group in made if group]


def tensors(rows: list[dict[str, Any]], draw: random.Random | None) -> tuple[Tensor, ...]:
    if draw is not None:
        rows = [_without_heading(row) if draw.random() < HEADING_DROPPED else row for row in rows]
    length, most = max(len(row["ids"]) for row in rows), max(len(row["sentences"]) for row in rows)
    ids = torch.zeros(len(rows), length, dtype=torch.long)
    mask = torch.zeros(len(rows), length, dtype=torch.long)
    pooling = torch.zeros(len(rows), most, length)
    labels = torch.full((len(rows), most), -1.0)
    inside = torch.zeros(len(rows), length, dtype=torch.bool)
    ends = torch.full((len(rows), 2), -1, dtype=torch.long)
    weights = torch.tensor([WEIGHTS[row["kind"]] for row in rows])
    for at, row in enumerate(rows):
        ids[at, : len(row["ids"])] = torch.tensor(row["ids"])
        mask[at, : len(row["ids"])] = 1
        for number, (begin, end) in enumerate(row["sentences"]):
            pooling[at, number, begin:end] = 1 / (end - begin)
            labels[at, number] = row["labels"][number]
            if row["phrase"] and begin <= row["phrase"][0] < end:
                inside[at, begin:end] = True
                ends[at] = torch.tensor(row["phrase"])
    return ids, mask, pooling, labels, inside, ends, weights


def _without_heading(row: dict[str, Any]) -> dict[str, Any]:
    """Leave out the headings, which stand between the second and the third special token."""
    marks = [at for at, token in enumerate(row["ids"]) if token == 2]
    if len(marks) < 2:
        return row
    gone = marks[1] - marks[0] - 1
    ids = row["ids"][: marks[0] + 1] + row["ids"][marks[1] :]
    phrase = [at - gone for at in row["phrase"]] if row["phrase"] else None
    return {**row, "ids": ids, "sentences": [[a - gone, b - gone] if a > marks[1] else [a, b] for a, b in row["sentences"]], "phrase": phrase}


def loss_of(model: Model, rows: list[dict[str, Any]], draw: random.Random | None) -> Tensor:
    ids, mask, pooling, labels, inside, ends, weights = tensors(rows, draw)
    passage, sentences, tips = model(ids, mask, pooling)
    known = labels >= 0
    target = labels.clamp(min=0)
    right = (target.max(dim=1).values > 0).float()
    bce = nn.functional.binary_cross_entropy_with_logits
    per_window = bce(passage.float(), right, reduction="none")
    each = bce(sentences.float(), target, reduction="none") * known
    # Sentences of pages that hold the answer are where the choice is made.
    per_sentence = each.sum(dim=1) / known.sum(dim=1) * (1 + right)
    total = (weights * (per_window + 1.5 * per_sentence)).sum() + LISTWISE * _by_question(passage.float(), right, weights, rows)
    has = ends[:, 0] >= 0
    if has.any():
        scores = tips.float()[has].masked_fill(~inside[has][..., None], -1e4)
        gold = ends[has]
        cross = nn.functional.cross_entropy(scores[..., 0], gold[:, 0], reduction="none") + nn.functional.cross_entropy(scores[..., 1], gold[:, 1], reduction="none")
        total = total + 0.15 * (weights[has] * cross).sum()
    return total / len(rows)


def _by_question(passage: Tensor, right: Tensor, weights: Tensor, rows: list[dict[str, Any]]) -> Tensor:
    """Return the sum over questions of the surprise that a right window is the likeliest, times its number of windows."""
    total = passage.new_zeros(())
    places: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        places.setdefault(row["group"], []).append(at)
    for of in places.values():
        mine = right[of] > 0
        if mine.any() and not mine.all():
            scores = passage[of]
            total = total + weights[of[0]] * len(of) * (torch.logsumexp(scores, 0) - torch.logsumexp(scores[mine], 0))
    return total


def auc(scores: list[float], labels: list[bool]) -> float:
    order = np.argsort(np.argsort(scores)) + 1
    positive = np.asarray(labels)
    n, m = int(positive.sum()), int((~positive).sum())
    return float((order[positive].sum() - n * (n + 1) / 2) / (n * m)) if n and m else math.nan


@torch.no_grad()
def test(model: Model, rows: list[dict[str, Any]]) -> dict[str, float]:
    """Return how well windows and sentences are told apart, and how often the likeliest sentence of a question is right."""
    model.eval()
    passages: list[tuple[float, bool]] = []
    each: list[tuple[float, bool]] = []
    groups: dict[str, list[tuple[float, bool]]] = {}
    exact: list[bool] = []
    tops: dict[str, tuple[float, bool]] = {}
    for batch in batches([[row] for row in rows], None):
        ids, mask, pooling, _labels, inside, ends, _ = tensors(batch, None)
        passage, sentences, tips = model(ids, mask, pooling)
        for at, row in enumerate(batch):
            right = any(row["labels"])
            passages.append((float(passage[at]), right))
            tops[row["group"]] = max(tops.get(row["group"], (-math.inf, False)), (float(passage[at]), right))
            for number, label in enumerate(row["labels"]):
                score = float(sentences[at, number])
                each.append((score, bool(label)))
                groups.setdefault(row["group"], []).append((score, bool(label)))
            if ends[at, 0] >= 0:
                scores = tips[at].float().masked_fill(~inside[at][:, None], -1e4)
                exact.append(scores.argmax(dim=0).tolist() == ends[at].tolist())
    model.train()
    ranked = [right for group, (_, right) in tops.items() if any(r for _, r in groups[group])]
    answerable = [found for found in groups.values() if any(right for _, right in found)]
    best = [max(found)[1] for found in answerable]
    answered = [(max(score for score, _ in found), any(right for _, right in found)) for found in groups.values()]
    return {
        "passage_auc": auc([s for s, _ in passages], [r for _, r in passages]),
        "best_passage": float(np.mean(ranked)) if ranked else math.nan,
        "sentence_auc": auc([s for s, _ in each], [r for _, r in each]),
        "best_sentence": float(np.mean(best)) if best else math.nan,
        "question_auc": auc([s for s, _ in answered], [r for _, r in answered]),
        "phrase_exact": float(np.mean(exact)) if exact else math.nan,
    }


def save(model: Model, folder: Path, base: str) -> Path:
    """Write what was trained in half precision."""
    from safetensors.torch import save_file

    names = {"attention.self.query": "q", "attention.self.key": "k", "attention.self.value": "v", "attention.output.dense": "ao", "intermediate.dense": "fi", "output.dense": "fo", "attention.output.LayerNorm": "aln", "output.LayerNorm": "oln"}
    out: dict[str, Tensor] = {}
    for name, parameter in trained(model).items():
        value = parameter.detach()
        if name.startswith("encoder.encoder.layer."):
            _, _, _, number, rest = name.split(".", 4)
            part, _, leaf = rest.rpartition(".")
            part = part.removesuffix(".layer")
            leaf = {"weight": "w", "bias": "b"}.get(leaf, leaf)
            out[f"l{number}.{names[part]}.{leaf}"] = value
        else:
            out[name] = value
    heads = {
        "passage": torch.cat([out.pop("passage.weight")[0], out.pop("passage.bias")]),
        "hidden": torch.cat([out.pop("hidden.weight").T, out.pop("hidden.bias")[None]]),
        "sentence": torch.cat([out.pop("sentence.weight")[0], out.pop("sentence.bias")]),
        "ends": out.pop("ends.weight").T,
    }
    file = folder / "reader.safetensors"
    kept = {name: value.contiguous().half() for name, value in {**out, **{f"heads.{k}": v for k, v in heads.items()}}.items()}
    save_file(kept, file, metadata={"base": base, "rank": str(RANK)})
    return file


class Training:
    """A training under way, which goes on from what was saved in its folder."""

    def __init__(self, model: Model, groups: list[list[dict[str, Any]]], arguments: argparse.Namespace, base: str) -> None:
        self.model, self.groups, self.arguments, self.base = model, groups, arguments, base
        self.parameters = trained(model)
        heads = [p for name, p in self.parameters.items() if not name.startswith("encoder.")]
        low = [p for name, p in self.parameters.items() if name.startswith("encoder.")]
        rates = [{"params": low, "lr": arguments.rate}, {"params": heads, "lr": 2 * arguments.rate}]
        self.optimizer = torch.optim.AdamW(rates, weight_decay=0.01, betas=(0.9, 0.98))
        self.each = sum(1 for _ in batches(drawn(groups, arguments.wrong, random.Random(0)), random.Random(0)))
        self.steps = steps = math.ceil(self.each * arguments.epochs)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda step: min(1, (step + 1) / (0.06 * steps)) * max(0.02, 1 - step / steps))
        self.done, self.begun, self.losses = 0, time.perf_counter(), list[float]()
        self.state = arguments.folder / "state.pt"
        if not self.state.exists() and arguments.start:
            model.load_state_dict(torch.load(arguments.start, weights_only=True)["model"], strict=False)
        if self.state.exists():
            kept = torch.load(self.state, weights_only=True)
            self.done = kept["step"]
            model.load_state_dict(kept["model"], strict=False)
            self.optimizer.load_state_dict(kept["optimizer"])
            self.schedule.load_state_dict(kept["schedule"])
            print(f"going on from step {self.done} of {steps}", flush=True)
        model.train()

    @property
    def ended(self) -> bool:
        """Whether all is done, or the time is over."""
        return bool(self.done >= self.steps or time.perf_counter() - self.begun > 60 * self.arguments.minutes)

    def epoch(self) -> None:
        """Go on to the end of the epoch: its batches are drawn anew for each, and the same ones where training goes on."""
        number = self.done // self.each
        draw = random.Random(self.arguments.seed * 1000 + number)
        for at, batch in enumerate(batches(drawn(self.groups, self.arguments.wrong, draw), draw)):
            if at >= self.each or number * self.each + at < self.done:
                continue
            self.step(batch, draw)
            if self.done % self.arguments.save == 0 or self.ended:
                kept = {name: p.detach() for name, p in self.parameters.items()}
                torch.save({"step": self.done, "model": kept, "optimizer": self.optimizer.state_dict(), "schedule": self.schedule.state_dict()}, self.state)
            if self.ended:
                return
        self.done = self.each * (number + 1)  # an epoch may have drawn a batch or two less

    def step(self, batch: list[dict[str, Any]], draw: random.Random) -> None:
        loss = loss_of(self.model, batch, draw)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.parameters.values(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.done += 1
        self.losses.append(float(loss.detach()))
        if self.done % 20 == 0:
            print(f"step {self.done}/{self.steps} loss {np.mean(self.losses[-20:]):.4f} {time.perf_counter() - self.begun:.0f} s", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--test", type=Path)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--rate", type=float, default=4e-4)
    parser.add_argument("--start", type=Path, help="state.pt of an earlier training, whose weights this one begins with")
    parser.add_argument("--wrong", type=int, default=3, help="windows without an answer that are read for a question in an epoch, others each time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=600, help="after which it stops, to be gone on with")
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    folder = model_path("multilingual-e5-small")
    ensure_torch_weights(folder)
    rows = [json.loads(line) for line in arguments.train.read_text("utf-8").splitlines()]
    held = [json.loads(line) for line in arguments.test.read_text("utf-8").splitlines()] if arguments.test else []
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["group"], []).append(row)
    training = Training(Model(folder), list(groups.values()), arguments, model_source_sha256(folder) or "")
    print(f"{len(rows)} windows, {sum(p.numel() for p in training.parameters.values()):,} numbers are trained", flush=True)
    while not training.ended:
        training.epoch()
        save(training.model, arguments.folder, training.base)
        if held:
            print(f"after {training.done} steps:", {k: round(v, 4) for k, v in test(training.model, held).items()}, flush=True)
    file = save(training.model, arguments.folder, training.base)
    print(f"{file}: {file.stat().st_size:,} bytes", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
