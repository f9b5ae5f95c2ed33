"""A key and a language in; what the page says in simplified Chinese, traditional Chinese or English out."""

from __future__ import annotations

import json

from dgqa.language.text import detect_script
from dgqa.messages import LANGUAGES, Language

# The values of HTML's `lang`.
TAGS: dict[str, str] = {"Hans": "zh-Hans", "Hant": "zh-Hant", "Latn": "en"}

_WORDS: dict[str, tuple[str, str, str]] = {
    # The frame of the page.
    "title": ("数字政府文献问答", "數字政府文獻問答", "Digital government, from the articles"),
    "tagline": ("回答只取自文献，每句话都标明出处。", "回答只取自文獻，每句話都標明出處。", "Every sentence points to its place in an article."),
    "ask": ("问答", "問答", "Ask"),
    "read": ("文献", "文獻", "Articles"),
    "views": ("视图", "檢視", "Views"),
    "language": ("界面语言", "介面語言", "Interface language"),
    "theme": ("切换深浅色", "切換深淺色", "Switch light and dark"),
    "menu": ("对话与设置", "對話與設定", "Conversations and settings"),
    "skip": ("跳到提问", "跳到提問", "Skip to the question"),
    "welcome": ("想了解什么？", "想了解什麼？", "What would you like to know?"),
    "welcome_note": (
        "可以用简体、繁體或 English 提问。下面几个问题取自文献：",
        "可以用简体、繁體或 English 提問。下面幾個問題取自文獻：",
        "Ask in 简体, 繁體 or English. Some questions to start with:",
    ),
    "welcome_plain": ("可以用简体、繁體或 English 提问。", "可以用简体、繁體或 English 提問。", "Ask in 简体, 繁體 or English."),
    "question": ("问题", "問題", "Question"),
    "talk": ("对话", "對話", "Conversation"),
    "placeholder": ("输入问题", "輸入問題", "Ask a question"),
    "keys": ("Enter 发送 · Shift+Enter 换行", "Enter 傳送 · Shift+Enter 換行", "Enter sends · Shift+Enter begins a line"),
    "send": ("发送", "傳送", "Send"),
    "stop": ("停止", "停止", "Stop"),
    # A turn.
    "you": ("问", "問", "You asked"),
    "answered": ("已回答", "已回答", "Answered"),
    "partial": ("部分回答", "部分回答", "Partly answered"),
    "refused": ("未能回答", "未能回答", "Not answered"),
    "chat": ("说明", "說明", "Note"),
    "working": ("正在查找依据…", "正在查找依據…", "Looking for evidence…"),
    "stopped": ("已停止", "已停止", "Stopped"),
    "failed": ("出错了", "出錯了", "Error"),
    "unexpected": (
        "程序内部出错，详情见服务器日志。请重试，或换一个问法。",
        "程式內部出錯，詳情見伺服器日誌。請重試，或換一個問法。",
        "Something went wrong; the server's log has the details. Try again, or ask in other words.",
    ),
    "unread": ("没有收到这个请求，请再试一次。", "沒有收到這個請求，請再試一次。", "The request did not arrive whole. Try again."),
    "lost": (
        "连不上服务器，正在重试。请确认它还在运行；问题会留在输入框里。",
        "連不上伺服器，正在重試。請確認它還在執行；問題會留在輸入框裡。",
        "The server cannot be reached; trying again. Check that it is running: the question stays in the box.",
    ),
    "unreached": (
        "连不上服务器。请确认它还在运行，然后再试一次。",
        "連不上伺服器。請確認它還在執行，然後再試一次。",
        "The server cannot be reached. Check that it is running and try again.",
    ),
    "crowded": (
        "提问的人太多，这个问题没有收下。请过几秒再发送。",
        "提問的人太多，這個問題沒有收下。請過幾秒再傳送。",
        "Too many are asking at once, and this question was not taken. Send it again in some seconds.",
    ),
    "seconds": ("{} 秒", "{} 秒", "{} s"),
    "source": ("来源 {}", "來源 {}", "Source {}"),
    "sources": ("来源", "來源", "Sources"),
    "sources_of": ("来源（{}）", "來源（{}）", "Sources ({})"),
    "nearest": ("最接近的段落", "最接近的段落", "Nearest passages"),
    "nearest_of": ("最接近的段落（{}）", "最接近的段落（{}）", "Nearest passages ({})"),
    "note": (
        "以下段落与问题相近，但没有回答该问题。",
        "以下段落與問題相近，但沒有回答該問題。",
        "These passages are close to the question but do not answer it.",
    ),
    "unanswering": ("未回答该问题", "未回答該問題", "Does not answer"),
    "stale": ("原文已变，请核对", "原文已變，請核對", "The article has changed since"),
    "span": ("字符 {}–{}", "字元 {}–{}", "Characters {}–{}"),
    "relevance": ("相关度", "相關度", "Relevance"),
    "open": ("在文献中打开", "在文獻中打開", "Open in the article"),
    "empty": ("每句回答所依据的原文会显示在这里。", "每句回答所依據的原文會顯示在這裡。", "The passages behind every sentence are shown here."),
    "understood": ("理解为：{}", "理解為：{}", "Understood as: {}"),
    "quoted": ("摘录原文", "摘錄原文", "Quoted sentences"),
    "withheld": ("未显示 {} 句没有依据的话。", "未顯示 {} 句沒有依據的話。", "{} unsupported sentence(s) withheld."),
    "copy": ("复制", "複製", "Copy"),
    "copied": ("已复制", "已複製", "Copied"),
    "retry": ("重试", "重試", "Retry"),
    "edit": ("编辑", "編輯", "Edit"),
    "editing": ("正在修改一个问题；发送后，其后的对话将被替换。按 Esc 取消。", "正在修改一個問題；傳送後，其後的對話將被替換。按 Esc 取消。", "Editing a question: sending it replaces the talk after it. Esc cancels."),
    "good": ("有帮助", "有幫助", "Helpful"),
    "bad": ("没有帮助", "沒有幫助", "Not helpful"),
    "comment": ("说明（可不填）", "說明（可不填）", "Comment (optional)"),
    "submit": ("提交", "提交", "Submit"),
    "cancel": ("取消", "取消", "Cancel"),
    "thanks": ("已记录，谢谢。", "已記錄，謝謝。", "Noted, thank you."),
    # Conversations.
    "new": ("新对话", "新對話", "New conversation"),
    "clear": ("清空", "清空", "Clear"),
    "down": ("到对话末尾", "到對話末尾", "To the end of the conversation"),
    "history": ("历史对话", "歷史對話", "History"),
    "no_history": ("还没有对话。对话只保存在这个浏览器里。", "還沒有對話。對話只保存在這個瀏覽器裡。", "None yet. They are kept in this browser only."),
    "rename": ("重命名", "重新命名", "Rename"),
    "delete": ("删除", "刪除", "Delete"),
    "sure": ("确认删除", "確認刪除", "Really delete"),
    "full": ("浏览器的存储空间已满，删掉了最早的对话。", "瀏覽器的儲存空間已滿，刪掉了最早的對話。", "The browser's storage is full: the oldest conversation was dropped."),
    "unkept": ("浏览器不允许保存对话。", "瀏覽器不允許保存對話。", "The browser does not allow conversations to be kept."),
    "export": ("导出", "匯出", "Export"),
    "export_md": ("导出 Markdown", "匯出 Markdown", "Export Markdown"),
    "export_json": ("导出 JSON", "匯出 JSON", "Export JSON"),
    "nothing_to_export": ("还没有可以导出的对话。", "還沒有可以匯出的對話。", "There is nothing to export yet."),
    # Settings.
    "settings": ("设置", "設定", "Settings"),
    "mode": ("回答方式", "回答方式", "Answers by"),
    "count": ("检索段落数", "檢索段落數", "Passages to search"),
    "script": ("回答文字", "回答文字", "Answer in"),
    "script_auto": ("同提问", "同提問", "As asked"),
    "documents": ("只查这些文献（不选即全部）", "只查這些文獻（不選即全部）", "Only these articles (none: all)"),
    "date_from": ("日期从", "日期從", "Dated from"),
    "date_to": ("日期到", "日期到", "Dated to"),
    "date_hint": ("2022-06", "2022-06", "2022-06"),
    "bad_date": ("日期 {} 读不懂：请写成 2022、2022-06 或 2022-06-23。", "日期 {} 讀不懂：請寫成 2022、2022-06 或 2022-06-23。", "{} is no date: write 2022, 2022-06 or 2022-06-23."),
    # Articles.
    "catalogue": ("文献目录", "文獻目錄", "Articles"),
    "find": ("按标题、作者查找", "按標題、作者查找", "Find by title or author"),
    "counted": ("{} 篇", "{} 篇", "{} articles"),
    "col_title": ("标题", "標題", "Title"),
    "col_author": ("作者", "作者", "Author"),
    "col_date": ("日期", "日期", "Date"),
    "col_script": ("文字", "文字", "Script"),
    "col_length": ("字数", "字數", "Characters"),
    "col_defects": ("损坏处", "損壞處", "Defects"),
    "none": ("没有符合的文献。", "沒有符合的文獻。", "No article matches."),
    "more": ("显示更多", "顯示更多", "Show more"),
    "Hans": ("简体", "簡體", "Simplified"),
    "Hant": ("繁体", "繁體", "Traditional"),
    "Latn": ("英文", "英文", "Latin"),
    "unknown": ("—", "—", "—"),
    "back": ("返回", "返回", "Back"),
    "to_list": ("全部文献", "全部文獻", "All articles"),
    "contents": ("目录", "目錄", "Contents"),
    "show_raw": ("显示原始字符", "顯示原始字元", "Show the raw characters"),
    "part": ("第 {} 部分，共 {} 部分", "第 {} 部分，共 {} 部分", "Part {} of {}"),
    "earlier": ("上一部分", "上一部分", "Earlier part"),
    "later": ("下一部分", "下一部分", "Later part"),
    "characters": ("{:,} 字", "{:,} 字", "{:,} characters"),
    "repairs": ("{} 处损坏", "{} 處損壞", "{} defects"),
    "no_repairs": ("未见损坏", "未見損壞", "no damage found"),
    "raw_was": ("原始字符：", "原始字元：", "Raw characters: "),
    "nothing_there": ("（空）", "（空）", "(nothing)"),
    "repaired": ("已修复：{}", "已修復：{}", "Repaired: {}"),
    "flagged": ("已标出：{}", "已標出：{}", "Flagged: {}"),
    "legend": (
        "虚线：已修复的字符，指向它可见原始字符；淡色：标出而未修复的内容。",
        "虛線：已修復的字元，指向它可見原始字元；淡色：標出而未修復的內容。",
        "Dotted: repaired characters, point at one to see the raw ones. Faint: flagged and left as it was.",
    ),
    "no_document": ("没有这篇文献，可能已经更新。", "沒有這篇文獻，可能已經更新。", "There is no such article; it may have been replaced."),
    "bad_span": ("链接里的位置不在这篇文献之内，显示的是开头。", "連結裡的位置不在這篇文獻之內，顯示的是開頭。", "The place in the link lies outside this article; this is its beginning."),
    "loading": ("正在打开…", "正在打開…", "Opening…"),
    # Kinds of defects; one without a word here is shown by its name.
    "kind_gbk_cut": ("GBK 乱码", "GBK 亂碼", "broken GBK bytes"),
    "kind_mojibake": ("乱码", "亂碼", "mojibake"),
    "kind_typo": ("疑似错字", "疑似錯字", "likely typo"),
    "kind_page_break": ("分页断行", "分頁斷行", "page break within a sentence"),
    "kind_boilerplate": ("网页杂项", "網頁雜項", "boilerplate"),
    "kind_stray_token": ("多余字符", "多餘字元", "stray characters"),
    "kind_image_placeholder": ("图片占位", "圖片佔位", "image placeholder"),
    "kind_note": ("脚注", "註腳", "footnote"),
}  # fmt: skip


def say(key: str, language: Language, *values: object) -> str:
    """Return a wording in a language, its blanks filled."""
    return _WORDS[key][LANGUAGES.index(language)].format(*values)


def known(key: str) -> bool:
    """Whether there is a wording for a key."""
    return key in _WORDS


def as_language(value: object) -> Language:
    """Return a language by its name, simplified Chinese for anything else."""
    return value if value in LANGUAGES else "Hans"


def tag_of(text: str) -> str:
    """Return the value of ``lang`` for a text, "" where its script can't be told."""
    return TAGS.get(detect_script(text), "")


def for_browser() -> str:
    """Return all wordings as JSON, by language and key, for the page's script."""
    return json.dumps({language: {key: words[at] for key, words in _WORDS.items()} for at, language in enumerate(LANGUAGES)}, ensure_ascii=False)
