"use strict";
/* Shows /v1/openapi.json: operations by tag, found by words. */

let doc;

function make(name, text, className) {
	const element = document.createElement(name);
	if (text !== undefined)
		element.textContent = text;
	if (className)
		element.className = className;
	return element;
}

function resolve(object) {
	while (object && object.$ref)
		object = object.$ref.slice(2).split("/")
			.reduce((at, part) => at[part], doc);
	return object;
}

function typeName(schema) {
	schema = resolve(schema) || {};
	const type = [].concat(schema.type || "any").join(" or ");
	return schema.enum ? schema.enum.map(String).join(", ") : type;
}

/* All properties of an object's schema, with those of its allOf. */
function properties(schema, into, required) {
	schema = resolve(schema) || {};
	(schema.allOf || []).forEach(s => properties(s, into, required));
	Object.assign(into, schema.properties || {});
	(schema.required || []).forEach(name => required.add(name));
	return into;
}

function rows(table, list) {
	for (const [name, type, doc_] of list) {
		const row = make("tr");
		const cell = make("td");
		cell.append(make("code", name));
		row.append(cell, make("td", type), make("td", doc_ || ""));
		table.append(row);
	}
}

function schemaTable(schema) {
	const required = new Set();
	const found = properties(schema, {}, required);
	const table = make("table");
	rows(table, Object.entries(found).map(([name, s]) => [
		name + (required.has(name) ? " *" : ""), typeName(s),
		(resolve(s) || {}).description]));
	return table;
}

function showBody(into, title, content) {
	for (const [media, { schema }] of Object.entries(content || {})) {
		into.append(make("h3", title + " (" + media + ")"));
		const inner = resolve(schema) || {};
		const rowsOf = inner.properties && inner.properties.objects;
		into.append(schemaTable(rowsOf ? rowsOf.items : schema));
	}
}

function fill(into, operation) {
	const parameters = (operation.parameters || []).map(resolve);
	if (parameters.length) {
		into.append(make("h3", "Parameters"));
		const table = make("table");
		rows(table, parameters.map(p => [
			p.name + (p.required ? " *" : ""),
			p.in + ", " + typeName(p.schema), p.description]));
		into.append(table);
	}
	if (operation.requestBody)
		showBody(into, "Body", resolve(operation.requestBody).content);
	for (const [status, reply] of Object.entries(operation.responses))
		if (status.startsWith("2"))
			showBody(into, status, resolve(reply).content);
}

function show(path, method, operation) {
	const details = make("details");
	const summary = make("summary");
	summary.append(make("span", method.toUpperCase(), "method"),
		make("code", path), make("span", "  " + operation.summary));
	const level = operation["x-level"];
	if (level)
		summary.append(make("span", "  " + level, "level"));
	details.append(summary);
	details.addEventListener("toggle", () => {
		if (details.open && details.children.length === 1)
			fill(details, operation);
	});
	details.dataset.words = [method, path, operation.summary, level]
		.join(" ").toLowerCase();
	return details;
}

function showAll() {
	const list = document.getElementById("list");
	const sections = new Map();
	list.textContent = "";
	for (const [path, methods] of Object.entries(doc.paths)) {
		for (const [method, operation] of Object.entries(methods)) {
			const tag = operation.tags[0];
			if (!sections.has(tag)) {
				const section = make("section");
				section.append(make("h2", tag));
				sections.set(tag, section);
				list.append(section);
			}
			sections.get(tag).append(show(path, method, operation));
		}
	}
}

function find() {
	const words = document.getElementById("find").value.toLowerCase()
		.split(/\s+/).filter(Boolean);
	let count = 0;
	for (const section of document.querySelectorAll("section")) {
		let some = false;
		for (const details of section.querySelectorAll("details")) {
			details.hidden = !words.every(
				word => details.dataset.words.includes(word));
			some = some || !details.hidden;
			count += details.hidden ? 0 : 1;
		}
		section.hidden = !some;
	}
	document.getElementById("count").textContent = count + " operations";
}

async function start() {
	doc = await (await fetch("/v1/openapi.json")).json();
	document.getElementById("about").textContent =
		"Version " + doc.info.version + ". " + doc.info.description;
	showAll();
	document.getElementById("find").addEventListener("input", find);
	find();
}

start().catch(problem => {
	document.getElementById("list").textContent =
		"The description could not be read: " + problem;
});
