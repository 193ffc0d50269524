/* SPDX-License-Identifier: BSD-2-Clause */
/* The files html_page.html, .css and .js as strings. The first has {{name}} wherever html_sink.c puts something
 * in. */
#ifndef USER_SINK_HTML_PAGE_H
#define USER_SINK_HTML_PAGE_H

extern const char html_page[], html_page_style[], html_page_script[];

#endif
