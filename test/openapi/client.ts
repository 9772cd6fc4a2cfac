// A client whose types were generated from the document: logs in, reads a
// product and changes a note.  tsc checks that paths, bodies and replies fit.
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

declare const process: { argv: string[] };

const [url, username, password, imei] = process.argv.slice(2);
const open = createClient<paths>({ baseUrl: url });
const login = await open.POST("/v1/auth/login", {
	body: { username, password },
});
if (!login.data)
	throw new Error("login: " + JSON.stringify(login.error));
const token: string = login.data.message.login_successful.API_token;
const api = createClient<paths>({
	baseUrl: url,
	headers: { Authorization: "Token token=" + token },
});

const product = await api.GET("/v1/products/{key}", {
	params: { path: { key: imei } },
});
if (!product.data)
	throw new Error("product: " + JSON.stringify(product.error));
const serial: string = product.data.serial_number;

const note = await api.POST("/v1/product_notes", {
	body: { product_imei: imei, note_text: "typed" },
});
if (!note.data)
	throw new Error("note: " + JSON.stringify(note.error));

const page = await api.GET("/v1/products", {
	params: { query: { q: JSON.stringify({ filters: [
		{ name: "product_imei", op: "eq", val: imei }] }) } },
});
const missing = await api.GET("/v1/products/{key}", {
	params: { path: { key: "nobody" } },
});
console.log(JSON.stringify({
	serial, note: note.data.note_text,
	listed: page.data?.objects.map(row => row.product_imei),
	missing: missing.response.status, refusal: missing.error?.status,
}));
