#!/usr/bin/env python3
# chrome_viewer.py TRACE PROFILE: opens a trace in the Performance panel of Chromium, which Chromium itself serves, and prints as
# JSON what the panel then has: {"groups": [names], "bars": how many it draws, "slices": {name: {"count", "total_us"}},
# "errors": [what the console says]}. PROFILE is a folder for the browser's own files.
import json
import os
import select
import subprocess
import sys
import time

SHOW = """
(async () => {
	const legacy = await import('/devtools/ui/legacy/legacy.js');
	await legacy.ViewManager.ViewManager.instance().showView('timeline');
	const timeline = await import('/devtools/panels/timeline/timeline.js');
	window.panel = timeline.TimelinePanel.TimelinePanel.instance();
	await panel.loadFromFile(new File([TRACE], 'trace.json', {type: 'application/json'}));
})()
"""
LOADED = "(() => { try { return !!panel.getParsedTraceForLayoutTests(); } catch { return false; } })()"
SEEN = """
(() => {
	const slices = {}, drawn = panel.getFlameChart().getMainDataProvider().timelineData();
	for (const process of panel.getParsedTraceForLayoutTests().Renderer.processes.values())
		for (const thread of process.threads.values())
			for (const entry of thread.entries) {
				const sum = slices[entry.name] ??= {count: 0, total_us: 0};
				sum.count++;
				sum.total_us += entry.dur;
			}
	return {groups: drawn.groups.map(group => group.name), bars: drawn.entryLevels.length, slices};
})()
"""


class Browser:
	"""The DevTools protocol over a pair of pipes: messages end with a zero byte."""

	def __init__(self, profile):
		commands, self.commands = os.pipe()
		self.answers, answers = os.pipe()
		self.process = subprocess.Popen(
			["sh", "-c", f'exec chromium "$@" 3<&{commands} 4>&{answers}', "chromium", "--headless", "--no-sandbox",
			 "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
			 "--disable-sync", "--window-size=1600,1200", f"--user-data-dir={profile}", "--remote-debugging-pipe",
			 "--remote-debugging-port=0", "about:blank"],
			pass_fds=(commands, answers), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
		os.close(commands)
		os.close(answers)
		self.sent, self.session, self.unread, self.errors = 0, None, b"", []
		port = os.path.join(profile, "DevToolsActivePort")
		until(lambda: os.path.exists(port) and "\n" in open(port).read(), "the browser does not start")
		self.port = open(port).readline().strip()
		target = self.call("Target.createTarget", url="about:blank")["targetId"]
		self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
		for domain in "Runtime", "Page", "Log":
			self.call(domain + ".enable")

	def message(self):
		while b"\0" not in self.unread:
			if not select.select([self.answers], [], [], 30)[0]:
				sys.exit("the browser does not answer")
			part = os.read(self.answers, 1 << 16)
			if not part:
				sys.exit("the browser ended")
			self.unread += part
		first, self.unread = self.unread.split(b"\0", 1)
		return json.loads(first)

	def heard(self, event):
		method, params = event.get("method"), event.get("params", {})
		bad = (method == "Runtime.exceptionThrown"
			or method == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert")
			or method == "Log.entryAdded" and params["entry"]["level"] == "error"
			and not params["entry"].get("url", "").endswith("/favicon.ico"))
		if bad:
			self.errors.append(json.dumps(params)[:500])

	def call(self, method, **params):
		self.sent += 1
		message = {"id": self.sent, "method": method, "params": params}
		if self.session:
			message["sessionId"] = self.session
		os.write(self.commands, json.dumps(message).encode() + b"\0")
		while True:
			answer = self.message()
			if answer.get("id") != self.sent:
				self.heard(answer)
			elif "error" in answer:
				sys.exit(f"{method}: {answer['error']}")
			else:
				return answer["result"]

	def value(self, expression):
		answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
		if "exceptionDetails" in answer:
			sys.exit(json.dumps(answer["exceptionDetails"])[:500])
		return answer["result"].get("value")


def until(happened, otherwise):
	end = time.monotonic() + 30
	while not happened():
		if time.monotonic() > end:
			sys.exit(otherwise)
		time.sleep(0.1)


def main():
	browser = Browser(sys.argv[2])
	try:
		browser.call("Page.navigate", url=f"http://127.0.0.1:{browser.port}/devtools/devtools_app.html")
		until(lambda: browser.value("!!document.querySelector('.tabbed-pane, .root-view, devtools-app, .widget')"),
			"the viewer does not come up")
		with open(sys.argv[1], encoding="utf-8") as trace:
			browser.value(SHOW.replace("TRACE", json.dumps(trace.read())))
		until(lambda: browser.value(LOADED), "the trace is not loaded")
		print(json.dumps(browser.value(SEEN) | {"errors": browser.errors}))
	finally:
		browser.process.kill()
		browser.process.wait()


main()
