/* SPDX-License-Identifier: BSD-2-Clause */
/* The files html_page.html, .css and .js, closed by a zero byte each. The first has {{name}} where something
 * is to be put in. */
#ifndef USER_SINK_HTML_PAGE_H
#define USER_SINK_HTML_PAGE_H

extern const char html_page[], html_page_style[], html_page_script[];

#endif
