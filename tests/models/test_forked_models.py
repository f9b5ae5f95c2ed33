"""Models that were used before a fork, in the child: it has the memory of its parent, and one of its threads."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tiny_gguf import write_model

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

IN_CHILD = """
unused = "unused" in sys.argv
child = os.fork()
if child == 0:
    signal.alarm(60)
    sys.exit(7 if unused or used() == before else 3)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
"""
CROSS_ENCODER = """
import os, signal, sys
from pathlib import Path
import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast
from dgqa.models.readers.opening import open_reader
from dgqa.models.readers.reader import Page
words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted(set("灯塔记是哪一年建成的每天巡查？"))]
Path(sys.argv[1], "vocab.txt").write_text("\\n".join(words), encoding="utf-8")
BertTokenizerFast(vocab_file=sys.argv[1] + "/vocab.txt").save_pretrained(sys.argv[1])
config = BertConfig(vocab_size=len(words), hidden_size=256, num_hidden_layers=2, num_attention_heads=4, intermediate_size=1024, num_labels=1)
BertForSequenceClassification(config).save_pretrained(sys.argv[1])
torch.set_num_threads(4)
reader = open_reader(f"cross-encoder:{sys.argv[1]}", "any", offline=True)
pages = [Page("灯塔记", ("灯塔" * 200, "每天巡查" * 90)) for _ in range(4)]
def used():
    return [(round(reading.answers, 4), [round(score, 4) for score in reading.sentences]) for reading in reader.read("灯塔是哪一年建成的？", pages)]
before = used()
"""
TOKENIZER = """
import os, signal, sys
import dgqa.system
from tokenizers import Tokenizer, models, pre_tokenizers
tokenizer = Tokenizer(models.WordLevel({"灯": 1, "塔": 2, "?": 0}, "?"))
tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
def used():
    return [encoding.ids for encoding in tokenizer.encode_batch(["灯塔记"] * 200)]
before = used()
"""
LOCAL = """
import os, signal, sys
from dgqa.models.local.chat_model import LocalChatModel
model = LocalChatModel(path=sys.argv[1], context=2048)
def used():
    return model.invoke("灯塔？").content
before = used()
"""


def run(script: str, *given: object) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true"}
    done = subprocess.run([sys.executable, "-c", script + IN_CHILD, *map(str, given)], capture_output=True, text=True, timeout=600, check=False, env=environment)
    assert done.returncode == 7, done.stderr[-2000:]


def test_a_cross_encoder_reads_the_same_in_a_forked_child(tmp_path: Path) -> None:
    if find_spec("sentence_transformers") is None:
        pytest.skip("the extra sentence-transformers is not installed")
    run(CROSS_ENCODER, tmp_path)


def test_a_tokenizer_that_may_use_threads_splits_the_same_in_a_forked_child() -> None:
    pytest.importorskip("tokenizers")
    run(TOKENIZER)


def test_a_local_model_writes_the_same_in_a_forked_child(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason="the extra local is not installed")
    run(LOCAL, write_model(tmp_path / "recites.gguf", ["灯塔", "建于", "一八六〇年。"]))


def test_a_forked_child_that_has_no_use_for_the_local_model_of_its_parent_ends_as_it_wants(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason="the extra local is not installed")
    run(LOCAL, write_model(tmp_path / "recites.gguf", ["灯塔"]), "unused")
