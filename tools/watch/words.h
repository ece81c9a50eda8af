/* SPDX-License-Identifier: MIT */
/* Names of functions, files and modules: each is kept once, to the end. */
#ifndef TOOLS_WATCH_WORDS_H
#define TOOLS_WATCH_WORDS_H

/*
 * The same text at the same address each time; NULL for NULL. Names are those
 * of other people's programs: what a terminal would obey is not in them.
 */
const char *keep_word(const char *text);
/* "?" in the place of each byte that a terminal would obey. */
void make_plain(char *text);
/* What follows the last slash. */
const char *last_part(const char *path);

#endif
