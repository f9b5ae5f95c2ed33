"""Train how English questions are embedded, so that they lie near the Chinese passages that answer them.

    python eval/fit/queries_train.py --index INDEX --questions eval/questions/train/train.jsonl --parallel FILE.jsonl --folder build/queries

The vectors of passages stay as they are, so that every index stays valid: only the side of the questions is trained, as
low-rank differences to the model's weights. Only half of these are kept (``--kept``): the whole forgets what the model knew of
other texts than laws (WiSE-FT, Wortsman et al. 2022). The result is ``queries_en.safetensors`` in the folder.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from reader_train import LowRank, trained
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertModel

from dgqa.index.engines.local import LocalBackend
from dgqa.language.text import simplify, split_sentences
from dgqa.models.embedding import open_embedder
from dgqa.models.store import ensure_torch_weights, model_path, model_source_sha256
from dgqa.search.retriever import Retriever

RANK = 16
BATCH = 32
TEMPERATURE = 0.02
PROMPT = "query: "


@dataclass(slots=True)
class Pair:
    """An English text, the passage that answers it, and one like it that doesn't: token vectors and sentence vectors."""

    text: str
    right: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]
    wrong: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]] | None


def of_questions(file: Path, index: str, draw: random.Random) -> list[Pair]:
    """Return the English questions of a set with the passages of the index that hold their evidence."""
    retriever = Retriever.open(index)
    store = retriever.index
    assert isinstance(store, LocalBackend)
    rows: dict[str, list[int]] = {}
    for row, path in store.paths().items():
        rows.setdefault(str(path), []).append(int(row))

    def vectors(row: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        members = [m for m in store.members(row).tolist() if m < len(store.vectors)]
        return np.concatenate([store.token_vectors(m) for m in members]), store.vectors.vectors(members)

    pairs = []
    for line in file.read_text("utf-8").splitlines():
        item = json.loads(line)
        if item["lang"] != "en" or item.get("history") or not item["evidence"]:
            continue
        spans = [(span["file"], span["start"], span["end"]) for span in item["evidence"]]
        found = store.passages([row for f in {f for f, _, _ in spans} for row in rows.get(f, ())])
        share = {row: max((min(p.end, e) - max(p.start, s) for f, s, e in spans if f == p.path), default=0) for row, p in found.items()}
        right = [row for row, got in sorted(share.items(), key=lambda one: -one[1]) if got > 0][:1]
        right = [row for row in right if any(m < len(store.vectors) for m in store.members(row).tolist())]
        if not right:
            continue
        others = [hit.passage.row for hit in retriever.retrieve(item["question"], 12).hits if share.get(hit.passage.row, 0) <= 0]
        others = [row for row in others if any(m < len(store.vectors) for m in store.members(row).tolist())]
        for other in draw.sample(others, min(3, len(others))) or [None]:  # type: ignore[list-item]
            pairs.append(Pair(item["question"], vectors(right[0]), None if other is None else vectors(other)))
    return pairs


def of_parallel(file: Path, count: int, draw: random.Random) -> list[Pair]:
    """Return English sentences of laws with the Chinese article of which they are the translation."""
    everything = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    rows = draw.sample(everything, min(count, len(everything)))
    embedder = open_embedder(progress=False)
    cut = [[simplify(row["zh"][a:b]) for a, b in split_sentences(row["zh"])][:8] for row in rows]
    flat = [text for texts in cut for text in texts]
    means, tokens = embedder.embed_passages_with_tokens(flat)
    pairs, at = [], 0
    laws: dict[str, list[int]] = {}
    made = []
    for row, texts in zip(rows, cut, strict=True):
        made.append((np.concatenate(tokens[at : at + len(texts)]), means[at : at + len(texts)]))
        laws.setdefault(row["law"], []).append(len(made) - 1)
        at += len(texts)
    for number, row in enumerate(rows):
        parts = [part.strip() for part in row["en"].replace("\n", " ").split(". ") if 40 < len(part) < 260]
        others = [other for other in laws[row["law"]] if other != number]
        for part in draw.sample(parts, min(2, len(parts))):
            pairs.append(Pair(part, made[number], made[draw.choice(others)] if others else None))
    return pairs


class Encoder(nn.Module):
    """The embedding model with trained differences."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        import reader_train

        reader_train.RANK = RANK
        self.bert = BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="eager", dtype=torch.bfloat16, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
        for parameter in self.bert.parameters():
            parameter.requires_grad_(False)
        layers: Any = self.bert.encoder.layer  # torch knows its members as tensors or modules only
        for layer in layers:
            for owner, name in ((layer.attention.self, "query"), (layer.attention.self, "key"), (layer.attention.self, "value"), (layer.attention.output, "dense"), (layer.intermediate, "dense"), (layer.output, "dense")):
                setattr(owner, name, LowRank(getattr(owner, name)))

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return unit means (n, dim) and unit states (n, tokens, dim)."""
        states = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        means = (states * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)
        return nn.functional.normalize(means, dim=-1), nn.functional.normalize(states, dim=-1)


def encoded(tokenizer: Tokenizer, texts: list[str]) -> tuple[Tensor, Tensor, Tensor]:
    """Return ids, mask and which tokens are the question's own."""
    made = tokenizer.encode_batch([PROMPT + text for text in texts])
    length = max(len(one.ids) for one in made)
    ids, mask, own = (torch.zeros(len(made), length, dtype=torch.long) for _ in range(3))
    for at, one in enumerate(made):
        ids[at, : len(one.ids)] = torch.tensor(one.ids)
        mask[at, : len(one.ids)] = 1
        own[at, : len(one.ids)] = torch.tensor([int(end > len(PROMPT)) for _, end in one.offsets])
    return ids, mask, own


def loss_of(model: Encoder, tokenizer: Tokenizer, batch: list[Pair]) -> Tensor:
    ids, mask, own = encoded(tokenizer, [pair.text for pair in batch])
    means, states = model(ids, mask)
    passages = [pair.right for pair in batch] + [pair.wrong for pair in batch if pair.wrong is not None]
    dense, late = [], []
    for tokens, sentences in passages:
        dense.append((means @ torch.from_numpy(np.asarray(sentences, np.float32)).T).max(dim=1).values)
        block = torch.from_numpy(tokens.astype(np.float32) / 127)
        best = (states @ block.T).max(dim=2).values
        late.append((best * own).sum(dim=1) / own.sum(dim=1))
    target = torch.arange(len(batch))
    # One passage may be the right one of two questions of a batch.
    same = torch.tensor([[at != number and passage is pair.right for at, passage in enumerate(passages)] for number, pair in enumerate(batch)])
    scores = [torch.stack(part, dim=1).masked_fill(same, -1e4) / TEMPERATURE for part in (dense, late)]
    return sum((nn.functional.cross_entropy(part, target) for part in scores), torch.zeros(()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--parallel", type=Path, required=True)
    parser.add_argument("--count", type=int, default=2500, help="of the articles of --parallel")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--kept", type=float, default=0.5, help="share of the differences that is kept")
    arguments = parser.parse_args()
    draw = random.Random(3)
    torch.manual_seed(3)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    folder = model_path("multilingual-e5-small")
    ensure_torch_weights(folder)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(128)
    questions, parallel = of_questions(arguments.questions, arguments.index, draw), of_parallel(arguments.parallel, arguments.count, draw)
    print(f"{len(questions)} pairs of questions, {len(parallel)} of laws", flush=True)
    model = Encoder(folder)
    parameters = trained(model)  # type: ignore[arg-type]
    optimizer = torch.optim.AdamW(parameters.values(), lr=arguments.rate, weight_decay=0.01)
    steps = arguments.epochs * (len(questions) + len(parallel)) // BATCH
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1, (step + 1) / 30) * max(0.02, 1 - step / steps))
    begun, losses = time.perf_counter(), []
    for _ in range(arguments.epochs):
        pairs = [*questions, *parallel]
        draw.shuffle(pairs)
        for start in range(0, len(pairs) - BATCH + 1, BATCH):
            loss = loss_of(model, tokenizer, pairs[start : start + BATCH])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(parameters.values(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
            if len(losses) % 10 == 0:
                print(f"step {len(losses)}/{steps} loss {np.mean(losses[-10:]):.4f} {time.perf_counter() - begun:.0f} s", flush=True)
        save(model, arguments.folder / "queries_en.safetensors", model_source_sha256(folder) or "", arguments.kept)
    return 0


def save(model: Encoder, file: Path, base: str, kept: float) -> None:
    """Write the differences in half precision."""
    from safetensors.torch import save_file

    names = {"attention.self.query": "q", "attention.self.key": "k", "attention.self.value": "v", "attention.output.dense": "ao", "intermediate.dense": "fi", "output.dense": "fo"}
    out = {}
    for name, parameter in trained(model).items():  # type: ignore[arg-type]
        number, rest = name.removeprefix("bert.encoder.layer.").split(".", 1)
        part, _, leaf = rest.rpartition(".")
        out[f"l{number}.{names[part]}.{leaf}"] = (parameter.detach() * (kept if leaf == "up" else 1)).contiguous().half()
    save_file(out, file, metadata={"base": base, "rank": str(RANK)})
    print(f"{file}: {file.stat().st_size:,} bytes", flush=True)


if __name__ == "__main__":
    sys.exit(main())
