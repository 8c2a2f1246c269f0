"""Writes HTMLCharacters+Names.swift: the names of characters in HTML, from Python's html.entities (3.11).

python make_html_characters.py > Sources/MLOpsCore/ChatTemplate/Jinja/Text/HTMLCharacters+Names.swift
"""

import html.entities
import textwrap

names = html.entities.html5
items = []
for name in sorted(names):
    if name.endswith(";"):
        # `!` follows a name that needs no semicolon.
        mark = "!" if name[:-1] in names else ":"
        items.append(name[:-1] + mark + "+".join(f"{ord(character):x}" for character in names[name]))
print("""extension HTMLCharacters {
    /// Every name with the numbers of its characters; after `!` it needs no semicolon. Made by make_html_characters.py of
    /// Python's `html.entities`.
    static let names = \"\"\"""")
for line in textwrap.wrap(" ".join(items), 112, break_on_hyphens=False):
    print("        " + line)
print('''        """
}''')
