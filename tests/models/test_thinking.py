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
"untagged answer":"先看证据[2]，再答。<final_answer>"+ GIVEN+"</final_answer>",
"apriel":"Here are my reasoning steps:\nOne. [2]\n[BEGIN FINAL RESPONSE]\n"+ GIVEN+"\n[END FINAL RESPONSE]",
"chinese tags":"<思考>看证据[2]。</思考>"+ GIVEN,
"chinese brackets":"【推理过程】看证据[2]。\n【最终答案】\n"+ GIVEN,
"attribute":'<thinking duration="3s">嗯[2]</thinking>'+ GIVEN,
"longcat":"<longcat_think>嗯[2]</longcat_think>"+ GIVEN,
"inner":"<inner_thoughts>嗯[2]</inner_thoughts>"+ GIVEN,
"pipes":"<|thinking|>嗯[2]<|/thinking|>"+ GIVEN,
"escaped":"&lt;think&gt;嗯[2]&lt;/think&gt;"+ GIVEN,
"details":"<details type=\"reasoning\" done=\"true\">\n<summary>Thought for 3 seconds</summary>\n> 嗯[2]\n</details>\n"+ GIVEN,
"fence":"```thinking\n看证据[2]。\n```\n\n"+ GIVEN,
"comment":"<!-- 看证据[2]。 -->"+ GIVEN,
"quoted":"*Thinking...*\n\n> Look at [2].\n> Then answer.\n\n"+ GIVEN,
"seconds":"已深度思考（用时 12 秒）\n\n"+ GIVEN,
"reasoning":"**Reasoning:** the second one [2] is of something else.\n\n**Answer:** "+ GIVEN,
"react":"Thought: look at [2].\nAction: None\nFinal Answer: "+ GIVEN,
"step by step":"Let's think this through.\nThe second one [2] is of something else.\n\nFinal Answer: "+ GIVEN,
"as follows":"🤔 思考过程如下：\n看证据[2]。\n\n✅ 最终答案如下：\n"+ GIVEN,
"wide":"＜think＞嗯[2]＜/think＞"+ GIVEN,
"heading":"### 思考\n看证据[2]。\n\n### 回答\n"+ GIVEN,
"constrained":"<|channel|>analysis<|message|>嗯[2]<|end|><|start|>assistant<|channel|>final <|constrain|>json<|message|>"+ GIVEN,
"next turn": GIVEN+"<|im_end|>\n<|im_start|>user\n还有呢？[2]",
"header":"<|start_header_id|>assistant<|end_header_id|>\n\n"+ GIVEN+"<|eot_id|>",
"no thought":"分析：可办率达到96%以上。[1]",
"long, no thought":"分析：" + GIVEN * 400,
"ampersand":"R&D 投入增长&lt;一成。[1]",
}
SAID = {"unclosed": "", "short": "是。"} | {form: FORMS[form] for form in ("no thought", "long, no thought", "ampersand")}


@pytest.mark.parametrize("size", [1, 3, 7, 100_000])
@pytest.mark.parametrize("form", list(FORMS))
def test_only_the_answer_is_left(form: str, size: int) -> None:
    said = ""
    for piece in unthinking(FORMS[form][at : at + size] for at in range(0, len(FORMS[form]), size)):
        said = "" if isinstance(piece, Forget) else said + piece
    assert said.strip() == SAID.get(form, GIVEN)
