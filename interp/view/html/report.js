/* SPDX-License-Identifier: Apache-2.0 */
"use strict";

/* Search, folding and choice by outcome. Nothing of it is needed to read the page. */
(() => {
	const most = 5000; // hits; more nobody steps through
	const words = {
		ok: "succeeded",
		allowed: "failed (allowed)",
		timed_out: "timed out",
		blocked: "not run",
		open: "not finished",
	};
	const id = (name) => document.getElementById(name);
	const main = id("main");
	const search = id("search");
	const filter = id("filter");
	const all = (selector) => main.querySelectorAll(selector);
	let hits = [];
	let at = -1;

	function unfoldTo(node) {
		for (let above = node.parentElement; above; above = above.parentElement) {
			if (above instanceof HTMLDetailsElement) {
				above.open = true;
				above.hidden = false;
			}
		}
	}

	function mark(name, ranges) {
		if (window.Highlight && CSS.highlights) {
			CSS.highlights.set(name, new Highlight(...ranges));
		}
	}

	function tell() {
		const many = hits.length >= most ? most + "+" : String(hits.length);
		id("hits").textContent = search.value === "" ? "" : at >= 0 ? at + 1 + " of " + many : many + " found";
	}

	function go(step) {
		if (hits.length === 0) {
			return;
		}
		at = at === -1 && step === -1 ? hits.length - 1 : (at + step + hits.length) % hits.length;
		const hit = hits[at];
		unfoldTo(hit.startContainer);
		mark("here", [hit]);
		const selection = window.getSelection();
		if (document.activeElement !== search) {
			selection.removeAllRanges();
			selection.addRange(hit);
		}
		hit.startContainer.parentElement.scrollIntoView({ block: "center" });
		tell();
	}

	function find() {
		const wanted = search.value.toLowerCase();
		hits = [];
		at = -1;
		if (wanted !== "") {
			const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
			while (walker.nextNode()) {
				const text = walker.currentNode.data.toLowerCase();
				// where small letters are longer than large ones, places do not agree
				if (text.length !== walker.currentNode.data.length) {
					continue;
				}
				for (let from = text.indexOf(wanted); from !== -1; from = text.indexOf(wanted, from + wanted.length)) {
					const range = document.createRange();
					range.setStart(walker.currentNode, from);
					range.setEnd(walker.currentNode, from + wanted.length);
					hits.push(range);
					if (hits.length >= most) {
						break;
					}
				}
				if (hits.length >= most) {
					break;
				}
			}
		}
		mark("hit", hits);
		mark("here", []);
		tell();
	}

	function choose() {
		for (const step of all(".step")) {
			const inside = filter.value === "" ? null : step.querySelector('[data-outcome="' + filter.value + '"]');
			step.hidden = !(filter.value === "" || step.dataset.outcome === filter.value || inside);
			if (inside) {
				step.open = true;
			}
		}
	}

	function offerOutcomes() {
		const counts = new Map();
		for (const step of all(".step")) {
			counts.set(step.dataset.outcome, (counts.get(step.dataset.outcome) || 0) + 1);
		}
		for (const [outcome, count] of counts) {
			const option = document.createElement("option");
			option.value = outcome;
			option.textContent = (words[outcome] || outcome) + " · " + count;
			filter.append(option);
		}
	}

	function fold(open) {
		for (const details of all("#steps details")) {
			details.open = open;
		}
	}

	function openTarget() {
		const target = location.hash.length > 1 ? id(location.hash.slice(1)) : null;
		if (target) {
			if ("open" in target) {
				target.open = true;
			}
			unfoldTo(target);
			target.scrollIntoView();
		}
	}

	function press(event) {
		const typing = event.target === search || event.target === filter;
		if (event.ctrlKey || event.metaKey || event.altKey) {
			return;
		}
		if (event.key === "Escape" && event.target === search) {
			search.blur();
		} else if (event.key === "Enter" && event.target === search) {
			go(event.shiftKey ? -1 : 1);
		} else if (event.key === "/" && !typing) {
			search.focus();
			search.select();
		} else if (event.key === "n" && !typing) {
			go(1);
		} else if (event.key === "p" && !typing) {
			go(-1);
		} else {
			return;
		}
		event.preventDefault();
	}

	// who prints wants to read all of it, also where the style sheet cannot unfold it
	const folded = [];
	window.addEventListener("beforeprint", () => {
		for (const details of all("details:not([open])")) {
			folded.push(details);
			details.open = true;
		}
	});
	window.addEventListener("afterprint", () => {
		for (const details of folded.splice(0)) {
			details.open = false;
		}
	});

	let waiting = 0;
	search.addEventListener("input", () => {
		clearTimeout(waiting);
		waiting = setTimeout(find, 120);
	});
	search.addEventListener("change", () => {
		clearTimeout(waiting);
		find();
	});
	filter.addEventListener("change", choose);
	id("next").addEventListener("click", () => go(1));
	id("previous").addEventListener("click", () => go(-1));
	id("unfold").addEventListener("click", () => fold(true));
	id("fold").addEventListener("click", () => fold(false));
	document.addEventListener("keydown", press);
	window.addEventListener("hashchange", openTarget);
	offerOutcomes();
	id("tools").hidden = false;
	openTarget();
})();
