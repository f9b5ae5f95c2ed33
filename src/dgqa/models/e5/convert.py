"""Convert E5S1 weights to a sentence-transformers folder, with its tokenizer and ONNX graphs of the same weights."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dgqa.errors import ModelError
from dgqa.models.e5.file import DENSE, NORMS, E5Weights, dequantize, read_weights
from dgqa.models.e5.graphs import write_graphs
from dgqa.models.e5.tokens import METASPACE, WHOLE, metaspace, write_pieces
from dgqa.models.e5.trained import TRAINED, write_trained
from dgqa.system import file_hash

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_CONVERTER = 9  # goes up with what ``convert`` writes

EXACT, FAST = "model.onnx", "queries.onnx"
STATE = "model.safetensors"  # what torch loads

_PROMPTS = {"query": "query: ", "passage": "passage: ", "document": "passage: "}
_MASK = "<mask>"
_PRIVATE = 0xE000


def convert(source: Path, folder: Path) -> None:
    """Write `EXACT`, `FAST` and the pieces for `OnnxEmbedder` into ``folder``, and all that sentence-transformers loads but for `STATE`.

    Raises:
        ModelError: the source is malformed.
    """
    weights = read_weights(source)
    tokenizer = build_tokenizer(weights)
    tokenizer.save(str(folder / WHOLE), pretty=False)
    write_pieces(weights, tokenizer, folder)
    _write_configuration(weights, folder)
    written = write_graphs(weights, folder / EXACT, folder / FAST)
    write_trained(weights, file_hash(source), folder, written)


def version() -> str:
    """Return by what `convert` makes its files: its own number, and the SHA-256 of each file of trained differences; what others made is made again."""
    return " ".join((str(_CONVERTER), *(trained.sha256 for trained in TRAINED.values())))


def build_tokenizer(weights: E5Weights) -> Tokenizer:
    """Return the Unigram tokenizer of XLM-RoBERTa, with its normalization as rules around NFKC."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, processors

    tokenizer = Tokenizer(models.Unigram(list(weights.pieces), unk_id=weights.unknown, byte_fallback=False))
    tokenizer.normalizer = _normalizer(weights)
    tokenizer.pre_tokenizer = metaspace()
    tokenizer.decoder = decoders.Metaspace(replacement=METASPACE, prepend_scheme="always")
    begin, end = weights.pieces[weights.begin][0], weights.pieces[weights.end][0]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}",
        pair=f"{begin} $A {end} {end} $B {end}",
        special_tokens=[(begin, weights.begin), (end, weights.end)],
    )
    plain = [weights.pieces[i][0] for i in (weights.begin, weights.padding, weights.end, weights.unknown)]
    tokenizer.add_special_tokens(
        [AddedToken(text, special=True, normalized=False) for text in plain]
        + [AddedToken(_MASK, special=True, lstrip=True, normalized=False)]
    )
    return tokenizer


def _normalizer(weights: E5Weights) -> Any:
    from tokenizers import Regex, normalizers

    changed: dict[str, str] = {}
    for source, target in weights.characters.items():
        if target != unicodedata.normalize("NFKC", source):
            if target != unicodedata.normalize("NFKC", target):
                raise ModelError(f"the character map turns {source!r} into {target!r}, which NFKC changes again")
            changed[target] = changed.get(target, "") + rf"\x{{{ord(source):X}}}"
    # a character that the vocabulary holds as it is (the full-width tilde) has to pass NFKC in disguise
    letters = {letter for text, _ in weights.pieces for letter in text}
    kept = sorted(letter for letter in letters - set(weights.characters) if unicodedata.normalize("NFKC", letter) != letter)
    disguise = {letter: chr(_PRIVATE + at) for at, letter in enumerate(kept)}
    return normalizers.Sequence(
        [normalizers.Replace(Regex(f"[{sources}]"), target) for target, sources in sorted(changed.items())]
        + [normalizers.Replace(letter, hidden) for letter, hidden in disguise.items()]
        + [normalizers.NFKC()]
        + [normalizers.Replace(hidden, letter) for letter, hidden in disguise.items()]
        + [normalizers.Replace(Regex(" {2,}"), " ")]
    )


def write_state(source: Path, folder: Path) -> Path:
    """Write `STATE`, the weights of ``source`` in float32 by their names in BERT, into ``folder`` and return its path.

    Raises:
        ModelError: the source is malformed.
    """
    from safetensors.numpy import save_file

    weights = read_weights(source)
    state = {}
    for key, name in {"word": "word", "pos": "position", "type": "token_type"}.items():
        state[f"embeddings.{name}_embeddings.weight"] = dequantize(weights.tensors[f"emb.{key}"]).reshape(-1, weights.hidden)
    norms = {"emb.ln": "embeddings.LayerNorm"}
    for layer in range(weights.layers):
        prefix = f"encoder.layer.{layer}"
        norms |= {f"l{layer}.{key}": f"{prefix}.{name}" for key, name in NORMS.items()}
        for key, (name, outputs, _) in DENSE.items():
            weight = dequantize(weights.tensors[f"l{layer}.{key}.w"])
            state[f"{prefix}.{name}.weight"] = weight.reshape(getattr(weights, outputs), -1)
            state[f"{prefix}.{name}.bias"] = dequantize(weights.tensors[f"l{layer}.{key}.b"])
    for key, name in norms.items():
        state[f"{name}.weight"] = dequantize(weights.tensors[f"{key}.w"])
        state[f"{name}.bias"] = dequantize(weights.tensors[f"{key}.b"])
    save_file(state, folder / STATE, metadata={"format": "pt"})
    return folder / STATE


def _write_configuration(weights: E5Weights, folder: Path) -> None:
    special = {
        "bos_token": weights.pieces[weights.begin][0],
        "eos_token": weights.pieces[weights.end][0],
        "unk_token": weights.pieces[weights.unknown][0],
        "pad_token": weights.pieces[weights.padding][0],
        "cls_token": weights.pieces[weights.begin][0],
        "sep_token": weights.pieces[weights.end][0],
        "mask_token": _MASK,
    }
    modules = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
    files: dict[str, Any] = {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": weights.hidden,
            "num_hidden_layers": weights.layers,
            "num_attention_heads": weights.heads,
            "intermediate_size": weights.intermediate,
            "vocab_size": weights.rows,
            "max_position_embeddings": weights.positions,
            "type_vocab_size": weights.types,
            "layer_norm_eps": weights.epsilon,
            "hidden_act": "gelu",
            "hidden_dropout_prob": 0.1,
            "attention_probs_dropout_prob": 0.1,
            "pad_token_id": weights.padding,
            "bos_token_id": weights.begin,
            "eos_token_id": weights.end,
            "position_embedding_type": "absolute",
            "dtype": "float32",
        },
        "tokenizer_config.json": special
        | {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": weights.positions,
            "model_input_names": ["input_ids", "attention_mask"],
        },
        "special_tokens_map.json": special,
        "modules.json": [
            {"idx": at, "name": str(at), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for at, (path, kind) in enumerate(modules.items())
        ],
        "sentence_bert_config.json": {"max_seq_length": weights.positions, "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": weights.hidden, "pooling_mode_mean_tokens": True},
        "config_sentence_transformers.json": {
            "prompts": _PROMPTS,
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }
    for path in modules:
        (folder / path).mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
