"""What a model only thinks is left out, in whatever marks and pieces it comes."""

from __future__ import annotations

import pytest

from dgqa.models.thinking import Forget, unthinking

GIVEN = "到2025年，可办率达到96%以上。[1]覆盖率达到88%。[1]"
FORMS = {
"plain": GIVEN,
"long":"<think>\n"+"我想一下[2]。"*3000+"\n</think>\n\n"+ GIVEN,
"thinking":"<thinking>证据一说。[1]</thinking>"+ GIVEN,
"kimi":"◁think▷证据一。[1]◁/think▷"+ GIVEN,
"harmony":"<|channel|>analysis<|message|>用户问[1]。<|end|><|start|>assistant<|channel|>final<|message|>"+ GIVEN,
"closeonly":"先看证据，每季度通报。[2]无关。\n</think>\n\n"+ GIVEN,
"mistral":"[THINK]嗯[/THINK]"+ GIVEN,
"seed":"<seed:think>嗯</seed:think>"+ GIVEN+"<|im_end|>",
"ollama":"Thinking...\nOkay, the user asks about it and so on and on and on.\n...done thinking.\n\n"+ GIVEN,
"mangled":"analysisWe need to answer the question. It is simple.assistantfinal"+ GIVEN,
"zh":"**思考过程**：先看证据一，再看证据二，然后得出结论。\n\n**最终答案**："+ GIVEN,
"unclosed":"<think>我想",
"cohere":"<|START_THINKING|>x<|END_THINKING|><|START_RESPONSE|>"+ GIVEN+"<|END_RESPONSE|>",
"gemma":"<|channel>thought\n很多想法<channel|>"+ GIVEN,
"short":"是。",
"answer":"<answer>"+ GIVEN+"</answer>",
}
SAID = {"unclosed": "", "short": "是。"}


@pytest.mark.parametrize("size", [1, 3, 7, 100_000])
@pytest.mark.parametrize("form", list(FORMS))
def test_only_the_answer_is_left(form: str, size: int) -> None:
    said = ""
    for piece in unthinking(FORMS[form][at : at + size] for at in range(0, len(FORMS[form]), size)):
        said = "" if isinstance(piece, Forget) else said + piece
    assert said.strip() == SAID.get(form, GIVEN)
