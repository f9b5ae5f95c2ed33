() => {
  "use strict";
  const WORDS = __WORDS__;
  const TAGS = { Hans: "zh-Hans", Hant: "zh-Hant", Latn: "en" };
  const MAX_TALKS = 50;
  const MAX_TURNS = 60;
  const root = document.documentElement;
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const narrow = matchMedia("(max-width: 1023px)");
  const calm = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");

  // What this browser keeps. Nothing of it is trusted: it is checked where it is read and shown as text only.
  const keeping = {
    get(key) {
      try { return JSON.parse(localStorage.getItem(`dgqa.${key}`)); } catch { return null; }
    },
    set(key, value) {
      localStorage.setItem(`dgqa.${key}`, JSON.stringify(value));
    },
    try(key, value) {
      try { keeping.set(key, value); } catch { tell(say("unkept")); }
    },
  };

  const asked = (tag) => {
    const parts = String(tag || "zh").toLowerCase().split("-");
    if (!["zh", "yue", "cmn"].includes(parts[0])) return "Latn";
    if (parts.includes("hans")) return "Hans";
    return parts[0] === "yue" || parts.some((part) => ["hant", "tw", "hk", "mo"].includes(part)) ? "Hant" : "Hans";
  };
  let language = WORDS[keeping.get("language")] ? keeping.get("language") : asked(navigator.language);
  const say = (key, ...values) => values.reduce((text, value) => text.replace("{}", value), WORDS[language][key] || "");

  const tell = (text) => {
    const place = $("#dgqa-status");
    if (place && place.textContent !== text) place.textContent = text;
  };

  function word() {
    root.lang = TAGS[language];
    for (const element of $$("[data-say]")) element.textContent = say(element.dataset.say);
    for (const element of $$("[data-label]")) {
      element.setAttribute("aria-label", say(element.dataset.label));
      if (element.matches("button, select")) element.title = say(element.dataset.label);
    }
    for (const element of $$("[data-hint]")) element.placeholder = say(element.dataset.hint);
    const choice = $("#dgqa-language");
    if (choice) choice.value = language;
  }

  // Conversations.
  const isTurn = (turn) => turn && typeof turn === "object" && typeof turn.question === "string" && typeof turn.state === "string";
  function talks() {
    const kept = keeping.get("talks");
    return (Array.isArray(kept) ? kept : [])
      .filter((talk) => talk && typeof talk.id === "string" && typeof talk.title === "string" && Array.isArray(talk.turns))
      .map((talk) => ({ ...talk, turns: talk.turns.filter(isTurn).slice(-MAX_TURNS) }))
      .slice(0, MAX_TALKS);
  }
  function keepTalks(list) {
    let lost = false;
    for (list = list.slice(0, MAX_TALKS); ; list = list.slice(0, -1)) {
      try {
        keeping.set("talks", list);
        break;
      } catch {
        if (list.length < 2) return tell(say("unkept"));
        lost = true;
      }
    }
    if (lost) tell(say("full"));
    listTalks();
  }
  let current = sessionStorage.getItem("dgqa.talk") || "";
  function setCurrent(id) {
    current = id;
    sessionStorage.setItem("dgqa.talk", id);
    listTalks();
  }
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  function listTalks() {
    const place = $("#dgqa-talks");
    if (!place) return;
    const list = talks();
    place.replaceChildren(...list.map((talk) => {
      const open = make("button", { type: "button", className: "dgqa-talk", textContent: talk.title || "…", title: talk.title });
      if (talk.id === current) open.setAttribute("aria-current", "true");
      open.addEventListener("click", () => openTalk(talk.id));
      const rename = make("button", { type: "button", className: "dgqa-small", textContent: say("rename") });
      rename.addEventListener("click", () => renameTalk(talk, rename));
      const remove = make("button", { type: "button", className: "dgqa-small", textContent: say("delete") });
      remove.addEventListener("click", () => {
        if (remove.dataset.sure) return removeTalk(talk.id);
        remove.dataset.sure = "1";
        remove.textContent = say("sure");
      });
      remove.addEventListener("blur", () => {
        delete remove.dataset.sure;
        remove.textContent = say("delete");
      });
      return make("li", {}, open, make("span", { className: "dgqa-tools" }, rename, remove));
    }));
    const empty = $("#dgqa-past .dgqa-empty");
    if (empty) empty.hidden = list.length > 0;
  }
  function renameTalk(talk, button) {
    const row = button.closest("li");
    const field = make("input", { className: "dgqa-rename", value: talk.title, maxLength: 80 });
    field.setAttribute("aria-label", say("rename"));
    const done = (keep) => {
      if (keep && field.value.trim()) keepTalks(talks().map((other) => (other.id === talk.id ? { ...other, title: field.value.trim() } : other)));
      else listTalks();
    };
    field.addEventListener("keydown", (event) => {
      if (event.isComposing || event.keyCode === 229) return;
      if (event.key === "Enter") done(true);
      if (event.key === "Escape") { event.stopPropagation(); done(false); }
    });
    field.addEventListener("blur", () => field.isConnected && done(true));
    row.replaceChildren(field);
    field.focus();
    field.select();
  }
  function removeTalk(id) {
    keepTalks(talks().filter((talk) => talk.id !== id));
    if (id === current) begin();
  }
  function begin() {
    setCurrent("");
    editing(0);
    send("clear", { turns: [] });
    show("ask");
    menu(false);
    box()?.focus();
  }
  function clear() {
    if (current) keepTalks(talks().filter((talk) => talk.id !== current));
    begin();
  }
  function openTalk(id) {
    const talk = talks().find((other) => other.id === id);
    if (!talk) return;
    setCurrent(id);
    editing(0);
    send("select", { turns: talk.turns });
    show("ask");
    menu(false);
  }
  function keep(text) {
    let kept;
    try { kept = JSON.parse(text); } catch { return; }
    if (kept?.lost) {
      lost = true;
      if (ended) resume();
    }
    if (!kept || !isTurn(kept.record)) return;
    const list = talks();
    let talk = list.find((other) => other.id === current);
    if (!talk) {
      talk = { id: `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`, title: kept.record.question.slice(0, 40), at: 0, turns: [] };
    }
    talk.turns = [...talk.turns.slice(0, kept.number - 1), kept.record];
    talk.at = Date.now();
    current = talk.id;
    sessionStorage.setItem("dgqa.talk", current);
    keepTalks([talk, ...list.filter((other) => other.id !== talk.id)]);
  }

  // To the server and back: an event of the bridge carries what waits in `pending`.
  let pending = {};
  let last = {};
  let lost = false;
  let ended = true;  // whether the server has done with the question; it may be told of before what it said is here
  function send(event, data) {
    pending = data;
    window.dgqaBridge.trigger(event);
  }
  function take() {
    const data = { ...pending, language };
    pending = {};
    if (!("question" in data) && !("at" in data) && !("turns" in data) && edited) Object.assign(data, { at: edited, edited: true });
    if (edited && "edited" in data) editing(0);
    last = data;
    ended = false;
    return JSON.stringify({ ...data, shown: $$("#dgqa-chat .dgqa-reply").length });
  }
  // A server that was started anew has forgotten the conversation: it gets it with the question, once more.
  const turnsOf = (id) => talks().find((talk) => talk.id === id)?.turns || [];
  function resume() {
    ended = true;
    if (!lost) return;
    lost = false;
    send("submit", { ...last, turns: turnsOf(current) });
  }
  // What else needs the conversation is done again once it is there, but only once.
  let again = null;
  let tried = false;
  function restore(action) {
    if (tried) return false;
    tried = true;
    again = action;
    send("select", { turns: turnsOf(current) });
    return true;
  }
  function restored() {
    const action = again;
    again = null;
    action?.();
  }
  function start() {
    word();
    listTalks();
    route();
    const talk = talks().find((other) => other.id === current);
    if (!talk) current = "";
    return JSON.stringify({ language, settings: keeping.get("settings") || {}, turns: talk ? talk.turns : [] });
  }
  function set([mode, count, documents, date_from, date_to, script]) {
    keeping.try("settings", { mode, count, documents, date_from, date_to, script });
  }
  function download(text, suffix) {
    if (!text && $("#dgqa-chat .dgqa-reply") && restore(() => $$("#dgqa-export button")[suffix === "md" ? 0 : 1].click())) return;
    tried = false;
    if (!text) return tell(say("nothing_to_export"));
    const kind = suffix === "md" ? "text/markdown" : "application/json";
    const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: `${kind};charset=utf-8` })), download: `dgqa-${new Date().toISOString().slice(0, 10)}.${suffix}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  // The conversation.
  const box = () => $("#dgqa-question textarea");
  const type = (text) => {
    const field = box();
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  };
  const working = () => Boolean($("#dgqa-chat .dgqa-badge.is-working"));
  let edited = 0;
  function editing(number, text = "") {
    const was = edited;
    edited = number;
    root.classList.toggle("dgqa-editing", number > 0);
    for (const asked of $$("#dgqa-chat .dgqa-asked")) asked.classList.toggle("is-edited", asked.querySelector(".dgqa-act")?.value === String(number));
    if (number) {
      type(text);
      tell(say("editing"));
    } else if (was) tell("");
  }
  function rating(button, up) {
    const acts = button.closest(".dgqa-acts");
    $(".dgqa-rate", acts)?.remove();
    const field = make("input", { maxLength: 1000, placeholder: say("comment") });
    field.setAttribute("aria-label", say("comment"));
    const submit = make("button", { type: "submit", textContent: say("submit") });
    const cancel = make("button", { type: "button", textContent: say("cancel") });
    const form = make("form", { className: "dgqa-rate" }, make("span", { textContent: button.textContent }), field, submit, cancel);
    cancel.addEventListener("click", () => { form.remove(); button.focus(); });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send("like", { at: Number(button.value), rating: up ? "up" : "down", comment: field.value });
      form.remove();
      button.focus();
    });
    acts.append(form);
    field.focus();
  }
  function rated(at) {
    const { rating, comment, at: number } = last;
    if (!at && restore(() => send("like", { at: number, rating, comment }))) return;
    tried = false;
    tell(say(at ? "thanks" : "unread"));
  }
  async function copy(button) {
    const said = $(".dgqa-said", button.closest(".dgqa-reply"));
    const cards = $$(".dgqa-card", button.closest(".dgqa-reply")).map((card) => {
      const numbers = $$(".dgqa-number", card).map((number) => `[${number.textContent}]`).join("");
      return [numbers, $("h3", card).textContent, $(".dgqa-about", card).textContent, $(".dgqa-span", card)?.textContent].filter(Boolean).join(" ");
    });
    const text = [said.innerText.replaceAll("\u2060", "").trim(), ...(cards.some((card) => card.startsWith("[")) ? ["", ...cards] : [])].join("\n");
    try {
      await navigator.clipboard.writeText(text);
    } catch {  // no clipboard without HTTPS
      const field = make("textarea", { value: text });
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    button.textContent = say("copied");
    tell(say("copied"));
    setTimeout(() => { button.textContent = say("copy"); }, 1500);
  }

  // The sources: each answer carries its own, folded; where there is room they are shown beside it.
  let pinned = "";
  let count = 0;
  let shown = "";
  function sync() {
    const replies = $$("#dgqa-chat .dgqa-reply");
    root.classList.toggle("dgqa-started", replies.length > 0);
    if (replies.length !== count) { pinned = ""; count = replies.length; }
    const active = (pinned && document.getElementById(pinned)) || replies.at(-1);
    for (const reply of replies) reply.classList.toggle("is-active", reply === active && replies.length > 1);
    const source = active && $(".dgqa-sources", active);
    const html = source ? source.innerHTML : "";
    const place = $("#dgqa-cards");
    if (place && html !== shown) {
      shown = html;
      const copied = source ? source.cloneNode(true) : null;
      if (copied) for (const element of $$("[id]", copied)) element.id = `beside-${element.id}`;
      const heading = copied && $("summary", copied);
      $("#dgqa-beside h2").textContent = heading ? heading.textContent : say("sources");
      heading?.remove();
      place.replaceChildren(...(copied ? copied.childNodes : []));
      place.closest("#dgqa-side").scrollTop = 0;
      $("#dgqa-beside .dgqa-empty").hidden = Boolean(copied);
    }
    const log = $("#dgqa-chat [role=log]");
    if (log && log.ariaLabel !== say("talk")) log.ariaLabel = say("talk");
    for (const button of $$("#dgqa-chat .icon-button-wrapper button")) if (button.title !== say("clear")) button.title = button.ariaLabel = say("clear");
    const down = $("#dgqa-chat .scroll-down-button-container button");
    if (down && down.title !== say("down")) down.title = down.ariaLabel = say("down");
    const last = replies.at(-1);
    if (last && !edited) {
      const foot = $$(".dgqa-foot span", last).map((part) => part.textContent);
      const summary = $(".dgqa-sources summary", last);
      tell([...foot, working() || !summary ? "" : summary.textContent].filter(Boolean).join(" · "));
      $("#dgqa-told")?.classList.toggle("is-working", working());
    } else if (!last) tell("");
  }
  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => { waiting = false; sync(); });
  };

  const cardOf = (ref) => {
    const id = ref.getAttribute("href").slice(1);
    const beside = document.getElementById(`beside-${id}`);
    const chip = narrow.matches || !beside ? document.getElementById(id) : beside;
    return chip && chip.closest(".dgqa-card");
  };
  // A marker stands in its sentence or after it.
  function sentenceOf(ref) {
    let at = ref.closest(".dgqa-sentence") || ref.previousElementSibling;
    while (at && !at.matches(".dgqa-sentence")) at = at.previousElementSibling;
    return at;
  }
  const refOf = (said) => $$("a.dgqa-ref", said.closest(".dgqa-text")).find((ref) => sentenceOf(ref) === said);
  function openFrom(card, number) {
    const links = card ? $$("a.dgqa-open", card) : [];
    links[Math.max(0, $$(".dgqa-number", card).findIndex((chip) => chip.textContent === number))]?.click();
  }
  function light(card, refs, on) {
    card?.classList.toggle("is-near", on);
    for (const ref of refs) {
      ref.classList.toggle("is-near", on);
      sentenceOf(ref)?.classList.toggle("is-near", on);
      const number = ref.hash.split("-s")[1];
      for (const mark of card ? $$(`mark.m${number}`, card) : []) mark.classList.toggle("is-near", on);
    }
  }
  const refsOf = (card) => $$(".dgqa-number", card).flatMap((chip) => $$(`a.dgqa-ref[href="#${CSS.escape(chip.id.replace(/^beside-/, ""))}"]`));
  const pointed = (on) => (event) => {
    if (!(event.target instanceof Element)) return;
    const ref = event.target.closest("a.dgqa-ref");
    if (ref) return light(cardOf(ref), [ref], on);
    const card = event.target.closest(".dgqa-card");
    if (card) light(card, refsOf(card), on);
  };
  for (const kind of ["mouseover", "focusin"]) document.addEventListener(kind, pointed(true));
  for (const kind of ["mouseout", "focusout"]) document.addEventListener(kind, pointed(false));

  function follow(ref) {
    const reply = ref.closest(".dgqa-reply");
    if (reply && !narrow.matches) { pinned = reply.id; sync(); }
    const card = cardOf(ref);
    if (!card) return;
    const folded = card.closest("details");
    if (folded) folded.open = true;
    for (const other of $$(".dgqa-card.is-lit")) other.classList.remove("is-lit");
    card.classList.add("is-lit");
    // Under the answer, a sentence and what it rests on are best seen together.
    const said = sentenceOf(ref) || ref;
    const mark = $(`mark.m${ref.hash.split("-s")[1]}`, card) || card;
    const together = narrow.matches && mark.getBoundingClientRect().bottom - said.getBoundingClientRect().top < $("#dgqa-chat").clientHeight - 32;
    (together ? said : card).scrollIntoView({ behavior: calm(), block: together ? "start" : "nearest" });
    card.focus({ preventScroll: true });
  }

  // The articles.
  let opener = null;
  let opened = 0;
  let from = "ask";
  // What the server says, or "" where it can't be reached.
  const ask = async (name, data) => {
    while (!window.dgqaBridge) await new Promise((done) => setTimeout(done, 10));
    try {
      return (await window.dgqaBridge.server[name](data)) ?? "";
    } catch {
      return "";
    }
  };
  const unreached = () => make("p", { className: "dgqa-empty", role: "alert", textContent: say("unreached") });
  function show(view) {
    root.dataset.view = view;
    for (const button of $$("[data-view]", $("#dgqa-head") || document)) {
      if (button.dataset.view === view) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
    }
    if (view === "read" && !$("#dgqa-listing").childElementCount) list();
  }
  const book = (open) => {
    $("#dgqa-book").hidden = !open;
    $("#dgqa-shelf").hidden = open;
    root.classList.toggle("dgqa-booked", open);
  };
  let listed = 0;
  let many = 0;
  async function list() {
    const turn = ++listed;
    const html = await ask("catalogue", { query: $("#dgqa-find").value, count: many, language });
    if (turn !== listed) return;
    if (html) $("#dgqa-listing").innerHTML = html;
    else $("#dgqa-listing").replaceChildren(unreached());
  }
  async function read(place, { push = true, focus = true } = {}) {
    const turn = ++opened;
    if (root.dataset.view !== "read") from = "ask";
    else if ($("#dgqa-book").hidden) from = "read";
    const pages = $("#dgqa-pages");
    // An article that was closed must not be taken for the one that is opened.
    if ($("#dgqa-book").hidden) pages.textContent = say("loading");
    pages.setAttribute("aria-busy", "true");
    show("read");
    book(true);
    const got = await ask("article", { ...place, language });
    if (turn !== opened) return;
    if (got) pages.innerHTML = got.html;
    else pages.replaceChildren(unreached());
    $("#dgqa-crumb").textContent = got.title || "";
    pages.removeAttribute("aria-busy");
    if (narrow.matches) for (const contents of $$(".dgqa-contents", pages)) contents.open = false;
    if (push) history.pushState({ dgqa: true }, "", address(place));
    $(".dgqa-contents [aria-current]", pages)?.scrollIntoView({ block: "center" });
    const target = $("#dgqa-cited") || $("[data-place]", pages);
    if (target) target.scrollIntoView({ block: "center" });
    else $("#dgqa-read").scrollTop = 0;
    if (focus) (target && target.hasAttribute("tabindex") ? target : $("#dgqa-article-title"))?.focus({ preventScroll: true });
  }
  // Where one is in an article: the last heading above the middle of the page.
  let spying = false;
  function spy() {
    spying = false;
    const links = $$(".dgqa-contents a[href^='#h']");
    const above = links.filter((link) => (document.getElementById(link.hash.slice(1))?.getBoundingClientRect().top ?? Infinity) < innerHeight / 2);
    for (const link of $$(".dgqa-contents [aria-current]")) if (link !== above.at(-1)) link.removeAttribute("aria-current");
    above.at(-1)?.setAttribute("aria-current", "location");
  }
  document.addEventListener("scroll", (event) => {
    if (spying || event.target.id !== "dgqa-read") return;
    spying = true;
    requestAnimationFrame(spy);
  }, true);
  const placeIn = (query) => {
    const given = new URLSearchParams(query);
    if (!given.get("doc")) return null;
    return { doc: given.get("doc"), start: Number.parseInt(given.get("start"), 10) || 0, end: Number.parseInt(given.get("end"), 10) || 0 };
  };
  function address(place) {
    const url = new URL(location);
    for (const key of ["doc", "start", "end"]) url.searchParams.delete(key);
    for (const [key, value] of Object.entries(place || {})) url.searchParams.set(key, value);
    return url;
  }
  function route() {
    const place = placeIn(location.search);
    if (place) return read(place, { push: false });
    opened++;
    book(false);
    show(from === "read" && root.dataset.view === "read" ? "read" : "ask");
  }
  function close(to) {
    opened++;
    if (placeIn(location.search)) history.pushState({ dgqa: true }, "", address());
    book(false);
    show(to);
    if (to === "read") $("#dgqa-find").focus();
    else if (opener && opener.isConnected) opener.focus();
    else box()?.focus();
    opener = null;
  }

  function menu(open) {
    root.classList.toggle("dgqa-menu", open);
    $("[data-act=menu]")?.setAttribute("aria-expanded", String(open));
    if (open) $("#dgqa-new")?.focus();
  }
  function theme(dark) {
    document.body.classList.toggle("dark", dark);
    root.style.colorScheme = dark ? "dark" : "light";
  }
  const stored = keeping.get("theme");
  const wanted = new URLSearchParams(location.search).get("__theme");
  if (["light", "dark"].includes(stored) && !wanted) theme(stored === "dark");
  else root.style.colorScheme = document.body.classList.contains("dark") ? "dark" : "light";

  const acts = {
    menu: () => menu(!root.classList.contains("dgqa-menu")),
    theme: () => {
      const dark = !document.body.classList.contains("dark");
      theme(dark);
      keeping.try("theme", dark ? "dark" : "light");
    },
    skip: () => { show("ask"); box()?.focus(); },
    close: () => close(from),
    list: () => close("read"),
  };
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const at = (selector) => event.target.closest(selector);
    const ref = at("a.dgqa-ref");
    if (ref) { event.preventDefault(); return follow(ref); }
    const open = at("a.dgqa-open");
    if (open && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
      const place = placeIn(open.search);
      if (!place) return;
      event.preventDefault();
      if (!open.closest("#dgqa-read")) opener = open;
      return read(place);
    }
    // The cited sentence of a card leads to its place in the article, as the link below it does, and so does the
    // sentence of an answer, to that of its first source.
    const mark = at(".dgqa-card mark"), said = at(".dgqa-sentence");
    if (mark && getSelection().isCollapsed) return openFrom(mark.closest(".dgqa-card"), mark.className.match(/\bm(\d+)/)?.[1]);
    if (said && getSelection().isCollapsed) {
      const first = refOf(said);
      return first && openFrom(cardOf(first), first.hash.split("-s")[1]);
    }
    const heading = at(".dgqa-contents a[href^='#h']");
    if (heading) {
      event.preventDefault();
      const target = document.getElementById(heading.hash.slice(1))?.parentElement;
      if (narrow.matches) heading.closest("details").open = false;
      target?.scrollIntoView({ behavior: calm(), block: "start" });
      return target?.focus({ preventScroll: true });
    }
    const example = at(".dgqa-example");
    if (example) { if (!working()) send("submit", { question: example.textContent }); return; }
    const act = at(".dgqa-act");
    if (act) {
      if (act.matches(".is-copy")) return copy(act);
      if (act.matches(".is-good, .is-bad")) return rating(act, act.matches(".is-good"));
      if (working()) return;
      if (act.matches(".is-retry")) { editing(0); return send("submit", { at: Number(act.value) }); }
      if (act.matches(".is-edit")) return editing(Number(act.value), $(".dgqa-text", act.closest(".dgqa-asked")).innerText);
    }
    const more = at(".dgqa-more");
    if (more) { many = Number(more.value); return list(); }
    const named = at("[data-act]");
    if (named) { event.preventDefault(); return acts[named.dataset.act]?.(); }
    const view = at("#dgqa-head [data-view]");
    if (view) { if (view.dataset.view === "read") { if (!$("#dgqa-book").hidden) return close("read"); } else if (placeIn(location.search)) return close("ask"); return show(view.dataset.view); }
    if (root.classList.contains("dgqa-menu") && !at("#dgqa-rail")) menu(false);
  });
  let typing = 0;
  document.addEventListener("input", (event) => {
    if (event.target.id === "dgqa-find") { clearTimeout(typing); typing = setTimeout(() => { many = 0; list(); }, 150); }
    if (event.target.id === "dgqa-raw") $(".dgqa-article")?.classList.toggle("is-raw", event.target.checked);
  });
  document.addEventListener("change", (event) => {
    if (event.target.id !== "dgqa-language") return;
    language = event.target.value;
    keeping.try("language", language);
    word();
    listTalks();
    shown = null;
    send("change", {});
    $("#dgqa-listing").replaceChildren();
    const place = placeIn(location.search);
    if (place) read(place, { push: false, focus: false });
    else if (root.dataset.view === "read") list();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || event.defaultPrevented) return;
    if (root.classList.contains("dgqa-menu")) { menu(false); $("[data-act=menu]").focus(); }
    else if ($(".dgqa-rate")) $(".dgqa-rate").remove();
    else if (root.dataset.view === "read" && !$("#dgqa-book").hidden) close(from);
    else if (edited) { editing(0); type(""); }
  });
  // Enter may end a composition of an input method; then it is none of the page's business.
  for (const kind of ["keydown", "keypress"]) {
    window.addEventListener(kind, (event) => {
      if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) event.stopImmediatePropagation();
    }, true);
  }
  addEventListener("popstate", route);
  narrow.addEventListener("change", later);
  // What Gradio itself tells in English alone.
  const TOASTS = [[/^Connection to the server was lost/, "lost"], [/queue is full/i, "crowded"]];
  function toast(text) {
    const key = TOASTS.find(([pattern]) => pattern.test(text.textContent))?.[1];
    if (!key) return;
    text.textContent = say(key);
    const title = $(".toast-title", text.closest(".toast-body") || document)?.firstChild;
    if (title) title.textContent = say("failed");
  }
  let relisting = 0;
  new MutationObserver((changes) => {
    if (changes.some((change) => change.target instanceof Element && change.target.closest("#dgqa-upload-report"))) {
      clearTimeout(relisting);
      relisting = setTimeout(list, 300);
    }
    if (changes.some((change) => change.target instanceof Element && change.target.closest("#dgqa-chat"))) later();
    for (const text of $$(".toast-message-text")) toast(text);
  }).observe(document.body, { childList: true, subtree: true, characterData: true });

  root.dataset.view = "ask";
  window.dgqa = { clear, start, take, keep, set, begin, download, rated, resume, restored };
}
