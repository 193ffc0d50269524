# SPDX-License-Identifier: BSD-2-Clause
"""What a reader of a page sees of it, as JSON: its tables' rows by id, the text of every other element that has an id,
and which elements there are. Reads the DOM that chromium --dump-dom prints."""
import html.parser
import json
import sys

VOID = {"meta", "link", "input", "img", "br", "hr"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tables, self.sorts, self.texts, self.tags, self.scopes, self.captions = {}, {}, {}, {}, {}, {}
        self.ids, self.table, self.cell = [], None, None

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags[tag] = self.tags.get(tag, 0) + 1
        for name in attributes:
            if name.startswith("on"):
                self.tags["(handler)"] = self.tags.get("(handler)", 0) + 1
        name = attributes.get("id")
        if tag == "table":
            self.table = name
            self.tables[name], self.sorts[name], self.scopes[name], self.captions[name] = [], {}, 0, 0
        elif tag == "tr":
            self.tables[self.table].append([])
        elif tag in ("td", "th"):
            self.cell = ""
            self.scopes[self.table] += tag == "th" and attributes.get("scope") in ("row", "col")
            self.sort = attributes.get("aria-sort")
        elif tag == "caption":
            self.captions[self.table] += 1
        if tag not in VOID:
            self.ids.append((tag, name))
            if name:
                self.texts[name] = ""

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.tables[self.table][-1].append(self.cell)
            if self.sort:
                self.sorts[self.table][self.cell] = self.sort
            self.cell = None
        while self.ids and self.ids.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data
        for _, name in self.ids:
            if name:
                self.texts[name] += data


page = Page()
page.feed(sys.stdin.read())
texts = {k: v for k, v in page.texts.items() if k not in ("events", "run")}
json.dump({"tables": page.tables, "sorts": page.sorts, "scopes": page.scopes, "captions": page.captions, "texts": texts,
           "tags": page.tags}, sys.stdout)
