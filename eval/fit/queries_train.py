"""Train how English questions are embedded, so that they lie near the Chinese passages that answer them.

    python eval/fit/queries_train.py --index INDEX --questions eval/questions/train/train.jsonl eval/questions/train/claims.jsonl \\
        [--held-out eval/questions/train/dev.jsonl …] --parallel FILE.jsonl --folder build/queries

A question is told from every passage of the index by the closeness of vectors, and by late interaction from the passages
that come nearest among these and from those of the other questions of its batch. Passages of the documents that the sets of
``--held-out`` ask about take no part. The vectors of passages stay as they are, so that every index stays valid: only the
side of the questions is trained, as low-rank differences to the model's weights. Only half of these are kept (``--kept``):
the whole forgets what the model knew of other texts than laws (WiSE-FT, Wortsman et al. 2022). The result is
``queries_en.safetensors`` in the folder. About 18 minutes on one core for 4 epochs over 3,900 questions.
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
NEAREST = 3  # wrong passages of a question that late interaction is shown
PROMPT = "query: "
Arrays = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]  # token vectors, sentence vectors


@dataclass(slots=True)
class Pair:
    """An English sentence of a law, the article of which it is the translation, and another of the same law."""

    text: str
    right: Arrays
    wrong: Arrays | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the passage that holds most of its evidence, and all that hold some, by their place among the `Passages`."""

    text: str
    right: int
    holding: frozenset[int]


class Passages:
    """The vectors of an index's passages."""

    def __init__(self, index: str) -> None:
        store = Retriever.open(index).index
        assert isinstance(store, LocalBackend)
        self.store = store
        known = len(store.vectors)
        self.members = {int(row): held for row in store.paths() if (held := [m for m in store.members(row).tolist() if m < known])}
        self.rows = sorted(self.members)
        self.places = {row: place for place, row in enumerate(self.rows)}
        self.by_file: dict[str, list[int]] = {}
        for row, path in store.paths().items():
            if int(row) in self.members:
                self.by_file.setdefault(str(path), []).append(int(row))
        flat = [(member, self.places[row]) for row in self.rows for member in self.members[row]]
        self.sentences = torch.from_numpy(np.asarray(store.vectors.vectors([member for member, _ in flat]), np.float32))
        self.owners = torch.tensor([place for _, place in flat])

    def dense(self, means: Tensor) -> Tensor:
        """Return the cosine (n, passages) of each question and the nearest sentence of each passage."""
        cosines = means @ self.sentences.T
        return torch.full((len(means), len(self.rows)), -2.0).scatter_reduce(1, self.owners.expand(len(means), -1), cosines, "amax")

    def tokens(self, place: int) -> np.ndarray[Any, Any]:
        return np.concatenate([self.store.token_vectors(member) for member in self.members[self.rows[place]]])

    def of(self, files: set[str]) -> Tensor:
        """Return which passages are of these files."""
        inside = torch.zeros(len(self.rows), dtype=torch.bool)
        inside[[self.places[row] for file in files for row in self.by_file.get(file, ())]] = True
        return inside


def spans(item: dict[str, Any]) -> list[tuple[str, int, int]]:
    """Return the evidence of a line of questions or of claims about a document."""
    return [(item["file"], *span) if isinstance(span, list) else (span["file"], span["start"], span["end"]) for span in item["evidence"]]


def of_questions(files: list[Path], passages: Passages) -> list[Asked]:
    """Return the English questions of sets with the passages that hold their evidence, each question once."""
    shares: dict[str, dict[int, int]] = {}
    for item in (json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()):
        text = item.get("question", "").strip()
        if text and item.get("lang", "en") == "en" and not item.get("history"):
            share = shares.setdefault(text, {})
            for file, start, end in spans(item):
                for row, passage in passages.store.passages(passages.by_file.get(file, ())).items():
                    if (inside := min(passage.end, end) - max(passage.start, start)) > 0:
                        share[passages.places[row]] = max(share.get(passages.places[row], 0), inside)
    return [Asked(text, max(share, key=lambda place: share[place]), frozenset(share)) for text, share in shares.items() if share]


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


def late(states: Tensor, own: Tensor, blocks: list[Tensor]) -> Tensor:
    """Return the late interaction (questions, passages) of questions' states and passages' token vectors."""
    best = [(states @ block.T).max(dim=2).values for block in blocks]
    return torch.stack([(part * own).sum(dim=1) / own.sum(dim=1) for part in best], dim=1)


def unpacked(tokens: np.ndarray[Any, Any]) -> Tensor:
    return torch.from_numpy(tokens.astype(np.float32) / 127)


def loss_of_pairs(model: Encoder, tokenizer: Tokenizer, batch: list[Pair]) -> Tensor:
    """Return the loss of sentences told from the articles of each other and of their neighbours."""
    ids, mask, own = encoded(tokenizer, [pair.text for pair in batch])
    means, states = model(ids, mask)
    passages = [pair.right for pair in batch] + [pair.wrong for pair in batch if pair.wrong is not None]
    dense = torch.stack([(means @ torch.from_numpy(np.asarray(vectors, np.float32)).T).max(dim=1).values for _, vectors in passages], dim=1)
    # An article may be the right one of two sentences of a batch.
    same = torch.tensor([[at != number and passage is pair.right for at, passage in enumerate(passages)] for number, pair in enumerate(batch)])
    scores = (dense, late(states, own, [unpacked(tokens) for tokens, _ in passages]))
    return sum((nn.functional.cross_entropy(part.masked_fill(same, -2) / TEMPERATURE, torch.arange(len(batch))) for part in scores), torch.zeros(()))


def loss_of_questions(model: Encoder, tokenizer: Tokenizer, batch: list[Asked], passages: Passages, held_out: Tensor) -> Tensor:
    """Return the loss of questions told from all passages by the dense vectors and from the nearest by late interaction."""
    ids, mask, own = encoded(tokenizer, [asked.text for asked in batch])
    means, states = model(ids, mask)
    others = torch.zeros(len(batch), len(passages.rows), dtype=torch.bool)
    for number, asked in enumerate(batch):
        others[number, list(asked.holding - {asked.right})] = True
    dense = passages.dense(means).masked_fill(others | held_out, -2.0)
    right = torch.tensor([asked.right for asked in batch])
    nearest = torch.topk(dense.detach().scatter(1, right[:, None], -3.0), NEAREST, dim=1).indices
    shown = list(dict.fromkeys([*right.tolist(), *nearest.flatten().tolist()]))
    scores = late(states, own, [unpacked(passages.tokens(place)) for place in shown]).masked_fill(others[:, shown], -2.0)
    target = torch.tensor([shown.index(asked.right) for asked in batch])
    return nn.functional.cross_entropy(dense / TEMPERATURE, right) + nn.functional.cross_entropy(scores / TEMPERATURE, target)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", required=True)
    parser.add_argument("--questions", nargs="+", type=Path, required=True)
    parser.add_argument("--held-out", nargs="*", type=Path, default=[], help="sets whose documents take no part")
    parser.add_argument("--parallel", type=Path, required=True)
    parser.add_argument("--count", type=int, default=2500, help="of the articles of --parallel")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--kept", type=float, default=0.5, help="share of the differences that is kept")
    return parser.parse_args()


def main() -> int:
    arguments = parsed()
    draw = random.Random(3)
    torch.manual_seed(3)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    folder = model_path("multilingual-e5-small")
    ensure_torch_weights(folder)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(128)
    passages = Passages(arguments.index)
    held_out = passages.of({file for held in arguments.held_out for line in held.read_text("utf-8").splitlines() for file, _, _ in spans(json.loads(line))})
    questions = [asked for asked in of_questions(arguments.questions, passages) if not held_out[asked.right]]
    parallel = of_parallel(arguments.parallel, arguments.count, draw)
    print(f"{len(questions)} questions, {len(parallel)} pairs of laws, {int(held_out.sum())} of {len(passages.rows)} passages held out", flush=True)
    model = Encoder(folder)
    parameters = trained(model)  # type: ignore[arg-type]
    optimizer = torch.optim.AdamW(parameters.values(), lr=arguments.rate, weight_decay=0.01)
    steps = arguments.epochs * (len(questions) // BATCH + len(parallel) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1, (step + 1) / 30) * max(0.02, 1 - step / steps))
    begun, losses = time.perf_counter(), []
    for _ in range(arguments.epochs):
        draw.shuffle(questions)
        draw.shuffle(parallel)
        batches = [part[start : start + BATCH] for part in (questions, parallel) for start in range(0, len(part) - BATCH + 1, BATCH)]
        draw.shuffle(batches)
        for batch in batches:
            loss = loss_of_pairs(model, tokenizer, batch) if isinstance(batch[0], Pair) else loss_of_questions(model, tokenizer, batch, passages, held_out)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(parameters.values(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
            if len(losses) % 25 == 0:
                print(f"step {len(losses)}/{steps} loss {np.mean(losses[-25:]):.4f} {time.perf_counter() - begun:.0f} s", flush=True)
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
