"""A message in; whether it is a greeting, thanks or talk about the assistant itself, out."""

from __future__ import annotations

import re
from typing import Literal

from dgqa.text import fold

Smalltalk = Literal["greeting", "thanks", ""]

_FILL = r"[\s,.!?~，。！？、…^_:;()\U0001F300-\U0001FAFF☀-➿]*"
_GREETING = (
    r"(?:你好|您好|妳好|大家好|嗨|哈喽|哈啰|在吗|在不在|早上好|中午好|下午好|晚上好|早安|晚安|早|喂|hello|hi|hey|good (?:morning|afternoon|evening|night)|greetings)(?:啊|呀|哦|哈|,? there)?"
    r"|(?:请问)?(?:(?:你|您)?能帮我做什么|(?:你|您|妳)(?:是谁|叫什么(?:名字)?|是什么(?:东西|模型|机器人|ai)?|是机器人吗|是人吗|能做什么|会做什么|会什么|能干什么|能干嘛|有什么功能|怎么样|今天怎么样))(?:啊|呀|呢)?"
    r"|(?:今天)?心情(?:怎么样|如何|好吗)|(?:给我)?(?:讲|说)个?(?:笑话|故事)(?:来听听)?(?:吧|呗)?|(?:介绍|自我介绍)一下(?:你|您)?(?:自己)?|帮助|help"
    r"|who are you|what are you|what(?:'s| is) your name|what can you do|how are you(?: doing| today)?|how(?:'s| is) it going|are you (?:a )?(?:human|robot|bot|ai)|tell me a joke|nice to meet you|what(?:'s| is) up"
)
_THANKS = (
    r"(?:非常|多|太|十分)?(?:谢谢|感谢|谢了|多谢)(?:你|您|啦|了|你们|你的(?:帮助|回答))?|辛苦了?|再见|拜拜|回头见|好的?|明白了?|知道了|懂了|收到|不错|很好|ok|okay|thanks?(?: you)?(?: (?:so|very) much| a lot)?|thx|bye|goodbye|see you|got it|great|cool|that(?:'s| is) all"
)
_IS_GREETING = re.compile(rf"{_FILL}(?:(?:{_GREETING}|{_THANKS}){_FILL})*(?:{_GREETING}){_FILL}(?:(?:{_GREETING}|{_THANKS}){_FILL})*")
_IS_THANKS = re.compile(rf"{_FILL}(?:(?:{_THANKS}){_FILL})+")
_LONGEST = 60  # characters; no longer message is only this


def smalltalk(message: str) -> Smalltalk:
    """Return what kind of small talk a whole message is, "" where it says anything else as well."""
    folded = fold(message).replace("’", "'")
    if len(folded) > _LONGEST:
        return ""
    if _IS_THANKS.fullmatch(folded):
        return "thanks"
    return "greeting" if _IS_GREETING.fullmatch(folded) else ""
