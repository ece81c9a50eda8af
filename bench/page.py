# SPDX-License-Identifier: MIT
"""The report: one HTML file that needs no other."""
import html
import re

import compare
import goals
import table

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 70em;
       margin: 2em auto; padding: 0 1em }
h1, h2 { line-height: 1.2 } h2 { margin-top: 2.5em }
table { border-collapse: collapse; font-size: 13px; margin: 1em 0 }
th, td { padding: .15em .7em; text-align: right; white-space: nowrap }
th { border-bottom: 2px solid #999; vertical-align: bottom }
td { border-bottom: 1px solid #e4e4e4 }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left }
tr.ours td { background: #e3f0f9 } tr.floor td { background: #f0f0f0 }
.facts td, .facts th { text-align: left }
svg { max-width: 100%; height: auto } details { margin: .5em 0 }
"""
HOW = """
<p>Microseconds from the call, the median of all starts unless a heading says
otherwise. <b>return</b>: until the call returns, which is what the caller's
thread loses. <b>first</b>: until the first instruction of the program.
<b>reaped</b>: until the program has ended and was reaped. <b>x floor</b>: the
median, over the turns of the run, of the ratio to a bare
<code>vfork()</code> and <code>execve()</code> in the same turn; no start that
waits for its exec can be faster. Rows marked † are noise: another run may
have them otherwise by more than 10&nbsp;%. <code>system()</code> returns when
the program has ended, so its return is its end.</p>
"""


def row_class(row):
    if row["method"].startswith(compare.OURS):
        return ' class="ours"'
    return ' class="floor"' if row["method"] == "floor" else ""


def table_html(columns, rows):
    head = "".join(f"<th>{heading}</th>" for _, heading, _ in columns)
    body = []
    for row in rows:
        cells = "".join(f"<td>{table.cell(row, c)}</td>" for c in columns)
        noisy = " †" if compare.is_noise(row) else ""
        body.append(f"<tr{row_class(row)}><td>{html.escape(row['method'])}"
                    f"{noisy}</td><td>{html.escape(row['case'])}</td>"
                    f"{cells}</tr>")
    return f"<table><tr><th>method</th><th>case</th>{head}</tr>\n" + \
        "\n".join(body) + "</table>"


def inline(path):
    """An SVG to put into a page: ids of one must not meet another's."""
    text = path.with_suffix(".svg").read_text()
    text = text[text.index("<svg"):]
    return re.sub(r"(id=['\"]|url\(#|xlink:href=['\"]#)",
                  rf"\g<1>{path.name}-", text)


def write(path, rows, facts, plots):
    parts = ["<!DOCTYPE html><html lang='en'><meta charset='utf-8'>"
             "<title>libspawn: what a start costs</title>"
             f"<style>{STYLE}</style><h1>What starting a program costs</h1>",
             "<table class='facts'>"]
    parts += [f"<tr><th>{html.escape(name)}</th>"
              f"<td>{html.escape(str(fact))}</td></tr>"
              for name, fact in facts.items()]
    parts += ["</table>", HOW, "<table class='facts'><tr>"
              "<th>goal</th><th>measured</th><th></th>"]
    parts += [f"<tr><td>{html.escape(goal)}</td><td>{measured}</td>"
              f"<td>{'reached' if reached else '<b>missed</b>'}</td></tr>"
              for goal, measured, reached in goals.check(rows)]
    parts.append("</table>")
    for _, title, plot in plots:
        parts.append(f"<h2>{html.escape(title)}</h2>{inline(plot)}")
    parts.append("<h2>All figures</h2>")
    for title, columns, members in table.tables(rows):
        parts.append(f"<details open><summary><b>{html.escape(title)}</b>"
                     f"</summary>{table_html(columns, members)}</details>")
    path.write_text("\n".join(parts) + "</html>\n")
