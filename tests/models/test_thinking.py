"""What a model only thinks is left out, in whatever marks and pieces it comes."""

from __future__ import annotations

import time

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
"between sentences":"可办率有目标。[2]<think>再看证据一。</think>"+ GIVEN,
"plan":"<plan>先答可办率[2]。</plan>\n"+ GIVEN,
"nested":"<think>先列<plan>甲[2]</plan>再答。</think>"+ GIVEN,
"no newline before the close":"先看证据[2]，好</think>\n"+ GIVEN,
"mangled, long":"analysis"+"We look at it[2]. "*3000+"assistantfinal"+ GIVEN,
"end of a sequence": GIVEN +"</s>",
}
# Nothing of these is a thought, or nothing makes it sure.
TEXTS = {form: FORMS[form] for form in ("no thought", "long, no thought", "ampersand")} | {
"columns of a book":"课本每章末尾有【推理】与[思考]两栏。[1]栏目由编者写成。[2]",
"columns, line by line":"每章的栏目：\n【推理】每章两题。[1]\n【活动】每章一次。[2]",
"column at the beginning":"【思考】每章两题。[1]\n【回答】写在横线上。[1]\n【答案】附在书末。[2]",
"element":"The schema defines an <analysis> block and a <plan> block. [1] Both are optional. [2]",
"element, line by line":"Blocks:\n<analysis> holds the figures. [1]\n<summary> holds the text. [2]",
"elements in a sentence":"表单用<plan>与</plan>括起计划，用</analysis>结束分析。[1]计划可以为空。[2]",
"quoted element":"‹analysis›块存放数据。[1]\n‹plan›块存放计划。[2]",
"tag in a sentence":"模型把推理写在<think>与</think>之间，两者成对出现。[1]标记不显示。[2]",
"tag that never closes":"推理标记有一种：<think>。[1]\n<think> 写在最前。[2]",
"exercise":"练习共二十道。[1]题目之后是【答案】，再之后是【最终答案】表。[2]",
"exercise, line by line":"练习的样子：\n【答案】是三。[1]\n【回答】写在横线上。[2]",
"results of a form":"网页可用 <output> 显示结果，<response> 则不是元素。[1]两者不同。[2]",
"english word":"analysis 是课程代码。[1]课程两学分。[2]",
"glued word":"analysis课程两学分。[1]由统计系开设。[2]",
"comment in a page":"<!-- 是注释的开头。[1]注释不显示。[2]",
"thought for":"Thought for food is the title. \nIt has two parts. [1]",
"seconds of thought":"思考20秒后作答。\n每题两分。[1]",
"struck out":"票价为<s>二十元</s>十五元。[1]儿童免票。[2]",
}
FORMS |= TEXTS
SAID = {"unclosed": "", "short": "是。", "between sentences": "可办率有目标。[2]" + GIVEN} | TEXTS


@pytest.mark.parametrize("size", [1, 3, 7, 100_000])
@pytest.mark.parametrize("form", list(FORMS))
def test_only_the_answer_is_left(form: str, size: int) -> None:
    said = ""
    for piece in unthinking(FORMS[form][at : at + size] for at in range(0, len(FORMS[form]), size)):
        said = "" if isinstance(piece, Forget) else said + piece
    assert said.strip() == SAID.get(form, GIVEN)


@pytest.mark.parametrize("mark", ["<", "\n", " ", "【推理】", "\n<plan>", "。</think>", "\n<think>", "</think> ", "...", "…", "`", "assistant\n", "&lt;"])
@pytest.mark.parametrize("begins", ["", "Thinking...\n", "analysis\n", "```think\n", "思考 ", "< "])
def test_long_runs_are_read_in_a_short_time(begins: str, mark: str) -> None:
    text = begins + mark * (20_000 // len(mark)) + "x"
    begun = time.process_time()
    assert list(unthinking(iter([text]))) is not None
    assert time.process_time() - begun < 2
