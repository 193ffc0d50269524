// What bundletrace saw, as tables and a picture. Names in the data are anyone's: they become text, never markup.
"use strict";
(() => {
	const ROWS_SHOWN = 1000, BUNDLES_SHOWN = 200, BUNDLES_OPEN = 10, LANES = 32;
	const id = (name) => document.getElementById(name);
	const events = JSON.parse(id("events").textContent);
	const run = JSON.parse(id("run").textContent);
	const summary = run.summary;

	function element(parent, tag, text, attributes) {
		const e = document.createElement(tag);
		if (text !== undefined)
			e.textContent = text;
		for (const [key, value] of Object.entries(attributes || {}))
			e.setAttribute(key, value);
		parent.append(e);
		return e;
	}

	// ---- numbers ----

	const unknown = "\u2013";
	const plain = (v) => v === null || v === undefined ? unknown : String(v);
	const micros = (v) => v === null || v === undefined ? unknown : v.toFixed(3);
	const percent = (v) => v === null || v === undefined ? unknown : (v * 100).toFixed(1);

	function duration(ns) {
		for (const [unit, size] of [["s", 1e9], ["ms", 1e6], ["\u00b5s", 1e3]])
			if (Math.abs(ns) >= size)
				return (ns / size).toFixed(3) + " " + unit;
		return Math.round(ns) + " ns";
	}

	// ---- tables that sort and filter ----

	function compare(a, b) {
		if (a === b)
			return 0;
		if (a === null || a === undefined)
			return 1; // unknown ones last, whatever the direction
		if (b === null || b === undefined)
			return -1;
		return a < b ? -1 : 1;
	}

	// columns: [title, key, how it prints]; the first is the row's name.
	function makeTable(parent, name, caption, columns, rows) {
		let sorted = null, ascending = false, order = rows;
		const bar = element(parent, "div", undefined, { class: "filter" });
		const label = element(bar, "label", "Filter ");
		const input = element(label, "input", undefined, { type: "search", id: name + "-filter" });
		const count = element(bar, "span", "", { class: "count", role: "status" });
		const box = element(parent, "div", undefined, { class: "table" });
		const table = element(box, "table", undefined, { id: name });
		element(table, "caption", caption);
		const head = element(element(table, "thead"), "tr");
		const body = element(table, "tbody");

		function show() {
			const wanted = input.value.toLowerCase();
			const found = order.filter((row) => columns.some(([, key, print]) =>
				(print || plain)(row[key]).toLowerCase().includes(wanted)));
			body.replaceChildren();
			for (const row of found.slice(0, ROWS_SHOWN)) {
				const tr = element(body, "tr");
				columns.forEach(([, key, print], i) =>
					element(tr, i ? "td" : "th", (print || plain)(row[key]), i ? {} : { scope: "row" }));
			}
			count.textContent = Math.min(found.length, ROWS_SHOWN) + " of " + rows.length + " shown";
		}

		function sortBy(th, key) {
			ascending = sorted === key ? !ascending : typeof (rows[0] || {})[key] === "string";
			sorted = key;
			for (const other of head.children)
				other.removeAttribute("aria-sort");
			th.setAttribute("aria-sort", ascending ? "ascending" : "descending");
			order = [...rows].sort((a, b) => {
				const c = compare(a[key], b[key]);
				const known = a[key] !== null && a[key] !== undefined && b[key] !== null && b[key] !== undefined;
				return known && !ascending ? -c : c;
			});
			show();
		}

		columns.forEach(([title, key], i) => {
			const th = element(head, "th", undefined, { scope: "col", class: i ? "" : "text" });
			element(th, "button", title, { type: "button" }).addEventListener("click", () => sortBy(th, key));
		});
		input.addEventListener("input", show);
		show();
	}

	const counts = [["gets", "gets"], ["hits", "hits"], ["misses", "misses"], ["reloads", "reloads"], ["evictions", "evictions"],
		["loads", "loads"], ["prefetched", "prefetched"], ["used", "used"], ["wasted", "wasted"], ["bytes", "bytes_loaded"],
		["errors", "errors"], ["hit %", "hit_rate", percent], ["p50 \u00b5s", "load_p50_us", micros],
		["p99 \u00b5s", "load_p99_us", micros]];

	function bundleName(b) {
		if (b.others)
			return "(other bundles)";
		return (b.path === null ? "bundle " + b.id : b.path) + (b.path_cut ? "..." : "");
	}

	function models(b) {
		const rows = b.models.map((m) => ({ ...m, name: m.name + (m.name_cut ? "..." : "") }));
		if (b.other_models)
			rows.push({ ...b.other_models, name: "(others)" });
		return rows;
	}

	function bundleTables() {
		const parent = id("models");
		summary.bundles.slice(0, BUNDLES_SHOWN).forEach((b, i) => {
			const details = element(parent, "details");
			const title = bundleName(b) + (b.others ? "" : ", process " + b.pid);
			element(details, "summary", title + ": " + b.models.length + " models used");
			let made = false;
			const make = () => {
				if (!made)
					makeTable(details, "models-" + i, "The models of " + title, [["model", "name"], ...counts], models(b));
				made = true;
			};
			details.addEventListener("toggle", make);
			if (i < BUNDLES_OPEN) {
				make();
				details.open = true;
			}
		});
		if (summary.bundles.length > BUNDLES_SHOWN)
			element(parent, "p", (summary.bundles.length - BUNDLES_SHOWN) + " more bundles are not shown here");
		if (!summary.bundles.length)
			element(parent, "p", "No bundle was used.");
	}

	// ---- files ----

	const bytes = (v) => v === null || v === undefined ? unknown : v.toLocaleString("en-US");
	const fileNumbers = [["in calls \u00b5s", "call_us", micros], ["in io_uring \u00b5s", "uring_us", micros],
		["in faults \u00b5s", "fault_us", micros], ["disk wait \u00b5s", "disk_us", micros], ["p50 \u00b5s", "p50_us", micros],
		["p99 \u00b5s", "p99_us", micros], ["opens", "opens"], ["reads", "read_calls"], ["bytes read", "read_bytes", bytes],
		["requests", "uring_calls"], ["by io_uring", "uring_bytes", bytes], ["writes", "write_calls"],
		["written", "write_bytes", bytes], ["mapped", "mapped_bytes", bytes], ["major", "major_faults"],
		["minor", "minor_faults"], ["distinct", "distinct_bytes", bytes], ["from storage", "storage_bytes", bytes],
		["evicted", "evicted_bytes", bytes], ["came back", "refault_bytes", bytes],
		["cached %", "cached_share", percent], ["disk requests", "disk_requests"], ["by disk", "disk_bytes", bytes],
		["each", "disk_request_bytes", bytes], ["at once", "disk_in_flight"], ["disk p50 \u00b5s", "disk_p50_us", micros],
		["disk p99 \u00b5s", "disk_p99_us", micros], ["to disk", "disk_write_bytes", bytes],
		["by others", "disk_other_bytes", bytes]];

	// Columns in which no row has anything are left out, but for those that say how long it took.
	const used = (rows) => fileNumbers.filter(([, key], i) => i < 1 || rows.some((row) => row[key]));

	// A model that is in several files stands before these.
	const shownModels = () => (summary.models || []).filter((m) => m.shards);
	const more = () => summary.files.some((f) => f.others) ? " or more of " : " of ";
	const shards = (m) => " (" + (m.shards_used < m.shards ? m.shards_used + more() : "") + m.shards + " shards)";
	const time = (f) => (f.call_us || 0) + (f.uring_us || 0) + (f.fault_us || 0);

	function filesAndModels() {
		const models = shownModels(), paths = new Set(models.map((m) => m.path));
		const alone = (summary.files || []).filter((f) => !paths.has(f.model));
		const others = alone.filter((f) => f.others);
		return [...[...models, ...alone.filter((f) => !f.others)].sort((a, b) => time(b) - time(a)), ...others];
	}

	const fileName = (f) => f.shards ? f.path + shards(f) : f.others ? "(other files)" : (f.path === null ? "?" : f.path) + (f.path_cut ? "..." : "");

	function partName(p) {
		if (p.name !== null)
			return p.name + (p.name_cut ? "..." : "");
		return p.unnamed ? "(no name)" : p.unplaced ? "(no place)" : bytes(p.start) + " to " + bytes(p.end);
	}

	function partTables(files) {
		files.filter((f) => f.parts.length > 1).slice(0, BUNDLES_SHOWN).forEach((f, i) => {
			const details = element(id("parts"), "details"), title = fileName(f);
			element(details, "summary", title + ": " + f.parts.length + " " + f.parts_by + "s used");
			let made = false;
			const rows = f.parts.map((p) => ({ ...p, name: partName(p) }));
			const make = () => {
				if (!made)
					makeTable(details, "parts-" + i, "The parts of " + title + " that were used",
						[[f.parts_by, "name"], ...used(rows)], rows);
				made = true;
			};
			details.addEventListener("toggle", make);
			if (f.format && i < BUNDLES_OPEN) {
				make();
				details.open = true;
			}
		});
	}

	function fileTables() {
		const all = filesAndModels(), rows = [];
		for (const f of all) {
			rows.push({ ...f, name: fileName(f) });
			if (f.shards)
				for (const shard of summary.files.filter((s) => s.model === f.path))
					rows.push({ ...shard, name: "\u2003" + fileName(shard) });
		}
		makeTable(id("files"), "file-sums", "What was done to each file; bytes, and times in microseconds",
			[["file", "name"], ["format", "format"], ...used(rows)], rows);
		for (const m of summary.models || []) {
			const said = [m.shards_missing ? m.shards_missing + " of its " + m.shards + " files are not there" : "", m.fault || "",
				m.tensors_in_several ? m.first_in_several + " is in more than one of its files" : ""].filter((s) => s);
			if (said.length)
				element(id("files"), "p", m.path + ": " + said.join("; "), { class: "hint" });
		}
		for (const [what, why] of Object.entries(summary.files_not_seen || {}))
			element(id("files"), "p", "Not observed: " + what.replace("_", " ") + " (" + why + ")", { class: "hint" });
		partTables(all);
	}

	// ---- loads ----

	const loadNumbers = [["total \u00b5s", "total_us", micros], ["p50 \u00b5s", "p50_us", micros], ["p99 \u00b5s", "p99_us", micros],
		["longest \u00b5s", "max_us", micros], ["loads", "loads"], ["reloads", "reloads"], ["bytes", "bytes", bytes],
		["from storage", "storage_bytes", bytes], ["in calls \u00b5s", "call_us", micros], ["in faults \u00b5s", "fault_us", micros],
		["disk wait \u00b5s", "disk_us", micros], ["rest \u00b5s", "rest_us", micros]];

	function loadTable() {
		const rows = (summary.loads || []).map((l) => ({ ...l, name: l.others ? "(others)" : l.name + (l.name_cut ? "..." : ""),
			how: l.others ? null : l.inferred ? "inferred" : "probes" }));
		makeTable(id("loads"), "load-sums", "Loads of models, as probes tell of them, and of parts of other files, inferred from their use; bytes, and times in microseconds",
			[["load of", "name"], ["file", "path"], ["known from", "how"], ...loadNumbers], rows);
		if (summary.loads_not_inferred)
			element(id("loads"), "p", summary.loads_not_inferred + " uses of parts of files are in no load: there are too many parts", { class: "hint" });
	}

	// ---- phases ----

	const phaseNumbers = [["count", "count"], ["no start", "unstarted"], ["not ended", "unfinished"], ["total \u00b5s", "total_us", micros],
		["p50 \u00b5s", "p50_us", micros], ["p99 \u00b5s", "p99_us", micros], ["longest \u00b5s", "max_us", micros], ["hits", "hits"],
		["misses", "misses"], ["hit %", "hit_rate", percent], ["reads", "read_calls"], ["bytes read", "read_bytes", bytes],
		["from storage", "storage_bytes", bytes], ["major", "major_faults"], ["minor", "minor_faults"]];

	function phaseTables() {
		const phases = summary.phases || [];
		id("phases-section").hidden = !phases.length;
		if (!phases.length)
			return;
		makeTable(id("phases"), "phase-sums", "The phases that maps of probes mark, and what their threads did meanwhile",
			[["phase", "name"], ...phaseNumbers.filter(([, key], i) => i < 1 || phases.some((p) => p[key]))],
			phases.map((p) => ({ ...p, name: p.map + ":" + p.name })));
		const strings = phases.flatMap((p) => (p.strings || []).map((s) =>
			({ ...s, name: p.map + ":" + p.name, string: s.string + (s.string_cut ? "..." : "") })));
		if (strings.length)
			makeTable(id("phases"), "phase-strings", "The same by what they were called with",
				[["phase", "name"], ["string", "string"], ["count", "count"], ["total \u00b5s", "total_us", micros]], strings);
	}

	function tables() {
		makeTable(id("calls"), "syscalls", "System calls by name, as the kernel counted them; times in microseconds",
			[["call", "name"], ["calls", "calls"], ["errors", "errors"], ["total \u00b5s", "total_us", micros],
				["longest \u00b5s", "max_us", micros]],
			[...summary.syscalls].sort((a, b) => b.total_us - a.total_us));
		fileTables();
		phaseTables();
		loadTable();
		makeTable(id("bundles"), "bundle-sums", "What each process did with each bundle: the sums over its models",
			[["bundle", "name"], ["process", "pid"], ["limit", "limit"], ...counts],
			summary.bundles.map((b) => ({ ...b, name: bundleName(b) })));
		bundleTables();
	}

	// ---- what the run was ----

	function facts() {
		const list = id("facts");
		const fact = (name, value, key) => {
			const div = element(list, "div");
			element(div, "dt", name);
			element(div, "dd", value, { id: key });
		};
		const command = run.command ? run.command.join(" ") : "a running process";
		id("title").textContent = command;
		document.title = command + " - bundletrace";
		fact("began", new Date(run.start_time_ns / 1e6).toISOString(), "began");
		fact("ended with", summary.signal || plain(summary.exit_code), "ended");
		fact("events", plain(summary.total_events), "total-events");
		fact("lost", plain(summary.lost.total), "lost");
		fact("system calls", plain(summary.total_syscalls), "total-syscalls");
		fact("time in them, \u00b5s", plain(summary.total_time_us), "total-time");
		if (summary.failed_opens)
			fact("bundles that could not be opened", plain(summary.failed_opens), "failed-opens");
		for (const [kind, n] of Object.entries(summary.lost.by_kind))
			element(id("notes"), "li", n + " " + kind + " events were lost");
		for (const note of summary.notes)
			element(id("notes"), "li", note);
	}

	// ---- the picture ----

	const KIND = 0, FROM = 1, TOOK = 2, PID = 3, TID = 4, NAME = 5, NOTE = 6; // of an event
	const LANE = 90, LABEL = 130, AXIS = 22, LOADS = 42, CALLS = 59, REQUESTS = 70, PHASES = 78; // pixels
	// layers below the system calls
	const lower = { uring: "io_uring request", fault: "page fault", pages: "pages in or out", block: "disk request",
		phase: "phase", sched: "off the CPU" };
	const inferred = "inferred_load"; // of a loader without probes
	const marks = { hit: 8, prefetch: 8, miss: 21, evict: 34, error: 34 }; // where in a lane
	const canvas = id("picture"), pen = canvas.getContext("2d");
	const lanes = [], laneOf = new Map();
	let first = 0, last = 1, from = 0, to = 1, colours = {};

	function takeEvents() {
		first = Infinity, last = -Infinity;
		for (const e of events) {
			const key = laneOf.has(e[TID]) || lanes.length < LANES - 1 ? e[TID] : -1;
			if (!laneOf.has(key)) {
				laneOf.set(key, lanes.length);
				lanes.push(key < 0 ? "other threads" : e[PID] === e[TID] ? "process " + e[PID] : "thread " + e[TID]);
			}
			e.lane = laneOf.get(key);
			e.kind = run.kinds[e[KIND]];
			first = Math.min(first, e[FROM]);
			last = Math.max(last, e[FROM] + Math.max(e[TOOK], 0));
		}
		if (!events.length)
			first = 0, last = 1;
		last = Math.max(last, first + 1);
		all();
	}

	function all() {
		const margin = (last - first) * 0.01;
		from = first - margin;
		to = last + margin;
	}

	const width = () => canvas.clientWidth - LABEL;
	const toX = (ns) => LABEL + (ns - from) / (to - from) * width();
	const toTime = (x) => from + (x - LABEL) / width() * (to - from);

	function readColours() {
		const style = getComputedStyle(document.documentElement);
		for (const name of ["front", "dim", "line", "strip", "back", "load", inferred, "call", ...Object.keys(lower), ...Object.keys(marks)])
			colours[name] = style.getPropertyValue("--" + name).trim();
	}

	function axis() {
		const step = 10 ** Math.floor(Math.log10((to - from) / 4));
		const every = step * [1, 2, 5].find((k) => (to - from) / (step * k) <= 9 || k === 5);
		pen.fillStyle = colours.dim;
		pen.strokeStyle = colours.line;
		for (let t = Math.ceil(from / every) * every; t <= to; t += every) {
			const x = Math.round(toX(t)) + 0.5;
			pen.beginPath();
			pen.moveTo(x, AXIS - 4);
			pen.lineTo(x, AXIS + lanes.length * LANE);
			pen.stroke();
			pen.fillText(duration(t), x + 3, 14);
		}
	}

	// Each kind of mark has a shape of its own: not everyone sees the colours.
	function mark(kind, x, y) {
		pen.beginPath();
		if (kind === "miss") {
			pen.moveTo(x - 4, y + 4), pen.lineTo(x + 4, y + 4), pen.lineTo(x, y - 4);
		} else if (kind === "evict") {
			pen.moveTo(x - 4, y - 4), pen.lineTo(x + 4, y - 4), pen.lineTo(x, y + 4);
		} else if (kind === "hit") {
			pen.rect(x - 1, y - 4, 2, 8);
		} else if (kind === "prefetch") {
			pen.moveTo(x - 4, y), pen.lineTo(x, y - 4), pen.lineTo(x + 4, y), pen.lineTo(x, y + 4);
		} else {
			pen.rect(x - 4, y - 1, 8, 2), pen.rect(x - 1, y - 4, 2, 8);
		}
		pen.fill();
	}

	const isCall = (e) => e.kind === "syscall";
	const isRequest = (e) => e.kind in lower; // those of a thread overlap
	const isLoad = (e) => e.kind === "load" || e.kind === inferred;
	const isPhase = (e) => e.kind === "phase"; // of a map of probes: one may be in another
	const isSlice = (e) => isCall(e) || isRequest(e) || isLoad(e);
	const shapes = { syscall: [CALLS, 10], phase: [PHASES, 8], load: [LOADS, 14], [inferred]: [LOADS, 14] }; // where in a lane, and how high

	function drawEvent(e) {
		const y = AXIS + e.lane * LANE, x = toX(e[FROM]);
		if (!isSlice(e)) {
			mark(e.kind, x, y + marks[e.kind]);
			return;
		}
		const left = Math.round(Math.max(x, LABEL)), end = Math.round(toX(e[FROM] + Math.max(e[TOOK], 0)));
		const [at, tall] = shapes[e.kind] || [REQUESTS, 5];
		const wide = Math.max(end - left, 1);
		if (e.kind === inferred && wide > 4) { // only an outline: those of a thread may overlap
			pen.strokeStyle = colours[inferred];
			pen.strokeRect(left + 0.5, y + at + 0.5, wide - 1, tall - 1);
		} else {
			pen.fillRect(left, y + at, wide, tall);
		}
		if (isLoad(e) && end - left > 40) {
			pen.save();
			pen.beginPath();
			pen.rect(left, y + LOADS, end - left - 3, 14);
			pen.clip();
			pen.fillStyle = e.kind === inferred ? colours.front : colours.back;
			pen.fillText(e[NAME], left + 3, y + LOADS + 11);
			pen.restore();
		}
	}

	function draw() {
		const scale = window.devicePixelRatio || 1, height = AXIS + lanes.length * LANE;
		canvas.style.height = height + "px";
		canvas.width = Math.round(canvas.clientWidth * scale);
		canvas.height = Math.round(height * scale);
		pen.setTransform(scale, 0, 0, scale, 0, 0);
		pen.font = "12px system-ui, sans-serif";
		lanes.forEach((name, i) => {
			pen.fillStyle = i % 2 ? colours.back : colours.strip;
			pen.fillRect(0, AXIS + i * LANE, canvas.clientWidth, LANE);
		});
		axis();
		pen.save();
		pen.beginPath();
		pen.rect(LABEL, 0, width(), height);
		pen.clip();
		const outerFirst = events.filter(isPhase).reverse(); // a phase ends after those in it
		for (const kind of ["syscall", ...Object.keys(lower), inferred, "load", ...Object.keys(marks)]) {
			pen.fillStyle = colours[kind === "syscall" ? "call" : kind];
			for (const e of kind === "phase" ? outerFirst : events)
				if (e.kind === kind && e[FROM] <= to && e[FROM] + Math.max(e[TOOK], 0) >= from)
					drawEvent(e);
		}
		pen.restore();
		pen.fillStyle = colours.front;
		lanes.forEach((name, i) => pen.fillText(name, 6, AXIS + i * LANE + LANE / 2 + 4));
		id("window").textContent = duration(from) + " to " + duration(to);
	}

	function zoom(factor, around) {
		const span = Math.min(Math.max((to - from) * factor, 10), (last - first) * 1.02 + 10);
		const share = (around - from) / (to - from);
		from = around - share * span;
		to = from + span;
		draw();
	}

	function move(share) {
		const span = to - from;
		from = Math.min(Math.max(from + share * span, first - span / 2), last - span / 2);
		to = from + span;
		draw();
	}

	function describe(e) {
		const named = isCall(e) || isRequest(e) || e.kind === inferred;
		const took = named && e[TOOK] >= 0 ? ", " + duration(e[TOOK]) : "";
		return duration(e[FROM]) + ": " + (named ? "" : e.kind + " ") + e[NAME] + took + (e[NOTE] ? ", " + e[NOTE] : "") +
			" (thread " + e[TID] + ")";
	}

	// What is under the pointer.
	function under(x, y) {
		const lane = Math.floor((y - AXIS) / LANE), inside = y - AXIS - lane * LANE, slack = (to - from) / width() * 4;
		const near = (e) => Math.abs(marks[e.kind] - inside) < 7;
		const row = inside < LOADS ? near : inside < CALLS ? isLoad : inside < REQUESTS ? isCall :
			inside < PHASES ? (e) => isRequest(e) && !isPhase(e) : isPhase;
		const t = toTime(x);
		let best = null, distance = slack;
		for (const e of events) {
			if (e.lane !== lane || !row(e))
				continue;
			const end = e[FROM] + Math.max(e[TOOK], 0);
			const d = t < e[FROM] ? e[FROM] - t : t > end ? t - end : 0;
			if (d < distance || (d === distance && !(best && isPhase(e) && best[TOOK] < e[TOOK])))
				best = e, distance = d;
		}
		return best;
	}

	function listen() {
		let held = null;
		const middle = () => (from + to) / 2;
		const actions = { in: () => zoom(0.5, middle()), out: () => zoom(2, middle()), left: () => move(-0.25), right: () => move(0.25),
			all: () => { all(); draw(); } };
		const keys = { "+": "in", "=": "in", "-": "out", ArrowLeft: "left", ArrowRight: "right", 0: "all" };
		for (const [name, action] of Object.entries(actions))
			id(name).addEventListener("click", action);
		canvas.addEventListener("keydown", (e) => {
			if (e.ctrlKey || e.altKey || e.metaKey || !(e.key in keys))
				return;
			e.preventDefault();
			actions[keys[e.key]]();
		});
		canvas.addEventListener("wheel", (e) => {
			if (!e.ctrlKey)
				return;
			e.preventDefault();
			zoom(e.deltaY < 0 ? 0.8 : 1.25, toTime(e.offsetX));
		}, { passive: false });
		canvas.addEventListener("pointerdown", (e) => {
			held = e.offsetX;
			canvas.setPointerCapture(e.pointerId);
		});
		canvas.addEventListener("pointerup", () => { held = null; });
		canvas.addEventListener("pointermove", (e) => {
			if (held !== null) {
				move((held - e.offsetX) / width());
				held = e.offsetX;
				return;
			}
			const found = under(e.offsetX, e.offsetY);
			id("what").textContent = found ? describe(found) : "";
		});
		window.addEventListener("resize", draw);
		matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readColours(); legend(); draw(); });
	}

	function legend() {
		const drawn = new Set(events.map((e) => e.kind)), below = Object.keys(lower).filter((kind) => drawn.has(kind));
		const some = drawn.has(inferred) ? { [inferred]: "\u25ad" } : {};
		const signs = { load: "\u25ac", ...some, call: "\u25ac", ...Object.fromEntries(below.map((kind) => [kind, "\u25ac"])), miss: "\u25b2", evict: "\u25bc", hit: "\u2759", prefetch: "\u25c6", error: "\u271a" };
		const words = { load: "load", [inferred]: "inferred load", call: "system call", ...lower, miss: "miss", evict: "eviction", hit: "hit", prefetch: "prefetch",
			error: "error" };
		id("legend").replaceChildren();
		for (const [name, sign] of Object.entries(signs)) {
			const li = element(id("legend"), "li");
			element(li, "span", sign, { "aria-hidden": "true" }).style.color = colours[name];
			li.append(" " + words[name]);
		}
	}

	function picture() {
		takeEvents();
		readColours();
		legend();
		listen();
		draw();
		id("drawn").textContent = run.events_not_here ?
			"The first " + events.length + " events are drawn; " + run.events_not_here + " later ones are not. The tables count them too." :
			"All " + events.length + " events are drawn.";
	}

	facts();
	tables();
	picture();
})();
