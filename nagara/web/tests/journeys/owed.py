"""What every page owes, in both languages and at both widths; said as faults, so that one look finds all of them."""

import json

from babel.messages.pofile import read_po
from playwright.sync_api import Page

from nagara.web.tests.browser import PHONE, ROOT, WIDE, faults, sideways

_SHOWN = """() => {
  const found = new Set();
  const hidden = (node) => node.closest("script, style, template, noscript, [lang=en], code, kbd, samp, pre");
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const words = walker.currentNode.textContent.replace(/\\s+/g, " ").trim();
    if (words && !hidden(walker.currentNode.parentElement)) found.add(words);
  }
  for (const node of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]"))
    for (const name of ["aria-label", "title", "placeholder", "alt"])
      if (node.getAttribute(name) && !hidden(node)) found.add(node.getAttribute(name).trim());
  return [...found];
}"""

_FOCUS = """() => {
  const look = (node) => { const s = getComputedStyle(node); return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.borderColor,
    s.backgroundColor, s.textDecorationLine, s.color].join("|"); };
  const around = (node) => [node, node.nextElementSibling, node.parentElement, node.closest("label")].filter(Boolean).map(look).join("#");
  const seen = new Set();
  const blind = [];
  for (const node of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")) {
    if (node.disabled || !node.checkVisibility()) continue;
    const kind = `${node.tagName}.${node.className}.${node.type || ""}`;
    if (seen.has(kind)) continue;
    seen.add(kind);
    const before = around(node);
    node.focus({ focusVisible: true, preventScroll: true });
    if (document.activeElement === node && around(node) === before) blind.push(node.outerHTML.slice(0, 120));
    node.blur();
  }
  return blind;
}"""


def english_words() -> set[str]:
    """Every text of the catalogues whose Thai is another: on a Thai page none of them may stand as it is."""
    found = set()
    for source in sorted(ROOT.glob("nagara/*/locale/th/LC_MESSAGES/django.po")):
        with source.open("rb") as file:
            for message in read_po(file):
                texts = [message.id] if isinstance(message.id, str) else list(message.id)
                said = [message.string] if isinstance(message.string, str) else list(message.string)
                found |= {" ".join(words.split()) for words in texts if words and words not in said}
    return found


def owes(page: Page, lang: str, english: set[str]) -> list[str]:
    """What the open page owes. Nothing scrolls sideways at either width; axe looks at one width in each language."""
    found = []
    if page.locator("html").get_attribute("lang") != lang:
        found.append("the page does not say its language")
    if page.locator("h1").count() != 1:
        found.append(f"{page.locator('h1').count()} main headings")
    if not page.title().strip():
        found.append("no title")
    if lang == "th":
        found += [f"in English on a Thai page: {json.dumps(words)}" for words in page.evaluate(_SHOWN) if words in english]
    else:
        found += [f"focus cannot be seen: {node}" for node in page.evaluate(_FOCUS)]
    for size in (PHONE, WIDE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        if sideways(page) > 0:
            found.append(f"scrolls sideways by {sideways(page)} px at {size['width']} px")
        if (lang == "th") == (size is WIDE):
            found += [f"{size['width']} px: {fault}" for fault in faults(page)]
    return found
