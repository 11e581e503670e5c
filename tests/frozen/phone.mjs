/*! A phone of Thôn as it was at commit 904d813, bundled; see README.md beside it. Never change this file.
 *  Holds idb 8.0.4 (ISC, Jake Archibald) and hash-wasm 4.13.0 (MIT, Dani Biró). */
var __defProp = Object.defineProperty;
var __esmMin = (fn, res, err) => () => {
	if (err) throw err[0];
	try {
		return fn && (res = fn(fn = 0)), res;
	} catch (e) {
		throw err = [e], e;
	}
};
var __commonJSMin = (cb, mod) => () => (mod || (cb((mod = { exports: {} }).exports, mod, mod.exports), cb = null), mod.exports);
var __exportAll = (all, no_symbols) => {
	let target = {};
	for (var name in all) {
		__defProp(target, name, {
			get: all[name],
			enumerable: true
		});
	}
	if (!no_symbols) {
		__defProp(target, Symbol.toStringTag, { value: "Module" });
	}
	return target;
};

function toBase64url(bytes) {
	let binary = "";
	for (const byte of bytes) binary += String.fromCharCode(byte);
	return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
function fromBase64url(text) {
	const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
	return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

const LONGEST_PATH = 512;
function withoutRows(path) {
	return path.split("/").filter((_, index) => index % 2 === 0).join("/");
}
function rowPrefixes(path) {
	if (path.startsWith("@")) return [];
	const parts = path.split("/");
	const prefixes = [];
	for (let end = 2; end < parts.length; end += 2) prefixes.push(parts.slice(0, end).join("/"));
	return prefixes;
}
function lastPart(path) {
	return path.startsWith("@comment/") ? "@comment" : path.slice(path.lastIndexOf("/") + 1);
}
function isSystem(path) {
	return path.startsWith("@") || lastPart(path).startsWith("@");
}
function isWellFormed(path) {
	const parts = path.split("/");
	if (codePoints(path) > LONGEST_PATH || parts.includes("") || /[\x00-\x1f\x7f]/.test(path)) return false;
	if (path.startsWith("@")) return parts.length <= 2;
	return parts.length % 2 === 1 && !parts.slice(0, -1).some((part) => part.startsWith("@"));
}
function codePoints(text) {
	return text.length <= LONGEST_PATH ? text.length : [...text].length;
}

const DEEPEST_VALUE = 32;
const DEEPEST_TEXT = 500;
const NUMBER$2 = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const STRING = /"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"/y;
const LONE_SURROGATE = /\p{Surrogate}/u;
var Refused = class extends Error {};
function parseStrict(text) {
	const value = new Reader$1(text).document();
	checkText(value, 0);
	return value;
}
var Reader$1 = class {
	text;
	at = 0;
	constructor(text) {
		this.text = text;
	}
	document() {
		const value = this.value(0);
		this.space();
		if (this.at < this.text.length) throw new Refused("not_json");
		return value;
	}
	space() {
		while (" 	\n\r".includes(this.text[this.at] ?? "x")) this.at++;
	}
	take(pattern) {
		pattern.lastIndex = this.at;
		const found = pattern.exec(this.text);
		if (!found) throw new Refused("not_json");
		this.at = pattern.lastIndex;
		return found;
	}
	isNext(sign) {
		this.space();
		if (this.text[this.at] !== sign) return false;
		this.at++;
		return true;
	}
	value(depth) {
		if (depth > DEEPEST_TEXT) throw new Refused("too_deep");
		if (this.isNext("{")) return this.members(depth);
		if (this.isNext("[")) return this.items(depth);
		if (this.text[this.at] === "\"") return this.string();
		for (const [word, value] of [
			["true", true],
			["false", false],
			["null", null]
		]) if (this.text.startsWith(word, this.at)) {
			this.at += word.length;
			return value;
		}
		return this.number();
	}
	string() {
		return JSON.parse(this.take(STRING)[0]);
	}
	number() {
		const [text, fraction, exponent] = this.take(NUMBER$2);
		const number = Number(text);
		if (fraction === void 0 && exponent === void 0 ? !Number.isSafeInteger(number) : !Number.isFinite(number)) throw new Refused("number_out_of_range");
		return number === 0 ? 0 : number;
	}
	items(depth) {
		const items = [];
		if (this.isNext("]")) return items;
		do
			items.push(this.value(depth + 1));
		while (this.isNext(","));
		if (!this.isNext("]")) throw new Refused("not_json");
		return items;
	}
	members(depth) {
		const members = /* @__PURE__ */ new Map();
		let isTwice = false;
		if (this.isNext("}")) return {};
		do {
			this.space();
			const key = this.string();
			if (!this.isNext(":")) throw new Refused("not_json");
			isTwice ||= members.has(key);
			members.set(key, this.value(depth + 1));
		} while (this.isNext(","));
		if (!this.isNext("}")) throw new Refused("not_json");
		if (isTwice) throw new Refused("duplicate_key");
		return Object.fromEntries(members);
	}
};
function checkText(value, depth) {
	if (depth > DEEPEST_VALUE) throw new Refused("too_deep");
	if (typeof value === "string") {
		if (LONE_SURROGATE.test(value)) throw new Refused("lone_surrogate");
	} else if (Array.isArray(value)) for (const item of value) checkText(item, depth + 1);
	else if (value !== null && typeof value === "object") for (const [key, item] of Object.entries(value)) {
		checkText(key, depth + 1);
		checkText(item, depth + 1);
	}
}

const ROWS_SINCE = 15778368e5;
const ROW_TIME_DIGITS = 8;
const ROW_RANDOM_BYTES = 4;
function uuid$1(data, version) {
	const marked = data.slice(0, 16);
	marked[6] = marked[6] & 15 | version << 4;
	marked[8] = marked[8] & 63 | 128;
	const text = [...marked].map((byte) => byte.toString(16).padStart(2, "0")).join("");
	return [
		text.slice(0, 8),
		text.slice(8, 12),
		text.slice(12, 16),
		text.slice(16, 20),
		text.slice(20)
	].join("-");
}
async function recordId(formId, values) {
	const named = new TextEncoder().encode([formId, ...values].join("|"));
	return uuid$1(new Uint8Array(await crypto.subtle.digest("SHA-256", named)), 8);
}
function uuid7(ms, random) {
	const data = /* @__PURE__ */ new Uint8Array(16);
	new DataView(data.buffer).setUint16(0, Math.floor(Math.max(0, ms) / 2 ** 32));
	new DataView(data.buffer).setUint32(2, Math.max(0, ms) % 2 ** 32);
	data.set(random.slice(0, 10), 6);
	return uuid$1(data, 7);
}
function rowId(ms, random) {
	const since = Math.min(Math.max(0, ms - ROWS_SINCE), 36 ** ROW_TIME_DIGITS - 1);
	const chance = [...random.slice(0, ROW_RANDOM_BYTES)].map((byte) => (byte % 36).toString(36)).join("");
	return since.toString(36).padStart(ROW_TIME_DIGITS, "0") + chance;
}

const LARGEST_CHANGE = 262144;
const LONGEST_HEADER = 200;
const HEADER = [
	"record",
	"form",
	"form_version",
	"device",
	"author"
];
async function changeId(body) {
	const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
	const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).slice(0, 16);
	return toBase64url(digest);
}
function parseChange(body) {
	let text;
	try {
		text = typeof body === "string" ? body : new TextDecoder("utf-8", {
			fatal: true,
			ignoreBOM: true
		}).decode(body);
	} catch {
		return "not_utf8";
	}
	if (/\p{Surrogate}/u.test(text)) return "lone_surrogate";
	if (new TextEncoder().encode(text).length > LARGEST_CHANGE) return "too_large";
	try {
		return checkFields(parseStrict(text));
	} catch (error) {
		if (error instanceof Refused) return error.message;
		throw error;
	}
}
function checkFields(data) {
	if (data === null || typeof data !== "object" || Array.isArray(data)) return "bad_change";
	const { v, seq, at, seen, set } = data;
	if (typeof v !== "number" || !Number.isInteger(v) || v < 1) return "bad_v";
	if (v > 1) return "newer_version";
	for (const field of HEADER) {
		const text = data[field];
		if (typeof text !== "string" || !text || new TextEncoder().encode(text).length > LONGEST_HEADER) return `bad_${field}`;
	}
	if (!Number.isSafeInteger(seq) || seq < 0) return "bad_seq";
	if (!Number.isSafeInteger(at)) return "bad_at";
	if (!Array.isArray(seen) || !seen.every((id) => typeof id === "string")) return "bad_seen";
	if (set === void 0 || set === null || typeof set !== "object" || Array.isArray(set)) return "bad_set";
	const writes = [];
	for (const [path, value] of Object.entries(set)) {
		if (!isWellFormed(path)) return "bad_path";
		if (!isNfc(path) || !isNfc(value)) return "not_nfc";
		writes.push([path, withoutEmpty(value)]);
	}
	const [record, form, form_version, device, author] = HEADER.map((field) => data[field]);
	return {
		v,
		record,
		form,
		form_version,
		device,
		seq,
		at,
		author,
		seen,
		set: Object.fromEntries(writes)
	};
}
function isNfc(value) {
	if (typeof value === "string") return value === value.normalize("NFC");
	if (Array.isArray(value)) return value.every(isNfc);
	if (value !== null && typeof value === "object") return Object.entries(value).every(([key, item]) => isNfc(key) && isNfc(item));
	return true;
}
function withoutEmpty(value) {
	return value === "" || Array.isArray(value) && value.length === 0 ? null : value;
}
function composeChange(parts) {
	const { record, form, form_version, device, seq, at, author, seen } = parts;
	const set = Object.entries(parts.set).map(([path, value]) => `${compact(path)}:${compact(withoutEmpty(value))}`);
	return `${compact({
		v: 1,
		record,
		form,
		form_version,
		device,
		seq,
		at,
		author,
		seen
	}).slice(0, -1)},"set":{${set.join(",")}}}`;
}
function compact(value) {
	if (typeof value === "string") return JSON.stringify(value.normalize("NFC"));
	if (Array.isArray(value)) return `[${value.map(compact).join(",")}]`;
	if (value !== null && typeof value === "object") return `{${Object.entries(value).map(([key, item]) => `${compact(key)}:${compact(item)}`).join(",")}}`;
	if (typeof value === "number") {
		if (!Number.isFinite(value)) throw new RangeError("not a finite number");
		if (Number.isInteger(value) && !Number.isSafeInteger(value)) return value.toExponential();
	}
	return JSON.stringify(value);
}

function isFailure(answer) {
	return typeof answer === "object" && answer !== null && typeof answer.problem === "string" && "status" in answer;
}
const WORTH_COMPRESSING = 1024;
const TIMEOUT_MS = 6e4;
async function gzip(text) {
	const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
	return new Response(stream).arrayBuffer();
}
async function encode(message) {
	const text = JSON.stringify(message);
	const headers = { "Content-Type": "application/json" };
	if (text.length < WORTH_COMPRESSING || typeof CompressionStream === "undefined") return {
		body: text,
		headers
	};
	headers["Content-Encoding"] = "gzip";
	return {
		body: await gzip(text),
		headers
	};
}
async function failureOf(response) {
	const text = await response.text().catch(() => "");
	try {
		const said = JSON.parse(text);
		if (typeof said.problem === "string") return {
			problem: said.problem,
			detail: said.detail ?? "",
			status: response.status
		};
	} catch {}
	return {
		problem: `http_${response.status}`,
		detail: response.statusText,
		status: response.status
	};
}
var Wire = class {
	base;
	token;
	csrf;
	constructor(base = "", token = "", csrf = "") {
		this.base = base;
		this.token = token;
		this.csrf = csrf;
	}
	headers() {
		const headers = {};
		if (this.token) headers["Authorization"] = `Bearer ${this.token}`;
		if (this.csrf) headers["X-CSRF"] = this.csrf;
		return headers;
	}
	async send(method, path, body, headers = {}) {
		try {
			const response = await fetch(this.base + path, {
				method,
				body,
				headers: {
					...this.headers(),
					...headers
				},
				credentials: this.token ? "omit" : "same-origin",
				cache: "no-store",
				signal: typeof AbortSignal.timeout === "function" ? AbortSignal.timeout(TIMEOUT_MS) : null
			});
			return response.ok ? response : await failureOf(response);
		} catch (error) {
			return {
				problem: "offline",
				detail: String(error),
				status: 0
			};
		}
	}
	async json(answer) {
		if (isFailure(answer)) return answer;
		try {
			return await answer.json();
		} catch (error) {
			return {
				problem: "offline",
				detail: String(error),
				status: 0
			};
		}
	}
	async get(path) {
		return this.json(await this.send("GET", path));
	}
	async post(path, message) {
		const { body, headers } = await encode(message);
		return this.json(await this.send("POST", path, body, headers));
	}
	async remove(path) {
		return this.json(await this.send("DELETE", path));
	}
	enrol(code, device, label) {
		return this.post("/api/enrol", {
			code,
			device,
			label
		});
	}
	renew(device) {
		return this.post("/api/device", { device });
	}
	push(changes, last) {
		return this.post("/api/push", last ? {
			last,
			changes
		} : { changes });
	}
	pull(cursor, last, limit = 1e3) {
		const query = new URLSearchParams({ limit: String(limit) });
		if (cursor) query.set("cursor", cursor);
		if (last) query.set("last", `${last.epoch}:${last.pos}`);
		return this.get(`/api/pull?${query.toString()}`);
	}
	forms() {
		return this.get("/api/forms");
	}
	async putFile(sha256, bytes, type) {
		const answer = await this.send("PUT", `/api/files/${sha256}`, bytes, { "Content-Type": type || "application/octet-stream" });
		return isFailure(answer) ? answer : true;
	}
	async getFile(sha256) {
		const answer = await this.send("GET", `/api/files/${sha256}`);
		if (isFailure(answer)) return answer;
		return answer.arrayBuffer().catch((error) => ({
			problem: "offline",
			detail: String(error),
			status: 0
		}));
	}
};

function readCode(typed) {
	const code = typed.toUpperCase().replace(/[^A-Z0-9]/g, "");
	return code.length === 8 ? `${code.slice(0, 4)}-${code.slice(4)}` : null;
}

const NONE$1 = {
	answers: {},
	rows: [],
	roundTitle: ""
};
function suggestionsFor(ledger, reader, form, subject, round, area) {
	if (!round) return NONE$1;
	const starts = (id) => ledger.catalogue.round(id)?.starts ?? "";
	const source = [...wholeRecords(ledger, reader, form, subject, area), ...copies(ledger, form, subject)].filter((source) => source.round && source.round !== round && starts(source.round) < starts(round)).sort((a, b) => starts(a.round) < starts(b.round) ? 1 : -1)[0];
	if (!source) return NONE$1;
	const carried = carriedPaths(form);
	return {
		answers: Object.fromEntries(Object.entries(source.answers).filter(([path]) => carried.has(withoutRows(path)) && isOffered(path, source.rows))),
		rows: source.rows,
		roundTitle: ledger.catalogue.round(source.round)?.title ?? source.round
	};
}
function carriedPaths(form) {
	return new Set(form.nodes.filter((node) => "carry" in node && node.carry === true && node.k !== "repeat").map((node) => node.path));
}
function isOffered(path, rows) {
	return rowPrefixes(path).every((row) => rows.includes(row));
}
function copies(ledger, form, subject) {
	return [...ledger.carried.values()].filter((copy) => copy.form === form.id && copy.subject === subject && subject !== "").map((copy) => ({
		round: copy.round,
		answers: copy.answers,
		rows: [...new Set(Object.keys(copy.answers).flatMap(rowPrefixes))].sort()
	}));
}
function wholeRecords(ledger, reader, form, subject, area) {
	const sources = [];
	for (const record of ledger.records()) {
		const folded = ledger.folded(record);
		if (!folded || folded.form !== form.id || folded.deleted || folded.subject !== subject) continue;
		const reading = reader.read(record);
		if (!reading || subject === "" && reading.setting.area !== area) continue;
		const { evaluation } = reading;
		const rows = [...new Set(Object.keys(reading.answers).flatMap(rowPrefixes))].filter((row) => {
			const repeat = reading.form.nodes.find((node) => node.k === "repeat" && node.path === withoutRows(row));
			if (!repeat || repeat.k !== "repeat" || repeat.carry === void 0 || repeat.carry === null || repeat.carry === false) return false;
			return evaluation.isRelevant(row) && (repeat.carry === true || evaluation.isTrue(repeat.carry, row));
		});
		const answers = Object.fromEntries(Object.entries(reading.answers).filter(([path]) => evaluation.isRelevant(path)));
		sources.push({
			round: folded.round,
			answers,
			rows: rows.sort()
		});
	}
	return sources;
}

var require_argon2_umd_min = /* @__PURE__ */ __commonJSMin(((exports, module, this$1) => {
	(function(A, I) {
		"object" == typeof exports && "undefined" != typeof module ? I(exports) : "function" == typeof define && define.amd ? define(["exports"], I) : I((A = "undefined" != typeof globalThis ? globalThis : A || self).hashwasm = A.hashwasm || {});
	})(this$1, function(A) {
		"use strict";
		function I(A, I, i, g) {
			return new (i || (i = Promise))(function(C, B) {
				function Q(A) {
					try {
						h(g.next(A));
					} catch (A) {
						B(A);
					}
				}
				function E(A) {
					try {
						h(g.throw(A));
					} catch (A) {
						B(A);
					}
				}
				function h(A) {
					var I;
					A.done ? C(A.value) : (I = A.value, I instanceof i ? I : new i(function(A) {
						A(I);
					})).then(Q, E);
				}
				h((g = g.apply(A, I || [])).next());
			});
		}
		var i, g = {
			name: "argon2",
			data: "AGFzbQEAAAABKQVgAX8Bf2AAAX9gEH9/f39/f39/f39/f39/f38AYAR/f39/AGACf38AAwYFAAECAwQFBgEBAoCAAgYIAX8BQYCABAsHUwUGbWVtb3J5AgAPX19zdGFja19wb2ludGVyAwASSGFzaF9TZXRNZW1vcnlTaXplAAAOSGFzaF9HZXRCdWZmZXIAAQ5IYXNoX0NhbGN1bGF0ZQAECsc2BV0DAX8BfgF/QQAhAQJAIABBACkDiIAEIgKnIgNGDQBBACEBAkAgACADayIAQRB2IABB//8DcUEAR2oiAEAAQX9HDQBB/wHADwtBACACIABBEHStfDcDiIAECyABwAt0AwJ/AX4BfwJAQQAoAoCABCIADQBBAD8AQRB0IgE2AoCABAJAQQApA4iABCICpyIDQYCAIEYNAEEAIQBBgIAgIANrIgNBEHYgA0H//wNxQQBHaiIDQABBf0YNAUEAIAIgA0EQdK18NwOIgAQLIAEhAAsgAAvcDgECfiAAIAQpAwAiECAAKQMAIhF8IBFCAYZC/v///x+DIBBC/////w+DfnwiEDcDACAMIBAgDCkDAIVCIIkiEDcDACAIIBAgCCkDACIRfCARQgGGQv7///8fgyAQQv////8Pg358IhA3AwAgBCAQIAQpAwCFQiiJIhA3AwAgACAQIAApAwAiEXwgEEL/////D4MgEUIBhkL+////H4N+fCIQNwMAIAwgECAMKQMAhUIwiSIQNwMAIAggECAIKQMAIhF8IBBC/////w+DIBFCAYZC/v///x+DfnwiEDcDACAEIBAgBCkDAIVCAYk3AwAgASAFKQMAIhAgASkDACIRfCARQgGGQv7///8fgyAQQv////8Pg358IhA3AwAgDSAQIA0pAwCFQiCJIhA3AwAgCSAQIAkpAwAiEXwgEUIBhkL+////H4MgEEL/////D4N+fCIQNwMAIAUgECAFKQMAhUIoiSIQNwMAIAEgECABKQMAIhF8IBBC/////w+DIBFCAYZC/v///x+DfnwiEDcDACANIBAgDSkDAIVCMIkiEDcDACAJIBAgCSkDACIRfCAQQv////8PgyARQgGGQv7///8fg358IhA3AwAgBSAQIAUpAwCFQgGJNwMAIAIgBikDACIQIAIpAwAiEXwgEUIBhkL+////H4MgEEL/////D4N+fCIQNwMAIA4gECAOKQMAhUIgiSIQNwMAIAogECAKKQMAIhF8IBFCAYZC/v///x+DIBBC/////w+DfnwiEDcDACAGIBAgBikDAIVCKIkiEDcDACACIBAgAikDACIRfCAQQv////8PgyARQgGGQv7///8fg358IhA3AwAgDiAQIA4pAwCFQjCJIhA3AwAgCiAQIAopAwAiEXwgEEL/////D4MgEUIBhkL+////H4N+fCIQNwMAIAYgECAGKQMAhUIBiTcDACADIAcpAwAiECADKQMAIhF8IBFCAYZC/v///x+DIBBC/////w+DfnwiEDcDACAPIBAgDykDAIVCIIkiEDcDACALIBAgCykDACIRfCARQgGGQv7///8fgyAQQv////8Pg358IhA3AwAgByAQIAcpAwCFQiiJIhA3AwAgAyAQIAMpAwAiEXwgEEL/////D4MgEUIBhkL+////H4N+fCIQNwMAIA8gECAPKQMAhUIwiSIQNwMAIAsgECALKQMAIhF8IBBC/////w+DIBFCAYZC/v///x+DfnwiEDcDACAHIBAgBykDAIVCAYk3AwAgACAFKQMAIhAgACkDACIRfCARQgGGQv7///8fgyAQQv////8Pg358IhA3AwAgDyAQIA8pAwCFQiCJIhA3AwAgCiAQIAopAwAiEXwgEUIBhkL+////H4MgEEL/////D4N+fCIQNwMAIAUgECAFKQMAhUIoiSIQNwMAIAAgECAAKQMAIhF8IBBC/////w+DIBFCAYZC/v///x+DfnwiEDcDACAPIBAgDykDAIVCMIkiEDcDACAKIBAgCikDACIRfCAQQv////8PgyARQgGGQv7///8fg358IhA3AwAgBSAQIAUpAwCFQgGJNwMAIAEgBikDACIQIAEpAwAiEXwgEUIBhkL+////H4MgEEL/////D4N+fCIQNwMAIAwgECAMKQMAhUIgiSIQNwMAIAsgECALKQMAIhF8IBFCAYZC/v///x+DIBBC/////w+DfnwiEDcDACAGIBAgBikDAIVCKIkiEDcDACABIBAgASkDACIRfCAQQv////8PgyARQgGGQv7///8fg358IhA3AwAgDCAQIAwpAwCFQjCJIhA3AwAgCyAQIAspAwAiEXwgEEL/////D4MgEUIBhkL+////H4N+fCIQNwMAIAYgECAGKQMAhUIBiTcDACACIAcpAwAiECACKQMAIhF8IBFCAYZC/v///x+DIBBC/////w+DfnwiEDcDACANIBAgDSkDAIVCIIkiEDcDACAIIBAgCCkDACIRfCARQgGGQv7///8fgyAQQv////8Pg358IhA3AwAgByAQIAcpAwCFQiiJIhA3AwAgAiAQIAIpAwAiEXwgEEL/////D4MgEUIBhkL+////H4N+fCIQNwMAIA0gECANKQMAhUIwiSIQNwMAIAggECAIKQMAIhF8IBBC/////w+DIBFCAYZC/v///x+DfnwiEDcDACAHIBAgBykDAIVCAYk3AwAgAyAEKQMAIhAgAykDACIRfCARQgGGQv7///8fgyAQQv////8Pg358IhA3AwAgDiAQIA4pAwCFQiCJIhA3AwAgCSAQIAkpAwAiEXwgEUIBhkL+////H4MgEEL/////D4N+fCIQNwMAIAQgECAEKQMAhUIoiSIQNwMAIAMgECADKQMAIhF8IBBC/////w+DIBFCAYZC/v///x+DfnwiEDcDACAOIBAgDikDAIVCMIkiEDcDACAJIBAgCSkDACIRfCAQQv////8PgyARQgGGQv7///8fg358IhA3AwAgBCAQIAQpAwCFQgGJNwMAC+MdAQN/QQAhBEEAIAIpAwAgASkDAIU3A5CABEEAIAIpAwggASkDCIU3A5iABEEAIAIpAxAgASkDEIU3A6CABEEAIAIpAxggASkDGIU3A6iABEEAIAIpAyAgASkDIIU3A7CABEEAIAIpAyggASkDKIU3A7iABEEAIAIpAzAgASkDMIU3A8CABEEAIAIpAzggASkDOIU3A8iABEEAIAIpA0AgASkDQIU3A9CABEEAIAIpA0ggASkDSIU3A9iABEEAIAIpA1AgASkDUIU3A+CABEEAIAIpA1ggASkDWIU3A+iABEEAIAIpA2AgASkDYIU3A/CABEEAIAIpA2ggASkDaIU3A/iABEEAIAIpA3AgASkDcIU3A4CBBEEAIAIpA3ggASkDeIU3A4iBBEEAIAIpA4ABIAEpA4ABhTcDkIEEQQAgAikDiAEgASkDiAGFNwOYgQRBACACKQOQASABKQOQAYU3A6CBBEEAIAIpA5gBIAEpA5gBhTcDqIEEQQAgAikDoAEgASkDoAGFNwOwgQRBACACKQOoASABKQOoAYU3A7iBBEEAIAIpA7ABIAEpA7ABhTcDwIEEQQAgAikDuAEgASkDuAGFNwPIgQRBACACKQPAASABKQPAAYU3A9CBBEEAIAIpA8gBIAEpA8gBhTcD2IEEQQAgAikD0AEgASkD0AGFNwPggQRBACACKQPYASABKQPYAYU3A+iBBEEAIAIpA+ABIAEpA+ABhTcD8IEEQQAgAikD6AEgASkD6AGFNwP4gQRBACACKQPwASABKQPwAYU3A4CCBEEAIAIpA/gBIAEpA/gBhTcDiIIEQQAgAikDgAIgASkDgAKFNwOQggRBACACKQOIAiABKQOIAoU3A5iCBEEAIAIpA5ACIAEpA5AChTcDoIIEQQAgAikDmAIgASkDmAKFNwOoggRBACACKQOgAiABKQOgAoU3A7CCBEEAIAIpA6gCIAEpA6gChTcDuIIEQQAgAikDsAIgASkDsAKFNwPAggRBACACKQO4AiABKQO4AoU3A8iCBEEAIAIpA8ACIAEpA8AChTcD0IIEQQAgAikDyAIgASkDyAKFNwPYggRBACACKQPQAiABKQPQAoU3A+CCBEEAIAIpA9gCIAEpA9gChTcD6IIEQQAgAikD4AIgASkD4AKFNwPwggRBACACKQPoAiABKQPoAoU3A/iCBEEAIAIpA/ACIAEpA/AChTcDgIMEQQAgAikD+AIgASkD+AKFNwOIgwRBACACKQOAAyABKQOAA4U3A5CDBEEAIAIpA4gDIAEpA4gDhTcDmIMEQQAgAikDkAMgASkDkAOFNwOggwRBACACKQOYAyABKQOYA4U3A6iDBEEAIAIpA6ADIAEpA6ADhTcDsIMEQQAgAikDqAMgASkDqAOFNwO4gwRBACACKQOwAyABKQOwA4U3A8CDBEEAIAIpA7gDIAEpA7gDhTcDyIMEQQAgAikDwAMgASkDwAOFNwPQgwRBACACKQPIAyABKQPIA4U3A9iDBEEAIAIpA9ADIAEpA9ADhTcD4IMEQQAgAikD2AMgASkD2AOFNwPogwRBACACKQPgAyABKQPgA4U3A/CDBEEAIAIpA+gDIAEpA+gDhTcD+IMEQQAgAikD8AMgASkD8AOFNwOAhARBACACKQP4AyABKQP4A4U3A4iEBEEAIAIpA4AEIAEpA4AEhTcDkIQEQQAgAikDiAQgASkDiASFNwOYhARBACACKQOQBCABKQOQBIU3A6CEBEEAIAIpA5gEIAEpA5gEhTcDqIQEQQAgAikDoAQgASkDoASFNwOwhARBACACKQOoBCABKQOoBIU3A7iEBEEAIAIpA7AEIAEpA7AEhTcDwIQEQQAgAikDuAQgASkDuASFNwPIhARBACACKQPABCABKQPABIU3A9CEBEEAIAIpA8gEIAEpA8gEhTcD2IQEQQAgAikD0AQgASkD0ASFNwPghARBACACKQPYBCABKQPYBIU3A+iEBEEAIAIpA+AEIAEpA+AEhTcD8IQEQQAgAikD6AQgASkD6ASFNwP4hARBACACKQPwBCABKQPwBIU3A4CFBEEAIAIpA/gEIAEpA/gEhTcDiIUEQQAgAikDgAUgASkDgAWFNwOQhQRBACACKQOIBSABKQOIBYU3A5iFBEEAIAIpA5AFIAEpA5AFhTcDoIUEQQAgAikDmAUgASkDmAWFNwOohQRBACACKQOgBSABKQOgBYU3A7CFBEEAIAIpA6gFIAEpA6gFhTcDuIUEQQAgAikDsAUgASkDsAWFNwPAhQRBACACKQO4BSABKQO4BYU3A8iFBEEAIAIpA8AFIAEpA8AFhTcD0IUEQQAgAikDyAUgASkDyAWFNwPYhQRBACACKQPQBSABKQPQBYU3A+CFBEEAIAIpA9gFIAEpA9gFhTcD6IUEQQAgAikD4AUgASkD4AWFNwPwhQRBACACKQPoBSABKQPoBYU3A/iFBEEAIAIpA/AFIAEpA/AFhTcDgIYEQQAgAikD+AUgASkD+AWFNwOIhgRBACACKQOABiABKQOABoU3A5CGBEEAIAIpA4gGIAEpA4gGhTcDmIYEQQAgAikDkAYgASkDkAaFNwOghgRBACACKQOYBiABKQOYBoU3A6iGBEEAIAIpA6AGIAEpA6AGhTcDsIYEQQAgAikDqAYgASkDqAaFNwO4hgRBACACKQOwBiABKQOwBoU3A8CGBEEAIAIpA7gGIAEpA7gGhTcDyIYEQQAgAikDwAYgASkDwAaFNwPQhgRBACACKQPIBiABKQPIBoU3A9iGBEEAIAIpA9AGIAEpA9AGhTcD4IYEQQAgAikD2AYgASkD2AaFNwPohgRBACACKQPgBiABKQPgBoU3A/CGBEEAIAIpA+gGIAEpA+gGhTcD+IYEQQAgAikD8AYgASkD8AaFNwOAhwRBACACKQP4BiABKQP4BoU3A4iHBEEAIAIpA4AHIAEpA4AHhTcDkIcEQQAgAikDiAcgASkDiAeFNwOYhwRBACACKQOQByABKQOQB4U3A6CHBEEAIAIpA5gHIAEpA5gHhTcDqIcEQQAgAikDoAcgASkDoAeFNwOwhwRBACACKQOoByABKQOoB4U3A7iHBEEAIAIpA7AHIAEpA7AHhTcDwIcEQQAgAikDuAcgASkDuAeFNwPIhwRBACACKQPAByABKQPAB4U3A9CHBEEAIAIpA8gHIAEpA8gHhTcD2IcEQQAgAikD0AcgASkD0AeFNwPghwRBACACKQPYByABKQPYB4U3A+iHBEEAIAIpA+AHIAEpA+AHhTcD8IcEQQAgAikD6AcgASkD6AeFNwP4hwRBACACKQPwByABKQPwB4U3A4CIBEEAIAIpA/gHIAEpA/gHhTcDiIgEQZCABEGYgARBoIAEQaiABEGwgARBuIAEQcCABEHIgARB0IAEQdiABEHggARB6IAEQfCABEH4gARBgIEEQYiBBBACQZCBBEGYgQRBoIEEQaiBBEGwgQRBuIEEQcCBBEHIgQRB0IEEQdiBBEHggQRB6IEEQfCBBEH4gQRBgIIEQYiCBBACQZCCBEGYggRBoIIEQaiCBEGwggRBuIIEQcCCBEHIggRB0IIEQdiCBEHgggRB6IIEQfCCBEH4ggRBgIMEQYiDBBACQZCDBEGYgwRBoIMEQaiDBEGwgwRBuIMEQcCDBEHIgwRB0IMEQdiDBEHggwRB6IMEQfCDBEH4gwRBgIQEQYiEBBACQZCEBEGYhARBoIQEQaiEBEGwhARBuIQEQcCEBEHIhARB0IQEQdiEBEHghARB6IQEQfCEBEH4hARBgIUEQYiFBBACQZCFBEGYhQRBoIUEQaiFBEGwhQRBuIUEQcCFBEHIhQRB0IUEQdiFBEHghQRB6IUEQfCFBEH4hQRBgIYEQYiGBBACQZCGBEGYhgRBoIYEQaiGBEGwhgRBuIYEQcCGBEHIhgRB0IYEQdiGBEHghgRB6IYEQfCGBEH4hgRBgIcEQYiHBBACQZCHBEGYhwRBoIcEQaiHBEGwhwRBuIcEQcCHBEHIhwRB0IcEQdiHBEHghwRB6IcEQfCHBEH4hwRBgIgEQYiIBBACQZCABEGYgARBkIEEQZiBBEGQggRBmIIEQZCDBEGYgwRBkIQEQZiEBEGQhQRBmIUEQZCGBEGYhgRBkIcEQZiHBBACQaCABEGogARBoIEEQaiBBEGgggRBqIIEQaCDBEGogwRBoIQEQaiEBEGghQRBqIUEQaCGBEGohgRBoIcEQaiHBBACQbCABEG4gARBsIEEQbiBBEGwggRBuIIEQbCDBEG4gwRBsIQEQbiEBEGwhQRBuIUEQbCGBEG4hgRBsIcEQbiHBBACQcCABEHIgARBwIEEQciBBEHAggRByIIEQcCDBEHIgwRBwIQEQciEBEHAhQRByIUEQcCGBEHIhgRBwIcEQciHBBACQdCABEHYgARB0IEEQdiBBEHQggRB2IIEQdCDBEHYgwRB0IQEQdiEBEHQhQRB2IUEQdCGBEHYhgRB0IcEQdiHBBACQeCABEHogARB4IEEQeiBBEHgggRB6IIEQeCDBEHogwRB4IQEQeiEBEHghQRB6IUEQeCGBEHohgRB4IcEQeiHBBACQfCABEH4gARB8IEEQfiBBEHwggRB+IIEQfCDBEH4gwRB8IQEQfiEBEHwhQRB+IUEQfCGBEH4hgRB8IcEQfiHBBACQYCBBEGIgQRBgIIEQYiCBEGAgwRBiIMEQYCEBEGIhARBgIUEQYiFBEGAhgRBiIYEQYCHBEGIhwRBgIgEQYiIBBACAkACQCADRQ0AA0AgACAEaiIDIAIgBGoiBSkDACABIARqIgYpAwCFIARBkIAEaikDAIUgAykDAIU3AwAgA0EIaiIDIAVBCGopAwAgBkEIaikDAIUgBEGYgARqKQMAhSADKQMAhTcDACAEQRBqIgRBgAhHDQAMAgsLQQAhBANAIAAgBGoiAyACIARqIgUpAwAgASAEaiIGKQMAhSAEQZCABGopAwCFNwMAIANBCGogBUEIaikDACAGQQhqKQMAhSAEQZiABGopAwCFNwMAIARBEGoiBEGACEcNAAsLC64IDAV/AX4EfwJ+An8BfgN/AX4GfwF+A38BfgJAQQAoAoCABCICIAFBCnRqIgMoAgggAUcNACADKAIMIQQgAygCACEFQQAgAygCFCIGrTcDuIgEQQAgBK0iBzcDsIgEQQAgBSABIAVBAnRuIghsIglBAnStNwOoiAQCQAJAAkACQCAERQ0AQX8hCiAFRQ0BIAhBA2whCyAIQQJ0IgStIQwgBa0hDSAGQQJGIQ4gBkF/akECSSEPQgAhEANAQQAgEDcDkIgEIA4gEFAiEXEhEiAQpyETQgAhFEEAIQEDQEEAIBQ3A6CIBCAGQQFGIBIgFEICVHFyIRUgECAUhFAiAyAPcSEWQQJBACADGyEXQX8gAUEBakEDcSAIbEF/aiARGyEYIAEgE3IhGSABIAhsIRpCACEbA0BBAEIANwPAiARBACAbNwOYiAQgFyEBAkAgFkUNAEEAQgE3A8CIBEGQkARBkIgEQZCYBEEAEANBkJAEQZCQBEGQmARBABADQQIhAQsCQCABIAhPDQAgBCAbpyIKbCAaaiABaiEDA0AgA0EAIAQgARtBACAUUCIcG2pBf2ohHQJAAkAgFQ0AIAIgHUEKdCIdaiEeDAELAkAgAUH/AHEiHg0AQQBBACkDwIgEQgF8NwPAiARBkJAEQZCIBEGQmARBABADQZCQBEGQkARBkJgEQQAQAwsgHUEKdCEdIB5BA3RBkJAEaiEeCyACIANBCnRqIAIgHWogAiAeKQMAIh9CIIinIAVwIAogGRsiHSAEbCABIAFBACAbIB2tUSIdGyIeIBwbIBpqIB4gC2ogERsgAUUgHXJrIhwgGGqtIB9C/////w+DIh8gH35CIIggHK1+QiCIfSAMgqdqQQp0akEBEAMgA0EBaiEDIAFBAWoiASAISQ0ACwsgG0IBfCIbIA1SDQALIBRCAXwiFKchASAUQgRSDQALIBBCAXwiECAHUg0ACwsgCUEMdEGAeGohFSAFQX9qIgpFDQIMAQtBAEIDNwOgiARBACAEQX9qrTcDkIgEQYB4IRULIAIgFWohGiAIQQx0IRFBACEIA0AgAiARIAhBAWoiCGxqQYB4aiEeQXghBEEAIRwDQCAaIARqIgFBCGoiAyADKQMAIB4gHGoiAykDAIU3AwAgAUEQaiIdIB0pAwAgA0EIaikDAIU3AwAgAUEYaiIdIB0pAwAgA0EQaikDAIU3AwAgAUEgaiIBIAEpAwAgA0EYaikDAIU3AwAgHEEgaiEcIARBIGoiBEH4B0kNAAsgCCAKRw0ACwsgAiAVaiEcQXghAQNAIAIgAWoiA0EIaiAcIAFqIgRBCGopAwA3AwAgBEEQaikDACEfIARBGGopAwAhGyADQSBqIARBIGopAwA3AwAgA0EYaiAbNwMAIANBEGogHzcDACABQSBqIgFB+AdJDQALCws=",
			hash: "2b50b0d6"
		};
		class C {
			constructor() {
				this.mutex = Promise.resolve();
			}
			lock() {
				let A = () => {};
				return this.mutex = this.mutex.then(() => new Promise(A)), new Promise((I) => {
					A = I;
				});
			}
			dispatch(A) {
				return I(this, void 0, void 0, function* () {
					const I = yield this.lock();
					try {
						return yield Promise.resolve(A());
					} finally {
						I();
					}
				});
			}
		}
		const B = "undefined" != typeof globalThis ? globalThis : "undefined" != typeof self ? self : "undefined" != typeof window ? window : global, Q = null !== (i = B.Buffer) && void 0 !== i ? i : null, E = B.TextEncoder ? new B.TextEncoder() : null;
		function h(A, I) {
			return (15 & A) + (A >> 6 | A >> 3 & 8) << 4 | (15 & I) + (I >> 6 | I >> 3 & 8);
		}
		function w(A, I) {
			const i = I.length >> 1;
			for (let g = 0; g < i; g++) {
				const i = g << 1;
				A[g] = h(I.charCodeAt(i), I.charCodeAt(i + 1));
			}
		}
		const e = "a".charCodeAt(0) - 10, t = "0".charCodeAt(0);
		function o(A, I, i) {
			let g = 0;
			for (let C = 0; C < i; C++) {
				let i = I[C] >>> 4;
				A[g++] = i > 9 ? i + e : i + t, i = 15 & I[C], A[g++] = i > 9 ? i + e : i + t;
			}
			return String.fromCharCode.apply(null, A);
		}
		const n = null !== Q ? (A) => {
			if ("string" == typeof A) {
				const I = Q.from(A, "utf8");
				return new Uint8Array(I.buffer, I.byteOffset, I.length);
			}
			if (Q.isBuffer(A)) return new Uint8Array(A.buffer, A.byteOffset, A.length);
			if (ArrayBuffer.isView(A)) return new Uint8Array(A.buffer, A.byteOffset, A.byteLength);
			throw new Error("Invalid data type!");
		} : (A) => {
			if ("string" == typeof A) return E.encode(A);
			if (ArrayBuffer.isView(A)) return new Uint8Array(A.buffer, A.byteOffset, A.byteLength);
			throw new Error("Invalid data type!");
		}, f = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", r = /* @__PURE__ */ new Uint8Array(256);
		for (let A = 0; A < 64; A++) r[f.charCodeAt(A)] = A;
		function F(A, I = !0) {
			const i = A.length, g = i % 3, C = [], B = i - g;
			for (let I = 0; I < B; I += 3) {
				const i = (A[I] << 16 & 16711680) + (A[I + 1] << 8 & 65280) + (255 & A[I + 2]), g = f.charAt(i >> 18 & 63) + f.charAt(i >> 12 & 63) + f.charAt(i >> 6 & 63) + f.charAt(63 & i);
				C.push(g);
			}
			if (1 === g) {
				const g = A[i - 1], B = f.charAt(g >> 2), Q = f.charAt(g << 4 & 63);
				C.push(`${B}${Q}`), I && C.push("==");
			} else if (2 === g) {
				const g = (A[i - 2] << 8) + A[i - 1], B = f.charAt(g >> 10), Q = f.charAt(g >> 4 & 63), E = f.charAt(g << 2 & 63);
				C.push(`${B}${Q}${E}`), I && C.push("=");
			}
			return C.join("");
		}
		function D(A) {
			let I = Math.floor(.75 * A.length);
			const i = A.length;
			return "=" === A[i - 1] && (I -= 1, "=" === A[i - 2] && (I -= 1)), I;
		}
		function a(A) {
			const I = D(A), i = A.length, g = new Uint8Array(I);
			let C = 0;
			for (let I = 0; I < i; I += 4) {
				const i = r[A.charCodeAt(I)], B = r[A.charCodeAt(I + 1)], Q = r[A.charCodeAt(I + 2)], E = r[A.charCodeAt(I + 3)];
				g[C] = i << 2 | B >> 4, C += 1, g[C] = (15 & B) << 4 | Q >> 2, C += 1, g[C] = (3 & Q) << 6 | 63 & E, C += 1;
			}
			return g;
		}
		const s = 16384, U = new C(), S = /* @__PURE__ */ new Map();
		function c(A, i) {
			return I(this, void 0, void 0, function* () {
				let g = null, C = null, B = !1;
				if ("undefined" == typeof WebAssembly) throw new Error("WebAssembly is not supported in this environment!");
				const Q = () => new DataView(g.exports.memory.buffer).getUint32(g.exports.STATE_SIZE, !0), E = U.dispatch(() => I(this, void 0, void 0, function* () {
					if (!S.has(A.name)) {
						const I = a(A.data), i = WebAssembly.compile(I.buffer);
						S.set(A.name, i);
					}
					const I = yield S.get(A.name);
					g = yield WebAssembly.instantiate(I, {});
				})), e = (A = null) => {
					B = !0, g.exports.Hash_Init(A);
				}, t = (A) => {
					if (!B) throw new Error("update() called before init()");
					((A) => {
						let I = 0;
						for (; I < A.length;) {
							const i = A.subarray(I, I + s);
							I += i.length, C.set(i), g.exports.Hash_Update(i.length);
						}
					})(n(A));
				}, f = new Uint8Array(2 * i), r = (A, I = null) => {
					if (!B) throw new Error("digest() called before init()");
					return B = !1, g.exports.Hash_Final(I), "binary" === A ? C.slice(0, i) : o(f, C, i);
				}, F = (A) => "string" == typeof A ? A.length < 4096 : A.byteLength < s;
				let D = F;
				switch (A.name) {
					case "argon2":
					case "scrypt":
						D = () => !0;
						break;
					case "blake2b":
					case "blake2s":
						D = (A, I) => I <= 512 && F(A);
						break;
					case "blake3":
						D = (A, I) => 0 === I && F(A);
						break;
					case "xxhash64":
					case "xxhash3":
					case "xxhash128":
					case "crc64": D = () => !1;
				}
				return yield (() => I(this, void 0, void 0, function* () {
					g || (yield E);
					const A = g.exports.Hash_GetBuffer(), I = g.exports.memory.buffer;
					C = new Uint8Array(I, A, s);
				}))(), {
					getMemory: () => C,
					writeMemory: (A, I = 0) => {
						C.set(A, I);
					},
					getExports: () => g.exports,
					setMemorySize: (A) => {
						g.exports.Hash_SetMemorySize(A);
						const I = g.exports.Hash_GetBuffer(), i = g.exports.memory.buffer;
						C = new Uint8Array(i, I, A);
					},
					init: e,
					update: t,
					digest: r,
					save: () => {
						if (!B) throw new Error("save() can only be called after init() and before digest()");
						const I = g.exports.Hash_GetState(), i = Q(), C = g.exports.memory.buffer, E = new Uint8Array(C, I, i), h = new Uint8Array(4 + i);
						return w(h, A.hash), h.set(E, 4), h;
					},
					load: (I) => {
						if (!(I instanceof Uint8Array)) throw new Error("load() expects an Uint8Array generated by save()");
						const i = g.exports.Hash_GetState(), C = Q(), E = 4 + C, w = g.exports.memory.buffer;
						if (I.length !== E) throw new Error(`Bad state length (expected ${E} bytes, got ${I.length})`);
						if (!function(A, I) {
							if (A.length !== 2 * I.length) return !1;
							for (let i = 0; i < I.length; i++) {
								const g = i << 1;
								if (I[i] !== h(A.charCodeAt(g), A.charCodeAt(g + 1))) return !1;
							}
							return !0;
						}(A.hash, I.subarray(0, 4))) throw new Error("This state was written by an incompatible hash implementation");
						const e = I.subarray(4);
						new Uint8Array(w, i, C).set(e), B = !0;
					},
					calculate: (A, I = null, B = null) => {
						if (!D(A, I)) return e(I), t(A), r("hex", B);
						const Q = n(A);
						return C.set(Q), g.exports.Hash_Calculate(Q.length, I, B), o(f, C, i);
					},
					hashLength: i
				};
			});
		}
		var k = {
			name: "blake2b",
			data: "AGFzbQEAAAABEQRgAAF/YAJ/fwBgAX8AYAAAAwoJAAECAwECAgABBQQBAQICBg8CfwFBgIAEC38AQYCABAsHggEJBm1lbW9yeQIAD19fc3RhY2tfcG9pbnRlcgMADkhhc2hfR2V0QnVmZmVyAAAKSGFzaF9GaW5hbAADCUhhc2hfSW5pdAAFC0hhc2hfVXBkYXRlAAYNSGFzaF9HZXRTdGF0ZQAHDkhhc2hfQ2FsY3VsYXRlAAgKU1RBVEVfU0laRQMBCsU4CQYAQYCBBAvcAgIFfwF+AkAgAUEBSA0AAkAgAUGAAUEAKALgggUiAmsiA0wNAEEAQQA2AuCCBQJAIAJB/wBKDQAgAkHggQVqIQQgACEFQQAhBgNAIAQgBS0AADoAACAFQQFqIQUgBEEBaiEEIAMgBkEBaiIGQf8BcUoNAAsLQQBBACkDwIEFIgdCgAF8NwPAgQVBAEEAKQPIgQUgB0L/flatfDcDyIEFQeCBBRACIAAgA2ohAAJAIAEgA2siBEGBAU4NACAEIQEMAQsgAiABaiEEA0BBAEEAKQPAgQUiB0KAAXw3A8CBBUEAQQApA8iBBSAHQv9+Vq18NwPIgQUgABACIABBgAFqIQAgBEGAf2oiBEGAAksNAAsgBEGAf2ohAQtBACEEA0AgBEEAKALgggVqQeCBBWogACAEai0AADoAACABIARBAWoiBEH/AXFLDQALQQBBACgC4IIFIAFqNgLgggULC78uASR+QQBBACkD0IEFQQApA7CBBSIBQQApA5CBBXwgACkDICICfCIDhULr+obav7X2wR+FQiCJIgRCq/DT9K/uvLc8fCIFIAGFQiiJIgYgA3wgACkDKCIBfCIHIASFQjCJIgggBXwiCSAGhUIBiSIKQQApA8iBBUEAKQOogQUiBEEAKQOIgQV8IAApAxAiA3wiBYVCn9j52cKR2oKbf4VCIIkiC0K7zqqm2NDrs7t/fCIMIASFQiiJIg0gBXwgACkDGCIEfCIOfCAAKQNQIgV8Ig9BACkDwIEFQQApA6CBBSIQQQApA4CBBSIRfCAAKQMAIgZ8IhKFQtGFmu/6z5SH0QCFQiCJIhNCiJLznf/M+YTqAHwiFCAQhUIoiSIVIBJ8IAApAwgiEHwiFiAThUIwiSIXhUIgiSIYQQApA9iBBUEAKQO4gQUiE0EAKQOYgQV8IAApAzAiEnwiGYVC+cL4m5Gjs/DbAIVCIIkiGkLx7fT4paf9p6V/fCIbIBOFQiiJIhwgGXwgACkDOCITfCIZIBqFQjCJIhogG3wiG3wiHSAKhUIoiSIeIA98IAApA1giCnwiDyAYhUIwiSIYIB18Ih0gDiALhUIwiSIOIAx8Ih8gDYVCAYkiDCAWfCAAKQNAIgt8Ig0gGoVCIIkiFiAJfCIaIAyFQiiJIiAgDXwgACkDSCIJfCIhIBaFQjCJIhYgGyAchUIBiSIMIAd8IAApA2AiB3wiDSAOhUIgiSIOIBcgFHwiFHwiFyAMhUIoiSIbIA18IAApA2giDHwiHCAOhUIwiSIOIBd8IhcgG4VCAYkiGyAZIBQgFYVCAYkiFHwgACkDcCINfCIVIAiFQiCJIhkgH3wiHyAUhUIoiSIUIBV8IAApA3giCHwiFXwgDHwiIoVCIIkiI3wiJCAbhUIoiSIbICJ8IBJ8IiIgFyAYIBUgGYVCMIkiFSAffCIZIBSFQgGJIhQgIXwgDXwiH4VCIIkiGHwiFyAUhUIoiSIUIB98IAV8Ih8gGIVCMIkiGCAXfCIXIBSFQgGJIhR8IAF8IiEgFiAafCIWIBUgHSAehUIBiSIaIBx8IAl8IhyFQiCJIhV8Ih0gGoVCKIkiGiAcfCAIfCIcIBWFQjCJIhWFQiCJIh4gGSAOIBYgIIVCAYkiFiAPfCACfCIPhUIgiSIOfCIZIBaFQiiJIhYgD3wgC3wiDyAOhUIwiSIOIBl8Ihl8IiAgFIVCKIkiFCAhfCAEfCIhIB6FQjCJIh4gIHwiICAiICOFQjCJIiIgJHwiIyAbhUIBiSIbIBx8IAp8IhwgDoVCIIkiDiAXfCIXIBuFQiiJIhsgHHwgE3wiHCAOhUIwiSIOIBkgFoVCAYkiFiAffCAQfCIZICKFQiCJIh8gFSAdfCIVfCIdIBaFQiiJIhYgGXwgB3wiGSAfhUIwiSIfIB18Ih0gFoVCAYkiFiAVIBqFQgGJIhUgD3wgBnwiDyAYhUIgiSIYICN8IhogFYVCKIkiFSAPfCADfCIPfCAHfCIihUIgiSIjfCIkIBaFQiiJIhYgInwgBnwiIiAjhUIwiSIjICR8IiQgFoVCAYkiFiAOIBd8Ig4gDyAYhUIwiSIPICAgFIVCAYkiFCAZfCAKfCIXhUIgiSIYfCIZIBSFQiiJIhQgF3wgC3wiF3wgBXwiICAPIBp8Ig8gHyAOIBuFQgGJIg4gIXwgCHwiGoVCIIkiG3wiHyAOhUIoiSIOIBp8IAx8IhogG4VCMIkiG4VCIIkiISAdIB4gDyAVhUIBiSIPIBx8IAF8IhWFQiCJIhx8Ih0gD4VCKIkiDyAVfCADfCIVIByFQjCJIhwgHXwiHXwiHiAWhUIoiSIWICB8IA18IiAgIYVCMIkiISAefCIeIBogFyAYhUIwiSIXIBl8IhggFIVCAYkiFHwgCXwiGSAchUIgiSIaICR8IhwgFIVCKIkiFCAZfCACfCIZIBqFQjCJIhogHSAPhUIBiSIPICJ8IAR8Ih0gF4VCIIkiFyAbIB98Iht8Ih8gD4VCKIkiDyAdfCASfCIdIBeFQjCJIhcgH3wiHyAPhUIBiSIPIBsgDoVCAYkiDiAVfCATfCIVICOFQiCJIhsgGHwiGCAOhUIoiSIOIBV8IBB8IhV8IAx8IiKFQiCJIiN8IiQgD4VCKIkiDyAifCAHfCIiICOFQjCJIiMgJHwiJCAPhUIBiSIPIBogHHwiGiAVIBuFQjCJIhUgHiAWhUIBiSIWIB18IAR8IhuFQiCJIhx8Ih0gFoVCKIkiFiAbfCAQfCIbfCABfCIeIBUgGHwiFSAXIBogFIVCAYkiFCAgfCATfCIYhUIgiSIXfCIaIBSFQiiJIhQgGHwgCXwiGCAXhUIwiSIXhUIgiSIgIB8gISAVIA6FQgGJIg4gGXwgCnwiFYVCIIkiGXwiHyAOhUIoiSIOIBV8IA18IhUgGYVCMIkiGSAffCIffCIhIA+FQiiJIg8gHnwgBXwiHiAghUIwiSIgICF8IiEgGyAchUIwiSIbIB18IhwgFoVCAYkiFiAYfCADfCIYIBmFQiCJIhkgJHwiHSAWhUIoiSIWIBh8IBJ8IhggGYVCMIkiGSAfIA6FQgGJIg4gInwgAnwiHyAbhUIgiSIbIBcgGnwiF3wiGiAOhUIoiSIOIB98IAZ8Ih8gG4VCMIkiGyAafCIaIA6FQgGJIg4gFSAXIBSFQgGJIhR8IAh8IhUgI4VCIIkiFyAcfCIcIBSFQiiJIhQgFXwgC3wiFXwgBXwiIoVCIIkiI3wiJCAOhUIoiSIOICJ8IAh8IiIgGiAgIBUgF4VCMIkiFSAcfCIXIBSFQgGJIhQgGHwgCXwiGIVCIIkiHHwiGiAUhUIoiSIUIBh8IAZ8IhggHIVCMIkiHCAafCIaIBSFQgGJIhR8IAR8IiAgGSAdfCIZIBUgISAPhUIBiSIPIB98IAN8Ih2FQiCJIhV8Ih8gD4VCKIkiDyAdfCACfCIdIBWFQjCJIhWFQiCJIiEgFyAbIBkgFoVCAYkiFiAefCABfCIZhUIgiSIbfCIXIBaFQiiJIhYgGXwgE3wiGSAbhUIwiSIbIBd8Ihd8Ih4gFIVCKIkiFCAgfCAMfCIgICGFQjCJIiEgHnwiHiAiICOFQjCJIiIgJHwiIyAOhUIBiSIOIB18IBJ8Ih0gG4VCIIkiGyAafCIaIA6FQiiJIg4gHXwgC3wiHSAbhUIwiSIbIBcgFoVCAYkiFiAYfCANfCIXICKFQiCJIhggFSAffCIVfCIfIBaFQiiJIhYgF3wgEHwiFyAYhUIwiSIYIB98Ih8gFoVCAYkiFiAVIA+FQgGJIg8gGXwgCnwiFSAchUIgiSIZICN8IhwgD4VCKIkiDyAVfCAHfCIVfCASfCIihUIgiSIjfCIkIBaFQiiJIhYgInwgBXwiIiAjhUIwiSIjICR8IiQgFoVCAYkiFiAbIBp8IhogFSAZhUIwiSIVIB4gFIVCAYkiFCAXfCADfCIXhUIgiSIZfCIbIBSFQiiJIhQgF3wgB3wiF3wgAnwiHiAVIBx8IhUgGCAaIA6FQgGJIg4gIHwgC3wiGoVCIIkiGHwiHCAOhUIoiSIOIBp8IAR8IhogGIVCMIkiGIVCIIkiICAfICEgFSAPhUIBiSIPIB18IAZ8IhWFQiCJIh18Ih8gD4VCKIkiDyAVfCAKfCIVIB2FQjCJIh0gH3wiH3wiISAWhUIoiSIWIB58IAx8Ih4gIIVCMIkiICAhfCIhIBogFyAZhUIwiSIXIBt8IhkgFIVCAYkiFHwgEHwiGiAdhUIgiSIbICR8Ih0gFIVCKIkiFCAafCAJfCIaIBuFQjCJIhsgHyAPhUIBiSIPICJ8IBN8Ih8gF4VCIIkiFyAYIBx8Ihh8IhwgD4VCKIkiDyAffCABfCIfIBeFQjCJIhcgHHwiHCAPhUIBiSIPIBggDoVCAYkiDiAVfCAIfCIVICOFQiCJIhggGXwiGSAOhUIoiSIOIBV8IA18IhV8IA18IiKFQiCJIiN8IiQgD4VCKIkiDyAifCAMfCIiICOFQjCJIiMgJHwiJCAPhUIBiSIPIBsgHXwiGyAVIBiFQjCJIhUgISAWhUIBiSIWIB98IBB8IhiFQiCJIh18Ih8gFoVCKIkiFiAYfCAIfCIYfCASfCIhIBUgGXwiFSAXIBsgFIVCAYkiFCAefCAHfCIZhUIgiSIXfCIbIBSFQiiJIhQgGXwgAXwiGSAXhUIwiSIXhUIgiSIeIBwgICAVIA6FQgGJIg4gGnwgAnwiFYVCIIkiGnwiHCAOhUIoiSIOIBV8IAV8IhUgGoVCMIkiGiAcfCIcfCIgIA+FQiiJIg8gIXwgBHwiISAehUIwiSIeICB8IiAgGCAdhUIwiSIYIB98Ih0gFoVCAYkiFiAZfCAGfCIZIBqFQiCJIhogJHwiHyAWhUIoiSIWIBl8IBN8IhkgGoVCMIkiGiAcIA6FQgGJIg4gInwgCXwiHCAYhUIgiSIYIBcgG3wiF3wiGyAOhUIoiSIOIBx8IAN8IhwgGIVCMIkiGCAbfCIbIA6FQgGJIg4gFSAXIBSFQgGJIhR8IAt8IhUgI4VCIIkiFyAdfCIdIBSFQiiJIhQgFXwgCnwiFXwgBHwiIoVCIIkiI3wiJCAOhUIoiSIOICJ8IAl8IiIgGyAeIBUgF4VCMIkiFSAdfCIXIBSFQgGJIhQgGXwgDHwiGYVCIIkiHXwiGyAUhUIoiSIUIBl8IAp8IhkgHYVCMIkiHSAbfCIbIBSFQgGJIhR8IAN8Ih4gGiAffCIaIBUgICAPhUIBiSIPIBx8IAd8IhyFQiCJIhV8Ih8gD4VCKIkiDyAcfCAQfCIcIBWFQjCJIhWFQiCJIiAgFyAYIBogFoVCAYkiFiAhfCATfCIahUIgiSIYfCIXIBaFQiiJIhYgGnwgDXwiGiAYhUIwiSIYIBd8Ihd8IiEgFIVCKIkiFCAefCAFfCIeICCFQjCJIiAgIXwiISAiICOFQjCJIiIgJHwiIyAOhUIBiSIOIBx8IAt8IhwgGIVCIIkiGCAbfCIbIA6FQiiJIg4gHHwgEnwiHCAYhUIwiSIYIBcgFoVCAYkiFiAZfCABfCIXICKFQiCJIhkgFSAffCIVfCIfIBaFQiiJIhYgF3wgBnwiFyAZhUIwiSIZIB98Ih8gFoVCAYkiFiAVIA+FQgGJIg8gGnwgCHwiFSAdhUIgiSIaICN8Ih0gD4VCKIkiDyAVfCACfCIVfCANfCIihUIgiSIjfCIkIBaFQiiJIhYgInwgCXwiIiAjhUIwiSIjICR8IiQgFoVCAYkiFiAYIBt8IhggFSAahUIwiSIVICEgFIVCAYkiFCAXfCASfCIXhUIgiSIafCIbIBSFQiiJIhQgF3wgCHwiF3wgB3wiISAVIB18IhUgGSAYIA6FQgGJIg4gHnwgBnwiGIVCIIkiGXwiHSAOhUIoiSIOIBh8IAt8IhggGYVCMIkiGYVCIIkiHiAfICAgFSAPhUIBiSIPIBx8IAp8IhWFQiCJIhx8Ih8gD4VCKIkiDyAVfCAEfCIVIByFQjCJIhwgH3wiH3wiICAWhUIoiSIWICF8IAN8IiEgHoVCMIkiHiAgfCIgIBggFyAahUIwiSIXIBt8IhogFIVCAYkiFHwgBXwiGCAchUIgiSIbICR8IhwgFIVCKIkiFCAYfCABfCIYIBuFQjCJIhsgHyAPhUIBiSIPICJ8IAx8Ih8gF4VCIIkiFyAZIB18Ihl8Ih0gD4VCKIkiDyAffCATfCIfIBeFQjCJIhcgHXwiHSAPhUIBiSIPIBkgDoVCAYkiDiAVfCAQfCIVICOFQiCJIhkgGnwiGiAOhUIoiSIOIBV8IAJ8IhV8IBN8IiKFQiCJIiN8IiQgD4VCKIkiDyAifCASfCIiICOFQjCJIiMgJHwiJCAPhUIBiSIPIBsgHHwiGyAVIBmFQjCJIhUgICAWhUIBiSIWIB98IAt8IhmFQiCJIhx8Ih8gFoVCKIkiFiAZfCACfCIZfCAJfCIgIBUgGnwiFSAXIBsgFIVCAYkiFCAhfCAFfCIahUIgiSIXfCIbIBSFQiiJIhQgGnwgA3wiGiAXhUIwiSIXhUIgiSIhIB0gHiAVIA6FQgGJIg4gGHwgEHwiFYVCIIkiGHwiHSAOhUIoiSIOIBV8IAF8IhUgGIVCMIkiGCAdfCIdfCIeIA+FQiiJIg8gIHwgDXwiICAhhUIwiSIhIB58Ih4gGSAchUIwiSIZIB98IhwgFoVCAYkiFiAafCAIfCIaIBiFQiCJIhggJHwiHyAWhUIoiSIWIBp8IAp8IhogGIVCMIkiGCAdIA6FQgGJIg4gInwgBHwiHSAZhUIgiSIZIBcgG3wiF3wiGyAOhUIoiSIOIB18IAd8Ih0gGYVCMIkiGSAbfCIbIA6FQgGJIg4gFSAXIBSFQgGJIhR8IAx8IhUgI4VCIIkiFyAcfCIcIBSFQiiJIhQgFXwgBnwiFXwgEnwiIoVCIIkiI3wiJCAOhUIoiSIOICJ8IBN8IiIgGyAhIBUgF4VCMIkiFSAcfCIXIBSFQgGJIhQgGnwgBnwiGoVCIIkiHHwiGyAUhUIoiSIUIBp8IBB8IhogHIVCMIkiHCAbfCIbIBSFQgGJIhR8IA18IiEgGCAffCIYIBUgHiAPhUIBiSIPIB18IAJ8Ih2FQiCJIhV8Ih4gD4VCKIkiDyAdfCABfCIdIBWFQjCJIhWFQiCJIh8gFyAZIBggFoVCAYkiFiAgfCADfCIYhUIgiSIZfCIXIBaFQiiJIhYgGHwgBHwiGCAZhUIwiSIZIBd8Ihd8IiAgFIVCKIkiFCAhfCAIfCIhIB+FQjCJIh8gIHwiICAiICOFQjCJIiIgJHwiIyAOhUIBiSIOIB18IAd8Ih0gGYVCIIkiGSAbfCIbIA6FQiiJIg4gHXwgDHwiHSAZhUIwiSIZIBcgFoVCAYkiFiAafCALfCIXICKFQiCJIhogFSAefCIVfCIeIBaFQiiJIhYgF3wgCXwiFyAahUIwiSIaIB58Ih4gFoVCAYkiFiAVIA+FQgGJIg8gGHwgBXwiFSAchUIgiSIYICN8IhwgD4VCKIkiDyAVfCAKfCIVfCACfCIChUIgiSIifCIjIBaFQiiJIhYgAnwgC3wiAiAihUIwiSILICN8IiIgFoVCAYkiFiAZIBt8IhkgFSAYhUIwiSIVICAgFIVCAYkiFCAXfCANfCINhUIgiSIXfCIYIBSFQiiJIhQgDXwgBXwiBXwgEHwiECAVIBx8Ig0gGiAZIA6FQgGJIg4gIXwgDHwiDIVCIIkiFXwiGSAOhUIoiSIOIAx8IBJ8IhIgFYVCMIkiDIVCIIkiFSAeIB8gDSAPhUIBiSINIB18IAl8IgmFQiCJIg98IhogDYVCKIkiDSAJfCAIfCIJIA+FQjCJIgggGnwiD3wiGiAWhUIoiSIWIBB8IAd8IhAgEYUgDCAZfCIHIA6FQgGJIgwgCXwgCnwiCiALhUIgiSILIAUgF4VCMIkiBSAYfCIJfCIOIAyFQiiJIgwgCnwgE3wiEyALhUIwiSIKIA58IguFNwOAgQVBACADIAYgDyANhUIBiSINIAJ8fCICIAWFQiCJIgUgB3wiBiANhUIoiSIHIAJ8fCICQQApA4iBBYUgBCABIBIgCSAUhUIBiSIDfHwiASAIhUIgiSISICJ8IgkgA4VCKIkiAyABfHwiASAShUIwiSIEIAl8IhKFNwOIgQVBACATQQApA5CBBYUgECAVhUIwiSIQIBp8IhOFNwOQgQVBACABQQApA5iBBYUgAiAFhUIwiSICIAZ8IgGFNwOYgQVBACASIAOFQgGJQQApA6CBBYUgAoU3A6CBBUEAIBMgFoVCAYlBACkDqIEFhSAKhTcDqIEFQQAgASAHhUIBiUEAKQOwgQWFIASFNwOwgQVBACALIAyFQgGJQQApA7iBBYUgEIU3A7iBBQveAgUBfwF+AX8BfgJ/IwBBwABrIgAkAAJAQQApA9CBBUIAUg0AQQBBACkDwIEFIgFBACgC4IIFIgKsfCIDNwPAgQVBAEEAKQPIgQUgAyABVK18NwPIgQUCQEEALQDoggVFDQBBAEJ/NwPYgQULQQBCfzcD0IEFAkAgAkH/AEoNAEEAIQQDQCACIARqQeCBBWpBADoAACAEQQFqIgRBgAFBACgC4IIFIgJrSA0ACwtB4IEFEAIgAEEAKQOAgQU3AwAgAEEAKQOIgQU3AwggAEEAKQOQgQU3AxAgAEEAKQOYgQU3AxggAEEAKQOggQU3AyAgAEEAKQOogQU3AyggAEEAKQOwgQU3AzAgAEEAKQO4gQU3AzhBACgC5IIFIgVBAUgNAEEAIQJBACEEA0AgBEGAgQRqIAAgBGotAAA6AAAgBEEBaiEEIAUgAkEBaiICQf8BcUsNAAsLIABBwABqJAAL+gMCAn8BfiMAQYABayICJABBAEGBAjsB8oIFQQAgAToA8YIFQQAgADoA8IIFQZB+IQADQCAAQYCDBWpCADcAACAAQfiCBWpCADcAACAAQfCCBWpCADcAACAAQRhqIgANAAtBACEDQQBBACkD8IIFIgRCiJLznf/M+YTqAIU3A4CBBUEAQQApA/iCBUK7zqqm2NDrs7t/hTcDiIEFQQBBACkDgIMFQqvw0/Sv7ry3PIU3A5CBBUEAQQApA4iDBULx7fT4paf9p6V/hTcDmIEFQQBBACkDkIMFQtGFmu/6z5SH0QCFNwOggQVBAEEAKQOYgwVCn9j52cKR2oKbf4U3A6iBBUEAQQApA6CDBULr+obav7X2wR+FNwOwgQVBAEEAKQOogwVC+cL4m5Gjs/DbAIU3A7iBBUEAIASnQf8BcTYC5IIFAkAgAUUNACACQgA3A3ggAkIANwNwIAJCADcDaCACQgA3A2AgAkIANwNYIAJCADcDUCACQgA3A0ggAkIANwNAIAJCADcDOCACQgA3AzAgAkIANwMoIAJCADcDICACQgA3AxggAkIANwMQIAJCADcDCCACQgA3AwBBACEAA0AgAiAAaiAAQYCBBGotAAA6AAAgAEEBaiEAIAEgA0EBaiIDQf8BcUsNAAsgAkGAARABCyACQYABaiQACxIAIABBA3ZB/z9xIABBEHYQBAsKAEGAgQQgABABCwYAQYCBBQscACABQQN2Qf8/cSABQRB2EARBgIEEIAAQARADCwsMAQBBgIAECwTwAAAA",
			hash: "22cf500a"
		};
		function G(A) {
			return !Number.isInteger(A) || A < 8 || A > 512 || A % 8 != 0 ? /* @__PURE__ */ new Error("Invalid variant! Valid values: 8, 16, ..., 512") : null;
		}
		function p(A = 512, I = null) {
			if (G(A)) return Promise.reject(G(A));
			let i = null, g = A;
			if (null !== I) {
				if (i = n(I), i.length > 64) return Promise.reject(/* @__PURE__ */ new Error("Max key length is 64 bytes"));
				C = A, B = i.length, g = C | B << 16;
			}
			var C, B;
			const Q = A / 8;
			return c(k, Q).then((A) => {
				g > 512 && A.writeMemory(i), A.init(g);
				const I = {
					init: g > 512 ? () => (A.writeMemory(i), A.init(g), I) : () => (A.init(g), I),
					update: (i) => (A.update(i), I),
					digest: (I) => A.digest(I),
					save: () => A.save(),
					load: (i) => (A.load(i), I),
					blockSize: 128,
					digestSize: Q
				};
				return I;
			});
		}
		new C();
		const y = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(4));
		function H(A) {
			return y.setInt32(0, A, !0), new Uint8Array(y.buffer);
		}
		function u(A, i, g) {
			return I(this, void 0, void 0, function* () {
				if (g <= 64) {
					const A = yield p(8 * g);
					return A.update(H(g)), A.update(i), A.digest("binary");
				}
				const I = Math.ceil(g / 32) - 2, C = new Uint8Array(g);
				A.init(), A.update(H(g)), A.update(i);
				let B = A.digest("binary");
				C.set(B.subarray(0, 32), 0);
				for (let i = 1; i < I; i++) A.init(), A.update(B), B = A.digest("binary"), C.set(B.subarray(0, 32), 32 * i);
				const Q = g - 32 * I;
				let E;
				return 64 === Q ? (E = A, E.init()) : E = yield p(8 * Q), E.update(B), B = E.digest("binary"), C.set(B.subarray(0, Q), 32 * I), C;
			});
		}
		function Y(A) {
			return I(this, void 0, void 0, function* () {
				var I;
				const { parallelism: i, iterations: C, hashLength: B } = A, Q = n(A.password), E = n(A.salt), h = function(A) {
					switch (A) {
						case "d": return 0;
						case "i": return 1;
						default: return 2;
					}
				}(A.hashType), { memorySize: e } = A, t = n(null !== (I = A.secret) && void 0 !== I ? I : ""), [f, r] = yield Promise.all([c(g, 1024), p(512)]);
				f.setMemorySize(1024 * e + 1024);
				const D = /* @__PURE__ */ new Uint8Array(24), a = new DataView(D.buffer);
				a.setInt32(0, i, !0), a.setInt32(4, B, !0), a.setInt32(8, e, !0), a.setInt32(12, C, !0), a.setInt32(16, 19, !0), a.setInt32(20, h, !0), f.writeMemory(D, 1024 * e), r.init(), r.update(D), r.update(H(Q.length)), r.update(Q), r.update(H(E.length)), r.update(E), r.update(H(t.length)), r.update(t), r.update(H(0));
				const s = 4 * Math.floor(e / (4 * i)), U = /* @__PURE__ */ new Uint8Array(72), S = r.digest("binary");
				U.set(S);
				for (let A = 0; A < i; A++) {
					U.set(H(0), 64), U.set(H(A), 68);
					let I = A * s, i = yield u(r, U, 1024);
					f.writeMemory(i, 1024 * I), I += 1, U.set(H(1), 64), i = yield u(r, U, 1024), f.writeMemory(i, 1024 * I);
				}
				const k = /* @__PURE__ */ new Uint8Array(1024);
				w(k, f.calculate(new Uint8Array([]), e));
				const G = yield u(r, k, B);
				if ("hex" === A.outputType) return o(new Uint8Array(2 * B), G, B);
				return "encoded" === A.outputType ? function(A, I, i) {
					const g = [
						`m=${I.memorySize}`,
						`t=${I.iterations}`,
						`p=${I.parallelism}`
					].join(",");
					return `$argon2${I.hashType}$v=19$${g}$${F(A, !1)}$${F(i, !1)}`;
				}(E, A, G) : G;
			});
		}
		const V = (A) => {
			var I;
			if (!A || "object" != typeof A) throw new Error("Invalid options parameter. It requires an object.");
			if (!A.password) throw new Error("Password must be specified");
			if (A.password = n(A.password), A.password.length < 1) throw new Error("Password must be specified");
			if (!A.salt) throw new Error("Salt must be specified");
			if (A.salt = n(A.salt), A.salt.length < 8) throw new Error("Salt should be at least 8 bytes long");
			if (A.secret = n(null !== (I = A.secret) && void 0 !== I ? I : ""), !Number.isInteger(A.iterations) || A.iterations < 1) throw new Error("Iterations should be a positive number");
			if (!Number.isInteger(A.parallelism) || A.parallelism < 1) throw new Error("Parallelism should be a positive number");
			if (!Number.isInteger(A.hashLength) || A.hashLength < 4) throw new Error("Hash length should be at least 4 bytes.");
			if (!Number.isInteger(A.memorySize)) throw new Error("Memory size should be specified.");
			if (A.memorySize < 8 * A.parallelism) throw new Error("Memory size should be at least 8 * parallelism.");
			if (void 0 === A.outputType && (A.outputType = "hex"), ![
				"hex",
				"binary",
				"encoded"
			].includes(A.outputType)) throw new Error(`Insupported output type ${A.outputType}. Valid values: ['hex', 'binary', 'encoded']`);
		};
		A.argon2Verify = function(A) {
			return I(this, void 0, void 0, function* () {
				((A) => {
					if (!A || "object" != typeof A) throw new Error("Invalid options parameter. It requires an object.");
					if (void 0 === A.hash || "string" != typeof A.hash) throw new Error("Hash should be specified");
				})(A);
				const I = ((A, I, i) => {
					const g = I.match(/^\$argon2(id|i|d)\$v=([0-9]+)\$((?:[mtp]=[0-9]+,){2}[mtp]=[0-9]+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/);
					if (!g) throw new Error("Invalid hash");
					const [, C, B, Q, E, h] = g;
					if ("19" !== B) throw new Error(`Unsupported version: ${B}`);
					const w = {}, e = {
						m: "memorySize",
						p: "parallelism",
						t: "iterations"
					};
					for (const A of Q.split(",")) {
						const [I, i] = A.split("=");
						w[e[I]] = Number(i);
					}
					return Object.assign(Object.assign({}, w), {
						password: A,
						secret: i,
						hashType: C,
						salt: a(E),
						hashLength: D(h),
						outputType: "encoded"
					});
				})(A.password, A.hash, A.secret);
				V(I);
				const i = A.hash.lastIndexOf("$") + 1;
				return (yield Y(I)).substring(i) === A.hash.substring(i);
			});
		}, A.argon2d = function(A) {
			return I(this, void 0, void 0, function* () {
				return V(A), Y(Object.assign(Object.assign({}, A), { hashType: "d" }));
			});
		}, A.argon2i = function(A) {
			return I(this, void 0, void 0, function* () {
				return V(A), Y(Object.assign(Object.assign({}, A), { hashType: "i" }));
			});
		}, A.argon2id = function(A) {
			return I(this, void 0, void 0, function* () {
				return V(A), Y(Object.assign(Object.assign({}, A), { hashType: "id" }));
			});
		};
	});
}));

var stretch_exports = /* @__PURE__ */ __exportAll({ stretch: () => stretch });
async function stretch(pin, how) {
	const bytes = await (0, import_argon2_umd_min.argon2id)({
		password: pin.normalize("NFC"),
		salt: how.salt,
		memorySize: how.memory_kib,
		iterations: how.passes,
		parallelism: how.lanes,
		hashLength: 32,
		outputType: "binary"
	});
	return new Uint8Array(bytes);
}
var import_argon2_umd_min;
var init_stretch = __esmMin((() => {
	import_argon2_umd_min = require_argon2_umd_min();
}));

const RECOVERY_INFO = "thon recovery 1";
const encoder$1 = new TextEncoder();
const BEARABLE = {
	memory_kib: 32768,
	passes: 3,
	lanes: 1
};
function randomBytes(count) {
	return crypto.getRandomValues(new Uint8Array(count));
}
async function keysOf(dataKey) {
	const root = await crypto.subtle.importKey("raw", dataKey, "HKDF", false, ["deriveKey"]);
	const derive = (info) => ({
		name: "HKDF",
		hash: "SHA-256",
		salt: /* @__PURE__ */ new Uint8Array(0),
		info: encoder$1.encode(info)
	});
	return {
		box: await crypto.subtle.deriveKey(derive("thon rows 1"), root, {
			name: "AES-GCM",
			length: 256
		}, false, ["encrypt", "decrypt"]),
		names: await crypto.subtle.deriveKey(derive("thon names 1"), root, {
			name: "HMAC",
			hash: "SHA-256",
			length: 256
		}, false, ["sign"])
	};
}
function stretchInWorker(pin, how) {
	return new Promise((resolve, reject) => {
		const worker = new Worker(new URL("./keyring.worker.js", import.meta.url), { type: "module" });
		const done = (finish) => {
			worker.terminate();
			finish();
		};
		worker.onmessage = (event) => {
			const { key, error } = event.data;
			done(() => key ? resolve(key) : reject(new Error(error)));
		};
		worker.onerror = (event) => done(() => reject(new Error(event.message)));
		worker.postMessage({
			pin,
			stretch: how
		});
	});
}
async function pinKey(pin, how, usage) {
	const here = async () => (await Promise.resolve().then(() => (init_stretch(), stretch_exports))).stretch(pin, how);
	const stretched = typeof Worker === "undefined" ? await here() : await stretchInWorker(pin, how).catch(here);
	return crypto.subtle.importKey("raw", stretched, "AES-GCM", false, [usage]);
}
async function wrapByPin(dataKey, pin) {
	const how = {
		salt: randomBytes(16),
		...BEARABLE
	};
	const key = await pinKey(pin, how, "encrypt");
	const iv = randomBytes(12);
	return {
		...how,
		iv,
		wrapped: new Uint8Array(await crypto.subtle.encrypt({
			name: "AES-GCM",
			iv
		}, key, dataKey))
	};
}
async function unwrapByPin(wrap, pin) {
	const key = await pinKey(pin, wrap, "decrypt");
	try {
		return new Uint8Array(await crypto.subtle.decrypt({
			name: "AES-GCM",
			iv: wrap.iv
		}, key, wrap.wrapped));
	} catch {
		return null;
	}
}
async function wrapForRecovery(dataKey, recoveryKey) {
	const curve = {
		name: "ECDH",
		namedCurve: "P-256"
	};
	const recipient = fromBase64url(recoveryKey);
	const theirs = await crypto.subtle.importKey("raw", recipient, curve, false, []);
	const ours = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
	const shared = await crypto.subtle.deriveBits({
		name: "ECDH",
		public: theirs
	}, ours.privateKey, 256);
	const root = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
	const ephemeral = new Uint8Array(await crypto.subtle.exportKey("raw", ours.publicKey));
	const key = await crypto.subtle.deriveKey({
		name: "HKDF",
		hash: "SHA-256",
		salt: ephemeral,
		info: encoder$1.encode(RECOVERY_INFO)
	}, root, {
		name: "AES-GCM",
		length: 256
	}, false, ["encrypt"]);
	const iv = randomBytes(12);
	return {
		recipient,
		ephemeral,
		iv,
		wrapped: new Uint8Array(await crypto.subtle.encrypt({
			name: "AES-GCM",
			iv
		}, key, dataKey))
	};
}

const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";
function newDeviceId() {
	return [...randomBytes(8)].map((byte) => LETTERS[byte % 32]).join("");
}
function firstRows(enrolment, deviceId, userId) {
	const { token, device_key, areas, users } = enrolment;
	return [{
		kind: "meta",
		id: "enrolled",
		value: {
			token,
			deviceKey: device_key,
			areas,
			users: usersOf(enrolment),
			user: users.some((user) => user.id === userId) ? userId : users[0]?.id ?? ""
		}
	}, {
		kind: "meta",
		id: "device",
		value: {
			id: deviceId,
			seq: 0,
			newHouseholds: 0,
			former: []
		}
	}];
}
function usersOf(enrolment) {
	return enrolment.users.map(({ id, name, role }) => ({
		id,
		name,
		role
	}));
}

const LOCK_AFTER_MS = 6e5;
const LOOK_EVERY_MS = 3e4;
var Idle = class {
	now;
	lock;
	touchedAt;
	timer;
	constructor(now, lock) {
		this.now = now;
		this.lock = lock;
		this.touchedAt = now();
	}
	begin() {
		this.end();
		this.touch();
		this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
	}
	end() {
		clearInterval(this.timer);
		this.timer = void 0;
	}
	touch() {
		this.touchedAt = this.now();
	}
	look() {
		if (this.timer === void 0 || this.now() - this.touchedAt < 6e5) return;
		this.end();
		this.lock();
	}
};

function byCodePoint(a, b) {
	const length = Math.min(a.length, b.length);
	for (let index = 0; index < length; index++) {
		const one = a.charCodeAt(index);
		const other = b.charCodeAt(index);
		if (one !== other) return rank(one) - rank(other);
	}
	return a.length - b.length;
}
const rank = (unit) => unit >= 55296 && unit < 57344 ? unit + 10240 : unit;
function canonical(value) {
	if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
	if (typeof value === "object" && value !== null) {
		const members = value;
		return `{${Object.keys(members).filter((key) => members[key] !== void 0).sort(byCodePoint).map((key) => `${JSON.stringify(key)}:${canonical(members[key])}`).join(",")}}`;
	}
	if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError("not a finite number");
	return JSON.stringify(value);
}
function same(a, b) {
	if (a === b) return true;
	if (typeof a !== "object" || typeof b !== "object") return false;
	return canonical(a) === canonical(b);
}

const NO_CONTENT = /* @__PURE__ */ new Set([
	"@status",
	"@env",
	"@same_as",
	"@area",
	"@comment"
]);
function contentMasks(heads) {
	const masks = /* @__PURE__ */ new Map([["", {
		forDeletion: 0n,
		forApproval: 0n
	}]]);
	for (const [path, mask] of heads.masks) {
		const part = lastPart(path);
		const counted = NO_CONTENT.has(part) ? 0n : mask;
		let undone = counted;
		if (part === "@deleted") for (const index of heads.withValue(path, true)) undone &= ~(1n << BigInt(index));
		for (const prefix of ["", ...rowPrefixes(path)]) {
			const content = masks.get(prefix) ?? {
				forDeletion: 0n,
				forApproval: 0n
			};
			const isOwn = part === "@deleted" && prefix === deletedBy(path);
			masks.set(prefix, {
				forDeletion: isOwn ? content.forDeletion : content.forDeletion | undone,
				forApproval: isOwn ? content.forApproval : content.forApproval | counted
			});
		}
	}
	return masks;
}
const deletedBy = (path) => path.replace(/\/?@deleted$/, "");
function isCovered(heads, by, content) {
	return by.some((index) => (content & ~heads.shown[index]) === 0n);
}
var Deletions = class {
	hidden = [];
	uncovered = [];
	isHidden;
	constructor(heads, content) {
		for (const path of heads.masks.keys()) {
			if (lastPart(path) !== "@deleted") continue;
			const prefix = deletedBy(path);
			const deleting = heads.withValue(path, true);
			if (!deleting.length) continue;
			if (!isCovered(heads, deleting, content.get(prefix).forDeletion)) this.uncovered.push(prefix);
			else if (deleting.length === heads.of(path).length) this.hidden.push(prefix);
		}
		this.hidden.sort(byCodePoint);
		this.uncovered.sort(byCodePoint);
		this.isHidden = new Set(this.hidden);
	}
	hides(path) {
		return this.isHidden.size > 0 && rowPrefixes(path).some((prefix) => this.isHidden.has(prefix));
	}
};
function isChangedSinceApproval(heads, content) {
	const approving = heads.withValue("@status", "approved");
	return approving.length > 0 && !isCovered(heads, approving, content.get("").forApproval);
}

var Heads = class {
	changes;
	shown = [];
	writers = /* @__PURE__ */ new Map();
	masks = /* @__PURE__ */ new Map();
	constructor(record, stored) {
		const byId = /* @__PURE__ */ new Map();
		for (const item of stored) {
			if (item.change.record !== record) continue;
			const twin = byId.get(item.id);
			if (!twin || item.at < twin.at || item.at === twin.at && byCodePoint(item.role, twin.role) < 0) byId.set(item.id, item);
		}
		this.changes = [...byId.values()].sort((a, b) => a.at - b.at || byCodePoint(a.id, b.id));
		const positions = new Map(this.changes.map((item, index) => [item.id, index]));
		const superseded = /* @__PURE__ */ new Map();
		this.changes.forEach((item, index) => {
			const own = 1n << BigInt(index);
			const seen = maskOf(item.change.seen, positions, this.changes.length) & ~own;
			this.shown.push(seen | own);
			for (const path of Object.keys(item.change.set)) {
				this.writers.set(path, (this.writers.get(path) ?? 0n) | own);
				superseded.set(path, (superseded.get(path) ?? 0n) | seen);
			}
		});
		for (const [path, mask] of this.writers) this.masks.set(path, mask & ~superseded.get(path));
	}
	of(path) {
		return newestFirst(this.masks.get(path) ?? 0n).map((index) => {
			const { id, at, role, change } = this.changes[index];
			return {
				id,
				value: change.set[path],
				author: change.author,
				at,
				role
			};
		});
	}
	withValue(path, value) {
		return newestFirst(this.masks.get(path) ?? 0n).filter((index) => this.changes[index].change.set[path] === value);
	}
};
function maskOf(ids, positions, size) {
	const bits = new Uint8Array(size);
	for (const id of ids) {
		const position = positions.get(id);
		if (position !== void 0) bits[size - 1 - position] = 1;
	}
	return size ? BigInt(`0b${bits.join("")}`) : 0n;
}
function newestFirst(mask) {
	const digits = mask.toString(2);
	const positions = [];
	for (let index = 0; mask && index < digits.length; index++) if (digits[index] === "1") positions.push(digits.length - 1 - index);
	return positions;
}

function components(edges) {
	const smallest = /* @__PURE__ */ new Map();
	const top = (name) => {
		if (!smallest.has(name)) smallest.set(name, name);
		while (smallest.get(name) !== name) {
			smallest.set(name, smallest.get(smallest.get(name)));
			name = smallest.get(name);
		}
		return name;
	};
	for (const [one, other] of edges) {
		const [low, high] = [top(one), top(other)].sort(byCodePoint);
		smallest.set(high, low);
	}
	return new Map([...smallest.keys()].map((name) => [name, top(name)]));
}

function rowWriters(heads) {
	const writers = /* @__PURE__ */ new Map();
	for (const [path, mask] of heads.writers) for (const prefix of rowPrefixes(path)) writers.set(prefix, (writers.get(prefix) ?? 0n) | mask);
	return writers;
}
function rowsMadeApart(heads, writers, visible) {
	const byRepeat = /* @__PURE__ */ new Map();
	for (const row of visible) put(byRepeat, repeatOf(row), row);
	const apart = /* @__PURE__ */ new Set();
	for (const [repeat, rows] of byRepeat) {
		if (rows.length < 2) continue;
		const groupOf = components(ties(heads, repeat, writers.keys()));
		const told = new Map(rows.map((row) => [row, toldApartFrom(heads, row)]));
		const alike = [...writtenAlike(writers, rows)];
		const met = alike.map(([mask]) => shownToMakers(heads, mask));
		const grouped = (mine, others) => mine.filter((row) => (told.get(row) & others) === 0n).map((row) => [row, groupOf.get(row) ?? row]);
		for (const [position, [these, theseRows]] of alike.entries()) for (let next = position + 1; next < alike.length; next++) {
			const [those, thoseRows] = alike[next];
			if ((met[position] & those) !== 0n || (met[next] & these) !== 0n) continue;
			const [ones, others] = [grouped(theseRows, those), grouped(thoseRows, these)];
			for (const row of [...untied(ones, others), ...untied(others, ones)]) apart.add(row);
		}
	}
	return [...apart].sort(byCodePoint);
}
function untied(rows, others) {
	const groups = new Set(others.map(([, group]) => group));
	const own = (group) => groups.size === 1 && groups.has(group);
	return groups.size === 0 ? [] : rows.filter(([, group]) => !own(group)).map(([row]) => row);
}
const repeatOf = (row) => row.slice(0, row.lastIndexOf("/"));
function writtenAlike(writers, rows) {
	const alike = /* @__PURE__ */ new Map();
	for (const row of rows) put(alike, writers.get(row), row);
	return alike;
}
function put(lists, key, item) {
	const list = lists.get(key);
	if (list) list.push(item);
	else lists.set(key, [item]);
}
function shownToMakers(heads, writers) {
	let shown = 0n;
	for (const index of newestFirst(writers)) if ((heads.shown[index] & writers) === 1n << BigInt(index)) shown |= heads.shown[index];
	return shown;
}
function edge(value, repeat) {
	if (typeof value !== "string" || value === "") return "";
	return value.includes("/") ? value : `${repeat}/${value}`;
}
function ties(heads, repeat, rows) {
	const found = [];
	for (const row of rows) {
		if (repeatOf(row) !== repeat) continue;
		for (const head of heads.of(`${row}/@same_as`)) {
			const other = edge(head.value, repeat);
			if (other && other !== row) found.push([row, other]);
		}
	}
	return found;
}
function toldApartFrom(heads, row) {
	const path = `${row}/@same_as`;
	let shown = 0n;
	for (const index of newestFirst(heads.masks.get(path) ?? 0n)) if (edge(heads.changes[index].change.set[path], repeatOf(row)) === row) shown |= heads.shown[index];
	return shown;
}

const LEAST_FINISHED_FIRST = [
	"returned",
	"draft",
	"submitted",
	"approved"
];
const SYSTEM_RULES = /* @__PURE__ */ new Map([
	["@status", "least_finished"],
	["@env", "latest"],
	["@comment", "latest"],
	["@row", "latest"],
	["@same_as", "latest"]
]);
function ruleOf(path, rules) {
	return (isSystem(path) ? SYSTEM_RULES.get(lastPart(path)) : rules.get(withoutRows(path))) ?? "ask";
}
function decide(rule, heads) {
	const newest = heads[0].value;
	if (heads.every((head) => same(head.value, newest))) return {
		value: newest,
		isOpen: false
	};
	if (rule === "supervisor") {
		const ruling = heads.find((head) => head.role === "supervisor" || head.role === "admin");
		return {
			value: ruling ? ruling.value : newest,
			isOpen: !ruling
		};
	}
	const closing = CLOSING.get(rule);
	return closing ? {
		value: closing(heads),
		isOpen: false
	} : {
		value: newest,
		isOpen: true
	};
}
const latest = (heads) => heads[0].value;
const first = (heads) => heads[heads.length - 1].value;
function extreme$1(heads, sign) {
	const placed = heads.map((head) => ({
		...onScale(head.value),
		value: head.value
	})).filter((each) => each.scale);
	if (!placed.length) return latest(heads);
	const scale = Math.min(...placed.map((each) => each.scale));
	return placed.filter((each) => each.scale === scale).reduce((best, each) => sign * each.amount > sign * best.amount ? each : best).value;
}
function union(heads) {
	const lists = heads.map((head) => head.value).filter(isListOfCodes);
	return lists.length ? [...new Set(lists.flat())].sort(byCodePoint) : latest(heads);
}
function isListOfCodes(value) {
	return Array.isArray(value) && value.every((code) => typeof code === "string");
}
function join(heads) {
	const texts = heads.map((head) => head.value).filter((value) => typeof value === "string");
	return texts.length ? [...new Set(texts.reverse())].join(" | ") : latest(heads);
}
function leastFinished(heads) {
	const statuses = heads.map((head) => head.value);
	return LEAST_FINISHED_FIRST.find((status) => statuses.includes(status)) ?? latest(heads);
}
const CLOSING = /* @__PURE__ */ new Map([
	["latest", latest],
	["first", first],
	["largest", (heads) => extreme$1(heads, 1)],
	["smallest", (heads) => extreme$1(heads, -1)],
	["union", union],
	["join", join],
	["least_finished", leastFinished]
]);
const TIME$1 = "([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\\.([0-9]{1,3}))?)?(Z|[+-][0-9]{2}:[0-9]{2})?";
const DATE$1 = new RegExp(`^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T${TIME$1})?$`);
const CLOCK = new RegExp(`^${TIME$1}$`);
const [NONE, NUMBER$1, DAY, HOUR] = [
	0,
	1,
	2,
	3
];
function onScale(value) {
	if (typeof value === "number") return {
		scale: NUMBER$1,
		amount: value
	};
	if (typeof value !== "string") return {
		scale: NONE,
		amount: 0
	};
	const day = DATE$1.exec(value);
	if (day) {
		const [year, month, date] = day.slice(1, 4).map(Number);
		return {
			scale: DAY,
			amount: daysSince1970(year, month, date) * 864e5 + milliseconds(day.slice(4))
		};
	}
	const clock = CLOCK.exec(value);
	return clock ? {
		scale: HOUR,
		amount: milliseconds(clock.slice(1))
	} : {
		scale: NONE,
		amount: 0
	};
}
function milliseconds(parts) {
	const [hour, minute, second] = parts.slice(0, 3).map((part) => Number(part ?? 0));
	const offset = parts[4] ?? "Z";
	const minutes = offset === "Z" ? 0 : Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4));
	const ahead = offset.startsWith("-") ? -minutes : minutes;
	return ((hour * 60 + minute - ahead) * 60 + second) * 1e3 + Number((parts[3] ?? "0").padEnd(3, "0"));
}
function daysSince1970(year, month, day) {
	const years = year - (month <= 2 ? 1 : 0);
	const ofYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
	return years * 365 + Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400) + ofYear - 719468;
}
function distinctTexts(values) {
	const texts = values.filter((value) => typeof value === "string" && value !== "");
	return [...new Set(texts)].sort(byCodePoint);
}

function fold(record, stored, rules) {
	const heads = new Heads(record, stored);
	const content = contentMasks(heads);
	const deletions = new Deletions(heads, content);
	const byPath = [...heads.masks.keys()].sort(byCodePoint).map((path) => [path, heads.of(path)]);
	const { shown, conflicts } = decideAll(byPath, new Map(Object.entries(rules)), deletions);
	const writers = rowWriters(heads);
	const visibleRows = [...writers.keys()].filter((row) => !deletions.hides(`${row}/@row`));
	const marked = [...shown, ...marks(shown, visibleRows, deletions)].sort(([a], [b]) => byCodePoint(a, b));
	const places = Object.entries({
		changed_since_approval: isChangedSinceApproval(heads, content) ? [""] : [],
		edited_after_delete: deletions.uncovered.filter((prefix) => !deletions.hides(prefix)),
		rows_to_compare: rowsMadeApart(heads, writers, visibleRows)
	}).filter(([, prefixes]) => prefixes.length > 0);
	const env = shown.get("@env");
	return {
		record,
		form: heads.changes[0]?.change.form ?? "",
		seen: heads.changes.map((item) => item.id),
		values: Object.fromEntries(marked),
		heads: Object.fromEntries(byPath),
		conflicts: Object.fromEntries(conflicts),
		flags: places.map(([flag]) => flag).sort(),
		places: Object.fromEntries(places),
		status: text(shown.get("@status")),
		deleted: deletions.hidden.includes(""),
		hidden_rows: deletions.hidden.filter((row) => row !== ""),
		areas: distinctTexts(heads.of("@area").map((head) => head.value)),
		round: text(shown.get("@round")),
		subject: text(shown.get("@subject")),
		same_as: distinctTexts(heads.of("@same_as").map((head) => head.value)),
		comments: comments(shown, heads),
		env: isObject(env) ? env : {}
	};
}
function decideAll(byPath, rules, deletions) {
	const shown = /* @__PURE__ */ new Map();
	const conflicts = [];
	for (const [path, heads] of byPath) {
		const decision = decide(ruleOf(path, rules), heads);
		const isHidden = deletions.hides(path);
		const isDeletion = lastPart(path) === "@deleted";
		if (decision.isOpen && (!isHidden || isDeletion)) conflicts.push([path, heads]);
		if (decision.value !== null && !isHidden && !isDeletion) shown.set(path, decision.value);
	}
	return {
		shown,
		conflicts
	};
}
const text = (value) => typeof value === "string" ? value : "";
function isObject(value) {
	return value !== null && typeof value === "object" && !Array.isArray(value);
}
function marks(shown, rows, deletions) {
	const deleted = deletions.hidden.filter((prefix) => !deletions.hides(prefix));
	const withValue = new Set([...shown.keys()].flatMap(rowPrefixes));
	return [...deleted.map((prefix) => [prefix ? `${prefix}/@deleted` : "@deleted", true]), ...rows.filter((row) => !withValue.has(row)).map((row) => [`${row}/@row`, true])];
}
function comments(shown, heads) {
	const found = [];
	for (const [path, value] of shown) {
		if (!path.startsWith("@comment/") || !isObject(value) || !text(value.text)) continue;
		const newest = heads.of(path)[0];
		const comment = {
			id: path.slice(9),
			text: text(value.text),
			author: newest.author,
			at: newest.at
		};
		if (text(value.path)) comment.path = text(value.path);
		found.push(comment);
	}
	return found.sort((a, b) => a.at - b.at || byCodePoint(a.id, b.id));
}

const NOTHING_PUBLISHED = {
	entries: [],
	areas: [],
	rounds: []
};
var Catalogue = class Catalogue {
	bodies = /* @__PURE__ */ new Map();
	rules = /* @__PURE__ */ new Map();
	published = NOTHING_PUBLISHED;
	scope = [];
	publish(published) {
		this.published = published;
		this.rules.clear();
	}
	static key(entry) {
		return `${entry.id}\n${entry.version}`;
	}
	add(form) {
		this.bodies.set(Catalogue.key(form), form);
		this.rules.delete(form.id);
	}
	has(entry) {
		return this.bodies.has(Catalogue.key(entry));
	}
	static wanted(entries) {
		const newest = new Map(entries.map((entry) => [entry.id, entry]));
		return entries.filter((entry) => entry.rounds.length > 0 || newest.get(entry.id) === entry);
	}
	get wanted() {
		return Catalogue.wanted(this.published.entries);
	}
	get forms() {
		return [...new Set(this.published.entries.map((entry) => entry.id))].map((id) => this.judging(id)).filter((form) => form !== void 0);
	}
	judging(id, round = "") {
		const versions = this.published.entries.filter((entry) => entry.id === id && this.has(entry));
		const entry = versions.find((candidate) => round && candidate.rounds.includes(round)) ?? versions[versions.length - 1];
		return entry && this.bodies.get(Catalogue.key(entry));
	}
	version(id, version) {
		return this.bodies.get(Catalogue.key({
			id,
			version
		}));
	}
	conflictRules(id) {
		const known = this.rules.get(id);
		if (known) return known;
		const rules = {};
		for (const node of this.judging(id)?.nodes ?? []) if ("conflict" in node && node.conflict && node.conflict !== "ask") rules[node.path] = node.conflict;
		this.rules.set(id, rules);
		return rules;
	}
	area(code) {
		return this.published.areas.find((area) => area.code === code);
	}
	round(id) {
		return this.published.rounds.find((round) => round.id === id);
	}
	get areas() {
		const inside = new Set(this.scope);
		let before = -1;
		while (inside.size !== before) {
			before = inside.size;
			for (const area of this.published.areas) if (inside.has(area.parent)) inside.add(area.code);
		}
		return this.published.areas.filter((area) => inside.has(area.code));
	}
	get hamlets() {
		const areas = this.areas;
		const parents = new Set(areas.map((area) => area.parent));
		return areas.filter((area) => !parents.has(area.code));
	}
	get openRounds() {
		return this.published.rounds.filter((round) => round.open).sort((a, b) => a.starts < b.starts ? 1 : -1);
	}
	roundBefore(id) {
		const starts = this.round(id)?.starts ?? "￿";
		return this.published.rounds.filter((round) => round.id !== id && round.starts < starts).sort((a, b) => a.starts < b.starts ? 1 : -1)[0];
	}
	isRegister(id) {
		return this.published.entries.some((entry) => this.judging(entry.id)?.subject_form === id);
	}
	interviewForm(register) {
		return this.forms.find((form) => {
			const onePer = form.one_per ?? [];
			return form.subject_form === register && onePer.includes("subject") && onePer.includes("round");
		});
	}
};

const instanceOfAny = (object, constructors) => constructors.some((c) => object instanceof c);
let idbProxyableTypes;
let cursorAdvanceMethods;
function getIdbProxyableTypes() {
	return idbProxyableTypes || (idbProxyableTypes = [
		IDBIndex,
		IDBObjectStore,
		IDBCursor,
		IDBDatabase,
		IDBTransaction
	]);
}
function getCursorAdvanceMethods() {
	return cursorAdvanceMethods || (cursorAdvanceMethods = [
		"advance",
		"continue",
		"continuePrimaryKey"
	].map((method) => IDBCursor.prototype[method]));
}
const transactionDoneMap = /* @__PURE__ */ new WeakMap();
const transformCache = /* @__PURE__ */ new WeakMap();
const reverseTransformCache = /* @__PURE__ */ new WeakMap();
function promisifyRequest(request) {
	const promise = new Promise((resolve, reject) => {
		const unlisten = () => {
			request.removeEventListener("success", success);
			request.removeEventListener("error", error);
		};
		const success = () => {
			resolve(wrap(request.result));
			unlisten();
		};
		const error = () => {
			reject(request.error);
			unlisten();
		};
		request.addEventListener("success", success);
		request.addEventListener("error", error);
	});
	reverseTransformCache.set(promise, request);
	return promise;
}
function cacheDonePromiseForTransaction(tx) {
	if (transactionDoneMap.has(tx)) return;
	const done = new Promise((resolve, reject) => {
		const unlisten = () => {
			tx.removeEventListener("complete", complete);
			tx.removeEventListener("error", error);
			tx.removeEventListener("abort", error);
		};
		const complete = () => {
			resolve();
			unlisten();
		};
		const error = () => {
			reject(tx.error || new DOMException("AbortError", "AbortError"));
			unlisten();
		};
		tx.addEventListener("complete", complete);
		tx.addEventListener("error", error);
		tx.addEventListener("abort", error);
	});
	transactionDoneMap.set(tx, done);
}
let idbProxyTraps = {
	get(target, prop, receiver) {
		if (target instanceof IDBTransaction) {
			if (prop === "done") return transactionDoneMap.get(target);
			if (prop === "store") return receiver.objectStoreNames[1] ? void 0 : receiver.objectStore(receiver.objectStoreNames[0]);
		}
		return wrap(target[prop]);
	},
	set(target, prop, value) {
		target[prop] = value;
		return true;
	},
	has(target, prop) {
		if (target instanceof IDBTransaction && (prop === "done" || prop === "store")) return true;
		return prop in target;
	}
};
function replaceTraps(callback) {
	idbProxyTraps = callback(idbProxyTraps);
}
function wrapFunction(func) {
	if (getCursorAdvanceMethods().includes(func)) return function(...args) {
		func.apply(unwrap(this), args);
		return wrap(this.request);
	};
	return function(...args) {
		return wrap(func.apply(unwrap(this), args));
	};
}
function transformCachableValue(value) {
	if (typeof value === "function") return wrapFunction(value);
	if (value instanceof IDBTransaction) cacheDonePromiseForTransaction(value);
	if (instanceOfAny(value, getIdbProxyableTypes())) return new Proxy(value, idbProxyTraps);
	return value;
}
function wrap(value) {
	if (value instanceof IDBRequest) return promisifyRequest(value);
	if (transformCache.has(value)) return transformCache.get(value);
	const newValue = transformCachableValue(value);
	if (!Object.is(newValue, value)) {
		transformCache.set(value, newValue);
		reverseTransformCache.set(newValue, value);
	}
	return newValue;
}
const unwrap = (value) => reverseTransformCache.get(value);
function openDB(name, version, { blocked, upgrade, blocking, terminated } = {}) {
	const request = indexedDB.open(name, version);
	const openPromise = wrap(request);
	if (upgrade) request.addEventListener("upgradeneeded", (event) => {
		upgrade(wrap(request.result), event.oldVersion, event.newVersion, wrap(request.transaction), event);
	});
	if (blocked) request.addEventListener("blocked", (event) => blocked(event.oldVersion, event.newVersion, event));
	openPromise.then((db) => {
		if (terminated) db.addEventListener("close", () => terminated());
		if (blocking) db.addEventListener("versionchange", (event) => blocking(event.oldVersion, event.newVersion, event));
	}).catch(() => {});
	return openPromise;
}
const readMethods = [
	"get",
	"getKey",
	"getAll",
	"getAllKeys",
	"count"
];
const writeMethods = [
	"put",
	"add",
	"delete",
	"clear"
];
const cachedMethods = {};
function getMethod(target, prop) {
	if (!(target instanceof IDBDatabase && !(prop in target) && typeof prop === "string")) return;
	if (cachedMethods[prop]) return cachedMethods[prop];
	const targetFuncName = prop.replace(/FromIndex$/, "");
	const useIndex = prop !== targetFuncName;
	const isWrite = writeMethods.includes(targetFuncName);
	if (!(targetFuncName in (useIndex ? IDBIndex : IDBObjectStore).prototype) || !(isWrite || readMethods.includes(targetFuncName))) return;
	const method = async function(storeName, ...args) {
		const tx = this.transaction(storeName, isWrite ? "readwrite" : "readonly");
		let target = tx.store;
		if (useIndex) target = target.index(args.shift());
		return (await Promise.all([target[targetFuncName](...args), isWrite && tx.done]))[0];
	};
	return cachedMethods[prop] = method;
}
replaceTraps((oldTraps) => ({
	...oldTraps,
	get: (target, prop, receiver) => getMethod(target, prop) || oldTraps.get(target, prop, receiver),
	has: (target, prop) => !!getMethod(target, prop) || oldTraps.has(target, prop)
}));
const advanceMethodProps = [
	"advance",
	"continue",
	"continuePrimaryKey"
];
const methodMap = {};
const advanceResults = /* @__PURE__ */ new WeakMap();
const ittrProxiedCursorToOriginalProxy = /* @__PURE__ */ new WeakMap();
const cursorIteratorTraps = { get(target, prop) {
	if (!advanceMethodProps.includes(prop)) return target[prop];
	let cachedFunc = methodMap[prop];
	if (!cachedFunc) cachedFunc = methodMap[prop] = function(...args) {
		advanceResults.set(this, ittrProxiedCursorToOriginalProxy.get(this)[prop](...args));
	};
	return cachedFunc;
} };
async function* iterate(...args) {
	let cursor = this;
	if (!(cursor instanceof IDBCursor)) cursor = await cursor.openCursor(...args);
	if (!cursor) return;
	cursor = cursor;
	const proxiedCursor = new Proxy(cursor, cursorIteratorTraps);
	ittrProxiedCursorToOriginalProxy.set(proxiedCursor, cursor);
	reverseTransformCache.set(proxiedCursor, unwrap(cursor));
	while (cursor) {
		yield proxiedCursor;
		cursor = await (advanceResults.get(proxiedCursor) || cursor.continue());
		advanceResults.delete(proxiedCursor);
	}
}
function isIteratorProp(target, prop) {
	return prop === Symbol.asyncIterator && instanceOfAny(target, [
		IDBIndex,
		IDBObjectStore,
		IDBCursor
	]) || prop === "iterate" && instanceOfAny(target, [IDBIndex, IDBObjectStore]);
}
replaceTraps((oldTraps) => ({
	...oldTraps,
	get(target, prop, receiver) {
		if (isIteratorProp(target, prop)) return iterate;
		return oldTraps.get(target, prop, receiver);
	},
	has(target, prop) {
		return isIteratorProp(target, prop) || oldTraps.has(target, prop);
	}
}));

var LockedError = class extends Error {
	constructor() {
		super("The vault is locked");
	}
};
const ROWS = "rows";
const KEYRING = "keyring";
const IV_BYTES = 12;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
var Vault = class Vault {
	name;
	db;
	pinWrap;
	keys = null;
	tail = Promise.resolve();
	constructor(name, db, pinWrap) {
		this.name = name;
		this.db = db;
		this.pinWrap = pinWrap;
	}
	static async open(name = "thon") {
		const vault = new Vault(name, null, null);
		vault.pinWrap = await (await vault.connection()).get(KEYRING, "pin") ?? null;
		return vault;
	}
	get state() {
		if (!this.pinWrap) return "new";
		return this.keys ? "open" : "locked";
	}
	async connection() {
		if (this.db) return this.db;
		const lost = () => {
			this.db = null;
		};
		const db = await openDB(this.name, 1, {
			upgrade(fresh) {
				fresh.createObjectStore(ROWS);
				fresh.createObjectStore(KEYRING);
			},
			blocking: (_have, _want, event) => {
				event.target.close();
				lost();
			},
			terminated: lost
		});
		this.db = db;
		return db;
	}
	async onConnection(work) {
		try {
			return await work(await this.connection());
		} catch (error) {
			const name = error.name;
			if (!(name === "InvalidStateError" || name === "UnknownError" && /connection/i.test(String(error)))) throw error;
			this.db = null;
			return work(await this.connection());
		}
	}
	async deviceId(fresh) {
		return this.onConnection(async (db) => {
			const transaction = db.transaction(KEYRING, "readwrite", { durability: "strict" });
			const id = await transaction.store.get("device") ?? fresh();
			transaction.store.put(id, "device");
			await transaction.done;
			return id;
		});
	}
	async create(pin, recoveryKey, first = []) {
		if (this.pinWrap) throw new Error("The vault exists already");
		const dataKey = randomBytes(32);
		const pinWrap = await wrapByPin(dataKey, pin);
		const recovery = recoveryKey ? await wrapForRecovery(dataKey, recoveryKey) : null;
		const keys = await keysOf(dataKey);
		const sealed = await Promise.all(first.map((put) => this.seal(keys, put, plainText(put))));
		await this.onConnection(async (db) => {
			const transaction = db.transaction([ROWS, KEYRING], "readwrite", { durability: "strict" });
			if (await transaction.objectStore(KEYRING).get("pin")) throw new Error("The vault exists already");
			transaction.objectStore(ROWS).clear();
			for (const [key, envelope] of sealed) transaction.objectStore(ROWS).put(envelope, key);
			transaction.objectStore(KEYRING).put(pinWrap, "pin");
			if (recovery) transaction.objectStore(KEYRING).put(recovery, "recovery");
			await transaction.done;
		});
		this.pinWrap = pinWrap;
		this.keys = keys;
		dataKey.fill(0);
	}
	async unlock(pin) {
		if (!this.pinWrap) return false;
		const dataKey = await unwrapByPin(this.pinWrap, pin);
		if (!dataKey) return false;
		this.keys = await keysOf(dataKey);
		dataKey.fill(0);
		return true;
	}
	async changePin(old, next) {
		const dataKey = this.pinWrap && await unwrapByPin(this.pinWrap, old);
		if (!dataKey) return false;
		const pinWrap = await wrapByPin(dataKey, next);
		dataKey.fill(0);
		await this.onConnection(async (db) => {
			const transaction = db.transaction(KEYRING, "readwrite", { durability: "strict" });
			transaction.store.put(pinWrap, "pin");
			await transaction.done;
		});
		this.pinWrap = pinWrap;
		return true;
	}
	lock() {
		this.keys = null;
	}
	unlocked() {
		if (!this.keys) throw new LockedError();
		return this.keys;
	}
	prefix(keys, kind) {
		return digest(keys, kind, 9);
	}
	async key(keys, { kind, id }) {
		return await this.prefix(keys, kind) + await digest(keys, `${kind}\n${id}`, 18);
	}
	async get(kind, id) {
		return (await this.row(kind, id))?.value;
	}
	async row(kind, id) {
		const keys = this.unlocked();
		const key = await this.key(keys, {
			kind,
			id
		});
		const envelope = await this.onConnection((db) => db.get(ROWS, key));
		return envelope && openEnvelope(keys, key, envelope);
	}
	async all(kind) {
		const keys = this.unlocked();
		const prefix = await this.prefix(keys, kind);
		const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
		const [names, envelopes] = await this.onConnection(async (db) => {
			const store = db.transaction(ROWS).store;
			return Promise.all([store.getAllKeys(range), store.getAll(range)]);
		});
		return Promise.all(envelopes.map((envelope, index) => openEnvelope(keys, String(names[index]), envelope)));
	}
	write(puts, deletes = []) {
		const keys = this.unlocked();
		const plain = puts.map((put) => ({
			kind: put.kind,
			id: put.id,
			text: plainText(put)
		}));
		const work = this.tail.then(async () => {
			const sealed = await Promise.all(plain.map((row) => this.seal(keys, row, row.text)));
			const gone = await Promise.all(deletes.map((name) => this.key(keys, name)));
			await this.onConnection(async (db) => {
				const transaction = db.transaction(ROWS, "readwrite", { durability: "strict" });
				for (const key of gone) transaction.store.delete(key);
				for (const [key, envelope] of sealed) transaction.store.put(envelope, key);
				await transaction.done;
			});
		});
		this.tail = work.catch(() => void 0);
		return work;
	}
	async seal(keys, name, plain) {
		const key = await this.key(keys, name);
		return [key, await closeEnvelope(keys, key, plain)];
	}
	async wipe() {
		this.lock();
		await this.tail;
		await this.onConnection(async (db) => {
			const transaction = db.transaction([ROWS, KEYRING], "readwrite", { durability: "strict" });
			transaction.objectStore(ROWS).clear();
			transaction.objectStore(KEYRING).clear();
			await transaction.done;
		});
		this.pinWrap = null;
	}
	async close() {
		this.lock();
		await this.tail;
		this.db?.close();
		this.db = null;
	}
};
async function digest(keys, text, bytes) {
	const mac = await crypto.subtle.sign("HMAC", keys.names, encoder.encode(text));
	return toBase64url(new Uint8Array(mac, 0, bytes));
}
function plainText(put) {
	const head = encoder.encode(JSON.stringify([put.id, put.value]));
	const tail = new Uint8Array(put.bytes ?? /* @__PURE__ */ new ArrayBuffer(0));
	const plain = new Uint8Array(4 + head.length + tail.length);
	new DataView(plain.buffer).setUint32(0, head.length);
	plain.set(head, 4);
	plain.set(tail, 4 + head.length);
	return plain;
}
async function closeEnvelope(keys, key, plain) {
	const iv = randomBytes(IV_BYTES);
	const sealed = await crypto.subtle.encrypt({
		name: "AES-GCM",
		iv,
		additionalData: encoder.encode(key)
	}, keys.box, plain);
	const envelope = new Uint8Array(IV_BYTES + sealed.byteLength);
	envelope.set(iv);
	envelope.set(new Uint8Array(sealed), IV_BYTES);
	return envelope.buffer;
}
async function openEnvelope(keys, key, envelope) {
	const algorithm = {
		name: "AES-GCM",
		iv: new Uint8Array(envelope, 0, IV_BYTES),
		additionalData: encoder.encode(key)
	};
	const plain = await crypto.subtle.decrypt(algorithm, keys.box, new Uint8Array(envelope, IV_BYTES));
	const length = new DataView(plain).getUint32(0);
	const [id, value] = JSON.parse(decoder.decode(new Uint8Array(plain, 4, length)));
	return {
		id,
		value,
		bytes: plain.slice(4 + length)
	};
}

const FRESH_SYNC = {
	cursor: "",
	last: null,
	generation: 0,
	isComplete: false,
	lastSync: 0,
	leaving: []
};
var Ledger = class Ledger {
	vault;
	catalogue = new Catalogue();
	known = /* @__PURE__ */ new Map();
	carried = /* @__PURE__ */ new Map();
	drafts = /* @__PURE__ */ new Map();
	sync = FRESH_SYNC;
	device = {
		id: "",
		seq: 0,
		newHouseholds: 0,
		former: []
	};
	unsentFiles = [];
	people = {};
	enrolled = {
		token: "",
		deviceKey: "",
		areas: [],
		users: [],
		user: ""
	};
	revision = 0;
	isClosed = false;
	byRecord = /* @__PURE__ */ new Map();
	folds = /* @__PURE__ */ new Map();
	listeners = /* @__PURE__ */ new Set();
	constructor(vault) {
		this.vault = vault;
	}
	static async load(vault) {
		const ledger = new Ledger(vault);
		const [changes, drafts, carried, forms, sync, device, enrolled, published, unsentFiles, people] = await Promise.all([
			vault.all("change"),
			vault.all("draft"),
			vault.all("carried"),
			vault.all("form"),
			vault.get("meta", "sync"),
			vault.get("meta", "device"),
			vault.get("meta", "enrolled"),
			vault.get("meta", "published"),
			vault.get("meta", "files"),
			vault.get("meta", "people")
		]);
		for (const form of forms) ledger.catalogue.add(form.value);
		if (published) ledger.catalogue.publish(published);
		ledger.apply({
			changes: changes.flatMap((row) => known$1(row.id, row.value) ?? []),
			drafts: drafts.map((row) => row.value),
			carried: carried.map((row) => row.value),
			sync,
			device,
			enrolled,
			unsentFiles,
			people
		});
		return ledger;
	}
	close() {
		this.isClosed = true;
	}
	async commit(entry) {
		if (this.isClosed) throw new LockedError();
		await this.vault.write(putsOf(entry), deletesOf(entry));
		this.apply(entry);
	}
	apply(entry) {
		const touched = /* @__PURE__ */ new Set();
		for (const id of entry.dropChanges ?? []) {
			const gone = this.known.get(id);
			if (!gone) continue;
			this.known.delete(id);
			this.byRecord.get(gone.change.record)?.delete(id);
			touched.add(gone.change.record);
		}
		for (const change of entry.changes ?? []) {
			this.known.set(change.id, change);
			const record = change.change.record;
			if (!this.byRecord.has(record)) this.byRecord.set(record, /* @__PURE__ */ new Set());
			this.byRecord.get(record).add(change.id);
			touched.add(record);
		}
		for (const draft of entry.drafts ?? []) touched.add((this.drafts.set(draft.record, draft), draft.record));
		for (const record of entry.dropDrafts ?? []) touched.add((this.drafts.delete(record), record));
		for (const copy of entry.carried ?? []) touched.add((this.carried.set(copy.record, copy), copy.record));
		for (const record of entry.dropCarried ?? []) touched.add((this.carried.delete(record), record));
		if (entry.sync) this.sync = entry.sync;
		if (entry.device) this.device = entry.device;
		if (entry.unsentFiles) this.unsentFiles = entry.unsentFiles;
		if (entry.people) this.people = entry.people;
		if (entry.enrolled) {
			this.enrolled = entry.enrolled;
			this.catalogue.scope = entry.enrolled.areas;
		}
		this.tell([...touched]);
	}
	tell(records) {
		this.revision++;
		if (records === null) this.folds.clear();
		else for (const record of records) this.folds.delete(record);
		for (const listener of this.listeners) listener(records);
	}
	onChange(listener) {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}
	user(id) {
		return this.enrolled.users.find((user) => user.id === id);
	}
	nameOf(id) {
		return this.user(id)?.name ?? this.people[id] ?? "";
	}
	records() {
		const inhabited = [...this.byRecord].filter(([, ids]) => ids.size > 0).map(([record]) => record);
		return [.../* @__PURE__ */ new Set([...inhabited, ...this.drafts.keys()])];
	}
	changesOf(record) {
		return [...this.byRecord.get(record) ?? []].map((id) => this.known.get(id));
	}
	presentIn(record) {
		return this.changesOf(record).filter((change) => change.state !== "discarded");
	}
	stored(change) {
		const { receipt } = change;
		const role = receipt?.role || this.user(change.change.author)?.role || "interviewer";
		return {
			id: change.id,
			change: change.change,
			at: receipt?.at ?? change.change.at,
			role
		};
	}
	folded(record) {
		const have = this.folds.get(record);
		if (have) return have;
		const present = this.presentIn(record);
		if (present.length === 0) return void 0;
		const made = this.foldOf(record, present);
		this.folds.set(record, made);
		return made;
	}
	foldOf(record, changes) {
		const form = changes[0]?.change.form ?? "";
		return fold(record, changes.map((change) => this.stored(change)), this.catalogue.conflictRules(form));
	}
	outbox() {
		const { generation } = this.sync;
		return [...this.known.values()].filter((change) => change.state === "waiting" || change.generation < generation).sort((a, b) => a.change.at - b.change.at || a.change.seq - b.change.seq);
	}
	isOwn(change) {
		const { device } = change.change;
		return device === this.device.id || this.device.former.includes(device);
	}
	get filesToSend() {
		const bodies = [...this.known.values()].filter((change) => this.isOwn(change)).map((change) => change.body);
		return this.unsentFiles.filter((file) => bodies.some((body) => body.includes(file)));
	}
	get orphanFiles() {
		const drafts = [...this.drafts.values()].map((draft) => JSON.stringify(draft.touched));
		const wanted = new Set(this.filesToSend);
		return this.unsentFiles.filter((file) => !wanted.has(file) && !drafts.some((draft) => draft.includes(file)));
	}
	isWaiting(change) {
		return change.state === "waiting" || change.state === "confirmed" && change.generation < this.sync.generation;
	}
	isConfirmed(change) {
		return change.state === "confirmed" && change.receipt !== void 0 && !this.isWaiting(change);
	}
};
function known$1(id, row) {
	const change = parseChange(row.body);
	return typeof change === "string" ? null : {
		...row,
		id,
		change
	};
}
function putsOf(entry) {
	const puts = [
		...(entry.changes ?? []).map(({ id, body, state, generation, receipt, reason }) => {
			return {
				kind: "change",
				id,
				value: {
					body,
					state,
					generation,
					receipt,
					reason
				}
			};
		}),
		...(entry.drafts ?? []).map((draft) => ({
			kind: "draft",
			id: draft.record,
			value: draft
		})),
		...(entry.carried ?? []).map((copy) => ({
			kind: "carried",
			id: copy.record,
			value: copy
		}))
	];
	for (const { id, row } of entry.unread ?? []) puts.push({
		kind: "change",
		id,
		value: row
	});
	if (entry.file) puts.push({
		kind: "file",
		id: entry.file.sha256,
		value: { type: entry.file.type },
		bytes: entry.file.bytes
	});
	if (entry.unsentFiles) puts.push({
		kind: "meta",
		id: "files",
		value: entry.unsentFiles
	});
	if (entry.people) puts.push({
		kind: "meta",
		id: "people",
		value: entry.people
	});
	if (entry.sync) puts.push({
		kind: "meta",
		id: "sync",
		value: entry.sync
	});
	if (entry.device) puts.push({
		kind: "meta",
		id: "device",
		value: entry.device
	});
	if (entry.enrolled) puts.push({
		kind: "meta",
		id: "enrolled",
		value: entry.enrolled
	});
	return puts;
}
function deletesOf(entry) {
	return [
		...(entry.dropChanges ?? []).map((id) => ({
			kind: "change",
			id
		})),
		...(entry.dropDrafts ?? []).map((id) => ({
			kind: "draft",
			id
		})),
		...(entry.dropCarried ?? []).map((id) => ({
			kind: "carried",
			id
		})),
		...(entry.dropFiles ?? []).map((id) => ({
			kind: "file",
			id
		}))
	];
}

const SPACES = /[ \t-\r\u00a0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;
function searchKey(text) {
	return text.normalize("NFC").toLowerCase().replaceAll("đ", "d").replace(/['’‘ʼ-]/g, "").normalize("NFD").replace(/\p{M}/gu, "").replace(SPACES, " ").replace(/^ | $/g, "");
}

function matches(query, text) {
	const words = searchKey(text).split(/[\s·,./]+/);
	return searchKey(query).split(/\s+/).filter(Boolean).every((wanted) => words.some((word) => word.startsWith(wanted)));
}
function likeness(a, b) {
	const left = searchKey(a).split(/\s+/).filter(Boolean);
	const right = searchKey(b).split(/\s+/).filter(Boolean);
	if (left.length === 0 || right.length === 0) return 0;
	const [few, many] = left.length <= right.length ? [left, [...right]] : [right, [...left]];
	let sum = 0;
	for (const word of few) {
		const scores = many.map((other) => nearness(word, other));
		const best = scores.indexOf(Math.max(...scores));
		sum += scores[best];
		many.splice(best, 1);
		if (many.length === 0) break;
	}
	return sum / Math.max(left.length, right.length);
}
function nearness(a, b) {
	return 1 - distance(a, b) / Math.max(a.length, b.length);
}
function distance(a, b) {
	let row = Array.from({ length: b.length + 1 }, (_, index) => index);
	for (let i = 1; i <= a.length; i++) {
		const next = [i];
		for (let j = 1; j <= b.length; j++) next.push(Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
		row = next;
	}
	return row[b.length];
}

function inOrder(ledger, changes) {
	const at = new Map(changes.map((change) => [change.id, ledger.stored(change).at]));
	return [...changes].sort((a, b) => at.get(a.id) - at.get(b.id) || (a.id < b.id ? -1 : 1));
}
const writes = (change, status) => change.set["@status"] === status;
function openComments(present) {
	const answered = new Set(present.filter(({ change }) => writes(change, "submitted")).flatMap(({ id, change }) => [id, ...change.seen]));
	const open = present.filter(({ id }) => !answered.has(id)).flatMap(({ change }) => Object.keys(change.set));
	return new Set(open.filter((path) => path.startsWith("@comment/")).map((path) => path.slice(9)));
}
function asReturned(present) {
	const last = [...present].reverse().find(({ change }) => writes(change, "returned"));
	if (!last) return null;
	const shown = /* @__PURE__ */ new Set([last.id, ...last.change.seen]);
	return present.filter(({ id }) => shown.has(id));
}

const MS_A_DAY = 864e5;
const MOST_DAYS = 36524250;
const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const TIME = /^([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?$/;
const ENGLISH = {
	months: [
		"Jan",
		"Feb",
		"Mar",
		"Apr",
		"May",
		"Jun",
		"Jul",
		"Aug",
		"Sep",
		"Oct",
		"Nov",
		"Dec"
	],
	weekdays: [
		"Sun",
		"Mon",
		"Tue",
		"Wed",
		"Thu",
		"Fri",
		"Sat"
	]
};
const VIETNAMESE = {
	months: ENGLISH.months.map((_, month) => `Thg ${month + 1}`),
	weekdays: [
		"CN",
		"T2",
		"T3",
		"T4",
		"T5",
		"T6",
		"T7"
	]
};
const floorDiv = (a, b) => Math.floor(a / b);
const modulo = (a, b) => a - b * Math.floor(a / b);
const padded = (number, width) => String(number).padStart(width, "0");
var Day = class {
	days;
	constructor(days) {
		this.days = days;
	}
	day() {
		return this;
	}
};
var Moment = class {
	ms;
	offset_min;
	constructor(ms, offset_min) {
		this.ms = ms;
		this.offset_min = offset_min;
	}
	localMs() {
		return this.ms + this.offset_min * 6e4;
	}
	day() {
		return new Day(floorDiv(this.localMs(), MS_A_DAY));
	}
};
function daysFromCivil(civilYear, month, day) {
	const year = month <= 2 ? civilYear - 1 : civilYear;
	const era = floorDiv(year, 400);
	const yearOfEra = year - era * 400;
	const dayOfYear = floorDiv(153 * (month > 2 ? month - 3 : month + 9) + 2, 5) + day - 1;
	const dayOfEra = yearOfEra * 365 + floorDiv(yearOfEra, 4) - floorDiv(yearOfEra, 100) + dayOfYear;
	return era * 146097 + dayOfEra - 719468;
}
function civilFromDays(civilDays) {
	const days = civilDays + 719468;
	const era = floorDiv(days, 146097);
	const dayOfEra = days - era * 146097;
	const yearOfEra = floorDiv(dayOfEra - floorDiv(dayOfEra, 1460) + floorDiv(dayOfEra, 36524) - floorDiv(dayOfEra, 146096), 365);
	const dayOfYear = dayOfEra - (365 * yearOfEra + floorDiv(yearOfEra, 4) - floorDiv(yearOfEra, 100));
	const shifted = floorDiv(5 * dayOfYear + 2, 153);
	const month = shifted < 10 ? shifted + 3 : shifted - 9;
	return [
		yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
		month,
		dayOfYear - floorDiv(153 * shifted + 2, 5) + 1
	];
}
function parseDay(text) {
	const match = DATE.exec(text);
	if (!match) return null;
	const [year, month, day] = [
		Number(match[1]),
		Number(match[2]),
		Number(match[3])
	];
	const days = daysFromCivil(year, month, day);
	const [y, m, d] = civilFromDays(days);
	return y === year && m === month && d === day ? new Day(days) : null;
}
function parseTime(text) {
	const match = TIME.exec(text);
	if (!match) return null;
	const [hour, minute, second] = [
		Number(match[1]),
		Number(match[2]),
		Number(match[3] ?? 0)
	];
	if (hour > 23 || minute > 59 || second > 59) return null;
	const ms = Number(((match[4] ?? "") + "000").slice(0, 3));
	return [((hour * 60 + minute) * 60 + second) * 1e3 + ms, parseOffset(match[5])];
}
function parseOffset(zone) {
	if (!zone) return null;
	if (zone === "Z") return 0;
	const digits = zone.slice(1).replace(":", "");
	const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
	return zone.startsWith("-") ? 0 - minutes : minutes;
}
function parseMoment(text, offset_min) {
	const at = text.indexOf("T");
	if (at < 0) return null;
	const day = parseDay(text.slice(0, at));
	const time = parseTime(text.slice(at + 1));
	if (!day || !time) return null;
	const zone = time[1] ?? offset_min;
	return new Moment(day.days * MS_A_DAY + time[0] - zone * 6e4, zone);
}
function dayText(day) {
	const [year, month, date] = civilFromDays(day.days);
	return `${yearText(year)}-${padded(month, 2)}-${padded(date, 2)}`;
}
function momentText(moment) {
	const offset = Math.abs(moment.offset_min);
	const zone = `${moment.offset_min < 0 ? "-" : "+"}${padded(floorDiv(offset, 60), 2)}:${padded(offset % 60, 2)}`;
	return `${dayText(moment.day())}T${clockText(modulo(moment.localMs(), MS_A_DAY))}${zone}`;
}
function clockText(ms) {
	const [hour, minute, second] = clock(ms);
	return `${padded(hour, 2)}:${padded(minute, 2)}:${padded(second, 2)}.${padded(ms % 1e3, 3)}`;
}
function clock(ms) {
	return [
		floorDiv(ms, 36e5),
		floorDiv(ms, 6e4) % 60,
		floorDiv(ms, 1e3) % 60
	];
}
function yearText(year) {
	return year >= 0 ? padded(year, 4) : `-${padded(-year, 4)}`;
}
function formatDate(value, pattern, lang) {
	const { days } = value.day();
	const time = value instanceof Day ? 0 : modulo(value.localMs(), MS_A_DAY);
	const [year, month, date] = civilFromDays(days);
	const [hour, minute, second] = clock(time);
	const names = lang === "vi" ? VIETNAMESE : ENGLISH;
	const tokens = {
		Y: yearText(year),
		y: padded(modulo(year, 100), 2),
		m: padded(month, 2),
		n: String(month),
		b: names.months[month - 1],
		d: padded(date, 2),
		e: String(date),
		a: names.weekdays[modulo(days + 4, 7)],
		H: padded(hour, 2),
		h: String(hour),
		M: padded(minute, 2),
		S: padded(second, 2),
		"3": padded(time % 1e3, 3),
		"%": "%"
	};
	return pattern.replace(/%([^\n])/gu, (whole, token) => Object.hasOwn(tokens, token) ? tokens[token] : whole);
}
function monthsBetween(first, second) {
	if (second.days < first.days) return 0 - monthsBetween(second, first);
	const [y1, m1, d1] = civilFromDays(first.days);
	const [y2, m2, d2] = civilFromDays(second.days);
	return (y2 - y1) * 12 + m2 - m1 - (d2 < d1 ? 1 : 0);
}

const NUMBER = /^-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$/;
function trimmed(text) {
	return text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
}
function numberText(number) {
	if (!Number.isFinite(number)) return "";
	const text = String(number);
	const [mantissa, exponent] = text.split("e");
	if (exponent === void 0) return text;
	const sign = mantissa.startsWith("-") ? "-" : "";
	const [whole, fraction = ""] = mantissa.replace("-", "").split(".");
	let digits = whole + fraction;
	let point = whole.length + Number(exponent);
	if (point <= 0) {
		digits = "0".repeat(1 - point) + digits;
		point = 1;
	}
	digits = digits.padEnd(point, "0");
	const tail = digits.slice(point).replace(/0+$/, "");
	return sign + digits.slice(0, point) + (tail ? `.${tail}` : "");
}
function toText(value) {
	if (typeof value === "string") return value;
	if (typeof value === "boolean") return value ? "true" : "false";
	if (typeof value === "number") return numberText(value);
	return value instanceof Day ? dayText(value) : momentText(value);
}
function toNumber(value, offset_min) {
	if (typeof value === "number") return value;
	if (typeof value === "boolean") return value ? 1 : 0;
	if (typeof value === "string") return textNumber(trimmed(value), offset_min);
	return value instanceof Day ? value.days : value.ms / MS_A_DAY;
}
function textNumber(text, offset_min) {
	if (NUMBER.test(text)) return Number(text) + 0;
	if (text.length < 5 || text[2] !== ":" && text[4] !== "-") return NaN;
	const time = parseTime(text);
	if (time) return time[0] / MS_A_DAY;
	const date = parseDate(text, offset_min);
	return date === null ? NaN : toNumber(date, offset_min);
}
function toBoolean(value) {
	if (typeof value === "boolean") return value;
	if (typeof value === "string") return value !== "";
	if (typeof value === "number") return value !== 0 && !Number.isNaN(value);
	return true;
}
function parseDate(text, offset_min) {
	return parseDay(text) ?? parseMoment(text, offset_min);
}
function toDate(value, offset_min, isWhole = false) {
	if (value instanceof Day || value instanceof Moment) return value;
	if (typeof value === "boolean") return null;
	let number;
	if (typeof value === "string") {
		const text = trimmed(value);
		const found = parseDate(text, offset_min);
		if (found) return found;
		number = NUMBER.test(text) ? Number(text) + 0 : NaN;
	} else number = value;
	if (Number.isNaN(number) || Math.abs(number) > 36524250) return null;
	if (isWhole || number === Math.floor(number)) return new Day(Math.floor(number));
	return new Moment(Math.floor(number * MS_A_DAY + .5), offset_min);
}
function compared(left, right, offset_min) {
	if (typeof left === "number" && typeof right === "number") return [left, right];
	const first = dated(left, offset_min);
	const second = dated(right, offset_min);
	if (first instanceof Day && second instanceof Moment) return [first.days, second.localMs() / MS_A_DAY];
	if (first instanceof Moment && second instanceof Day) return [first.localMs() / MS_A_DAY, second.days];
	return [toNumber(first, offset_min), toNumber(second, offset_min)];
}
function dated(value, offset_min) {
	return typeof value === "string" && value.length > 9 ? parseDate(trimmed(value), offset_min) ?? value : value;
}
function isEqual(left, right, offset_min) {
	if (typeof left === "string" && typeof right === "string") return left === right;
	if (typeof left === "boolean" || typeof right === "boolean") return toBoolean(left) === toBoolean(right);
	const [first, second] = compared(left, right, offset_min);
	return first === second || Math.abs(first - second) < 1e-12;
}
function codes(value) {
	return toText(value).split(/[ \t\r\n]+/).filter((code) => code !== "");
}
function fromJson(value) {
	if (value === null || value === void 0) return "";
	if (typeof value === "string") return value;
	if (typeof value === "number") return value + 0;
	if (typeof value === "boolean") return value ? "OK" : "";
	if (Array.isArray(value)) {
		const separator = value.some((item) => Array.isArray(item)) ? "; " : " ";
		return value.map((item) => toText(fromJson(item))).join(separator);
	}
	return toText(fromJson(value["name"]));
}
function toJson(value) {
	if (typeof value === "string") return value || null;
	if (typeof value === "boolean") return value;
	if (typeof value === "number") return Number.isFinite(value) ? value + 0 : null;
	return toText(value);
}

function valueOf(node, answer, offset_min) {
	const value = fromJson(answer);
	if (typeof value !== "string" || value === "") return value;
	if (node.k === "date" && node.kind !== "time") {
		const found = toDate(value, offset_min);
		if (!found) return value;
		return node.kind === "datetime" ? found : found.day();
	}
	if (node.k === "number") {
		const number = textNumber(value, offset_min);
		return Number.isNaN(number) ? value : number;
	}
	return value;
}
function answerFrom(node, value, offset_min) {
	const text = toText(value);
	if (text === "") return null;
	switch (node.k) {
		case "number": return toJson(toNumber(value, offset_min));
		case "select_multiple": {
			const chosen = [...new Set(codes(value))];
			return node.rank ? chosen : chosen.sort(byCodePoint);
		}
		case "acknowledge": return toBoolean(value) && text !== "false" ? true : null;
		case "date": return dateAnswer(node, value, offset_min);
		case "geo": return geoAnswer(node, text, offset_min);
		case "file": return null;
		default: return text;
	}
}
function dateAnswer(node, value, offset_min) {
	const text = toText(value);
	if (node.kind === "time" && parseTime(text)) return text;
	const found = toDate(value, offset_min);
	if (!found) return null;
	if (node.kind === "time") {
		if (found instanceof Day) return null;
		const local = found.localMs();
		return clockText(local - MS_A_DAY * Math.floor(local / MS_A_DAY)) + momentText(found).slice(-6);
	}
	if (node.kind !== "datetime") return toText(found.day());
	return toText(found instanceof Day ? new Moment(found.days * MS_A_DAY - offset_min * 6e4, offset_min) : found);
}
function geoAnswer(node, text, offset_min) {
	const points = text.split(";").map((point) => codes(point).map((part) => textNumber(part, offset_min)));
	if (points.some((point) => point.length < 2 || point.some(Number.isNaN))) return null;
	const plain = points.map((point) => [
		...point,
		0,
		0
	].slice(0, Math.max(4, point.length)).map(toJson));
	return (node.kind ?? "geopoint") === "geopoint" ? plain[0] : plain;
}

function isQuestion(node) {
	return node.k !== "group" && node.k !== "repeat" && node.k !== "note" && node.k !== "calculate" && node.k !== "meta";
}

const LAST = 1114111;
const DIGIT = [[48, 57]];
const WORD = [
	[48, 57],
	[65, 90],
	[95, 95],
	[97, 122]
];
const CLASSES = {
	d: DIGIT,
	w: WORD,
	s: [[9, 13], [32, 32]]
};
const CONTROLS = {
	t: 9,
	n: 10,
	v: 11,
	f: 12,
	r: 13
};
const MOST_REPEATS = 1e3;
const MOST_STATES = 1e4;
const DEEPEST = 50;
var Unsupported = class extends Error {};
function complement(ranges) {
	const gaps = [];
	let at = 0;
	for (const [low, high] of [...ranges].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
		if (low > at) gaps.push([at, low - 1]);
		at = Math.max(at, high + 1);
	}
	if (at <= LAST) gaps.push([at, LAST]);
	return gaps;
}
const isIn = (code, ranges) => ranges.some(([low, high]) => low <= code && code <= high);
const single = (char) => [[char.codePointAt(0), char.codePointAt(0)]];
const isSingle = (ranges) => ranges.length === 1 && ranges[0][0] === ranges[0][1];
var Parser = class {
	source;
	at = 0;
	depth = 0;
	constructor(source) {
		this.source = [...source];
	}
	parse() {
		const part = this.alternatives();
		if (this.at < this.source.length) throw new Unsupported("A ) closes no group.");
		return part;
	}
	peek(ahead = 0) {
		return this.source[this.at + ahead] ?? "";
	}
	follows(text) {
		return [...text].every((char, ahead) => this.peek(ahead) === char);
	}
	take(text) {
		const found = this.follows(text);
		if (found) this.at += text.length;
		return found;
	}
	alternatives() {
		const parts = [this.sequence()];
		while (this.take("|")) parts.push(this.sequence());
		return parts.length === 1 ? parts[0] : {
			kind: "alt",
			parts
		};
	}
	sequence() {
		const parts = [];
		while (![
			"",
			"|",
			")"
		].includes(this.peek())) parts.push(this.quantified());
		return {
			kind: "seq",
			parts
		};
	}
	quantified() {
		const part = this.atom();
		const bounds = this.bounds();
		if (!bounds) return part;
		if ([
			"start",
			"end",
			"word",
			"look"
		].includes(part.kind)) throw new Unsupported("A quantifier follows something that has no length.");
		this.take("?");
		if (this.peek() === "+" || this.bounds()) throw new Unsupported("A quantifier follows a quantifier.");
		return {
			kind: "rep",
			part,
			least: bounds[0],
			most: bounds[1]
		};
	}
	bounds() {
		if (this.take("*")) return [0, -1];
		if (this.take("+")) return [1, -1];
		if (this.take("?")) return [0, 1];
		if (this.peek() !== "{") return null;
		const match = /^\{([0-9]{1,6})(?:(,)([0-9]{1,6})?)?\}/.exec(this.source.slice(this.at, this.at + 16).join(""));
		if (!match) return null;
		const least = Number(match[1]);
		const most = match[3] ? Number(match[3]) : match[2] ? -1 : least;
		if (Math.max(least, most) > MOST_REPEATS || most >= 0 && most < least) throw new Unsupported(`A quantifier counts at most ${MOST_REPEATS}, the smaller number first.`);
		this.at += match[0].length;
		return [least, most];
	}
	atom() {
		const char = this.peek();
		this.at += 1;
		if (char === "(") return this.group();
		if (char === "[") return {
			kind: "set",
			ranges: this.bracket()
		};
		if (char === ".") return {
			kind: "set",
			ranges: complement([[10, 10], [13, 13]])
		};
		if (char === "^") return { kind: "start" };
		if (char === "$") return { kind: "end" };
		if (char === "\\") {
			if (this.take("b")) return {
				kind: "word",
				wanted: true
			};
			if (this.take("B")) return {
				kind: "word",
				wanted: false
			};
			return {
				kind: "set",
				ranges: this.escape()
			};
		}
		if ("*+?".includes(char)) throw new Unsupported(`Nothing stands before ${char}.`);
		return {
			kind: "set",
			ranges: single(char)
		};
	}
	group() {
		const look = ["?=", "?!"].find((sign) => this.take(sign));
		if (!look && !this.take("?:") && this.peek() === "?") throw new Unsupported("Groups are ( ), (?: ), (?= ) or (?! ).");
		this.depth += 1;
		if (this.depth > DEEPEST) throw new Unsupported("Groups are nested too deeply.");
		const part = this.alternatives();
		this.depth -= 1;
		if (!this.take(")")) throw new Unsupported("A group is not closed.");
		return look ? {
			kind: "look",
			part,
			wanted: look === "?="
		} : part;
	}
	escape() {
		const char = this.peek();
		this.at += 1;
		const ranges = CLASSES[char.toLowerCase()];
		if (ranges) return char === char.toLowerCase() ? ranges : complement(ranges);
		const control = CONTROLS[char];
		if (control !== void 0) return [[control, control]];
		if (char === "x" || char === "u") {
			const width = char === "x" ? 2 : 4;
			const digits = this.source.slice(this.at, this.at + width).join("");
			if (digits.length === width && /^[0-9a-fA-F]+$/.test(digits)) {
				this.at += width;
				return [[parseInt(digits, 16), parseInt(digits, 16)]];
			}
		}
		if (char === "" || /^[A-Za-z0-9]$/.test(char)) throw new Unsupported(`\\${char} is not supported.`);
		return single(char);
	}
	bracket() {
		const negated = this.take("^");
		const ranges = [];
		let first = true;
		while (first || this.peek() !== "]") {
			if (this.peek() === "" || this.follows("[:") || this.follows("&&")) throw new Unsupported("A class in [ ] is not closed, or of a kind that is not supported.");
			ranges.push(...this.range());
			first = false;
		}
		this.at += 1;
		return negated ? complement(ranges) : ranges;
	}
	range() {
		const low = this.member();
		if (this.peek() !== "-" || ["", "]"].includes(this.peek(1)) || !isSingle(low)) return low;
		const mark = this.at;
		this.at += 1;
		const high = this.member();
		if (!isSingle(high)) {
			this.at = mark;
			return low;
		}
		if (high[0][0] < low[0][0]) throw new Unsupported("A range in [ ] runs backwards.");
		return [[low[0][0], high[0][0]]];
	}
	member() {
		const char = this.peek();
		this.at += 1;
		return char === "\\" ? this.escape() : single(char);
	}
};
var Pattern = class {
	states = [{
		kind: "accept",
		next: []
	}];
	first;
	constructor(source) {
		this.first = this.build(new Parser(source).parse(), 0);
	}
	matches(text) {
		return this.run(this.first, Array.from(text, (char) => char.codePointAt(0)), 0, true);
	}
	add(state) {
		if (this.states.length >= MOST_STATES) throw new Unsupported("The pattern is too large.");
		this.states.push(state);
		return this.states.length - 1;
	}
	build(part, following) {
		if (part.kind === "seq") return part.parts.reduceRight((next, one) => this.build(one, next), following);
		if (part.kind === "alt") return this.add({
			kind: "split",
			next: part.parts.map((one) => this.build(one, following))
		});
		if (part.kind === "rep") return this.buildRepeat(part.part, part.least, part.most, following);
		if (part.kind === "look") return this.add({
			kind: "look",
			first: this.build(part.part, 0),
			wanted: part.wanted,
			next: [following]
		});
		return this.add({
			...part,
			next: [following]
		});
	}
	buildRepeat(body, least, most, following) {
		let start = following;
		if (most < 0) {
			start = this.add({
				kind: "split",
				next: [following]
			});
			this.states[start].next.push(this.build(body, start));
		} else for (let at = least; at < most; at++) start = this.add({
			kind: "split",
			next: [this.build(body, start), following]
		});
		for (let at = 0; at < least; at++) start = this.build(body, start);
		return start;
	}
	reach(starts, text, at) {
		const reached = /* @__PURE__ */ new Set();
		const stack = [...starts];
		while (stack.length > 0) {
			const number = stack.pop();
			if (reached.has(number)) continue;
			reached.add(number);
			const state = this.states[number];
			if (state.kind === "split" || this.holds(state, text, at)) stack.push(...state.next);
		}
		return reached;
	}
	holds(state, text, at) {
		if (state.kind === "start") return at === 0;
		if (state.kind === "end") return at === text.length;
		if (state.kind === "word") return (at > 0 && isIn(text[at - 1], WORD)) !== (at < text.length && isIn(text[at], WORD)) === state.wanted;
		return state.kind === "look" && this.run(state.first, text, at, false) === state.wanted;
	}
	run(start, text, from, whole) {
		let at = from;
		let current = this.reach([start], text, at);
		while (current.size > 0) {
			if (current.has(0) && (at === text.length || !whole)) return true;
			if (at === text.length) return false;
			const steps = [];
			for (const number of current) {
				const state = this.states[number];
				if (state.kind === "set" && isIn(text[at], state.ranges)) steps.push(state.next[0]);
			}
			at += 1;
			current = this.reach(steps, text, at);
		}
		return false;
	}
};
const known = /* @__PURE__ */ new Map();
function readPattern(source) {
	let found = known.get(source);
	if (found === void 0) {
		try {
			found = new Pattern(source);
		} catch (reason) {
			if (!(reason instanceof Unsupported)) throw reason;
			found = reason.message;
		}
		if (known.size > 255) known.clear();
		known.set(source, found);
	}
	return found;
}
function isMatch(source, text) {
	const pattern = readPattern(source);
	return typeof pattern !== "string" && pattern.matches(text);
}

var Call = class {
	values;
	offset_min;
	lang;
	constructor(values, offset_min, lang) {
		this.values = values;
		this.offset_min = offset_min;
		this.lang = lang;
	}
	get length() {
		return this.values.length;
	}
	value(index) {
		return this.values[index] ?? "";
	}
	text(index) {
		return toText(this.value(index));
	}
	chars(index) {
		return Array.from(this.text(index));
	}
	number(index) {
		return toNumber(this.value(index), this.offset_min);
	}
	truth(index) {
		return toBoolean(this.value(index));
	}
	date(index) {
		return toDate(this.value(index), this.offset_min);
	}
	integer(index, otherwise = 0) {
		const number = this.number(index);
		return Number.isNaN(number) ? otherwise : Math.trunc(Math.max(-1e9, Math.min(1e9, number)));
	}
};
function sameDigits(number) {
	return Number.isFinite(number) ? Number(number.toPrecision(12)) + 0 : number;
}
const analytic = (apply) => (call) => sameDigits(apply(call.number(0)));
function power(base, exponent) {
	const result = Math.pow(base, exponent);
	return Number.isInteger(base) && Number.isInteger(exponent) && exponent >= 0 && Math.abs(result) <= 2 ** 53 ? result + 0 : sameDigits(result);
}
function shifted(number, places) {
	const [mantissa, exponent = "0"] = String(number).split("e");
	return Number(`${mantissa}e${Number(exponent) + places}`);
}
function rounded(number, places) {
	if (Number.isNaN(places)) return NaN;
	if (!Number.isFinite(number)) return number;
	const shift = Math.trunc(Math.max(-400, Math.min(400, places)));
	const moved = shifted(number, shift);
	if (!Number.isFinite(moved)) return number;
	const whole = Math.floor(moved);
	return shifted(whole + (moved - whole >= .5 ? 1 : 0), -shift) + 0;
}
function substring(call) {
	const start = rounded(call.number(1), 0);
	const end = call.length < 3 ? Infinity : start + rounded(call.number(2), 0);
	return call.chars(0).filter((_, index) => start <= index + 1 && index + 1 < end).join("");
}
function translate(call) {
	const target = call.chars(2);
	const table = /* @__PURE__ */ new Map();
	call.chars(1).forEach((char, at) => {
		if (!table.has(char)) table.set(char, target[at] ?? "");
	});
	return call.chars(0).map((char) => table.get(char) ?? char).join("");
}
function selectedAt(call) {
	return codes(call.value(0))[call.integer(1, -1)] ?? "";
}
function between(held, call) {
	const [least, most] = [call.number(0), call.number(1)];
	return (least === -1 || held >= least) && (most === -1 || held <= most);
}
function checklist(call) {
	return between(call.values.slice(2).filter(toBoolean).length, call);
}
function weightedChecklist(call) {
	let weight = 0;
	for (let at = 2; at + 1 < call.length; at += 2) if (call.truth(at)) weight += call.number(at + 1);
	return between(weight, call);
}
function dateTime(call) {
	const found = call.date(0);
	if (found instanceof Day) return new Moment(found.days * MS_A_DAY - call.offset_min * 6e4, call.offset_min);
	return found ?? "";
}
function decimalDateTime(call) {
	const found = call.date(0);
	return found ? toNumber(found, call.offset_min) : "";
}
function decimalTime(call) {
	const time = parseTime(trimmed(call.text(0)));
	if (time) return time[0] / MS_A_DAY;
	const found = call.date(0);
	if (!found) return "";
	if (found instanceof Day) return 0;
	const local = found.localMs();
	return (local - MS_A_DAY * Math.floor(local / MS_A_DAY)) / MS_A_DAY;
}
function formatted(call) {
	const found = call.date(0);
	return found ? formatDate(found, call.text(1), call.lang) : "";
}
function differenceInMonths(call) {
	const [first, second] = [call.date(0), call.date(1)];
	return first && second ? monthsBetween(first.day(), second.day()) : "";
}
function before(text, mark) {
	return mark !== "" && text.includes(mark) ? text.slice(0, text.indexOf(mark)) : "";
}
function after(text, mark) {
	return text.includes(mark) ? text.slice(text.indexOf(mark) + mark.length) : "";
}
const FUNCTIONS = {
	not: (call) => !call.truth(0),
	true: () => true,
	false: () => false,
	boolean: (call) => call.truth(0),
	"boolean-from-string": (call) => call.text(0) === "true" || call.text(0) === "1",
	coalesce: (call) => call.values.find((value) => toText(value) !== "") ?? "",
	concat: (call) => call.values.map(toText).join(""),
	string: (call) => call.text(0),
	"string-length": (call) => call.chars(0).length,
	substr: (call) => call.chars(0).slice(call.integer(1), call.length > 2 ? call.integer(2) : void 0).join(""),
	substring,
	"substring-before": (call) => before(call.text(0), call.text(1)),
	"substring-after": (call) => after(call.text(0), call.text(1)),
	contains: (call) => call.text(0).includes(call.text(1)),
	"starts-with": (call) => call.text(0).startsWith(call.text(1)),
	"ends-with": (call) => call.text(0).endsWith(call.text(1)),
	translate,
	"normalize-space": (call) => codes(call.value(0)).join(" "),
	trim: (call) => trimmed(call.text(0)),
	regex: (call) => isMatch(call.text(1), call.text(0)),
	number: (call) => call.number(0),
	int: (call) => Math.trunc(call.number(0)) + 0,
	round: (call) => rounded(call.number(0), call.length > 1 ? call.number(1) : 0),
	floor: (call) => Math.floor(call.number(0)) + 0,
	ceiling: (call) => Math.ceil(call.number(0)) + 0,
	abs: (call) => Math.abs(call.number(0)),
	pow: (call) => power(call.number(0), call.number(1)),
	pi: () => Math.PI,
	sqrt: (call) => Math.sqrt(call.number(0)) + 0,
	exp: analytic(Math.exp),
	exp10: (call) => power(10, call.number(0)),
	log: analytic(Math.log),
	log10: analytic(Math.log10),
	sin: analytic(Math.sin),
	cos: analytic(Math.cos),
	tan: analytic(Math.tan),
	asin: analytic(Math.asin),
	acos: analytic(Math.acos),
	atan: analytic(Math.atan),
	atan2: (call) => sameDigits(Math.atan2(call.number(0), call.number(1))),
	selected: (call) => codes(call.value(0)).includes(trimmed(call.text(1))),
	"selected-at": selectedAt,
	"count-selected": (call) => codes(call.value(0)).length,
	checklist,
	"weighted-checklist": weightedChecklist,
	date: (call) => toDate(call.value(0), call.offset_min, true)?.day() ?? "",
	"date-time": dateTime,
	"decimal-date-time": decimalDateTime,
	"decimal-time": decimalTime,
	"format-date": formatted,
	"format-date-time": formatted,
	"difference-in-months": differenceInMonths
};

const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";
function draw(key) {
	let found = 2166136261;
	for (const char of key) found = Math.imul(found ^ char.codePointAt(0), 16777619);
	found = Math.imul(found ^ found >>> 16, 2246822507);
	found = Math.imul(found ^ found >>> 13, 3266489909);
	return (found ^ found >>> 16) >>> 0;
}
function randomNumber(key) {
	return draw(key) / 2 ** 32;
}
function randomUuid(key) {
	const digits = [
		0,
		1,
		2,
		3
	].map((part) => draw(`${key}|${part}`).toString(16).padStart(8, "0")).join("");
	const variant = "89ab"[parseInt(digits[16], 16) % 4];
	return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`;
}
function randomText(key, length) {
	return Array.from({ length }, (_, at) => ALPHABET[draw(`${key}|${at}`) % 36]).join("");
}

const arithmetic = (apply) => (ev, e, place) => apply(ev.number(e[1], place), ev.number(e[2], place)) + 0;
const comparison = (apply) => (ev, e, place) => apply(...compared(ev.evaluate(e[1], place), ev.evaluate(e[2], place), ev.context.offset_min ?? 0));
function equal(ev, e, place) {
	return isEqual(ev.evaluate(e[1], place), ev.evaluate(e[2], place), ev.context.offset_min ?? 0);
}
function reference(ev, e, place) {
	const number = e[1];
	return ev.value(number, place.scope.atDepth(ev.shape.chains[number].length));
}
function own(ev, _, place) {
	const node = ev.form.nodes[place.node];
	if (!node) return "";
	if (place.what === "calculation") return isQuestion(node) ? fromJson(ev.answer(place.node, place.scope)) : "";
	return ev.value(place.node, place.scope);
}
function members(ev, e, from, place) {
	const found = [];
	for (let at = from; at < e.length; at++) {
		const argument = e[at];
		const kind = Array.isArray(argument) ? argument[0] : "";
		const number = Array.isArray(argument) ? argument[1] : -1;
		if (kind === "R") for (const scope of ev.instances(number, place)) found.push(ev.value(number, scope));
		else if (kind === "r") {
			const scope = place.scope.atDepth(ev.shape.chains[number].length);
			if (ev.relevant(number, scope)) found.push(ev.value(number, scope));
		} else found.push(ev.evaluate(argument, place));
	}
	return found;
}
const isFilled = (value) => toText(value) !== "";
function numbers(ev, e, place) {
	return members(ev, e, 1, place).filter(isFilled).map((value) => toNumber(value, ev.context.offset_min ?? 0));
}
function total(ev, e, place) {
	return e.every((part) => !Array.isArray(part) || part[0] !== "R" || ev.applies(part[1], place)) ? numbers(ev, e, place).reduce((one, other) => one + other, 0) : NaN;
}
const extreme = (pick) => (ev, e, place) => {
	const found = numbers(ev, e, place);
	return found.length > 0 ? found.reduce((one, other) => pick(one, other)) : NaN;
};
function position(_, e, place) {
	let { scope } = place;
	while (scope.parent && scope.repeat !== e[1]) scope = scope.parent;
	return scope.position;
}
function indexedRepeat(ev, e, place) {
	const number = e[1];
	const indices = /* @__PURE__ */ new Map();
	for (let at = 2; at + 1 < e.length; at += 2) indices.set(e[at], e[at + 1]);
	let scope = ev.root;
	for (const repeat of ev.shape.chains[number]) {
		const index = indices.get(repeat);
		if (index === void 0) {
			const around = place.scope.atDepth(scope.depth + 1);
			if (around.repeat !== repeat || around.parent !== scope) return "";
			scope = around;
			continue;
		}
		const at = ev.number(index, place);
		const row = at >= 1 ? ev.rowsOf(repeat, scope)[Math.trunc(at) - 1] : void 0;
		if (!row) return "";
		scope = row;
	}
	return ev.value(number, scope);
}
function cell(ev, choice, column, place) {
	if (column === "name") return choice.name;
	if (column === "label") return ev.written(choice.label, place, ev.context.lang ?? "");
	const columns = choice.columns ?? {};
	return Object.hasOwn(columns, column) ? columns[column] : "";
}
function lookup(ev, e, place) {
	const found = ev.choicesOf(e[1]).find((choice) => ev.passes(choice, e[2], place));
	return found ? cell(ev, found, e[3], place) : "";
}
function pull(ev, e, place) {
	const source = e[1];
	const first = ev.textOf(e[2], place);
	if (source.startsWith("@")) {
		const fields = ev.context.sources?.[source] ?? {};
		return Object.hasOwn(fields, first) ? fromJson(fields[first]) : "";
	}
	const [key, wanted] = [ev.textOf(e[3], place), ev.textOf(e[4], place)];
	const found = ev.choicesOf(source).find((row) => cell(ev, row, key, place) === wanted);
	return found ? cell(ev, found, first, place) : "";
}
function choiceName(ev, e, place) {
	const node = ev.form.nodes[e[2]];
	const code = ev.textOf(e[1], place);
	const found = (node && "list" in node ? ev.choicesOf(node.list ?? "") : []).find((choice) => choice.name === code);
	return found ? ev.written(found.label, place, ev.context.lang ?? "") : "";
}
function keyOfDraw(ev, place) {
	place.draws += 1;
	const leaf = place.node >= 0 ? ev.shape.leaves[place.node] : "";
	return `${ev.context.seed ?? ""}|${place.scope.prefix}${leaf}|${place.what}|${place.draws}`;
}
function uuid(ev, e, place) {
	const key = keyOfDraw(ev, place);
	if (e.length < 2) return randomUuid(key);
	const length = ev.number(e[1], place);
	return length > 0 && length <= 1e3 ? randomText(key, Math.trunc(length)) : "";
}
const OPERATORS = {
	r: reference,
	R: (ev, e, place) => members(ev, [e], 0, place)[0] ?? "",
	".": own,
	pos: position,
	ix: indexedRepeat,
	col: (ev, e, place) => place.choice ? cell(ev, place.choice, e[1], place) : "",
	lk: lookup,
	pull,
	"jr:choice-name": choiceName,
	last: (ev, e) => fromJson(ev.context.last?.[ev.form.nodes[e[1]].path]),
	once: (ev, e, place) => ev.evaluate(e[1], place),
	if: (ev, e, place) => ev.evaluate(ev.holds(e[1], place) ? e[2] : e[3], place),
	and: (ev, e, place) => {
		for (let at = 1; at < e.length; at++) if (!ev.holds(e[at], place)) return false;
		return true;
	},
	or: (ev, e, place) => {
		for (let at = 1; at < e.length; at++) if (ev.holds(e[at], place)) return true;
		return false;
	},
	"=": equal,
	"!=": (ev, e, place) => !equal(ev, e, place),
	"<": comparison((left, right) => left < right),
	"<=": comparison((left, right) => left <= right),
	">": comparison((left, right) => left > right),
	">=": comparison((left, right) => left >= right),
	"+": arithmetic((left, right) => left + right),
	"-": arithmetic((left, right) => left - right),
	"*": arithmetic((left, right) => left * right),
	div: arithmetic((left, right) => left / right),
	mod: arithmetic((left, right) => Number.isFinite(left) ? left % right : NaN),
	neg: (ev, e, place) => 0 - ev.number(e[1], place),
	sum: total,
	min: extreme(Math.min),
	max: extreme(Math.max),
	count: (ev, e, place) => members(ev, e, 1, place).length,
	"count-non-empty": (ev, e, place) => members(ev, e, 1, place).filter(isFilled).length,
	join: (ev, e, place) => members(ev, e, 2, place).map(toText).join(ev.textOf(e[1], place)),
	today: (ev) => ev.now().day(),
	now: (ev) => ev.now(),
	random: (ev, _, place) => randomNumber(keyOfDraw(ev, place)),
	uuid,
	boolean: (ev, e, place) => toBoolean(ev.evaluate(e[1], place))
};

var Scope = class {
	parent;
	repeat;
	row;
	position;
	depth;
	prefix;
	values = /* @__PURE__ */ new Map();
	results = /* @__PURE__ */ new Map();
	relevant = /* @__PURE__ */ new Map();
	rows = /* @__PURE__ */ new Map();
	constructor(parent, repeat, leaf, row, position) {
		this.parent = parent;
		this.repeat = repeat;
		this.row = row;
		this.position = position;
		this.depth = parent ? parent.depth + 1 : 0;
		this.prefix = parent ? `${parent.prefix}${leaf}/${row}/` : "";
	}
	atDepth(depth) {
		let scope = this;
		while (scope.depth > depth && scope.parent) scope = scope.parent;
		return scope;
	}
};
const shapes = /* @__PURE__ */ new WeakMap();
function shapeOf(form) {
	let shape = shapes.get(form);
	if (shape) return shape;
	shape = {
		chains: [],
		leaves: [],
		inside: /* @__PURE__ */ new Map(),
		numbers: /* @__PURE__ */ new Map()
	};
	for (const [number, node] of form.nodes.entries()) {
		const { parent = -1, repeat = -1, path } = node;
		shape.chains.push(repeat >= 0 ? [...shape.chains[repeat], repeat] : []);
		shape.leaves.push(path.slice(path.lastIndexOf("/") + 1));
		shape.numbers.set(path, number);
		const siblings = shape.inside.get(parent);
		if (siblings) siblings.push(number);
		else shape.inside.set(parent, [number]);
	}
	shapes.set(form, shape);
	return shape;
}
function rowIds(answers) {
	const found = /* @__PURE__ */ new Map();
	const gone = /* @__PURE__ */ new Set();
	for (const path of Object.keys(answers)) {
		const value = answers[path];
		if (value === null || value === void 0 || !path.includes("/")) continue;
		const segments = path.split("/");
		const name = segments[segments.length - 1];
		if (name === "@deleted" && value === true) gone.add(path.slice(0, -9));
		if (name.startsWith("@") && !(name === "@row" && value === true)) continue;
		let repeat = "";
		for (let at = 1; at < segments.length - 1; at += 2) {
			repeat = repeat === "" ? segments[0] : `${repeat}/${segments[at - 2]}/${segments[at - 1]}`;
			const rows = found.get(repeat);
			if (rows) rows.add(segments[at]);
			else found.set(repeat, /* @__PURE__ */ new Set([segments[at]]));
		}
	}
	const sorted = /* @__PURE__ */ new Map();
	for (const [repeat, rows] of found) sorted.set(repeat, [...rows].filter((row) => !gone.has(`${repeat}/${row}`)).sort(byCodePoint));
	return sorted;
}

var Place = class {
	scope;
	node;
	what;
	draws = 0;
	choice = null;
	constructor(scope, node = -1, what = "") {
		this.scope = scope;
		this.node = node;
		this.what = what;
	}
};
var Engine = class {
	form;
	answers;
	context;
	shape;
	root = new Scope(null, -1, "", "", 0);
	offset_min;
	rowIds;
	constructor(form, answers, context) {
		this.form = form;
		this.answers = answers;
		this.context = context;
		this.shape = shapeOf(form);
		this.offset_min = context.offset_min ?? 0;
		this.rowIds = rowIds(answers);
		for (const number of form.order ?? []) for (const scope of this.scopesOf(number, this.root)) {
			this.relevant(number, scope);
			this.value(number, scope);
		}
	}
	rowsOf(repeat, scope) {
		const known = scope.rows.get(repeat);
		if (known) return known;
		const name = this.shape.leaves[repeat];
		let rows = (this.rowIds.get(scope.prefix + name) ?? []).map((row, at) => new Scope(scope, repeat, name, row, at + 1));
		scope.rows.set(repeat, rows);
		const node = this.form.nodes[repeat];
		if (node.k === "repeat" && node.count !== void 0 && node.count !== null) {
			const count = this.number(node.count, new Place(scope, repeat, "count"));
			rows = Number.isNaN(count) ? [] : rows.slice(0, Math.trunc(Math.max(0, Math.min(count, rows.length))));
			scope.rows.set(repeat, rows);
		}
		return rows;
	}
	scopesOf(number, within) {
		let found = [within];
		const chain = this.shape.chains[number];
		for (let depth = within.depth; depth < chain.length; depth++) found = found.flatMap((scope) => this.rowsOf(chain[depth], scope));
		return found;
	}
	scopeAt(path) {
		const segments = path.split("/");
		let scope = this.root;
		for (let at = 0; at + 1 < segments.length; at += 2) {
			const repeat = this.nodeAt(segments.slice(0, at + 1).join("/"));
			if (repeat < 0) break;
			const rows = this.rowsOf(repeat, scope);
			const row = segments[at + 1];
			scope = rows.find((one) => one.row === row) ?? new Scope(scope, repeat, segments[at], row, rows.length + 1);
		}
		return scope;
	}
	nodeAt(path) {
		const plain = path.includes("/") ? path.split("/").filter((_, at) => at % 2 === 0).join("/") : path;
		return this.shape.numbers.get(plain) ?? -1;
	}
	relevant(number, scope) {
		const known = scope.relevant.get(number);
		if (known !== void 0) return known;
		scope.relevant.set(number, true);
		const node = this.form.nodes[number];
		const parent = node.parent ?? -1;
		let result = parent < 0 || this.relevant(parent, scope.atDepth(this.shape.chains[parent].length));
		if (result && node.relevant !== void 0 && node.relevant !== null) result = this.holds(node.relevant, new Place(scope, number, "relevant"));
		scope.relevant.set(number, result);
		return result;
	}
	value(number, scope) {
		const known = scope.values.get(number);
		if (known !== void 0) return known;
		scope.values.set(number, "");
		const result = this.relevant(number, scope) ? this.workedOut(number, scope) : "";
		scope.values.set(number, result);
		return result;
	}
	workedOut(number, scope) {
		const node = this.form.nodes[number];
		if (node.k === "calculate") return toText(this.calculated(number, scope));
		if (node.k === "meta") return this.metadata(node);
		if (!isQuestion(node)) return "";
		if (this.isCalculated(number, scope)) return valueOf(node, answerFrom(node, this.calculated(number, scope), this.offset_min), this.offset_min);
		return valueOf(node, this.answer(number, scope), this.offset_min);
	}
	calculated(number, scope) {
		let known = scope.results.get(number);
		if (known === void 0) {
			const node = this.form.nodes[number];
			known = this.evaluate(node.calculation ?? "", new Place(scope, number, "calculation"));
			scope.results.set(number, known);
		}
		return known;
	}
	isCalculated(number, scope) {
		const node = this.form.nodes[number];
		if (!isQuestion(node) || node.calculation === void 0 || node.calculation === null) return false;
		return this.answer(number, scope) === null || this.holds(node.readonly ?? false, new Place(scope, number, "readonly"));
	}
	answer(number, scope) {
		const given = this.answers[scope.prefix + this.shape.leaves[number]];
		return given === void 0 || given === "" || Array.isArray(given) && given.length === 0 ? null : given;
	}
	metadata(node) {
		const kind = node.kind ?? "start";
		if (kind === "today") return this.now().day();
		const given = this.context.meta?.[kind];
		if (given === void 0 || given === null) return kind === "start" ? this.now() : "";
		if ((kind === "start" || kind === "end") && typeof given === "string") {
			const found = parseMoment(given, this.offset_min);
			return found ? new Moment(found.ms, this.offset_min) : given;
		}
		return fromJson(given);
	}
	now() {
		return new Moment(this.context.now_ms, this.offset_min);
	}
	jsonAt(number, scope) {
		if (!this.relevant(number, scope)) return null;
		const node = this.form.nodes[number];
		const value = this.value(number, scope);
		if (node.k === "calculate") return toJson(this.calculated(number, scope));
		if (node.k === "meta") return toJson(value);
		if (isQuestion(node) && this.isCalculated(number, scope)) return answerFrom(node, this.calculated(number, scope), this.offset_min);
		return toText(value) === "" ? null : this.answer(number, scope);
	}
	evaluate(expression, place) {
		if (typeof expression !== "object") return expression;
		if (expression === null) return "";
		const name = expression[0];
		const operator = OPERATORS[name];
		if (operator) return operator(this, expression, place);
		const apply = FUNCTIONS[name];
		if (!apply) return "";
		const values = [];
		for (let at = 1; at < expression.length; at++) values.push(this.evaluate(expression[at], place));
		return apply(new Call(values, this.offset_min, this.context.lang ?? ""));
	}
	number(expression, place) {
		return toNumber(this.evaluate(expression, place), this.offset_min);
	}
	textOf(expression, place) {
		return toText(this.evaluate(expression, place));
	}
	holds(expression, place) {
		return toBoolean(this.evaluate(expression, place));
	}
	shared(number, place) {
		const chain = this.shape.chains[number];
		let scope = place.scope.atDepth(chain.length);
		while (scope.parent && scope.repeat !== chain[scope.depth - 1]) scope = scope.parent;
		return scope;
	}
	applies(number, place) {
		const scope = this.shared(number, place);
		return this.relevant(this.shape.chains[number][scope.depth] ?? number, scope);
	}
	instances(number, place) {
		const found = this.scopesOf(number, this.shared(number, place)).filter((scope) => this.relevant(number, scope));
		return this.form.nodes[number].k === "repeat" ? found.flatMap((scope) => this.rowsOf(number, scope)) : found;
	}
	written(text, place, lang) {
		if (!text) return "";
		const filled = (code) => Object.hasOwn(text, code) && text[code].length > 0 ? text[code] : void 0;
		const parts = filled(lang) ?? filled(this.form.default_language ?? "") ?? filled("") ?? Object.values(text).find((one) => one.length > 0) ?? "";
		if (typeof parts === "string") return parts;
		return parts.map((part) => typeof part === "string" ? part : this.textOf(part, place)).join("");
	}
	choicesOf(list) {
		const lists = this.form.lists ?? {};
		return Object.hasOwn(lists, list) ? lists[list] : [];
	}
	options(number, scope) {
		const node = this.form.nodes[number];
		if (!node || node.k !== "select_one" && node.k !== "select_multiple") return [];
		const choices = this.choicesOf(node.list ?? "");
		const filter = node.choice_filter;
		if (filter === void 0 || filter === null) return choices;
		const place = new Place(scope, number, "choice_filter");
		return choices.filter((choice) => this.passes(choice, filter, place));
	}
	passes(choice, condition, place) {
		const around = place.choice;
		place.choice = choice;
		try {
			return this.holds(condition, place);
		} finally {
			place.choice = around;
		}
	}
};

var Evaluation = class extends Engine {
	kept = {};
	get values() {
		if (this.kept.values) return this.kept.values;
		const found = {};
		this.walk((number, scope) => {
			const value = this.jsonAt(number, scope);
			if (value !== null) found[this.pathOf(number, scope)] = value;
		});
		return this.kept.values = found;
	}
	get relevance() {
		if (this.kept.relevance) return this.kept.relevance;
		const found = {};
		this.walk((number, scope) => found[this.pathOf(number, scope)] = this.relevant(number, scope));
		return this.kept.relevance = found;
	}
	get violations() {
		if (this.kept.violations) return this.kept.violations;
		const found = [];
		this.walk((number, scope) => {
			const node = this.form.nodes[number];
			if (!isQuestion(node) || !this.relevant(number, scope)) return;
			const kind = this.violationOf(node, number, scope);
			if (kind) found.push({
				path: this.pathOf(number, scope),
				kind,
				node: number
			});
		});
		return this.kept.violations = found;
	}
	get instanceName() {
		return this.textOf(this.form.instance_name ?? "", new Place(this.root, -1, "instance_name"));
	}
	isRelevant(path) {
		const number = this.nodeAt(path);
		return number >= 0 && this.relevant(number, this.scopeAt(path));
	}
	valueAt(path) {
		const number = this.nodeAt(path);
		return number >= 0 ? this.jsonAt(number, this.scopeAt(path)) : null;
	}
	rows(repeatPath) {
		const number = this.nodeAt(repeatPath);
		if (this.form.nodes[number]?.k !== "repeat") return [];
		return this.rowsOf(number, this.scopeAt(repeatPath)).map((row) => row.row);
	}
	text(text, path = "", lang = "") {
		return this.written(text, this.place(path, "text"), lang || (this.context.lang ?? ""));
	}
	choices(path) {
		return this.options(this.nodeAt(path), this.scopeAt(path));
	}
	expr(expression, path = "") {
		return toJson(this.evaluate(expression, this.place(path, "expression")));
	}
	isTrue(expression, path = "") {
		return this.holds(expression, this.place(path, "expression"));
	}
	default(path) {
		const place = this.place(path, "default");
		const node = this.questionOf(place);
		if (!node || node.default === void 0 || node.default === null) return null;
		return answerFrom(node, this.evaluate(node.default, place), this.context.offset_min ?? 0);
	}
	readonly(path) {
		const place = this.place(path, "readonly");
		return this.holds(this.questionOf(place)?.readonly ?? false, place);
	}
	required(path) {
		const place = this.place(path, "required");
		return this.holds(this.questionOf(place)?.required ?? false, place);
	}
	violationOf(node, number, scope) {
		if (toText(this.value(number, scope)) === "") return this.holds(node.required ?? false, new Place(scope, number, "required")) ? "required" : null;
		const { constraint } = node;
		if (constraint === void 0 || constraint === null) return null;
		return this.holds(constraint, new Place(scope, number, "constraint")) ? null : "constraint";
	}
	walk(visit, around = -1, scope = this.root) {
		for (const number of this.shape.inside.get(around) ?? []) {
			visit(number, scope);
			if (this.form.nodes[number].k === "repeat") for (const row of this.rowsOf(number, scope)) this.walk(visit, number, row);
			else if (this.shape.inside.has(number)) this.walk(visit, number, scope);
		}
	}
	pathOf(number, scope) {
		return scope.prefix + this.shape.leaves[number];
	}
	place(path, what) {
		const isQuestionPath = path.split("/").length % 2 === 1;
		return new Place(this.scopeAt(path), isQuestionPath ? this.nodeAt(path) : -1, what);
	}
	questionOf(place) {
		const node = this.form.nodes[place.node];
		return node && isQuestion(node) ? node : null;
	}
};
function evaluate(form, answers, context) {
	return new Evaluation(form, answers, context);
}

function contextOf(ledger, setting, lang, subjectAnswers, now) {
	const { env } = setting;
	const { catalogue } = ledger;
	const start = env?.now ?? now;
	const area = catalogue.area(setting.area);
	const round = catalogue.round(setting.round);
	const author = ledger.nameOf(setting.author);
	return {
		now_ms: start,
		offset_min: env?.offset_min ?? -new Date(now).getTimezoneOffset(),
		seed: env?.seed ?? "",
		lang: env?.lang ?? lang,
		sources: {
			"@subject": subjectAnswers,
			"@area": area ? {
				code: area.code,
				name: area.name,
				kind: area.kind,
				setting: area.setting
			} : {},
			"@round": round ? {
				id: round.id,
				title: round.title,
				year: round.year ?? "",
				kind: round.kind
			} : {},
			"@author": { name: author }
		},
		meta: {
			start: new Date(start).toISOString(),
			end: new Date(setting.end || now).toISOString(),
			deviceid: setting.device,
			username: author
		}
	};
}

var Reader = class {
	ledger;
	now;
	lang = "vi";
	readings = /* @__PURE__ */ new Map();
	constructor(ledger, now) {
		this.ledger = ledger;
		this.now = now;
		ledger.onChange((records) => this.forget(records));
	}
	forget(records) {
		if (records === null) return this.readings.clear();
		const changed = new Set(records);
		for (const [record, reading] of this.readings) if (changed.has(record) || changed.has(reading.setting.subject)) this.readings.delete(record);
	}
	read(record) {
		const have = this.readings.get(record);
		if (have) return have;
		const made = this.make(record);
		if (made) this.readings.set(record, made);
		return made;
	}
	make(record) {
		const folded = this.ledger.folded(record);
		const draft = this.ledger.drafts.get(record);
		const id = folded?.form ?? draft?.form;
		const round = folded?.round || draft?.round || "";
		const form = id === void 0 ? void 0 : this.ledger.catalogue.judging(id, round);
		if (!form) return void 0;
		const answers = folded ? answersOf(folded) : { ...draft.touched };
		const setting = folded ? this.settingOf(folded) : settingOfDraft(this.ledger, draft);
		return {
			record,
			form,
			folded,
			answers,
			setting,
			evaluation: this.evaluate(form, answers, setting)
		};
	}
	settingOf(folded) {
		const changes = this.ledger.presentIn(folded.record).map((known) => this.ledger.stored(known));
		changes.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
		const first = changes[0]?.change;
		return {
			env: folded.env,
			area: this.areaOf(folded),
			round: folded.round,
			subject: folded.subject,
			author: first?.author ?? "",
			device: first?.device ?? "",
			end: changes[changes.length - 1]?.at ?? 0
		};
	}
	areaOf(folded) {
		const own = folded.values["@area"];
		if (typeof own === "string" && own) return own;
		const theirs = (folded.subject && folded.subject !== folded.record ? this.ledger.folded(folded.subject) : void 0)?.values["@area"];
		return typeof theirs === "string" ? theirs : "";
	}
	evaluate(form, answers, setting) {
		const subject = this.subjectAnswers(setting.subject);
		return evaluate(form, answers, contextOf(this.ledger, setting, this.lang, subject, this.now()));
	}
	subjectAnswers(subject) {
		const folded = subject ? this.ledger.folded(subject) : void 0;
		if (!folded) return {};
		const form = this.ledger.catalogue.judging(folded.form, folded.round);
		if (!form) return answersOf(folded);
		const setting = {
			...this.settingOf(folded),
			subject: ""
		};
		return evaluate(form, answersOf(folded), contextOf(this.ledger, setting, this.lang, {}, this.now())).values;
	}
	meant(reading, meaning) {
		const path = pathWithMeaning(reading.form, meaning);
		return path === void 0 ? void 0 : reading.evaluation.values[path];
	}
};
function pathWithMeaning(form, meaning) {
	return form.nodes.find((node) => "meaning" in node && node.meaning === meaning)?.path;
}
function answersOf(folded) {
	return Object.fromEntries(Object.entries(folded.values).filter(([path]) => !isSystem(path)));
}
function settingOfDraft(ledger, draft) {
	const { env, area, round, subject } = draft;
	return {
		env,
		area,
		round,
		subject,
		author: draft.author,
		device: ledger.device.id,
		end: 0
	};
}

const MET = "met";
const ALIKE = .6;
const SIMILAR_AT_MOST = 8;
var Lines = class {
	ledger;
	reader;
	memo = /* @__PURE__ */ new Map();
	revision = -1;
	households = null;
	constructor(ledger, reader) {
		this.ledger = ledger;
		this.reader = reader;
		ledger.onChange((records) => this.forget(records));
	}
	forget(records) {
		this.households = null;
		if (records === null) return this.memo.clear();
		const changed = new Set(records);
		for (const [record, line] of this.memo) if (changed.has(record) || changed.has(line.subject)) this.memo.delete(record);
	}
	line(record) {
		const have = this.memo.get(record);
		if (have) return have;
		const reading = this.reader.read(record);
		if (!reading || reading.folded?.deleted) return null;
		const line = this.describe(reading);
		this.memo.set(record, line);
		return line;
	}
	describe(reading) {
		const { record, folded, setting, evaluation, form } = reading;
		const changes = this.ledger.changesOf(record);
		const draft = this.ledger.drafts.get(record);
		const hasDraft = draft !== void 0 && Object.keys(draft.touched).length > 0;
		const held = changes.filter((change) => change.state === "held");
		const receipts = changes.filter((change) => this.ledger.isConfirmed(change)).map((change) => change.receipt.at);
		const status = folded?.status || "draft";
		return {
			record,
			form: form.id,
			round: setting.round,
			subject: setting.subject,
			area: setting.area,
			title: evaluation.instanceName || form.title,
			status,
			waiting: changes.filter((change) => this.ledger.isWaiting(change)).length + (hasDraft ? 1 : 0),
			held: held.length,
			heldReasons: [...new Set(held.map((change) => change.reason ?? ""))],
			confirmedAt: receipts.length > 0 ? Math.max(...receipts) : 0,
			comments: this.comments(reading),
			updatedAt: Math.max(0, draft?.openedAt ?? 0, ...changes.map((change) => change.receipt?.at ?? change.change.at)),
			progress: status === "draft" || status === "returned" ? progressOf(reading) : 1,
			hasDraft
		};
	}
	comments(reading) {
		const open = openComments(this.ledger.presentIn(reading.record));
		return (reading.folded?.comments ?? []).filter(({ id }) => open.has(id)).map(({ id, text, path, author, at }) => {
			return {
				id,
				text,
				path: path || void 0,
				author,
				at,
				authorName: this.ledger.nameOf(author)
			};
		}).sort((a, b) => b.at - a.at);
	}
	others() {
		const lines = this.ledger.records().map((record) => this.line(record));
		const { catalogue } = this.ledger;
		return lines.filter((line) => line !== null && !catalogue.isRegister(line.form)).sort((a, b) => b.updatedAt - a.updatedAt);
	}
	register() {
		if (this.households && this.revision === this.ledger.revision) return this.households;
		const { catalogue } = this.ledger;
		const lines = this.ledger.records().map((record) => this.line(record)).filter((line) => line !== null);
		const about = /* @__PURE__ */ new Map();
		for (const line of lines) if (line.subject) about.set(line.subject, [...about.get(line.subject) ?? [], line]);
		const registers = new Set(catalogue.forms.map((form) => form.subject_form).filter(Boolean));
		const households = lines.filter((line) => registers.has(line.form)).map((line) => this.household(line, about.get(line.record) ?? []));
		const collator = new Intl.Collator("vi", { numeric: true });
		households.sort((a, b) => collator.compare(a.area, b.area) || collator.compare(a.code || a.title, b.code || b.title));
		this.revision = this.ledger.revision;
		this.households = households;
		return households;
	}
	household(line, about) {
		const { catalogue } = this.ledger;
		const round = catalogue.openRounds[0];
		const form = catalogue.interviewForm(line.form);
		const interview = about.find((other) => round !== void 0 && other.round === round.id && other.form === form?.id) ?? null;
		const reading = this.reader.read(line.record);
		const text = (meaning) => String(this.reader.meant(reading, meaning) ?? "");
		return {
			...line,
			name: text("person_name") || line.title,
			code: text("household_code"),
			areaName: catalogue.area(line.area)?.name ?? line.area,
			interview,
			interviewStatus: interview?.status ?? "none",
			...this.visits(interview)
		};
	}
	visits(interview) {
		const reading = interview && this.reader.read(interview.record);
		const path = reading ? pathWithMeaning(reading.form, "outcome") : void 0;
		if (!reading || path === void 0) return {
			outcome: "",
			outcomeLabel: "",
			attempts: 0,
			nextVisit: ""
		};
		const outcome = String(reading.answers[path] ?? "");
		const choice = reading.evaluation.choices(path).find((candidate) => candidate.name === outcome);
		return {
			outcome,
			outcomeLabel: choice?.label ? reading.evaluation.text(choice.label, path, this.reader.lang) : outcome,
			attempts: this.ledger.presentIn(interview.record).map((change) => change.change.set[path]).filter((value) => typeof value === "string" && value !== MET).length,
			nextVisit: outcome === MET ? "" : String(this.reader.meant(reading, "next_visit") ?? "")
		};
	}
	search(query, area = "") {
		const found = this.register().filter((line) => (!area || line.area === area) && matches(query, `${line.name} ${line.code} ${line.title}`));
		const typed = query.normalize("NFC").toLowerCase();
		const isExact = (line) => line.name.normalize("NFC").toLowerCase().includes(typed) ? 0 : 1;
		return query.trim() ? found.sort((a, b) => isExact(a) - isExact(b)) : found;
	}
	similar(name) {
		return this.register().map((line) => ({
			...line,
			likeness: likeness(name, line.name)
		})).filter((line) => line.likeness >= ALIKE).sort((a, b) => b.likeness - a.likeness).slice(0, SIMILAR_AT_MOST);
	}
	counts() {
		const counts = {
			waiting: 0,
			confirmed: 0,
			held: 0,
			needsYou: 0
		};
		for (const record of this.ledger.records()) {
			const changes = this.ledger.changesOf(record);
			const draft = this.ledger.drafts.get(record);
			const isWaiting = changes.some((change) => this.ledger.isWaiting(change)) || Object.keys(draft?.touched ?? {}).length > 0;
			const isHeld = changes.some((change) => change.state === "held");
			const own = changes.filter((change) => this.ledger.isOwn(change) && change.state !== "discarded");
			if (isWaiting) counts.waiting++;
			if (isHeld) counts.held++;
			if (!isWaiting && !isHeld && own.length > 0 && own.every((change) => this.ledger.isConfirmed(change))) counts.confirmed++;
			if (this.ledger.folded(record)?.status === "returned" && this.line(record)) counts.needsYou++;
		}
		return counts;
	}
};
function progressOf({ form, evaluation, answers }) {
	let asked = 0;
	let answered = 0;
	for (const node of form.nodes) {
		if (!("required" in node) && !ASKED.has(node.k)) continue;
		if ((node.repeat ?? -1) >= 0 || !evaluation.isRelevant(node.path)) continue;
		asked++;
		if (answers[node.path] !== void 0) answered++;
	}
	return asked === 0 ? 0 : answered / asked;
}
const ASKED = /* @__PURE__ */ new Set([
	"text",
	"number",
	"select_one",
	"select_multiple",
	"date",
	"geo",
	"file",
	"acknowledge"
]);

function nextAt(seenAts, wall) {
	let at = wall;
	for (const seen of seenAts) at = Math.max(at, seen + 1);
	return at;
}

const REFUSALS = /* @__PURE__ */ new Set([
	"no",
	"false",
	"0",
	"khong",
	"không",
	"refused",
	"declined"
]);
function isRefusal(value) {
	return typeof value === "string" ? REFUSALS.has(value.toLowerCase()) : value === false || value === 0;
}
function consentNode(form) {
	return form.nodes.findIndex((node) => "meaning" in node && node.meaning === "consent");
}
function nodeOf(form, path) {
	const plain = withoutRows(path);
	const place = plain.includes("/@") ? plain.slice(0, plain.lastIndexOf("/")) : plain;
	return form.nodes.findIndex((node) => node.path === place && node.k !== "group" && node.k !== "note");
}
function standsAfterConsent(form, path) {
	const asked = consentNode(form);
	if (asked < 0 || path.startsWith("@")) return false;
	const number = nodeOf(form, path);
	return number < 0 || number > asked;
}

function consentIn(form, answers) {
	const number = consentNode(form);
	if (number < 0) return "unasked";
	const value = answers[form.nodes[number].path];
	if (value === void 0 || value === null) return "missing";
	return isRefusal(value) ? "declined" : "given";
}
function maySeal(form, path, consent) {
	return consent === "given" || consent === "unasked" || !standsAfterConsent(form, path);
}
const TOLD_ONCE = [
	"@area",
	"@round",
	"@subject",
	"@env"
];
function saidAgain(form, folded) {
	const paths = Object.keys(folded?.heads ?? {});
	if (!folded || !paths.some((path) => standsAfterConsent(form, path))) return {};
	const stands = (path) => TOLD_ONCE.includes(path) || !isSystem(path) && !standsAfterConsent(form, path);
	return Object.fromEntries(Object.entries(folded.values).filter(([path]) => stands(path) && !(path in folded.conflicts)));
}

function shownAnswers(shown, touched) {
	const answers = { ...shown };
	const removed = /* @__PURE__ */ new Set();
	for (const [path, value] of Object.entries(touched)) if (lastPart(path) === "@deleted" && value === true) removed.add(path.slice(0, -9));
	else if (lastPart(path) === "@row" && value === true) answers[path] = true;
	else if (isSystem(path)) continue;
	else if (value === null) delete answers[path];
	else answers[path] = value;
	if (removed.size === 0) return answers;
	const isIn = (path) => rowPrefixes(path).some((row) => removed.has(row));
	return Object.fromEntries(Object.entries(answers).filter(([path]) => !isIn(path)));
}
function sealing(purpose, form, draft, folded, evaluation, answers) {
	const touched = withoutRowsNobodySaw(draft.touched, folded);
	const applying = purpose === "submit" ? onlyWhatApplies(form, touched, folded, evaluation) : touched;
	const consent = consentIn(form, answers);
	const set = {};
	const rest = {};
	for (const [path, value] of Object.entries(applying)) (maySeal(form, path, consent) ? set : rest)[path] = value;
	const asked = form.nodes[consentNode(form)];
	if (consent === "declined" && asked && asked.path in set) Object.assign(set, {
		...saidAgain(form, folded),
		...set
	});
	const hasContent = Object.keys(set).length > 0;
	if (purpose === "submit") {
		set["@status"] = "submitted";
		return {
			set: {
				...systemPaths(draft, folded),
				...set
			},
			rest: {}
		};
	}
	return {
		set: hasContent ? {
			...systemPaths(draft, folded),
			...set
		} : {},
		rest: consent === "declined" ? {} : rest
	};
}
function systemPaths(draft, folded) {
	const set = {};
	const hasEnv = folded !== void 0 && Object.keys(folded.env).length > 0;
	if (draft.env && !hasEnv) set["@env"] = draft.env;
	if (folded) return set;
	if (draft.area) set["@area"] = draft.area;
	if (draft.round) set["@round"] = draft.round;
	if (draft.subject) set["@subject"] = draft.subject;
	set["@status"] = "draft";
	return set;
}
function withoutRowsNobodySaw(touched, folded) {
	const removed = Object.keys(touched).filter((path) => path.endsWith("/@deleted") && touched[path] === true);
	const kept = {};
	const hidden = removed.map((path) => path.slice(0, -8));
	const known = Object.keys(folded?.heads ?? {});
	for (const [path, value] of Object.entries(touched)) {
		const row = hidden.find((prefix) => path.startsWith(prefix));
		const isRemoval = row !== void 0 && path === `${row}@deleted`;
		const isKnown = row !== void 0 && known.some((head) => head.startsWith(row));
		const isOfferRefused = isRemoval && !Object.keys(touched).some((other) => other !== path && other.startsWith(row));
		if (row === void 0 || isKnown || isOfferRefused) kept[path] = value;
	}
	return kept;
}
function onlyWhatApplies(form, touched, folded, evaluation) {
	const applies = (path) => isSystem(path) || nodeOf(form, path) < 0 || evaluation.isRelevant(path);
	const set = Object.fromEntries(Object.entries(touched).filter(([path]) => applies(path)));
	for (const path of Object.keys(folded?.values ?? {})) if (!applies(path)) set[path] = null;
	return set;
}

var DraftedRecord = class {
	here;
	form;
	draft;
	offer;
	savedAt = 0;
	touchedSinceOpen = false;
	folded;
	foldedAnswers = {};
	memo = null;
	listeners = /* @__PURE__ */ new Set();
	turn = Promise.resolve();
	isClosed = false;
	constructor(here, form, draft, offer) {
		this.here = here;
		this.form = form;
		this.draft = draft;
		this.offer = offer;
		this.refold();
	}
	get record() {
		return this.draft.record;
	}
	get round() {
		return this.draft.round;
	}
	get subject() {
		return this.draft.subject;
	}
	get area() {
		return this.draft.area;
	}
	get isNew() {
		return this.draft.isNew;
	}
	get suggestions() {
		return this.offer.answers;
	}
	get suggestionRound() {
		return this.offer.roundTitle;
	}
	get conflicts() {
		return Object.keys(this.folded?.conflicts ?? {}).filter((path) => !(path in this.draft.touched));
	}
	get answers() {
		return this.current.answers;
	}
	get evaluation() {
		return this.current.evaluation;
	}
	get status() {
		const status = this.folded?.status;
		if (status) return status;
		return this.folded || Object.keys(this.draft.touched).length > 0 ? "draft" : "none";
	}
	get answersWhenReturned() {
		const shown = this.status === "returned" ? asReturned(this.shownChanges) : null;
		return shown && answersOf(this.here.ledger.foldOf(this.record, shown));
	}
	get comments() {
		const open = openComments(this.shownChanges);
		const comments = (this.folded?.comments ?? []).filter(({ id }) => open.has(id)).map(({ id, text, path, author, at }) => ({
			id,
			text,
			path: path || void 0,
			author,
			at
		}));
		for (const [path, value] of Object.entries(this.draft.touched)) {
			if (!path.startsWith("@comment/") || value === null) continue;
			comments.push({
				id: path.slice(9),
				...value,
				author: this.draft.author,
				at: this.here.now()
			});
		}
		return comments.reverse().map((comment) => ({
			...comment,
			authorName: this.here.ledger.nameOf(comment.author)
		}));
	}
	get changesHeld() {
		return this.here.ledger.changesOf(this.record).filter((change) => change.state === "held");
	}
	get held() {
		return this.changesHeld.length;
	}
	get heldReasons() {
		return [...new Set(this.changesHeld.map((change) => change.reason ?? ""))];
	}
	get current() {
		if (this.memo) return this.memo;
		const answers = shownAnswers({
			...this.foldedAnswers,
			...this.draft.initial
		}, this.draft.touched);
		const { ledger, reader } = this.here;
		const setting = settingOfDraft(ledger, this.draft);
		const first = this.folded && reader.settingOf(this.folded);
		const evaluation = reader.evaluate(this.form, answers, first ? {
			...setting,
			env: hasEnv(this.folded) ? first.env : setting.env,
			author: first.author,
			device: first.device
		} : setting);
		this.memo = {
			answers,
			evaluation
		};
		return this.memo;
	}
	get shownChanges() {
		const { ledger } = this.here;
		const seen = new Set(this.draft.seen);
		return inOrder(ledger, ledger.presentIn(this.record).filter((change) => seen.has(change.id)));
	}
	refold() {
		const { ledger } = this.here;
		const changes = this.shownChanges;
		this.folded = changes.length > 0 ? ledger.foldOf(this.record, changes) : void 0;
		this.foldedAnswers = this.folded ? {
			...answersOf(this.folded),
			...this.restored(this.folded)
		} : {};
		this.memo = null;
	}
	restored(folded) {
		const back = folded.hidden_rows.filter((row) => this.draft.touched[`${row}/@deleted`] === null);
		const answers = {};
		for (const [path, heads] of Object.entries(folded.heads)) {
			const value = heads[0]?.value;
			if (back.some((row) => path.startsWith(`${row}/`)) && !path.includes("/@") && value !== void 0 && value !== null) answers[path] = value;
		}
		return answers;
	}
	subscribe(listener) {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}
	changed() {
		this.memo = null;
		for (const listener of this.listeners) listener();
	}
	answer(path, value) {
		return this.answerAll({ [path]: value });
	}
	async answerAll(set) {
		if (this.isClosed) throw new Error("This record is closed");
		const { ledger } = this.here;
		Object.assign(this.draft.touched, this.draft.initial, set);
		this.draft.initial = {};
		this.touchedSinceOpen = true;
		if (Object.keys(set).some((path) => path.endsWith("/@deleted"))) this.refold();
		this.changed();
		await ledger.commit({
			drafts: [this.draft],
			device: ledger.device
		});
		this.savedAt = this.here.now();
		for (const listener of this.listeners) listener();
	}
	confirm(paths) {
		const offered = paths.filter((path) => path in this.offer.answers);
		return this.answerAll(Object.fromEntries(offered.map((path) => [path, this.offer.answers[path]])));
	}
	suggestedRows(repeat) {
		const { answers } = this;
		return this.offer.rows.filter((row) => {
			const isHere = Object.keys(answers).some((path) => path.startsWith(`${row}/`));
			const isRemoved = this.draft.touched[`${row}/@deleted`] === true || (this.folded?.hidden_rows.includes(row) ?? false);
			return row.slice(0, row.lastIndexOf("/")) === repeat && !isHere && !isRemoved;
		});
	}
	async addRow(repeat) {
		const row = `${repeat}/${rowId(this.here.now(), randomBytes(4))}`;
		const set = { [`${row}/@row`]: true };
		await this.answerAll(set);
		const defaults = this.defaults(row);
		if (Object.keys(defaults).length > 0) await this.answerAll(defaults);
		return row;
	}
	defaults(row = "") {
		const repeat = row ? nodeOf(this.form, `${row}/@row`) : -1;
		const set = {};
		this.form.nodes.forEach((node) => {
			if ((node.repeat ?? -1) !== repeat || !("default" in node) || node.default === void 0 || node.default === null) return;
			const path = row ? `${row}/${node.path.slice(node.path.lastIndexOf("/") + 1)}` : node.path;
			const value = this.evaluation.default(path);
			if (value !== void 0 && value !== null && value !== "") set[path] = value;
		});
		return set;
	}
	removeRow(prefix) {
		const isOffered = this.offer.rows.includes(prefix);
		for (const path of Object.keys(this.draft.touched)) if (isOffered && path.startsWith(`${prefix}/`)) delete this.draft.touched[path];
		return this.answerAll({ [`${prefix}/@deleted`]: true });
	}
	async restoreRow(prefix) {
		if (this.folded !== void 0 && `${prefix}/@deleted` in this.folded.heads) return this.answerAll({ [`${prefix}/@deleted`]: null });
		delete this.draft.touched[`${prefix}/@deleted`];
		return this.answerAll({});
	}
	confirmRow(prefix, answers = true) {
		const inside = Object.entries(this.offer.answers).filter(([path]) => rowPrefixes(path).at(-1) === prefix && !(path in this.answers));
		return this.answerAll({
			[`${prefix}/@row`]: true,
			...answers ? Object.fromEntries(inside) : {}
		});
	}
	comment(text, path) {
		const id = uuid7(this.here.now(), randomBytes(10));
		return this.answerAll({ [`@comment/${id}`]: path ? {
			text,
			path
		} : { text } });
	}
	violations() {
		return this.evaluation.violations;
	}
	async submit() {
		await this.inTurn(async () => {
			await this.sealNow("submit");
			this.end();
		});
		this.here.onSubmitted();
	}
	async close() {
		await this.inTurn(async () => {
			if (this.isClosed) return;
			await this.sealNow("leave");
			this.end();
		});
	}
	async remove() {
		await this.inTurn(async () => {
			const { ledger } = this.here;
			if (this.folded) {
				this.draft.touched = { "@deleted": true };
				await this.sealNow("leave");
			} else await ledger.commit({ dropDrafts: [this.record] });
			this.end();
		});
	}
	end() {
		this.isClosed = true;
		this.here.onClosed(this);
	}
	sealIfOlder(age_ms) {
		return this.inTurn(async () => {
			if (!this.isClosed && this.here.now() - this.draft.sealedAt >= age_ms) await this.sealNow("leave");
		});
	}
	inTurn(work) {
		const run = this.turn.then(work);
		this.turn = run.catch(() => void 0);
		return run;
	}
	async sealNow(purpose) {
		const { ledger, now } = this.here;
		const { draft } = this;
		if (purpose === "submit") {
			Object.assign(draft.touched, draft.initial);
			draft.initial = {};
		}
		const taken = { ...draft.touched };
		const { set, rest } = sealing(purpose, this.form, draft, this.folded, this.evaluation, this.answers);
		if (Object.keys(set).length === 0) return this.leaveUnsealed(rest);
		const known = await this.compose(set);
		const later = Object.entries(draft.touched).filter(([path, value]) => !(path in taken) || !same(taken[path], value));
		const kept = {
			...rest,
			...Object.fromEntries(later)
		};
		const undo = {
			seen: draft.seen,
			sealedAt: draft.sealedAt
		};
		Object.assign(draft, {
			touched: kept,
			seen: [...draft.seen, known.id],
			sealedAt: now()
		});
		const isDone = Object.keys(kept).length === 0;
		try {
			const drafts = isDone ? { dropDrafts: [draft.record] } : { drafts: [draft] };
			await ledger.commit({
				changes: [known],
				device: ledger.device,
				...drafts
			});
		} catch (error) {
			Object.assign(draft, {
				...undo,
				touched: {
					...taken,
					...draft.touched
				}
			});
			throw error;
		}
		draft.isNew = false;
		this.refold();
		this.changed();
	}
	async compose(set) {
		const { ledger, now } = this.here;
		const { record, author, seen } = this.draft;
		const seq = ledger.device.seq + 1;
		ledger.device = {
			...ledger.device,
			seq
		};
		const shown = seen.map((id) => ledger.known.get(id)).filter((known) => known !== void 0);
		const at = nextAt(shown.map((known) => ledger.stored(known).at), now());
		const { id: form, version: form_version } = this.form;
		const body = composeChange({
			record,
			form,
			form_version,
			device: ledger.device.id,
			seq,
			at,
			author,
			seen,
			set
		});
		const change = parseChange(body);
		if (typeof change === "string") throw new Error(change);
		return {
			id: await changeId(body),
			body,
			change,
			state: "waiting",
			generation: ledger.sync.generation
		};
	}
	async leaveUnsealed(rest) {
		const { ledger } = this.here;
		this.draft.touched = rest;
		if (Object.keys(rest).length > 0) await ledger.commit({ drafts: [this.draft] });
		else if (ledger.drafts.has(this.record)) await ledger.commit({ dropDrafts: [this.record] });
		this.changed();
	}
};
function hasEnv(folded) {
	return folded !== void 0 && Object.keys(folded.env).length > 0;
}

const LEAST_BETWEEN_MS = 6e4;
const FLUTTER_MS = 3e3;
const IDLE_BETWEEN_MS = 3e5;
const MOST_BETWEEN_MS = 18e5;
function pauseAfter(failures) {
	return failures === 0 ? LEAST_BETWEEN_MS : Math.min(MOST_BETWEEN_MS, LEAST_BETWEEN_MS * 2 ** (failures - 1));
}
var Pulse = class {
	run;
	now;
	rested;
	timer = null;
	begunAt = -Infinity;
	failures = 0;
	running = null;
	isStopped = false;
	isWanted = false;
	constructor(run, now, rested = () => void 0) {
		this.run = run;
		this.now = now;
		this.rested = rested;
	}
	get isRunning() {
		return this.running !== null;
	}
	ask() {
		this.running ??= this.beat().finally(() => {
			this.running = null;
			this.rested();
		});
		return this.running;
	}
	prompt() {
		this.failures = 0;
		this.isWanted = true;
		this.schedule(Math.max(0, this.begunAt + FLUTTER_MS - this.now()));
	}
	stop() {
		this.isStopped = true;
		this.cancel();
	}
	cancel() {
		if (this.timer !== null) clearTimeout(this.timer);
		this.timer = null;
	}
	async beat() {
		this.cancel();
		this.begunAt = this.now();
		this.isWanted = false;
		const report = await this.run();
		const isOver = report.outcome === "locked" || report.outcome === "revoked";
		this.failures = report.outcome === "done" || report.outcome === "busy" ? 0 : this.failures + 1;
		if (!isOver) this.schedule(this.isWanted ? FLUTTER_MS : this.failures === 0 ? IDLE_BETWEEN_MS : pauseAfter(this.failures));
		return report;
	}
	schedule(in_ms) {
		this.cancel();
		if (this.isStopped) return;
		this.timer = setTimeout(() => void this.ask(), in_ms);
	}
};

async function persisted() {
	if (typeof navigator === "undefined" || !navigator.storage?.persist) return false;
	return await navigator.storage.persisted() || navigator.storage.persist();
}
async function hasShell() {
	if (typeof navigator === "undefined" || !("serviceWorker" in navigator)) return false;
	const registration = await navigator.serviceWorker.getRegistration();
	return Boolean(registration?.active);
}
function readinessOf(ledger, householdCount, persistent, shell) {
	const { catalogue, sync } = ledger;
	const formsWanted = catalogue.wanted.length;
	const forms = catalogue.wanted.filter((entry) => catalogue.has(entry)).length;
	const areas = catalogue.published.areas.length > 0;
	return {
		persistent,
		forms,
		formsWanted,
		areas,
		shell,
		households: sync.isComplete ? "complete" : "loading",
		householdCount,
		ready: formsWanted > 0 && forms === formsWanted && areas && sync.isComplete && persistent && shell
	};
}
async function roomLeft() {
	const estimate = await navigator.storage?.estimate?.();
	const used = estimate?.usage ?? 0;
	return {
		usedBytes: used,
		freeBytes: Math.max(0, (estimate?.quota ?? 0) - used)
	};
}

async function pullAll(ledger, wire) {
	let received = 0;
	for (;;) {
		const { cursor, last } = ledger.sync;
		const page = await wire.pull(cursor, last);
		if (isFailure(page)) return page;
		await ledger.commit(entryOf(ledger, page));
		received += page.changes.length;
		if (!page.more) return received;
		if (page.cursor === cursor) return {
			problem: "bad_answer",
			detail: "The server's cursor does not move.",
			status: 200
		};
	}
}
function entryOf(ledger, page) {
	const { generation } = ledger.sync;
	const unread = [];
	const changes = /* @__PURE__ */ new Map();
	let pos = ledger.sync.last?.pos ?? 0;
	for (const { id, body, pos: at_pos, at, role, mac } of page.changes) {
		const row = {
			body,
			state: "confirmed",
			generation,
			receipt: {
				pos: at_pos,
				at,
				role,
				mac
			}
		};
		const read = known$1(id, row);
		if (read) changes.set(id, read);
		else unread.push({
			id,
			row
		});
		pos = Math.max(pos, at_pos);
	}
	for (const id of page.discarded) {
		const have = ledger.known.get(id);
		if (have && !changes.has(id)) changes.set(id, {
			...have,
			state: "discarded",
			generation
		});
	}
	for (const id of page.released) {
		const have = ledger.known.get(id);
		if (have && !changes.has(id) && have.state !== "confirmed") changes.set(id, {
			...have,
			state: "waiting",
			reason: void 0
		});
	}
	for (const id of page.erased) changes.delete(id);
	const came = new Set(page.changes.map((change) => ledger.known.get(change.id)?.change.record ?? changes.get(change.id)?.change.record));
	const leaving = [.../* @__PURE__ */ new Set([...ledger.sync.leaving.filter((record) => !came.has(record)), ...page.forget])];
	return {
		changes: [...changes.values()],
		unread,
		dropChanges: page.erased,
		dropDrafts: draftsOfErased(ledger, page.erased),
		carried: page.carried,
		dropCarried: [...page.forget, ...came].filter((record) => record !== void 0 && ledger.carried.has(record) && !page.carried.some((copy) => copy.record === record)),
		people: peopleOf(ledger, page),
		sync: {
			...ledger.sync,
			cursor: page.cursor,
			last: {
				epoch: page.server,
				pos
			},
			isComplete: ledger.sync.isComplete || !page.more,
			leaving
		}
	};
}
function peopleOf(ledger, page) {
	return Object.entries(page.people ?? {}).some(([user, name]) => ledger.people[user] !== name) ? {
		...ledger.people,
		...page.people
	} : void 0;
}
function draftsOfErased(ledger, erased) {
	const gone = new Set(erased);
	return [...new Set(erased.map((id) => ledger.known.get(id)?.change.record).filter((record) => record !== void 0))].filter((record) => ledger.drafts.has(record) && ledger.changesOf(record).every((change) => gone.has(change.id)));
}
async function letGo(ledger, isOpen) {
	const { leaving } = ledger.sync;
	if (leaving.length === 0) return;
	const unsent = new Set(ledger.outbox().map((change) => change.change.record));
	const safe = leaving.filter((record) => !unsent.has(record) && !ledger.drafts.has(record) && !isOpen(record));
	if (safe.length === 0) return;
	await ledger.commit({
		dropChanges: safe.flatMap((record) => ledger.changesOf(record).map((change) => change.id)),
		sync: {
			...ledger.sync,
			leaving: leaving.filter((record) => !safe.includes(record))
		}
	});
}

const MOST_CHANGES = 1e3;
const MOST_BYTES = 1e6;
function batchOf(changes, mostChanges, mostBytes) {
	const batch = [];
	let bytes = 0;
	for (const change of changes) {
		bytes += change.body.length * 2 + 300;
		if (batch.length >= mostChanges || batch.length > 0 && bytes > mostBytes) break;
		batch.push(change);
	}
	return batch;
}
async function pushAll(ledger, wire) {
	const pushed = {
		sent: 0,
		maxSeq: 0
	};
	const skipped = /* @__PURE__ */ new Set();
	let mostChanges = MOST_CHANGES;
	let mostBytes = MOST_BYTES;
	for (;;) {
		const waiting = ledger.outbox().filter((change) => !skipped.has(change.id));
		if (waiting.length === 0) break;
		const batch = batchOf(waiting, mostChanges, mostBytes);
		const answer = await wire.push(batch.map((change) => spoken(change)), ledger.sync.last);
		if (isFailure(answer)) {
			if (answer.status !== 413) return answer;
			if (batch.length === 1) skipped.add(batch[0].id);
			mostChanges = Math.max(1, Math.floor(batch.length / 2));
			mostBytes = Math.max(1, mostBytes / 2);
			continue;
		}
		const settled = await settle(ledger, answer);
		pushed.sent += settled;
		pushed.maxSeq = Math.max(pushed.maxSeq, answer.max_seq);
		if (settled === 0) return {
			problem: "bad_answer",
			detail: "The server answered for none of the changes.",
			status: 200
		};
	}
	if (skipped.size > 0) return {
		problem: "too_large",
		detail: `${skipped.size} change(s) are too large for the server.`,
		status: 413
	};
	return pushed;
}
function spoken(change) {
	return change.receipt ? {
		body: change.body,
		receipt: change.receipt
	} : change.body;
}
async function settle(ledger, answer) {
	const { generation } = ledger.sync;
	const changes = [];
	let pos = ledger.sync.last?.pos ?? 0;
	for (const result of answer.results) {
		const have = ledger.known.get(result.id);
		pos = Math.max(pos, result.pos ?? 0);
		if (!have) continue;
		if (result.result === "held") {
			changes.push({
				...have,
				state: result.reason === "discarded" ? "discarded" : "held",
				reason: result.reason,
				generation
			});
			continue;
		}
		const { pos: at_pos, at, role, mac } = result;
		const receipt = at_pos !== void 0 && at !== void 0 && mac !== void 0 ? {
			pos: at_pos,
			at,
			role: role ?? "",
			mac
		} : have.receipt;
		changes.push({
			...have,
			state: "confirmed",
			reason: void 0,
			receipt,
			generation
		});
	}
	await ledger.commit({
		changes,
		sync: {
			...ledger.sync,
			last: {
				epoch: answer.server,
				pos
			}
		}
	});
	return changes.length;
}

const MOST_EPOCHS = 4;
var Syncer = class {
	ledger;
	hooks;
	constructor(ledger, hooks) {
		this.ledger = ledger;
		this.hooks = hooks;
	}
	async run() {
		const locks = typeof navigator === "undefined" ? void 0 : navigator.locks;
		if (!locks) return this.once();
		return await locks.request(this.hooks.lock, { ifAvailable: true }, (lock) => lock ? this.once() : this.report("busy"));
	}
	report(outcome, sent = 0, received = 0, problem) {
		return {
			at: this.hooks.now(),
			outcome,
			sent,
			received,
			problem
		};
	}
	async once() {
		try {
			await this.hooks.sealDue();
			return await this.exchange();
		} catch (error) {
			if (error instanceof LockedError) return this.report("locked");
			return this.report("problem", 0, 0, {
				problem: "phone",
				detail: String(error),
				status: 0
			});
		}
	}
	get wire() {
		return this.hooks.wire(this.ledger.enrolled.token);
	}
	async exchange() {
		let sent = 0;
		for (let attempt = 0; attempt < MOST_EPOCHS; attempt++) {
			const pushed = await pushAll(this.ledger, this.wire);
			if (isFailure(pushed) && pushed.problem !== "too_large") {
				if (await this.epochChanged(pushed)) continue;
				return this.failed(pushed, sent);
			}
			if (!isFailure(pushed)) {
				sent += pushed.sent;
				if (pushed.maxSeq > this.ledger.device.seq) await this.renew();
			}
			const published = await this.fetchPublished();
			if (isFailure(published)) return this.failed(published, sent);
			const received = await pullAll(this.ledger, this.wire);
			if (isFailure(received)) {
				if (await this.epochChanged(received)) continue;
				return this.failed(received, sent);
			}
			await letGo(this.ledger, this.hooks.isOpen);
			await this.sendFiles();
			await this.ledger.commit({ sync: {
				...this.ledger.sync,
				lastSync: this.hooks.now()
			} });
			return isFailure(pushed) ? this.report("problem", sent, received, pushed) : this.report("done", sent, received);
		}
		return this.report("problem", sent, 0, {
			problem: "epoch_changed",
			detail: "The server is being put back.",
			status: 409
		});
	}
	async epochChanged(failure) {
		const { sync } = this.ledger;
		if (failure.problem === "bad_cursor" && sync.cursor !== "") {
			await this.ledger.commit({ sync: {
				...sync,
				cursor: ""
			} });
			return true;
		}
		if (failure.problem !== "epoch_changed") return false;
		await this.ledger.commit({ sync: {
			...sync,
			cursor: "",
			last: null,
			generation: sync.generation + 1
		} });
		this.ledger.tell(null);
		return true;
	}
	async failed(failure, sent) {
		if (failure.problem === "revoked") {
			await this.hooks.sealAll();
			const pushed = await pushAll(this.ledger, this.wire);
			await this.hooks.wipe();
			return this.report("revoked", isFailure(pushed) ? sent : sent + pushed.sent);
		}
		return failure.problem === "offline" ? this.report("offline", sent) : this.report("problem", sent, 0, failure);
	}
	async renew() {
		const { ledger } = this;
		const answer = await this.wire.renew(newDeviceId());
		if (isFailure(answer)) return;
		const { enrolled, device } = ledger;
		await ledger.commit({
			device: {
				...device,
				id: answer.device,
				seq: 0,
				former: [...device.former, device.id]
			},
			enrolled: {
				...enrolled,
				token: answer.token ?? enrolled.token,
				deviceKey: answer.device_key ?? enrolled.deviceKey
			}
		});
	}
	async fetchPublished() {
		const { catalogue, vault } = this.ledger;
		const [entries, areas, rounds] = await Promise.all([
			this.wire.forms(),
			this.wire.get("/api/areas"),
			this.wire.get("/api/rounds")
		]);
		if (isFailure(entries)) return entries;
		if (isFailure(areas)) return areas;
		if (isFailure(rounds)) return rounds;
		const published = {
			entries,
			areas,
			rounds: rounds.map(roundOf)
		};
		for (const entry of Catalogue.wanted(entries).filter((candidate) => !catalogue.has(candidate))) {
			const form = await this.fetchForm(entry);
			if (isFailure(form)) return form;
		}
		if (JSON.stringify(published) === JSON.stringify(catalogue.published)) return true;
		await vault.write([{
			kind: "meta",
			id: "published",
			value: published
		}]);
		catalogue.publish(published);
		this.ledger.tell(null);
		return true;
	}
	async fetchForm(entry) {
		const form = await this.wire.get(entry.url);
		if (isFailure(form)) return form;
		await this.ledger.vault.write([{
			kind: "form",
			id: `${entry.id}\n${entry.version}`,
			value: form
		}]);
		this.ledger.catalogue.add(form);
		return true;
	}
	async sendFiles() {
		for (const name of this.ledger.filesToSend) {
			const row = await this.ledger.vault.row("file", name);
			if (!row) continue;
			const put = await this.wire.putFile(name, row.bytes, row.value.type);
			if (isFailure(put)) return;
			await this.ledger.commit({ unsentFiles: this.ledger.unsentFiles.filter((file) => file !== name) });
		}
		const dropFiles = this.ledger.orphanFiles;
		if (dropFiles.length === 0 || this.hooks.isOpen("")) return;
		await this.ledger.commit({
			dropFiles,
			unsentFiles: this.ledger.unsentFiles.filter((file) => !dropFiles.includes(file))
		});
	}
};
function roundOf(round) {
	const { id, title, kind, year, starts, ends, is_open, forms } = round;
	return {
		id,
		title,
		kind,
		year,
		starts,
		ends,
		open: is_open,
		forms
	};
}
async function sha256Hex(bytes) {
	return [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

var Turn = class {
	lock;
	lost;
	letGo = null;
	constructor(lock, lost) {
		this.lock = lock;
		this.lost = lost;
	}
	take() {
		if (typeof navigator === "undefined" || !navigator.locks || this.letGo) return;
		const held = new Promise((resolve) => {
			this.letGo = resolve;
		});
		navigator.locks.request(this.lock, { steal: true }, () => held).catch(() => {
			this.letGo = null;
			this.lost();
		});
	}
	release() {
		this.letGo?.();
		this.letGo = null;
	}
};

const SEAL_AFTER_MS = 6e5;
async function startPocket(ground = {}) {
	const collector = new Collector(await Vault.open(ground.database), ground.base ?? "", ground.now ?? Date.now);
	collector.listen();
	return collector;
}
var Collector = class {
	vault;
	base;
	now;
	settings = {
		lang: "vi",
		theme: "auto"
	};
	current = null;
	lastReport = null;
	opened = null;
	enrolment = null;
	isRevoked = false;
	listeners = /* @__PURE__ */ new Set();
	turn;
	idle;
	constructor(vault, base, now) {
		this.vault = vault;
		this.base = base;
		this.now = now;
		this.turn = new Turn(`${vault.name}-open`, () => this.lock());
		this.idle = new Idle(now, () => void this.lockWhenWritten());
	}
	get state() {
		if (this.isRevoked) return "revoked";
		if (this.vault.state === "new") return "new";
		return this.opened ? "open" : "locked";
	}
	get inside() {
		if (!this.opened) throw new Error("The phone is locked");
		return this.opened;
	}
	set(settings) {
		this.settings = {
			...this.settings,
			...settings
		};
		if (this.opened && this.opened.reader.lang !== this.settings.lang) {
			this.opened.reader.lang = this.settings.lang;
			this.opened.ledger.tell(null);
		}
		this.tell();
	}
	subscribe(listener) {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}
	tell() {
		for (const listener of this.listeners) listener();
	}
	listen() {
		if (typeof window === "undefined") return;
		window.addEventListener("online", () => (this.opened?.pulse.prompt(), this.tell()));
		window.addEventListener("offline", () => this.tell());
		window.addEventListener("focus", () => this.opened?.pulse.prompt());
		for (const sign of [
			"pointerdown",
			"keydown",
			"input"
		]) window.addEventListener(sign, () => this.idle.touch(), {
			capture: true,
			passive: true
		});
		document.addEventListener("visibilitychange", () => {
			this.idle.look();
			if (document.visibilityState === "visible") this.opened?.pulse.prompt();
		});
	}
	async enrol(code, label) {
		const device = await this.vault.deviceId(newDeviceId);
		const answer = await new Wire(this.base).enrol(readCode(code) ?? code.trim(), device, label);
		if (isFailure(answer)) return answer;
		this.enrolment = answer;
		return {
			areas: answer.areas,
			users: usersOf(answer),
			server: answer.server
		};
	}
	async choosePin(pin, userId) {
		if (!this.enrolment) throw new Error("The phone is not enrolled");
		const device = await this.vault.deviceId(newDeviceId);
		await this.vault.create(pin, this.enrolment.recovery_key, firstRows(this.enrolment, device, userId));
		this.enrolment = null;
		await this.openUp();
	}
	async unlock(pin) {
		if (!await this.vault.unlock(pin)) return false;
		await this.openUp();
		return true;
	}
	changePin(old, next) {
		return this.vault.changePin(old, next);
	}
	async lockWhenWritten() {
		await this.current?.close().catch((error) => console.error(error));
		this.lock();
	}
	lock() {
		this.idle.end();
		this.opened?.pulse.stop();
		this.opened?.ledger.close();
		this.opened = null;
		this.current = null;
		this.vault.lock();
		this.turn.release();
		this.tell();
	}
	async openUp() {
		this.turn.take();
		persisted();
		const ledger = await Ledger.load(this.vault);
		const reader = new Reader(ledger, this.now);
		reader.lang = this.settings.lang;
		const syncer = new Syncer(ledger, {
			lock: `${this.vault.name}-sync`,
			now: this.now,
			wire: (token) => new Wire(this.base, token),
			sealDue: () => this.sealDue(),
			isOpen: (record) => this.current !== null && (record === "" || this.current.record === record),
			sealAll: () => this.sealAll(),
			wipe: () => this.wipe()
		});
		const pulse = new Pulse(() => this.syncOnce(syncer), this.now, () => this.tell());
		this.opened = {
			ledger,
			reader,
			lines: new Lines(ledger, reader),
			pulse
		};
		ledger.onChange(() => this.tell());
		this.tell();
		this.idle.begin();
		pulse.prompt();
	}
	async wipe() {
		this.isRevoked = true;
		this.lock();
		await this.vault.wipe();
		this.tell();
	}
	async readiness() {
		const { ledger, lines } = this.inside;
		return readinessOf(ledger, lines.register().length, await persisted(), await hasShell());
	}
	room() {
		return roomLeft();
	}
	get user() {
		const { enrolled } = this.inside.ledger;
		return this.inside.ledger.user(enrolled.user) ?? {
			id: "",
			name: "",
			role: "interviewer"
		};
	}
	get users() {
		return this.inside.ledger.enrolled.users;
	}
	get deviceId() {
		return this.inside.ledger.device.id;
	}
	get areas() {
		return this.inside.ledger.catalogue.areas;
	}
	get hamlets() {
		return this.inside.ledger.catalogue.hamlets;
	}
	get rounds() {
		return this.inside.ledger.catalogue.published.rounds;
	}
	get round() {
		return this.inside.ledger.catalogue.openRounds[0] ?? null;
	}
	get forms() {
		return this.inside.ledger.catalogue.forms;
	}
	form(id, round = "") {
		return this.inside.ledger.catalogue.judging(id, round);
	}
	async setUser(id) {
		const { ledger } = this.inside;
		await this.sealAll();
		await ledger.commit({ enrolled: {
			...ledger.enrolled,
			user: id
		} });
	}
	households() {
		return this.inside.lines.register();
	}
	searchHouseholds(query, area = "") {
		return this.inside.lines.search(query, area);
	}
	similarHouseholds(name) {
		return this.inside.lines.similar(name);
	}
	records() {
		return this.inside.lines.others();
	}
	line(record) {
		return this.inside.lines.line(record);
	}
	counts() {
		return this.inside.lines.counts();
	}
	async open(record) {
		await this.current?.close();
		const { ledger, reader } = this.inside;
		const leftover = ledger.drafts.get(record);
		if (leftover) {
			const again = this.show(leftover);
			await again.sealIfOlder(0);
			if (Object.keys(leftover.touched).length > 0) return this.current = again;
		}
		const reading = reader.read(record);
		if (!reading?.folded) throw new Error(`There is no record ${record} here`);
		const { area, round, subject } = reading.setting;
		const hasEnv = Object.keys(reading.folded.env).length > 0;
		const seen = ledger.presentIn(record).map((change) => change.id);
		return this.current = this.show({
			...this.blank(record, reading.form),
			area,
			round,
			subject,
			seen,
			env: hasEnv ? null : this.env()
		});
	}
	async openFor(formId, subject, round, area = "") {
		const { ledger, reader } = this.inside;
		const form = ledger.catalogue.judging(formId, round ?? "");
		if (!form) throw new Error(`The form ${formId} is not here`);
		const place = area || subject && reader.read(subject)?.setting.area || (ledger.catalogue.hamlets[0]?.code ?? ledger.enrolled.areas[0] ?? "");
		return this.begin(form, subject ?? "", round ?? "", place, {});
	}
	newHousehold(area) {
		const { ledger } = this.inside;
		const form = ledger.catalogue.forms.find((candidate) => ledger.catalogue.isRegister(candidate.id));
		if (!form) throw new Error("There is no household register here");
		const path = pathWithMeaning(form, "household_code");
		const number = ledger.device.newHouseholds + 1;
		ledger.device = {
			...ledger.device,
			newHouseholds: number
		};
		const code = `NEW-${ledger.device.id}-${number}`;
		return this.begin(form, "", "", area, path ? { [path]: code } : {});
	}
	async begin(form, subject, round, area, initial) {
		await this.current?.close();
		const record = await this.idOf(form, {
			subject,
			round,
			area,
			...initial
		});
		const { ledger } = this.inside;
		if (ledger.drafts.has(record) || ledger.presentIn(record).length > 0) return this.open(record);
		const draft = {
			...this.blank(record, form),
			area,
			round,
			subject,
			isNew: true,
			env: this.env(),
			initial
		};
		draft.initial = {
			...this.show(draft).defaults(),
			...initial
		};
		return this.current = this.show(draft);
	}
	async idOf(form, values) {
		const parts = (form.one_per ?? []).map((name) => String(values[name] ?? ""));
		if (parts.length === 0 || parts.includes("")) return uuid7(this.now(), randomBytes(10));
		return recordId(form.id, parts);
	}
	blank(record, form) {
		const now = this.now();
		const { id, version } = form;
		return {
			record,
			form: id,
			version,
			round: "",
			subject: "",
			area: "",
			seen: [],
			touched: {},
			initial: {},
			env: null,
			isNew: false,
			author: this.user.id,
			openedAt: now,
			sealedAt: now
		};
	}
	env() {
		const now = this.now();
		const seed = uuid7(now, randomBytes(10));
		return {
			now,
			offset_min: -new Date(now).getTimezoneOffset(),
			seed,
			lang: this.settings.lang
		};
	}
	show(draft) {
		const { ledger, reader, pulse } = this.inside;
		const form = ledger.catalogue.judging(draft.form, draft.round);
		if (!form) throw new Error(`The form ${draft.form} is not here`);
		const offer = suggestionsFor(ledger, reader, form, draft.subject, draft.round, draft.area);
		const onClosed = (closed) => {
			if (this.current === closed) this.current = null;
			this.tell();
		};
		return new DraftedRecord({
			ledger,
			reader,
			now: this.now,
			onClosed,
			onSubmitted: () => pulse.prompt()
		}, form, draft, offer);
	}
	async sealDue() {
		if (this.current instanceof DraftedRecord) await this.current.sealIfOlder(SEAL_AFTER_MS);
	}
	async sealAll() {
		await this.current?.close();
		for (const draft of [...this.inside.ledger.drafts.values()]) await this.show(draft).sealIfOlder(0);
	}
	sync() {
		const asked = this.inside.pulse.ask();
		this.tell();
		return asked;
	}
	async syncOnce(syncer) {
		this.tell();
		this.lastReport = await syncer.run();
		this.tell();
		return this.lastReport;
	}
	get syncing() {
		return this.opened?.pulse.isRunning ?? false;
	}
	get lastSync() {
		return this.opened?.ledger.sync.lastSync ?? 0;
	}
	get online() {
		return typeof navigator === "undefined" || navigator.onLine !== false;
	}
	async saveFile(bytes, name, type) {
		const { ledger } = this.inside;
		const sha256 = await sha256Hex(bytes);
		const unsentFiles = [.../* @__PURE__ */ new Set([...ledger.unsentFiles, sha256])];
		await ledger.commit({
			file: {
				sha256,
				type,
				bytes
			},
			unsentFiles
		});
		return {
			sha256,
			name: name.normalize("NFC"),
			type,
			bytes: bytes.byteLength
		};
	}
	async readFile(sha256) {
		const { ledger } = this.inside;
		const row = await this.vault.row("file", sha256);
		if (row) return row.bytes;
		const answer = await new Wire(this.base, ledger.enrolled.token).getFile(sha256);
		return isFailure(answer) ? null : answer;
	}
};

export { startPocket };
